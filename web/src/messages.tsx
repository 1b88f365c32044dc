// What was said in a conversation.

import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import { again, give } from "./chat";
import { Code, Markdown } from "./markdown";
import { CopyButton, Icon, IconButton } from "./parts";
import type { Call, Message as Said, Stats } from "./store";
import { duration, figure, t } from "./words";

interface Props {
  conversation: string;
  message: Said;
  last: boolean;
  running: boolean;
  onEdit?: () => void;
}

/** Messages are never changed in place: one that is the same object looks the same. */
export const Message = memo(
  (props: Props & { language: string }) => (props.message.role === "user" ? <Asked {...props} /> : <Answered {...props} />),
  (a, b) =>
    a.message === b.message && a.last === b.last && a.language === b.language && (!b.last || a.running === b.running),
);

function Asked({ message, onEdit }: Props) {
  return (
    <article class="asked" aria-label={t.value.you}>
      <div class="bubble">{message.content}</div>
      <div class="actions">
        <CopyButton text={message.content} />
        {onEdit && <IconButton icon="edit" label={t.value.edit} onClick={onEdit} />}
      </div>
    </article>
  );
}

function Answered({ conversation, message, last, running }: Props) {
  const words = t.value;
  const { content, reasoning, calls = [], finish, error, stats } = message;
  const writing = last && running;
  const made = calls.filter((each) => each.server);
  const ours = calls.filter((each) => !each.server);
  return (
    <article class="answered" aria-label={words.answer} aria-busy={writing}>
      {(reasoning || (writing && !content && calls.length === 0)) && (
        <Reasoning text={reasoning ?? ""} seconds={message.thought} writing={writing} />
      )}
      {/* What the server called came before the answer, what we are to call comes after what is said of it. */}
      {made.length > 0 && <Calls conversation={conversation} calls={made} open={false} />}
      {content && <Markdown text={content} />}
      {ours.length > 0 && <Calls conversation={conversation} calls={ours} open={last && !running} />}
      {finish === "stopped" && <p class="note">{words.stopped}</p>}
      {finish === "length" && <p class="note">{words.tooLong}</p>}
      {error && (
        <div class="error" role="alert">
          <p>
            <strong>{words.failed}</strong> {error}
          </p>
          {last && (
            <button type="button" onClick={() => again(conversation)}>
              <Icon name="again" /> {words.retry}
            </button>
          )}
        </div>
      )}
      {!writing && (
        <div class="actions">
          {content && <CopyButton text={content} />}
          {last && !error && <IconButton icon="again" label={words.again} onClick={() => again(conversation)} />}
          {stats && <small>{told(stats)}</small>}
        </div>
      )}
    </article>
  );
}

function told({ completion, first, total }: Stats): string {
  const words = t.value;
  const rate = completion > 1 && total > first ? (completion - 1) / (total - first) : NaN;
  const parts = [`${figure(completion)} ${words.tokens}`];
  if (Number.isFinite(rate)) parts.push(`${figure(rate, 1)}/s`);
  return [...parts, `${words.firstShort} ${duration(first)}`].join(" · ");
}

function Reasoning({ text, seconds, writing }: { text: string; seconds: number | undefined; writing: boolean }) {
  const words = t.value;
  const thinking = writing && seconds === undefined;
  const title = thinking ? words.thinking : seconds === undefined ? words.thoughts : words.thought(figure(seconds, 1));
  return (
    <details class={thinking ? "reasoning thinking" : "reasoning"}>
      <summary>
        <Icon name="fold" />
        <span>{title}</span>
      </summary>
      {text && <Markdown text={text} />}
    </details>
  );
}

/** The calls of a message, and where the results of those that are ours to make can be typed. */
function Calls({ conversation, calls, open }: { conversation: string; calls: Call[]; open: boolean }) {
  const words = t.value;
  const [results, setResults] = useState<Record<number, string>>({});
  const wanted = open && calls.some((each) => each.result === undefined);
  const send = (): void => give(conversation, calls.map((_, at) => results[at] ?? ""));
  return (
    <form class="calls" onSubmit={(event) => (event.preventDefault(), send())}>
      {calls.map((each, at) => (
        <section key={each.id} class="call" aria-label={`${words.calls}: ${each.name}`}>
          <h3>
            <Icon name="tool" /> <code>{each.name}</code> {each.server && <small>{words.calledBy(each.server)}</small>}
          </h3>
          <h4>{words.arguments}</h4>
          <Json text={each.arguments} />
          {(wanted || each.result !== undefined) && <h4>{words.result}</h4>}
          {each.result !== undefined ? (
            <Json text={each.result} />
          ) : (
            wanted && (
              <textarea
                rows={2}
                aria-label={`${words.result}: ${each.name}`}
                placeholder={words.giveResult}
                value={results[at] ?? ""}
                onInput={(event) => setResults({ ...results, [at]: event.currentTarget.value })}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
                }}
              />
            )
          )}
        </section>
      ))}
      {wanted && (
        <button type="submit" class="primary">
          {words.sendResults}
        </button>
      )}
    </form>
  );
}

function Json({ text }: { text: string }) {
  try {
    return <Code text={JSON.stringify(JSON.parse(text), null, 2)} language="json" />;
  } catch {
    return <Code text={text} language="" />;
  }
}
