// What the page remembers: conversations in IndexedDB, one entry each; settings in localStorage. Both in this browser only.

import { computed, effect, signal } from "@preact/signals";
import { clear, createStore, del, set, values } from "idb-keyval";

export type Effort = "low" | "medium" | "high";

export interface Call {
  id: string;
  name: string;
  arguments: string;
  result?: string;
  /** The MCP server whose tool it was, where our server made the call itself. */
  server?: string;
}

export interface Stats {
  prompt: number;
  cached: number;
  completion: number;
  /** Seconds from sending to the first token, and to the last. */
  first: number;
  total: number;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  content: string;
  reasoning?: string;
  /** Seconds of reasoning. */
  thought?: number;
  calls?: Call[];
  /** Why it ended: the server's word, or "stopped". Absent while it is being written. */
  finish?: string;
  error?: string;
  stats?: Stats;
}

/** How the model is asked; a new conversation begins with the last one's. */
export interface Options {
  system: string;
  tools: string;
  effort: Effort;
  temperature: string;
  maxTokens: string;
}

export interface Conversation extends Options {
  id: string;
  title: string;
  updated: number;
  messages: Message[];
}

interface Settings {
  key: string;
  model: string;
  language: "" | "en" | "zh";
  theme: "" | "light" | "dark";
  panel: boolean;
  options: Options;
}

const SETTINGS = "harmonium";
const wide = matchMedia("(min-width: 1100px)").matches;
const defaults: Settings = {
  key: "",
  model: "",
  language: "",
  theme: "",
  panel: wide,
  options: { system: "", tools: "", effort: "medium", temperature: "", maxTokens: "" },
};

function stored(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") as Partial<Settings>;
    return { ...defaults, ...kept, panel: wide && (kept.panel ?? true), options: { ...defaults.options, ...kept.options } };
  } catch {
    return defaults;
  }
}

export const settings = signal<Settings>(stored());
effect(() => {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(settings.value));
  } catch {
    // Storage is full or forbidden: the settings last as long as the page.
  }
});

export function setting<K extends keyof Settings>(name: K, value: Settings[K]): void {
  settings.value = { ...settings.value, [name]: value };
}

// ---- conversations ----

const database = createStore("harmonium", "conversations");

export const conversations = signal<Conversation[]>([]);
export const currentId = signal<string>("");
export const current = computed(() => conversations.value.find((each) => each.id === currentId.value));
/** Whether history outlives the page; some private windows do not allow it. */
export const kept = signal(true);

export const newId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

export async function load(): Promise<void> {
  try {
    const all = await values<Conversation>(database);
    conversations.value = all.map(closed).sort((a, b) => b.updated - a.updated);
  } catch {
    kept.value = false;
  }
  const asked = location.hash.slice(1);
  currentId.value = conversations.value.some((each) => each.id === asked) ? asked : "";
}

/** A reply that was being written when the page went away has ended there. */
function closed(conversation: Conversation): Conversation {
  const messages = conversation.messages.map((each) =>
    each.role === "assistant" && !each.finish && !each.error ? { ...each, finish: "stopped" } : each,
  );
  return { ...conversation, messages };
}

export function open(id: string): void {
  currentId.value = id;
  history.replaceState(null, "", id ? `#${id}` : location.pathname + location.search);
}

export function create(title: string): Conversation {
  const made = { ...settings.value.options, id: newId(), title, updated: Date.now(), messages: [] };
  conversations.value = [made, ...conversations.value];
  open(made.id);
  return made;
}

export function find(id: string): Conversation | undefined {
  return conversations.value.find((each) => each.id === id);
}

export function change(id: string, changes: Partial<Conversation>): void {
  conversations.value = conversations.value.map((each) => (each.id === id ? { ...each, ...changes } : each));
}

/** Put the conversation first and write it down. */
export function touch(id: string): void {
  change(id, { updated: Date.now() });
  conversations.value = [...conversations.value].sort((a, b) => b.updated - a.updated);
  save(id);
}

export function save(id: string): void {
  const conversation = find(id);
  if (conversation) void written(() => set(id, conversation, database));
}

async function written(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    kept.value = false;
  }
}

export function remove(id: string): void {
  conversations.value = conversations.value.filter((each) => each.id !== id);
  if (currentId.value === id) open("");
  void written(() => del(id, database));
}

export function removeAll(): void {
  conversations.value = [];
  open("");
  void written(() => clear(database));
}

/** The options of the conversation at hand, or those that the next one will begin with. */
export const options = computed<Options>(() => current.value ?? settings.value.options);

export function setOptions(changes: Partial<Options>): void {
  const { system, tools, effort, temperature, maxTokens } = { ...options.value, ...changes };
  setting("options", { system, tools, effort, temperature, maxTokens });
  if (current.value) {
    change(current.value.id, changes);
    save(current.value.id);
  }
}
