// The page: conversations at the left, the chat in the middle, the server at the right.

import { render } from "preact";
import { effect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Failure, type Model, models, refused } from "./api";
import { running, say, stop } from "./chat";
import { Composer } from "./composer";
import { ChatSettings, EXAMPLE, KeyDialog, PageSettings } from "./dialogs";
import { Message } from "./messages";
import { watch } from "./metrics";
import { Icon, IconButton } from "./parts";
import { Server } from "./server";
import { Sidebar } from "./sidebar";
import { current, currentId, load, open, setOptions, setting, settings } from "./store";
import { language, t } from "./words";
import "./style.css";

type Shown = "" | "chat" | "page";

/** Where the panel lies over the chat; the style sheet says the same. */
const OVERLAID = "(max-width: 1099px)";

/** How often a server that still loads its model is asked again. */
const AGAIN_MS = 2000;

/** What the server serves; asked until it answers. */
function useModels(): { list: Model[]; trouble: string; ask: () => void } {
  const [list, setList] = useState<Model[]>([]);
  const [trouble, setTrouble] = useState("");
  const [round, ask] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    models().then(
      (found) => (setList(found), setTrouble("")),
      (error: unknown) => {
        const status = error instanceof Failure ? error.status : 0;
        setTrouble(status === 401 ? t.value.keyWanted : status === 503 ? t.value.loading : t.value.unreachable);
        if (status !== 401) timer = setTimeout(() => ask((count) => count + 1), AGAIN_MS);
      },
    );
    return () => clearTimeout(timer);
  }, [round]);
  return { list, trouble, ask: () => ask(round + 1) };
}

function App() {
  const words = t.value;
  const { list, trouble, ask } = useModels();
  const [drawer, setDrawer] = useState(false);
  const [shown, show] = useState<Shown>("");
  const [drafts, setDrafts] = useState<Record<string, string>>({});
  const [editing, edit] = useState<number>();
  const field = useRef<HTMLTextAreaElement>(null);
  const id = currentId.value;
  const conversation = current.value;
  const busy = id in running.value;
  const draft = drafts[id] ?? "";
  const { panel, model } = settings.value;

  const send = (text: string): void => {
    if (!text.trim() || busy) return;
    setDrafts({ ...drafts, [id]: "" });
    edit(undefined);
    say(text, editing);
  };
  // Not where that would bring up a keyboard over half the screen.
  const focus = (): void => {
    if (!matchMedia("(pointer: coarse)").matches) field.current?.focus();
  };
  useEffect(() => {
    edit(undefined);
    focus();
  }, [id]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (document.querySelector("dialog[open]")) return;
      const typing = event.target instanceof HTMLElement && event.target.matches("textarea, input:not([type=radio])");
      if (event.key === "Escape") {
        if (drawer) setDrawer(false);
        else if (settings.value.panel && matchMedia(OVERLAID).matches) setting("panel", false);
        else stop(currentId.value);
      } else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        open("");
        field.current?.focus();
      } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        field.current?.focus();
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [drawer]);

  return (
    <div class={`app${panel ? " with-panel" : ""}${drawer ? " with-drawer" : ""}`}>
      <a class="skip" href="#message" onClick={(event) => (event.preventDefault(), field.current?.focus())}>
        {words.skip}
      </a>
      <nav class="sidebar" aria-label={words.chats}>
        <Sidebar onPick={() => (setDrawer(false), focus())} onSettings={() => show("page")} />
      </nav>
      <div class="veil" onClick={() => (setDrawer(false), setting("panel", false))} />
      <main>
        <header class="top">
          <IconButton icon="menu" label={words.menu} class="narrow" onClick={() => setDrawer(true)} />
          <ModelName list={list} chosen={model} />
          <span class="space" />
          <IconButton icon="plus" label={words.newChat} class="narrow" onClick={() => open("")} />
          <IconButton icon="chart" label={words.serverView} pressed={panel} onClick={() => setting("panel", !panel)} />
        </header>
        {trouble && (
          <p class="banner" role="status">
            {trouble}
          </p>
        )}
        {conversation?.messages.length ? (
          <Messages onEdit={(at, text) => (edit(at), setDrafts({ ...drafts, [id]: text }), field.current?.focus())} />
        ) : (
          <Welcome notice={list[0]?.description} onAsk={send} />
        )}
        <Composer
          conversation={id}
          draft={draft}
          busy={busy}
          editing={editing !== undefined}
          field={field}
          onDraft={(text) => setDrafts({ ...drafts, [id]: text })}
          onSend={() => send(draft)}
          onCancel={() => (edit(undefined), setDrafts({ ...drafts, [id]: "" }))}
          onOptions={() => show("chat")}
        />
      </main>
      {panel && (
        <aside class="panel" aria-label={words.serverView}>
          <Server />
        </aside>
      )}
      {shown === "chat" && <ChatSettings onClose={() => show("")} />}
      {shown === "page" && <PageSettings onClose={() => (show(""), trouble && ask())} />}
      {refused.value && !shown && <KeyDialog onSaved={ask} />}
    </div>
  );
}

function ModelName({ list, chosen }: { list: Model[]; chosen: string }) {
  const name = list.some((each) => each.id === chosen) ? chosen : (list[0]?.id ?? "");
  useEffect(() => {
    if (list.length && chosen && name !== chosen) setting("model", "");
  }, [list, chosen]);
  if (list.length < 2) return <h1 class="model">{name}</h1>;
  return (
    <h1 class="model">
      <select aria-label={t.value.model} value={name} onChange={(event) => setting("model", event.currentTarget.value)}>
        {list.map((each) => (
          <option key={each.id}>{each.id}</option>
        ))}
      </select>
    </h1>
  );
}

function Welcome({ notice, onAsk }: { notice: string | undefined; onAsk: (text: string) => void }) {
  const words = t.value;
  const withTool = (): void => {
    setOptions({ tools: EXAMPLE });
    onAsk(words.suggestTool);
  };
  return (
    <div class="welcome">
      <img src="page/icon.svg" alt="" width="56" height="56" />
      <h2>Harmonium</h2>
      <p>{words.tagline}</p>
      <div class="suggestions">
        {words.suggestions.map((each) => (
          <button type="button" key={each} onClick={() => onAsk(each)}>
            {each}
          </button>
        ))}
        <button type="button" onClick={withTool}>
          <span>{words.suggestTool}</span>
          <small>
            <Icon name="tool" /> {words.withTool}
          </small>
        </button>
      </div>
      {notice && <p class="notice">{notice}</p>}
    </div>
  );
}

/** How near to its end a view counts as being there, in pixels. */
const NEAR = 60;

function Messages({ onEdit }: { onEdit: (at: number, text: string) => void }) {
  const view = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const { id, messages } = current.value!;
  const busy = id in running.value;
  const toEnd = (): void => view.current!.scrollTo({ top: view.current!.scrollHeight });
  // The view follows what is written, unless one has scrolled away from it; one's own message always shows.
  useLayoutEffect(() => {
    if (atEnd) toEnd();
  }, [messages]);
  useLayoutEffect(() => {
    toEnd();
    setAtEnd(true);
  }, [id, messages.length]);
  return (
    <>
      <div
        class="messages"
        ref={view}
        role="log"
        aria-live="off"
        tabIndex={0}
        aria-label={t.value.message}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR);
        }}
      >
        {messages.map((each, at) => (
          <Message
            key={each.id}
            conversation={id}
            message={each}
            last={at === messages.length - 1}
            running={busy}
            language={language.value}
            onEdit={() => onEdit(at, each.content)}
          />
        ))}
      </div>
      <div class="end">{!atEnd && <IconButton icon="down" label={t.value.toBottom} onClick={toEnd} />}</div>
      <p class="unseen" role="status">
        {busy ? t.value.thinking : ""}
      </p>
    </>
  );
}

effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dataset["theme"] = settings.value.theme;
});
watch();
void load().then(() => render(<App />, document.body));
