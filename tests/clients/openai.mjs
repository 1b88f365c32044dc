// npm: openai
import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import * as s from "./setting.mjs";

const client = new OpenAI({ baseURL: `${s.url}/v1`, apiKey: "none", maxRetries: 0 });
const { model } = s;
const hi = [{ role: "user", content: "Hi" }];
const max_tokens = 60;
const tools = [{ type: "function", function: { name: "get_weather", parameters: s.CITY } }];
const Place = z.object({ city: z.string(), degrees: z.number().int() });

test("chat", async () => {
  const reply = await client.chat.completions.create({ model, messages: hi, max_tokens });
  s.checkHello(reply.choices[0].message.content);
  assert.ok(reply.usage.prompt_tokens > 0);
});

test("chat, streamed", async () => {
  const stream = client.chat.completions.stream({ model, messages: hi, max_tokens, stream_options: { include_usage: true } });
  s.checkHello(await stream.finalContent() ?? "");
  assert.ok((await stream.totalUsage()).completion_tokens > 0);
});

test("responses", async () => {
  const reply = await client.responses.create({ model, input: "Hi", max_output_tokens: max_tokens });
  s.checkHello(reply.output_text);
});

test("responses, streamed", async () => {
  const stream = client.responses.stream({ model, input: "Hi", max_output_tokens: max_tokens });
  let text = "";
  stream.on("response.output_text.delta", (event) => (text += event.delta));
  const reply = await stream.finalResponse();
  assert.equal(text, reply.output_text);
  s.checkHello(text);
});

if (s.scripted) {
  test("chat with tools, run by the helper", async () => {
    for (const stream of [false, true]) {
      const run = client.chat.completions.runTools({
        model,
        stream,
        messages: [{ role: "user", content: s.QUESTION }],
        tools: [{ type: "function", function: { name: "get_weather", parameters: s.CITY, parse: JSON.parse, function: s.weather } }],
      });
      assert.equal(await run.finalContent(), s.RAIN);
    }
  });

  test("chat, parsed", async () => {
    const response_format = zodResponseFormat(Place, "place");
    const reply = await client.chat.completions.parse({ model, messages: [{ role: "user", content: s.DESCRIBE }], response_format });
    assert.deepEqual(reply.choices[0].message.parsed, s.BERLIN);
  });

  test("a conversation of responses with a tool", async () => {
    const tool = { type: "function", name: "get_weather", parameters: s.CITY, strict: true };
    const asked = await client.responses.create({ model, input: s.QUESTION, tools: [tool] });
    const call = asked.output.find((item) => item.type === "function_call");
    const output = s.weather(JSON.parse(call.arguments));
    const stream = client.responses.stream({
      model,
      previous_response_id: asked.id,
      input: [{ type: "function_call_output", call_id: call.call_id, output }],
      tools: [tool],
    });
    assert.equal((await stream.finalResponse()).output_text, s.RAIN);
  });

  test("responses, parsed", async () => {
    const reply = await client.responses.parse({ model, input: s.DESCRIBE, text: { format: zodTextFormat(Place, "place") } });
    assert.deepEqual(reply.output_parsed, s.BERLIN);
  });

  test("responses in the background", async () => {
    let reply = await client.responses.create({ model, input: "Hi", background: true });
    while (["queued", "in_progress"].includes(reply.status)) reply = await client.responses.retrieve(reply.id);
    assert.equal(reply.output_text, s.HELLO);
  });

  test("errors have their class", async () => {
    await assert.rejects(client.chat.completions.create({ model: "other", messages: hi }), OpenAI.NotFoundError);
    await assert.rejects(client.responses.create({ model, input: "Hi", temperature: 9 }), OpenAI.BadRequestError);
  });
}
