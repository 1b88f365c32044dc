// What every file here needs to know: where the server is, and what its model says.
// `scripted`: the model follows script.json; otherwise nothing is known of what it says.
import assert from "node:assert/strict";

export const url = process.env.HARMONIUM_URL;
export const model = process.env.HARMONIUM_MODEL;
export const scripted = process.env.HARMONIUM_SCRIPTED === "1";

export const HELLO = "Hello! How can I help?";
export const THOUGHT = "A greeting.";
export const RAIN = "It is 12 degrees in Berlin.";
export const QUESTION = "How is the weather in Berlin?";
export const DESCRIBE = "Describe Berlin.";
export const BERLIN = { city: "Berlin", degrees: 12 };
export const DESCRIPTION = "The weather in a city.";

export const CITY = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

export const PLACE = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

// A reply to "Hi": known of a script; of any other model only that it is a text.
export function checkHello(text) {
  assert.equal(typeof text, "string");
  if (scripted) assert.equal(text, HELLO);
}

export function weather({ city }) {
  assert.equal(city, "Berlin");
  return "12 degrees";
}
