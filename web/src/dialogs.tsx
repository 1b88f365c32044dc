// The settings: of the chat at hand, and of the page.

import { useState } from "preact/hooks";
import { call, refused } from "./api";
import { parseTools } from "./chat";
import { Choice, Dialog } from "./parts";
import { options, removeAll, setOptions, setting, settings } from "./store";
import { t } from "./words";

export const EXAMPLE = JSON.stringify(
  [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "The weather in a city now.",
        parameters: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    },
  ],
  null,
  2,
);

function wrong(tools: string): string {
  try {
    parseTools(tools);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function ChatSettings({ onClose }: { onClose: () => void }) {
  const words = t.value;
  const [chosen, choose] = useState({ ...options.value });
  const why = wrong(chosen.tools);
  const close = (): void => {
    const { tools, ...others } = chosen;
    setOptions(why ? others : { ...others, tools });
    onClose();
  };
  return (
    <Dialog title={words.chatSettings} onClose={close}>
      <label class="field">
        <span>{words.system}</span>
        <small>{words.systemHint}</small>
        <textarea rows={4} value={chosen.system} onInput={(e) => choose({ ...chosen, system: e.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{words.tools}</span>
        <small>{words.toolsHint}</small>
        <textarea
          rows={8}
          class="mono"
          spellcheck={false}
          value={chosen.tools}
          aria-invalid={why !== ""}
          onInput={(e) => choose({ ...chosen, tools: e.currentTarget.value })}
        />
      </label>
      {why && (
        <p class="warning" role="alert">
          {words.badTools(why)}
        </p>
      )}
      {!chosen.tools.trim() && (
        <button type="button" onClick={() => choose({ ...chosen, tools: EXAMPLE })}>
          {words.exampleTool}
        </button>
      )}
      <div class="pair">
        <label class="field">
          <span>{words.temperature}</span>
          <input
            type="number"
            min="0"
            max="2"
            step="0.1"
            placeholder={words.byDefault}
            value={chosen.temperature}
            onInput={(e) => choose({ ...chosen, temperature: e.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{words.maxTokens}</span>
          <input
            type="number"
            min="1"
            step="1"
            placeholder={words.byDefault}
            value={chosen.maxTokens}
            onInput={(e) => choose({ ...chosen, maxTokens: e.currentTarget.value })}
          />
        </label>
      </div>
    </Dialog>
  );
}

export function PageSettings({ onClose }: { onClose: () => void }) {
  const words = t.value;
  const { key, language, theme } = settings.value;
  const [sure, ask] = useState(false);
  return (
    <Dialog title={words.settings} onClose={onClose}>
      <Choice
        label={words.theme}
        value={theme}
        choices={[
          ["", words.auto],
          ["light", words.light],
          ["dark", words.dark],
        ]}
        onChange={(value) => setting("theme", value)}
      />
      <Choice
        label={words.language}
        value={language}
        choices={[
          ["", words.auto],
          ["en", "English"],
          ["zh", "中文"],
        ]}
        onChange={(value) => setting("language", value)}
      />
      <label class="field">
        <span>{words.key}</span>
        <small>{words.keyHint}</small>
        <input type="password" autocomplete="off" value={key} onInput={(e) => setting("key", e.currentTarget.value)} />
      </label>
      <h3>{words.keyboard}</h3>
      <dl class="keys">
        {words.keys.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="row between">
        <span>
          <a href="docs" target="_blank">
            {words.apiDocs}
          </a>{" "}
          ·{" "}
          <a href="page/licenses.txt" target="_blank">
            {words.licenses}
          </a>
        </span>
        <button type="button" class="danger" onClick={() => (sure ? (removeAll(), onClose()) : ask(true))}>
          {sure ? words.sureDelete : words.deleteAll}
        </button>
      </div>
    </Dialog>
  );
}

/** Shown when the server has refused a request for want of a key. */
export function KeyDialog({ onSaved }: { onSaved: () => void }) {
  const words = t.value;
  const [key, setKey] = useState(settings.value.key);
  const [failure, fail] = useState("");
  const save = async (): Promise<void> => {
    setting("key", key.trim());
    try {
      await call("v1/models");
      refused.value = false;
      onSaved();
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title={words.keyWanted} onClose={() => (refused.value = false)}>
      <form onSubmit={(event) => (event.preventDefault(), void save())}>
        <label class="field">
          <span>{words.key}</span>
          <small>{words.keyHint}</small>
          <input type="password" autocomplete="off" value={key} onInput={(e) => setKey(e.currentTarget.value)} />
        </label>
        {failure && (
          <p class="warning" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="primary">
          {words.save}
        </button>
      </form>
    </Dialog>
  );
}
