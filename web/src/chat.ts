// Asking: a conversation as the API wants it, and the reply as it comes, into the conversation and its trace.

import { signal } from "@preact/signals";
import { type Chunk, stream } from "./api";
import { change, type Conversation, create, current, find, type Message, newId, save, settings, touch } from "./store";

/** One request made on this page, in milliseconds of performance.now(). */
export interface Trace {
  id: string;
  title: string;
  sent: number;
  first?: number;
  /** When the reasoning ended and the answer began. */
  answer?: number;
  done?: number;
  /** When there were how many tokens. */
  tokens: [number, number][];
  prompt: number;
  cached: number;
  finish?: string;
}

const TRACES = 30;
const POINTS = 400;
/** How often a growing reply is drawn, and written down. */
const DRAW_MS = 40;
const SAVE_MS = 2000;

export const traces = signal<Trace[]>([]);
/** What stops the reply that each conversation is waiting for. */
export const running = signal<Record<string, AbortController>>({});

export function parseTools(text: string): object[] | undefined {
  if (!text.trim()) return undefined;
  const parsed: unknown = JSON.parse(text);
  const list = Array.isArray(parsed) ? parsed : [parsed];
  // A bare function is taken too, as the Responses API has it.
  return list.map((each: Record<string, unknown>) => {
    if (typeof each !== "object" || each === null) throw new Error("A tool is a JSON object.");
    if (each["function"] || (each["type"] ?? "function") !== "function") return each;
    const { type: _, ...rest } = each;
    return { type: "function", function: rest };
  });
}

export function body(conversation: Conversation): object {
  const messages: object[] = [];
  if (conversation.system.trim()) messages.push({ role: "system", content: conversation.system });
  for (const { role, content, reasoning, calls = [], error } of conversation.messages) {
    if (role === "user") {
      messages.push({ role, content });
      continue;
    }
    const ours = calls.filter((each) => !each.server);
    if (error && !content) continue;
    const tool_calls = ours.map((each) => ({
      id: each.id,
      type: "function",
      function: { name: each.name, arguments: each.arguments },
    }));
    messages.push({ role, content, ...(ours.length && { tool_calls, reasoning_content: reasoning }) });
    for (const { id, result } of ours) messages.push({ role: "tool", tool_call_id: id, content: result ?? "(no result)" });
  }
  const { temperature, maxTokens, effort } = conversation;
  return {
    model: settings.value.model || undefined,
    messages,
    reasoning_effort: effort,
    tools: parseTools(conversation.tools),
    temperature: temperature === "" ? undefined : Number(temperature),
    max_completion_tokens: maxTokens === "" ? undefined : Number(maxTokens),
  };
}

/** Say something in the conversation at hand, or begin one; after `at` messages, where later ones are to go. */
export function say(text: string, at?: number): void {
  const conversation = current.value ?? create(titled(text));
  const before = conversation.messages.slice(0, at);
  const first = before.length === 0 && { title: titled(text) };
  change(conversation.id, { ...first, messages: [...before, { id: newId(), role: "user", content: text }] });
  void reply(conversation.id);
}

/** The last reply once more. */
export function again(id: string): void {
  const messages = find(id)?.messages ?? [];
  change(id, { messages: messages.slice(0, messages.at(-1)?.role === "assistant" ? -1 : undefined) });
  void reply(id);
}

/** Give the results of those calls of the last message that are ours, by their order, and let the model go on. */
export function give(id: string, results: string[]): void {
  const messages = find(id)?.messages ?? [];
  const last = messages.at(-1);
  if (!last?.calls) return;
  let at = 0;
  const calls = last.calls.map((each) => (each.server ? each : { ...each, result: results[at++] ?? "" }));
  change(id, { messages: [...messages.slice(0, -1), { ...last, calls }] });
  void reply(id);
}

export function stop(id: string): void {
  running.value[id]?.abort();
}

const titled = (text: string): string => text.trim().replace(/\s+/g, " ").slice(0, 60);

async function reply(id: string): Promise<void> {
  const conversation = find(id);
  if (!conversation || running.value[id]) return;
  const controller = new AbortController();
  running.value = { ...running.value, [id]: controller };

  const message: Message = { id: newId(), role: "assistant", content: "" };
  const begun = [...conversation.messages];
  const trace: Trace = {
    id: message.id,
    title: titled(begun.findLast((each) => each.role === "user")?.content ?? ""),
    sent: performance.now(),
    tokens: [],
    prompt: 0,
    cached: 0,
  };
  const draw = (): void => {
    change(id, { messages: [...begun, { ...message }] });
    traces.value = traces.value.map((each) => (each.id === trace.id ? { ...trace } : each));
  };
  traces.value = [trace, ...traces.value].slice(0, TRACES);
  draw();
  touch(id);

  let drawn = 0;
  let saved = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const chunk of stream(body(conversation), controller.signal)) {
      add(chunk, message, trace);
      const now = performance.now();
      if (now - saved > SAVE_MS) {
        saved = now;
        save(id);
      }
      timer ??= setTimeout(() => {
        timer = undefined;
        drawn = performance.now();
        draw();
      }, Math.max(0, drawn + DRAW_MS - now));
    }
    message.finish ??= "stop";
  } catch (error) {
    if (controller.signal.aborted) message.finish = "stopped";
    else message.error = error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
    finished(message, trace);
    draw();
    const { [id]: _, ...others } = running.value;
    running.value = others;
    touch(id);
  }
}

function add(chunk: Chunk, message: Message, trace: Trace): void {
  const now = performance.now();
  const choice = chunk.choices[0];
  if (chunk.usage) {
    trace.prompt = chunk.usage.prompt_tokens;
    trace.cached = chunk.usage.prompt_tokens_details.cached_tokens;
    const count = chunk.usage.completion_tokens;
    if (count > (trace.tokens.at(-1)?.[1] ?? 0)) {
      trace.first ??= now;
      trace.tokens.push([now, count]);
      // A long reply keeps every other point.
      if (trace.tokens.length > POINTS) trace.tokens = trace.tokens.filter((_, at) => at % 2 === 1 || at === 0);
    }
  }
  if (!choice) return;
  const { content, reasoning_content, tool_calls, executed_tools } = choice.delta;
  if (reasoning_content) message.reasoning = (message.reasoning ?? "") + reasoning_content;
  if (content || tool_calls) {
    if (trace.answer === undefined) {
      trace.answer = now;
      if (message.reasoning) message.thought = (now - (trace.first ?? trace.sent)) / 1000;
    }
  }
  if (content) message.content += content;
  const made = (message.calls ?? []).filter((each) => each.server);
  const ours = (message.calls ?? []).filter((each) => !each.server);
  for (const { index, id, function: fn } of tool_calls ?? []) {
    const known = ours[index] ?? { id: id ?? "", name: "", arguments: "" };
    ours[index] = { ...known, name: known.name + (fn.name ?? ""), arguments: known.arguments + fn.arguments };
  }
  for (const each of executed_tools ?? []) {
    const { server_label: server, name, arguments: given, output: result } = each;
    made.push({ id: `${server}-${made.length}`, server, name, arguments: given, result });
  }
  if (tool_calls || executed_tools) message.calls = [...made, ...ours];
  if (choice.finish_reason) message.finish = trace.finish = choice.finish_reason;
}

function finished(message: Message, trace: Trace): void {
  trace.done = performance.now();
  trace.finish = message.finish ?? "error";
  const [last, completion] = trace.tokens.at(-1) ?? [trace.done, 0];
  if (trace.first === undefined) return;
  message.stats = {
    prompt: trace.prompt,
    cached: trace.cached,
    completion,
    first: (trace.first - trace.sent) / 1000,
    total: (last - trace.sent) / 1000,
  };
  if (message.reasoning && message.thought === undefined) message.thought = (last - trace.first) / 1000;
}
