// The list of conversations.

import { useState } from "preact/hooks";
import { type Conversation, conversations, currentId, kept, open, remove } from "./store";
import { stop, running } from "./chat";
import { Icon, IconButton } from "./parts";
import { t } from "./words";

export function Sidebar({ onPick, onSettings }: { onPick: () => void; onSettings: () => void }) {
  const words = t.value;
  return (
    <>
      <header class="brand">
        <img src="page/icon.svg" alt="" width="26" height="26" />
        <strong>Harmonium</strong>
      </header>
      <button type="button" class="new" onClick={() => (open(""), onPick())}>
        <Icon name="plus" /> {words.newChat}
      </button>
      {conversations.value.length === 0 && <p class="hint">{words.noChats}</p>}
      <ul class="chats" aria-label={words.chats}>
        {conversations.value.map((each) => (
          <Entry key={each.id} conversation={each} onPick={onPick} />
        ))}
      </ul>
      {!kept.value && <p class="hint warning">{words.notKept}</p>}
      <footer>
        <button type="button" class="quiet" onClick={onSettings}>
          <Icon name="gear" /> {words.settings}
        </button>
      </footer>
    </>
  );
}

function Entry({ conversation, onPick }: { conversation: Conversation; onPick: () => void }) {
  const { id, title } = conversation;
  const [asking, setAsking] = useState(false);
  const words = t.value;
  if (asking)
    return (
      <li class="asking">
        <span>{words.sureDelete}</span>
        <button type="button" class="danger" ref={(button) => button?.focus()} onClick={() => (stop(id), remove(id))}>
          {words.yesDelete}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          {words.keep}
        </button>
      </li>
    );
  return (
    <li class={id === currentId.value ? "current" : ""}>
      <button
        type="button"
        class="pick"
        aria-current={id === currentId.value ? "page" : undefined}
        onClick={() => (open(id), onPick())}
      >
        {running.value[id] && <span class="dot" />}
        {title}
      </button>
      <IconButton icon="bin" label={`${words.deleteChat}: ${title}`} onClick={() => setAsking(true)} />
    </li>
  );
}
