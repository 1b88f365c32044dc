// npm: @anthropic-ai/sdk
import assert from "node:assert/strict";
import test from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import * as s from "./setting.mjs";

const client = new Anthropic({ baseURL: s.url, apiKey: "none", maxRetries: 0 });
const { model } = s;
const messages = [{ role: "user", content: "Hi" }];
const tools = [{ name: "get_weather", description: s.DESCRIPTION, input_schema: s.CITY }];
const textOf = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");

test("messages", async () => {
  const reply = await client.messages.create({ model, messages, max_tokens: 60 });
  s.checkHello(textOf(reply));
  assert.ok(reply.usage.input_tokens > 0);
});

test("messages, streamed, with thinking", async () => {
  const thinking = { type: "enabled", budget_tokens: 1024 };
  const stream = client.messages.stream({ model, messages, max_tokens: 2000, thinking, stop_sequences: ["\n"] });
  const reply = await stream.finalMessage();
  s.checkHello(textOf(reply));
  if (s.scripted) assert.equal(reply.content[0].type, "thinking");
});

test("tokens are counted", async () => {
  assert.ok((await client.messages.countTokens({ model, messages })).input_tokens > 0);
});

if (s.scripted) {
  test("a tool turn", async () => {
    const said = [{ role: "user", content: s.QUESTION }];
    const asked = await client.messages.stream({ model, messages: said, tools, max_tokens: 1000 }).finalMessage();
    assert.equal(asked.stop_reason, "tool_use");
    const call = asked.content.find((block) => block.type === "tool_use");
    const result = { type: "tool_result", tool_use_id: call.id, content: s.weather(call.input) };
    said.push({ role: "assistant", content: asked.content }, { role: "user", content: [result] });
    const answered = await client.messages.create({ model, messages: said, tools, max_tokens: 1000 });
    assert.equal(textOf(answered), s.RAIN);
  });

  test("a tool turn, run by the helper", async () => {
    const run = betaTool({ name: "get_weather", description: s.DESCRIPTION, inputSchema: s.CITY, run: s.weather });
    const reply = await client.beta.messages.toolRunner({
      model,
      messages: [{ role: "user", content: s.QUESTION }],
      tools: [run],
      max_tokens: 1000,
    });
    assert.equal(textOf(reply), s.RAIN);
  });

  test("structured output", async () => {
    const reply = await client.messages.create({
      model,
      messages: [{ role: "user", content: s.DESCRIBE }],
      max_tokens: 1000,
      output_config: { format: { type: "json_schema", schema: s.PLACE } },
    });
    assert.deepEqual(JSON.parse(textOf(reply)), s.BERLIN);
  });

  test("errors have their class", async () => {
    await assert.rejects(client.messages.create({ model: "other", messages, max_tokens: 9 }), Anthropic.NotFoundError);
  });
}
