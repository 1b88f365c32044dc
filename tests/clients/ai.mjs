// npm: ai with @ai-sdk/openai, @ai-sdk/openai-compatible, @ai-sdk/open-responses
import assert from "node:assert/strict";
import test from "node:test";
import { createOpenResponses } from "@ai-sdk/open-responses";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, Output, streamText, tool } from "ai";
import { z } from "zod";
import * as s from "./setting.mjs";

const baseURL = `${s.url}/v1`;
const apiKey = "none";
const openai = createOpenAI({ baseURL, apiKey });
const providers = {
  "openai, responses": openai.responses(s.model),
  "openai, chat": openai.chat(s.model),
  "openai-compatible": createOpenAICompatible({
    name: "harmonium",
    baseURL,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })(s.model),
  "open-responses": createOpenResponses({ name: "harmonium", url: `${baseURL}/responses`, apiKey })(s.model),
};
const tools = {
  get_weather: tool({
    description: s.DESCRIPTION,
    inputSchema: z.object({ city: z.string() }),
    execute: async (given) => s.weather(given),
  }),
};
const Place = z.object({ city: z.string(), degrees: z.number().int() });

async function streamed(options) {
  const failures = [];
  const result = streamText({ ...options, maxRetries: 0, onError: ({ error }) => failures.push(error) });
  let text = "";
  for await (const piece of result.textStream) text += piece;
  assert.deepEqual(failures, []);
  return { text, steps: await result.steps, usage: await result.usage };
}

for (const [name, model] of Object.entries(providers)) {
  test(`${name}: generateText`, async () => {
    const { text, usage } = await generateText({ model, prompt: "Hi", maxOutputTokens: 60, maxRetries: 0 });
    s.checkHello(text);
    assert.ok(usage.inputTokens > 0);
  });

  test(`${name}: streamText`, async () => {
    const { text, usage } = await streamed({ model, prompt: "Hi", maxOutputTokens: 60 });
    s.checkHello(text);
    assert.ok(usage.outputTokens > 0);
  });

  if (s.scripted) {
    test(`${name}: a tool turn`, async () => {
      const asked = { model, prompt: s.QUESTION, tools, stopWhen: isStepCount(3) };
      const whole = await generateText({ ...asked, maxRetries: 0 });
      assert.equal(whole.text, s.RAIN);
      assert.equal(whole.steps.length, 2);
      const { text, steps } = await streamed(asked);
      assert.equal(text, s.RAIN);
      assert.equal(steps.length, 2);
    });

    test(`${name}: structured output`, async () => {
      const { output } = await generateText({ model, prompt: s.DESCRIBE, output: Output.object({ schema: Place }), maxRetries: 0 });
      assert.deepEqual(output, s.BERLIN);
    });
  }
}
