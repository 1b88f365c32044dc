// npm: ollama
import assert from "node:assert/strict";
import test from "node:test";
import { Ollama } from "ollama";
import * as s from "./setting.mjs";

const client = new Ollama({ host: s.url });
const { model } = s;
const messages = [{ role: "user", content: "Hi" }];
const options = { num_predict: 60 };
const tools = [{ type: "function", function: { name: "get_weather", description: s.DESCRIPTION, parameters: s.CITY } }];

test("chat", async () => {
  const reply = await client.chat({ model, messages, options });
  s.checkHello(reply.message.content);
  if (s.scripted) assert.equal(reply.message.thinking, s.THOUGHT);
});

test("chat, streamed", async () => {
  let text = "";
  let last;
  for await (const part of await client.chat({ model, messages, options, stream: true })) {
    text += part.message.content;
    last = part;
  }
  s.checkHello(text);
  assert.ok(last.done);
  assert.ok(last.eval_count > 0);
});

test("generate", async () => {
  s.checkHello((await client.generate({ model, prompt: "Hi", options })).response);
});

test("the model", async () => {
  const { models } = await client.list();
  assert.ok(models.some((each) => each.name === model));
  assert.ok((await client.show({ model })).capabilities.includes("tools"));
  assert.equal((await client.ps()).models.length, 1);
  assert.equal((await client.pull({ model })).status, "success");
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  await assert.rejects(client.pull({ model: "other" }), /not found/);
});

if (s.scripted) {
  test("a tool turn", async () => {
    for (const stream of [false, true]) {
      const said = [{ role: "user", content: s.QUESTION }];
      for (let turn = 0; turn < 2; turn += 1) {
        const reply = await client.chat({ model, messages: said, tools, stream });
        let message = { role: "assistant", content: "", tool_calls: [] };
        for await (const part of stream ? reply : [reply]) {
          message.content += part.message.content;
          message.tool_calls.push(...(part.message.tool_calls ?? []));
        }
        said.push(message);
        for (const call of message.tool_calls) {
          said.push({ role: "tool", tool_name: call.function.name, content: s.weather(call.function.arguments) });
        }
      }
      assert.equal(said.at(-1).content, s.RAIN);
    }
  });

  test("structured output", async () => {
    const reply = await client.chat({ model, messages: [{ role: "user", content: s.DESCRIBE }], format: s.PLACE });
    assert.deepEqual(JSON.parse(reply.message.content), s.BERLIN);
  });
}
