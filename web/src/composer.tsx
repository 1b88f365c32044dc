// Where one writes.

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { parseTools, stop } from "./chat";
import { Choice, Icon } from "./parts";
import { type Effort, options, setOptions } from "./store";
import { t } from "./words";

interface Props {
  conversation: string;
  draft: string;
  busy: boolean;
  editing: boolean;
  field: RefObject<HTMLTextAreaElement | null>;
  onDraft: (text: string) => void;
  onSend: () => void;
  onCancel: () => void;
  onOptions: () => void;
}

export function countTools(text: string): number {
  try {
    return parseTools(text)?.length ?? 0;
  } catch {
    return 0;
  }
}

export function Composer(props: Props) {
  const { conversation, draft, busy, editing, field } = props;
  const words = t.value;
  const { effort, tools, system } = options.value;
  const count = countTools(tools);

  // As high as its text; the style sheet has the limit.
  useEffect(() => {
    const area = field.current!;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [draft]);

  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), props.onSend())}>
      {editing && (
        <p class="note">
          {words.editing}{" "}
          <button type="button" class="link" onClick={props.onCancel}>
            {words.cancel}
          </button>
        </p>
      )}
      <textarea
        id="message"
        ref={field}
        rows={1}
        value={draft}
        placeholder={words.placeholder}
        aria-label={words.message}
        onInput={(event) => props.onDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          // The Enter that ends the composition of a Chinese word sends nothing.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          props.onSend();
        }}
      />
      <div class="row">
        <Choice<Effort>
          label={words.effort}
          value={effort}
          choices={[
            ["low", words.low],
            ["medium", words.medium],
            ["high", words.high],
          ]}
          onChange={(value) => setOptions({ effort: value })}
        />
        <button type="button" class="quiet options" title={words.chatSettings} onClick={props.onOptions}>
          <Icon name="tune" />
          <span class="unseen">{words.chatSettings} </span>
          {count > 0 && <span class="chip">{words.toolCount(count)}</span>}
          {system.trim() && <span class="chip wide">{words.system}</span>}
        </button>
        {busy ? (
          <button type="button" class="primary round" aria-label={words.stop} title={`${words.stop} (Esc)`} onClick={() => stop(conversation)}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="primary round" aria-label={words.send} title={words.send} disabled={!draft.trim()}>
            <Icon name="send" />
          </button>
        )}
      </div>
    </form>
  );
}
