// Accessibility: axe-core finds nothing serious in any view, light or dark, wide or on a phone, in both languages.

import assert from "node:assert/strict";
import axe from "axe-core";
import { ask, idle, last, PHONE, visit, write } from "./browser.mjs";

async function check(page, what) {
  // Not before all that fades has faded.
  await page.waitForTimeout(300);
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], what);
  assert.ok(passes.length > 10);
}

for (const colorScheme of ["light", "dark"]) {
  for (const [size, options] of [["wide", {}], ["phone", PHONE]]) {
    for (const locale of ["en-US", "zh-CN"]) {
      visit(`${colorScheme}, ${size}, ${locale}`, { ...options, colorScheme, locale }, async (page) => {
        await check(page, "welcome");
        await page.locator(".suggestions button").last().click();
        await idle(page);
        await check(page, "chat with tools");
        await page.keyboard.press("Control+k");
        await ask(page, "Some markdown, please");
        await last(page).locator(".markdown td").first().waitFor();
        await check(page, "chat");
        await write(page, "Count slowly");
        await page.locator(".thinking").waitFor();
        await check(page, "thinking");
        await page.keyboard.press("Escape");
        await idle(page);
        await page.locator(".options").click();
        await check(page, "chat settings");
        await page.keyboard.press("Escape");
        if (size === "phone") await page.locator(".top button").first().click();
        await page.locator(".chats .quiet").first().click();
        await check(page, "list of chats");
        await page.locator(".sidebar footer button").click();
        await check(page, "settings");
        await page.keyboard.press("Escape");
        if (size === "phone") {
          await page.keyboard.press("Escape");
          await page.locator(".top button").last().click();
          await check(page, "live view");
        }
      });
    }
  }
}
