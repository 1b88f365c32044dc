// A browser for the tests, and what they do in it. CHROMIUM names the program where it is not found by itself.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { chromium } from "playwright-core";

export const url = process.env.HARMONIUM_URL;

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/opt/google/chrome/chrome"];
const executablePath = process.env.CHROMIUM ?? places.find(existsSync);
assert.ok(executablePath, "Chromium is needed: install it, or name it with CHROMIUM");
const quiet = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: process.getuid() ? quiet : [...quiet, "--no-sandbox"] });
after(() => browser.close());

const WIDE = { width: 1360, height: 860 };
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

// A test in a browser of its own. Whatever it does, the page may not ask another origin for anything, nor complain:
// every exception, policy violation and error in the console counts, but for failed requests that `expected` allows.
export function visit(name, options, body) {
  if (!body) [options, body] = [{}, options];
  const { expected, at = url, ...context } = options;
  test(name, { timeout: 240_000 }, async () => {
    const given = await browser.newContext({ viewport: WIDE, locale: "en-US", ...context });
    await given.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(at).origin });
    const page = await given.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.stack));
    page.on("console", (said) => {
      if (["error", "warning"].includes(said.type()) && !expected?.test(said.text())) complaints.push(said.text());
    });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== new URL(at).origin) complaints.push(`asked ${request.url()}`);
    });
    page.setDefaultTimeout(20_000);
    try {
      await page.goto(at);
      await page.getByLabel("Message", { exact: true }).or(page.locator("#message")).first().waitFor();
      await body(page, given);
      assert.deepEqual(complaints, []);
    } finally {
      await given.close();
    }
  });
}

export const answers = (page) => page.locator(".answered");
export const last = (page) => answers(page).last();

export async function write(page, text) {
  await page.locator("#message").fill(text);
  await page.keyboard.press("Enter");
}

export async function idle(page) {
  await page.locator("main button[type=submit].round").waitFor();
}

// Ask, and wait for the whole answer.
export async function ask(page, text) {
  const before = await answers(page).count();
  await write(page, text);
  await answers(page).nth(before).waitFor();
  await idle(page);
}

export async function until(condition, what, seconds = 10) {
  const deadline = Date.now() + 1000 * seconds;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function metric(name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(name + "{") || line.startsWith(name + " "));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
