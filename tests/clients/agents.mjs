// npm: @openai/agents
import assert from "node:assert/strict";
import test from "node:test";
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import * as s from "./setting.mjs";

setTracingDisabled(true);
const client = new OpenAI({ baseURL: `${s.url}/v1`, apiKey: "none", maxRetries: 0 });
const runner = new Runner({ tracingDisabled: true });
const getWeather = tool({
  name: "get_weather",
  description: s.DESCRIPTION,
  parameters: z.object({ city: z.string() }),
  execute: async (given) => s.weather(given),
});
// Biases with which any model ends its messages soon: an incomplete response is an error to this client.
const providerData = s.scripted ? {} : { logit_bias: { 200002: 90, 200007: 60 } };
const Place = z.object({ city: z.string(), degrees: z.number().int() });

for (const Model of [OpenAIResponsesModel, OpenAIChatCompletionsModel]) {
  const model = new Model(client, s.model);
  const agent = (fields) =>
    new Agent({ name: "Weather", instructions: "Be brief.", model, modelSettings: { maxTokens: 60, providerData }, ...fields });

  test(`${Model.name}: run`, async () => {
    s.checkHello((await runner.run(agent(), "Hi")).finalOutput);
  });

  test(`${Model.name}: streamed`, async () => {
    const run = await runner.run(agent(), "Hi", { stream: true });
    let text = "";
    for await (const piece of run.toTextStream()) text += piece;
    await run.completed;
    s.checkHello(text);
    assert.equal(run.finalOutput, text);
  });

  if (s.scripted) {
    test(`${Model.name}: a tool turn`, async () => {
      const asking = agent({ tools: [getWeather] });
      assert.equal((await runner.run(asking, s.QUESTION)).finalOutput, s.RAIN);
      const run = await runner.run(asking, s.QUESTION, { stream: true });
      for await (const _ of run);
      assert.equal(run.finalOutput, s.RAIN);
    });

    test(`${Model.name}: structured output`, async () => {
      assert.deepEqual((await runner.run(agent({ outputType: Place }), s.DESCRIBE)).finalOutput, s.BERLIN);
    });
  }
}
