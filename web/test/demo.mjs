// The page against the bundled model: nothing is known of what it says.

import assert from "node:assert/strict";
import { ask, last, visit } from "./browser.mjs";

visit("it answers, in both languages, and can be asked on", async (page) => {
  for (const question of ["What is the capital of France?", "法国的首都是哪里？", "And of Italy?"]) {
    await ask(page, question);
    assert.ok((await last(page).locator(":scope > .markdown").innerText()).length > 0);
  }
  assert.equal(await page.locator(".timeline li[data-state=done]").count(), 3);
});
