// The real LobeChat in headless Chromium against real servers: see run.py, which starts all of them.
// Usage: node e2e.mjs SETTINGS.json — prints one line of JSON for each check, and exits with 1 if any failed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const settings = JSON.parse(readFileSync(process.argv[2]));
const { chromium } = createRequire(`${settings.tools}/`)("playwright-core");
const KEY = settings.key;
let failed = 0;

const { keyed, open, scripted } = settings;
const PROVIDERS = [
  { name: "vllm", id: "vllm", base: `${keyed}/v1`, metrics: keyed, key: KEY, scripted: `${scripted}/v1` },
  { name: "responses", id: "openai", base: `${keyed}/v1`, metrics: keyed, key: KEY, scripted: `${scripted}/v1`, responses: true },
  { name: "ollama", id: "ollama", base: open, metrics: open, scripted, model: "gpt-oss:20b" },
  { name: "lmstudio", id: "lmstudio", base: `${open}/v1`, metrics: open, scripted: `${scripted}/v1` },
  { name: "openai", id: "openai", base: `${keyed}/v1`, metrics: keyed, key: KEY, scripted: `${scripted}/v1` },
  { name: "vllm-client", id: "vllm", base: `${keyed}/v1`, metrics: keyed, key: KEY, scripted: `${scripted}/v1`, client: true },
];

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function until(what, condition, seconds) {
  const begun = Date.now();
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() - begun > seconds * 1000) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(0.1);
  }
}

async function metrics(url) {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } })).text();
  const sums = {};
  for (const line of text.split("\n")) {
    const found = /^([\w:]+)(?:\{[^}]*\})? (\S+)$/.exec(line);
    if (found) sums[found[1]] = (sums[found[1]] ?? 0) + Number(found[2]);
    const replies = /^http_requests_total\{.*code="(\d+)".*\} (\S+)$/.exec(line);
    if (replies) sums[replies[1]] = (sums[replies[1]] ?? 0) + Number(replies[2]);
  }
  return sums;
}

// What LobeChat shows for a refusal. Its Ollama provider has one card for all errors, with the server's words in it. In
// Responses mode it has one too, and without them: 1.143 returns that promise out of its try block, unawaited.
function cards(provider) {
  if (provider.responses) return { long: /server seems to be experiencing/, key: /server seems to be experiencing/ };
  if (provider.id === "ollama") return { long: /Error requesting Ollama service/ };
  return { long: /content exceeds the length/, key: /API Key is incorrect/ };
}

// Milliseconds for one of LobeChat's own pages to be there, of which its first one, with a database to be made, takes a
// slow core a minute. What is asked of this server has limits of its own.
const PAGE = 180000;

class User {
  constructor(page, provider) {
    this.page = page;
    this.provider = provider;
    this.model = provider.model ?? "openai/gpt-oss-20b";
  }

  async shot(name) {
    await this.page.screenshot({ path: `${settings.shots}/${this.provider.name}-${name}.png` });
  }

  async firstVisit() {
    await this.page.goto(`${settings.lobechat}/chat`, { waitUntil: "domcontentloaded" });
    const enable = this.page.getByText("Enable Now").first();
    await enable.click({ timeout: PAGE });
    await enable.waitFor({ state: "detached", timeout: PAGE });
    await this.page.getByText("I am your personal intelligent assistant").waitFor({ timeout: PAGE });
  }

  async openSettings() {
    await this.page.goto(`${settings.lobechat}/settings?active=provider&provider=${this.provider.id}`, {
      waitUntil: "domcontentloaded",
    });
    await this.page.locator("input[id$=baseURL]").waitFor({ timeout: PAGE });
    await sleep(2);
  }

  // The switch in the form row with this label.
  toggle(label) {
    return this.page.locator(".ant-form-item").filter({ hasText: label }).locator("button[role=switch]").first();
  }

  async turnOn(button) {
    if ((await button.getAttribute("aria-checked")) !== "true") await button.click();
  }

  // Types the address and the key. LobeChat stores each by itself a moment later, and then fills the form anew.
  async connect({ base = this.provider.base, key = this.provider.key } = {}) {
    for (const [field, value] of [["apiKey", key], ["baseURL", base]]) {
      if (!value) continue;
      const input = this.page.locator(`input[id$=${field}]`);
      if ((await input.inputValue()) === value) continue;
      await input.fill(value);
      await input.blur();
      await sleep(3);
    }
    await this.openSettings();
    const stored = await this.page.locator("input[id$=baseURL]").inputValue();
    if (stored !== base) throw new Error(`LobeChat stored ${stored}`);
  }

  row() {
    return this.page
      .locator("div")
      .filter({ has: this.page.locator("button[role=switch]") })
      .filter({ has: this.page.getByText(this.model, { exact: true }) })
      .last();
  }

  async fetchModels() {
    const button = this.page.getByText("Fetch models");
    await button.click();
    await until("the fetched model in the list", async () => (await this.row().count()) > 0, 15);
    this.label = (await this.row().innerText()).split("\n")[0].trim();
    // The tags' icons: tools, thinking, context.
    const abilities = await this.row().locator(".lobe-model-info-tags .ant-tag").count();
    const words = await this.row().innerText();
    if (abilities < 3 || !/12[78]K|131K/.test(words)) throw new Error(`abilities are off: ${abilities} tags, ${words}`);
    await this.turnOn(this.row().locator("button[role=switch]"));
    await sleep(1.5);
  }

  async check() {
    await this.page.locator(".ant-select-selector").first().click();
    await this.page.keyboard.type(this.model);
    await sleep(1);
    const option = this.page.locator(".ant-select-item-option").filter({ hasText: this.model }).first();
    await option.click();
    await this.page.getByRole("button", { name: "Check", exact: true }).click();
    await this.page.getByText("Check Passed").waitFor({ timeout: 30000 });
  }

  async openChat() {
    await this.page.goto(`${settings.lobechat}/chat`, { waitUntil: "domcontentloaded" });
    await this.page.locator(".lucide-blocks").first().waitFor({ timeout: PAGE });
    await sleep(3);
    // A question about telemetry, in front of the buttons.
    const deny = this.page.getByText("Deny", { exact: true });
    if (await deny.count()) await deny.click();
  }

  async chooseModel() {
    const first = this.page.locator(".lucide-globe-off, .lucide-globe, .lucide-settings-2").locator("visible=true").first();
    const box = await first.boundingBox();
    await this.page.mouse.click(box.x - 25, box.y + box.height / 2);
    const item = this.page.locator(".ant-dropdown-menu-item").filter({ hasText: this.label }).locator("visible=true").last();
    await item.waitFor();
    await item.click();
    await until("the model in the header", async () => (await this.page.getByText(this.model, { exact: true }).count()) > 0, 10);
    await sleep(1);
  }

  async search(mode) {
    await this.page.locator(".lucide-globe-off, .lucide-globe").locator("visible=true").first().click();
    await this.page.getByText(mode, { exact: true }).click();
    await sleep(1);
    // The menu stays while the mouse does.
    await this.page.mouse.move(700, 300);
    await this.page.mouse.click(700, 560);
    await sleep(0.5);
  }

  async newTopic() {
    await this.page.keyboard.press("Alt+n");
    await sleep(1.5);
  }

  async say(text) {
    await this.page.locator("[contenteditable=true]").first().evaluate((element) => element.focus());
    await this.page.keyboard.insertText(text);
    await sleep(0.3);
    await this.page.keyboard.press("Enter");
  }

  async text() {
    return this.page.evaluate(() => document.body.innerText);
  }
}

// What the search engine behind LobeChat's tool finds: there is none here, and no network.
const FOUND = {
  costTime: 1,
  query: "Paris",
  resultNumbers: 1,
  results: [
    {
      category: "general",
      content: "Paris: 21 degrees and sunny.",
      engines: ["one"],
      parsedUrl: "http://127.0.0.1/paris",
      score: 1,
      title: "The weather in Paris",
      url: "http://127.0.0.1/paris",
    },
  ],
};

async function run(browser, provider) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US" });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  const searches = [];
  await page.route(/\/trpc\/tools\/search\.(webSearch|query)/, async (route) => {
    searches.push(route.request().postData() ?? route.request().url());
    await route.fulfill({ json: [{ result: { data: { json: FOUND } } }] });
  });
  const user = new User(page, provider);
  let usable = true;

  async function step(name, work, needed = false) {
    if (!usable) return;
    const begun = Date.now();
    let note;
    let ok = true;
    try {
      note = await work();
    } catch (error) {
      ok = false;
      note = String(error.message ?? error).split("\n")[0];
      failed += 1;
      if (needed) usable = false;
      await user.shot(`failed-${name.replace(/\W+/g, "-")}`).catch(() => {});
    }
    console.log(JSON.stringify({ provider: provider.name, step: name, ok, seconds: (Date.now() - begun) / 1000, note }));
  }

  await step("first visit", () => user.firstVisit(), true);
  await step("configure", async () => {
    await user.openSettings();
    await user.connect();
    await user.turnOn(page.locator("button[role=switch]").first());
    if (provider.responses) await user.turnOn(user.toggle("Responses API"));
    if (provider.client) await user.turnOn(user.toggle("Use Client Request Mode"));
    await sleep(1.5);
  }, true);
  await step("fetch models, abilities on", () => user.fetchModels(), true);
  await step("connection check", async () => {
    await user.check();
    await user.shot("settings");
  });
  await step("choose the model", async () => {
    await user.openChat();
    await user.chooseModel();
  }, true);
  await step("streamed answer with thinking", async () => {
    const before = await metrics(provider.metrics);
    await user.say("What is the capital of France?");
    // A reply that is over within LobeChat's own animation leaves the block at "Deep Thinking...".
    const block = page.getByText(/Deeply Thought|Deep Thinking/).first();
    await block.waitFor({ timeout: 30000 });
    await until("an answer", async () => /capital of France is Paris/.test(await user.text()), 20);
    await sleep(1);
    await user.shot("answer");
    const after = await metrics(provider.metrics);
    const thought = after.harmonium_reasoning_tokens_total - before.harmonium_reasoning_tokens_total;
    if (!(thought > 0)) throw new Error("no reasoning tokens were counted");
    return `${thought} tokens of reasoning`;
  });
  await step("over-long prompt", async () => {
    const before = await metrics(provider.metrics);
    await user.newTopic();
    await user.say("word ".repeat(12000));
    const card = cards(provider).long;
    await page.getByText(card).last().waitFor({ timeout: 30000 });
    await sleep(1);
    await user.shot("too-long");
    if (!((await metrics(provider.metrics))["400"] > (before["400"] ?? 0))) throw new Error("the server did not refuse");
    return (await user.text()).split("\n").find((line) => card.test(line));
  });
  if (provider.key)
    await step("wrong key", async () => {
      const before = await metrics(provider.metrics);
      await user.openSettings();
      await user.connect({ key: "sk-wrong" });
      await user.openChat();
      await user.say("hello");
      const card = cards(provider).key;
      await page.getByText(card).last().waitFor({ timeout: 30000 });
      await sleep(1);
      await user.shot("wrong-key");
      if (!((await metrics(provider.metrics))["401"] > (before["401"] ?? 0))) throw new Error("the server did not refuse");
      return (await user.text()).split("\n").find((line) => card.test(line));
    });
  await step("tool call, result used, reasoning kept", async () => {
    await user.openSettings();
    await user.connect({ base: provider.scripted });
    await user.openChat();
    await user.search("Smart Online Search");
    const before = await metrics(settings.scripted);
    await user.say("What is the weather in Paris today? Search the web.");
    await until("a search", async () => searches.length > 0, 40);
    await until("an answer with the result", async () => /sunny in Paris/.test(await user.text()), 40);
    await until("an idle server", async () => (await metrics(settings.scripted))["vllm:num_requests_running"] === 0, 20);
    await sleep(2);
    await user.shot("tool");
    if (!/I remember why I looked/.test(await user.text())) throw new Error("the reasoning is not in the second prompt");
    const after = await metrics(settings.scripted);
    const hits = after.harmonium_turn_memory_hits_total - before.harmonium_turn_memory_hits_total;
    const found = after["vllm:prefix_cache_hits_total"] - before["vllm:prefix_cache_hits_total"];
    if (!(hits >= 1)) throw new Error("the turn with the call was not put back");
    if (!(found > 0)) throw new Error("no prefix was found in the cache");
    return `${hits} turns put back as written, ${found} prompt tokens found in the cache`;
  });
  await step("stop", async () => {
    const deny = page.getByText("Deny", { exact: true });
    if (await deny.count()) await deny.click();
    await user.newTopic();
    const before = await metrics(settings.scripted);
    await user.say("Speak slowly, please.");
    await until("a running request", async () => (await metrics(settings.scripted))["vllm:num_requests_running"] > 0, 30);
    await until("some text", async () => /one two three/.test(await user.text()), 30);
    await user.shot("before-stop");
    const stop = page.locator("button.ant-btn").filter({ has: page.locator("svg") }).locator("visible=true");
    // A person's time begins with the press; before it, Playwright waits until a busy page has drawn the button twice.
    await page.evaluate(() => addEventListener("pointerdown", () => (window.pressed = Date.now()), { capture: true, once: true }));
    await stop.last().click();
    await until("an idle server", async () => (await metrics(settings.scripted))["vllm:num_requests_running"] === 0, 10);
    const seconds = (Date.now() - (await page.evaluate(() => window.pressed))) / 1000;
    const after = await metrics(settings.scripted);
    if (!(after.harmonium_client_disconnects_total > before.harmonium_client_disconnects_total)) throw new Error("the reply ended by itself");
    await user.shot("stopped");
    if (seconds > 1) throw new Error(`it took ${seconds} s`);
    return `idle after ${seconds.toFixed(2)} s`;
  });
  await context.close();
}

const browser = await chromium.launch({
  executablePath: settings.chromium,
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
});
for (const provider of PROVIDERS.filter((each) => !settings.only.length || settings.only.includes(each.name))) {
  await run(browser, provider);
}
await browser.close();
process.exit(failed ? 1 : 0);
