// The page against the scripted model: script.json, beside this file, says what it answers.

import assert from "node:assert/strict";
import { after } from "node:test";
import { createServer, request } from "node:http";
import { answers, ask, idle, last, metric, PHONE, until, url, visit, write } from "./browser.mjs";

const TOOL = JSON.stringify({
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
  },
});
const HELLO = "Hello! How can I help?";

// Not innerText: messages are rendered when they come into view (content-visibility), a moment after they are there.
const asked = (page) => page.locator(".bubble").textContent();
const said = (page) => last(page).locator(":scope > .markdown").innerText();
const figure = (page, name) => page.locator(`[data-figure=${name}]`).innerText();

async function chatSettings(page, { system, tools }) {
  await page.getByRole("button", { name: "Chat settings" }).click();
  if (system !== undefined) await page.getByLabel("System prompt").fill(system);
  if (tools !== undefined) await page.getByLabel(/^Tools/).fill(tools);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
}

visit("a reply is streamed, with its reasoning folded", async (page) => {
  await write(page, "Count slowly");
  await page.getByText("Thinking…").first().waitFor();
  const lengths = new Set();
  await until(async () => {
    if (await page.locator(".answered > .markdown").count()) lengths.add((await said(page)).length);
    return lengths.size >= 10;
  }, "ten different lengths");
  await idle(page);
  assert.match(await said(page), /^One and two .* and twenty\.$/);
  const reasoning = last(page).locator("details");
  assert.equal(await reasoning.getAttribute("open"), null);
  assert.match(await reasoning.locator("summary").innerText(), /^Thought for \d+\.\d s$/);
  await reasoning.locator("summary").click();
  assert.ok(await reasoning.getByText("take my time").isVisible());
  assert.match(await last(page).locator(".actions small").innerText(), /^\d+ tokens · \d+\.\d\/s · first token /);
});

visit("stop, by key and by button, frees the server at once and keeps what was said", async (page) => {
  for (const [at, how] of ["Escape", "button"].entries()) {
    await write(page, "Count slowly");
    await answers(page).nth(at).getByText("One and two").waitFor();
    assert.equal(await metric("vllm:num_requests_running"), 1);
    if (how === "Escape") await page.keyboard.press("Escape");
    else await page.getByRole("button", { name: "Stop" }).click();
    await until(async () => (await metric("vllm:num_requests_running")) === 0, "nothing runs", 1);
    await last(page).getByText("Stopped.").waitFor();
    assert.match(await said(page), /^One and two/);
    assert.doesNotMatch(await said(page), /twenty/);
  }
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
});

visit("a tool's call is shown, its result typed, and the model goes on", async (page) => {
  await chatSettings(page, { tools: TOOL });
  assert.ok(await page.getByText("1 tool").isVisible());
  await ask(page, "How is the weather in Berlin?");
  const call = last(page).locator(".call");
  assert.equal(await call.locator("h3 code").innerText(), "get_weather");
  assert.deepEqual(JSON.parse(await call.locator("pre").innerText()), { city: "Berlin" });
  const sent = page.waitForRequest("**/v1/chat/completions");
  const hits = await metric("harmonium_turn_memory_hits_total");
  await call.getByLabel("Result").fill('{"sky": "snow"}');
  await page.getByRole("button", { name: "Send result" }).click();
  const { messages } = (await sent).postDataJSON();
  assert.deepEqual(messages.map((each) => each.role), ["user", "assistant", "tool"]);
  assert.equal(messages[1].reasoning_content, "They ask for the weather. I need the tool.");
  assert.equal(messages[2].tool_call_id, messages[1].tool_calls[0].id);
  assert.equal(messages[2].content, '{"sky": "snow"}');
  await answers(page).nth(1).waitFor();
  await idle(page);
  assert.equal(await said(page), "It snows in Berlin.");
  assert.equal(await metric("harmonium_turn_memory_hits_total"), hits + 1);
  assert.match(await answers(page).first().locator("pre").last().innerText(), /"sky": "snow"/);
});

visit("calls that were made together get their results together", async (page) => {
  await chatSettings(page, { tools: TOOL });
  await ask(page, "Both towns, please");
  const fields = last(page).getByLabel("Result");
  assert.equal(await fields.count(), 2);
  await fields.nth(1).fill("sun");
  await fields.nth(0).fill("snow");
  const sent = page.waitForRequest("**/v1/chat/completions");
  await page.getByRole("button", { name: "Send result" }).click();
  const [, { tool_calls }, ...results] = (await sent).postDataJSON().messages;
  assert.deepEqual(tool_calls.map((each) => JSON.parse(each.function.arguments).city), ["Berlin", "Rome"]);
  assert.deepEqual(results, [
    { role: "tool", tool_call_id: tool_calls[0].id, content: "snow" },
    { role: "tool", tool_call_id: tool_calls[1].id, content: "sun" },
  ]);
  await page.getByText("It snows in Berlin.").waitFor();
});

visit("tools that are no JSON are refused with the reason, and not kept", async (page) => {
  await page.getByRole("button", { name: "Chat settings" }).click();
  await page.getByLabel(/^Tools/).fill('{"type": ');
  assert.match(await page.getByRole("alert").innerText(), /^Not valid: .*JSON/);
  await page.keyboard.press("Escape");
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
});

visit("effort and system prompt reach the model, and a new chat begins with them", async (page) => {
  await page.getByLabel("High").check();
  await chatSettings(page, { system: "Talk like a pirate." });
  await ask(page, "who are you?");
  assert.equal(await said(page), "Arr, with high effort.");
  await page.keyboard.press("Control+k");
  await ask(page, "who are you?");
  assert.equal(await said(page), "Arr, with high effort.");
  await page.getByLabel("Low").check();
  await ask(page, "who are you?");
  assert.equal(await said(page), HELLO);
});

visit("a reload keeps history, also of a reply that was being written; deleting deletes", async (page) => {
  await ask(page, "Hi, first");
  await page.getByRole("button", { name: "New chat" }).first().click();
  await ask(page, "Hi, second");
  await ask(page, "and again");
  await page.reload();
  await answers(page).nth(1).waitFor();
  assert.equal(await answers(page).count(), 2);
  assert.equal(await said(page), HELLO);
  assert.deepEqual(await page.locator(".pick").allInnerTexts(), ["Hi, second", "Hi, first"]);
  await page.getByRole("button", { name: "Hi, first", exact: true }).click();
  await write(page, "Count slowly");
  await page.getByText("and six").waitFor();
  await page.reload();
  await last(page).getByText("Stopped.").waitFor();
  assert.match(await said(page), /^One and/);
  await until(async () => (await metric("vllm:num_requests_running")) === 0, "nothing runs", 1);
  await page.getByRole("button", { name: "Delete chat: Hi, first" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("button", { name: "Delete chat: Hi, first" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.reload();
  await page.locator(".pick").waitFor();
  assert.deepEqual(await page.locator(".pick").allInnerTexts(), ["Hi, second"]);
});

visit("two hundred quick messages", async (page) => {
  const before = await metric("vllm:request_success_total");
  for (let at = 1; at <= 200; at += 1) {
    await page.locator("#message").fill(`Hi ${at}`);
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      (count) => document.querySelectorAll(".answered").length === count && document.querySelector("main .round[type=submit]"),
      at,
    );
  }
  const check = async () => {
    assert.deepEqual(await page.locator(".bubble").allTextContents(), Array.from({ length: 200 }, (_, at) => `Hi ${at + 1}`));
    assert.deepEqual(new Set(await page.locator(".answered > .markdown").allTextContents()), new Set([`${HELLO}\n`]));
    assert.equal(await answers(page).count(), 200);
  };
  await check();
  assert.equal((await metric("vllm:request_success_total")) - before, 200);
  assert.ok(await last(page).isVisible());
  await page.reload();
  await answers(page).nth(199).waitFor();
  await check();
});

visit("what a model, a tool or a user writes is inert", async (page) => {
  const hostile = `<img src=x onerror="window.hacked=20"><script>window.hacked=21</script> scripts`;
  await chatSettings(page, { system: hostile, tools: TOOL });
  await ask(page, hostile);
  await last(page).locator("summary").click();
  await last(page).hover();
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  const found = await page.evaluate(() => {
    const all = [...document.querySelectorAll(".messages *")];
    return {
      tags: all.map((each) => each.tagName.toLowerCase()).filter((tag) => /^(script|img|iframe|style|form|object|embed|link|base)$/.test(tag)),
      handlers: all.flatMap((each) => [...each.attributes]).filter(({ name }) => /^on|^style$|^srcdoc$/.test(name)).map(({ name }) => name),
      ids: all.filter((each) => each.id).length,
      classes: all.filter((each) => each.matches(".veil, .markdown .primary")).length,
      links: all.filter((each) => each.matches("a")).map((each) => each.getAttribute("href")),
    };
  });
  assert.deepEqual(found.tags, []);
  assert.deepEqual(found.handlers, []);
  assert.equal(found.ids + found.classes, 0);
  assert.deepEqual(found.links.filter((each) => each && !/^https?:/.test(each)), []);
  assert.ok(await page.getByText("The end of it.").isVisible());
  assert.equal(await asked(page), hostile);
  assert.equal(await page.locator(".pick").innerText(), hostile.slice(0, 60));
  await page.keyboard.press("Control+k");
  await ask(page, "weather");
  await last(page).getByLabel("Result").fill(`${hostile} snow`);
  await page.getByRole("button", { name: "Send result" }).click();
  await answers(page).nth(1).waitFor();
  await page.reload();
  await last(page).waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

visit("the policy holds where a script is forced into the page", { expected: /Content Security Policy|Trusted(HTML|Script)/ }, async (page) => {
  const outcome = await page.evaluate(async () => {
    const tried = {};
    try {
      document.createElement("div").innerHTML = "<b>x</b>";
    } catch (error) {
      tried.html = error.name;
    }
    const script = document.createElement("script");
    try {
      script.text = "window.hacked = 1";
      document.head.append(script);
    } catch (error) {
      tried.script = error.name;
    }
    tried.fetch = await fetch("http://127.0.0.1:9/").catch((error) => error.name);
    return { ...tried, hacked: String(window.hacked) };
  });
  assert.deepEqual(outcome, { html: "TypeError", script: "TypeError", fetch: "TypeError", hacked: "undefined" });
});

visit("Markdown: code, tables, formulas, links; and copying", async (page) => {
  await ask(page, "Some markdown, please");
  const answer = last(page);
  assert.equal(await answer.locator("h1").innerText(), "Bellows");
  assert.equal(await answer.locator(".code").count(), 2);
  assert.ok((await answer.locator(".hljs-keyword").count()) >= 2);
  assert.equal(await answer.locator("math").count(), 2);
  assert.ok(await answer.getByText("It costs $5 or $6").isVisible());
  assert.equal(await answer.locator("td").count(), 6);
  const link = answer.getByRole("link", { name: "here" });
  assert.equal(await link.getAttribute("href"), "https://example.org/reed");
  assert.match(await link.getAttribute("rel"), /noopener/);
  await answer.locator(".code").first().getByRole("button", { name: "Copy" }).click();
  await answer.getByText("Copied").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^def hello.*\n {4}return f"hello/);
  await answer.locator(".actions").getByRole("button", { name: "Copy" }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# Bellows\n\nA \*reed\*/);
});

visit("an earlier message is edited, and an answer made again", async (page) => {
  await ask(page, "Hi one");
  await ask(page, "Hi two");
  await page.locator(".asked").first().getByRole("button", { name: "Edit" }).click();
  assert.equal(await page.locator("#message").inputValue(), "Hi one");
  await page.locator("#message").fill("Hi changed");
  await page.keyboard.press("Enter");
  await page.locator(".messages").getByText("Hi two").waitFor({ state: "detached" });
  await idle(page);
  assert.deepEqual(await page.locator(".bubble").allInnerTexts(), ["Hi changed"]);
  const sent = page.waitForRequest("**/v1/chat/completions");
  await last(page).getByRole("button", { name: "Answer again" }).click();
  assert.deepEqual((await sent).postDataJSON().messages, [{ role: "user", content: "Hi changed" }]);
  await idle(page);
  assert.equal(await answers(page).count(), 1);
});

visit("a reply that fails midway says why, and can be asked for again", async (page) => {
  await write(page, "Do fail");
  const alert = last(page).getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /^That did not work\. .{10,}/);
  await alert.getByRole("button", { name: "Try again" }).click();
  await page.getByText(HELLO).waitFor();
  assert.equal(await alert.count(), 0);
});

visit("a request that is refused says so in the server's words", { expected: /400/ }, async (page) => {
  await page.getByRole("button", { name: "Chat settings" }).click();
  await page.getByLabel("Temperature").fill("9");
  await page.keyboard.press("Escape");
  await write(page, "Hi");
  await last(page).getByRole("alert").waitFor();
  assert.match(await last(page).getByRole("alert").innerText(), /temperature/);
});

visit("two chats are answered at once", async (page) => {
  await write(page, "Count slowly, first");
  await page.getByText("One and").waitFor();
  await page.keyboard.press("Control+k");
  await write(page, "Count slowly, second");
  await page.getByText("One and").waitFor();
  assert.equal(await metric("vllm:num_requests_running"), 2);
  await idle(page);
  await page.getByRole("button", { name: "Count slowly, first", exact: true }).click();
  await idle(page);
  assert.match(await said(page), /twenty\.$/);
});

visit("the live view and the timeline tell what the server does", async (page) => {
  await write(page, "Count slowly");
  await page.locator(".timeline li[data-state=writing]").waitFor();
  await until(async () => (await figure(page, "running")) === "1", "one runs");
  await until(async () => Number(await figure(page, "generated")) > 5, "tokens per second");
  await idle(page);
  await page.locator(".timeline li[data-state=done]").waitFor();
  const told = await page.locator(".timeline li small").innerText();
  const stats = await last(page).locator(".actions small").innerText();
  assert.equal(/(\d+) tokens/.exec(told)[1], /^(\d+) tokens/.exec(stats)[1]);
  assert.match(told, /^first token .*\/s · prompt \d+.* · \d+\.\d s stop$/);
  assert.ok((await page.locator(".timeline polyline").getAttribute("points")).split(" ").length > 20);
  await until(async () => (await figure(page, "running")) === "0", "nothing runs");
  assert.match(await figure(page, "first"), /^\d+.* (ms|s)$/);
  assert.match(await figure(page, "inter"), /^\d+.* (ms|s)$/);
});

visit("figures are those of /metrics; those that there are not are dashes", async (page) => {
  let tokens = 0;
  let text = "";
  await page.route("**/metrics", (route) => {
    tokens += 100;
    return route.fulfill({ contentType: "text/plain", body: text.replace("TOKENS", tokens) });
  });
  const first = (name, bounds) => bounds.map(([le, count]) => `${name}_bucket{engine="0",le="${le}",model_name="m"} ${count}`);
  const lines = [
    "# HELP vllm:kv_cache_usage_perc x",
    'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25',
    'vllm:generation_tokens_total{engine="0",model_name="m"} TOKENS',
    'vllm:num_requests_running{engine="0",model_name="m"} 3.0',
    'vllm:num_requests_waiting{engine="0",model_name="m"} 2.0',
    'vllm:prefix_cache_queries_total{engine="0",model_name="m"} 400',
    'vllm:prefix_cache_hits_total{engine="0",model_name="m"} 1e+02',
    ...first("vllm:time_to_first_token_seconds", [["0.1", 10], ["0.5", 90], ["1.0", 100], ["+Inf", 100]]),
    'vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 100',
    'vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 30',
  ];
  text = lines.join("\n");
  await until(async () => (await figure(page, "kv")) === "25 %", "the figures");
  assert.equal(await figure(page, "running"), "3");
  assert.equal(await figure(page, "waiting"), "2");
  assert.equal(await figure(page, "prefix"), "25 %");
  assert.equal(await figure(page, "first"), "300 ms");
  assert.ok(await page.getByText("95 % below 750 ms").isVisible());
  assert.equal(await figure(page, "inter"), "–");
  assert.equal(await figure(page, "mbu"), "–");
  await until(async () => Math.abs(Number(await figure(page, "generated")) - 100) < 15, "a hundred tokens per second");
  text = [...lines, "harmonium_mbu 0.42"].join("\n");
  await until(async () => (await figure(page, "mbu")) === "42 %", "the MBU");
  await page.unroute("**/metrics");
});

visit("everything can be done with the keyboard", async (page) => {
  const focused = () => page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim());
  const tabTo = async (name, key = "Tab") => {
    for (let at = 0; at < 60; at += 1) {
      if (name.test(await focused())) return;
      await page.keyboard.press(key);
    }
    assert.fail(`Tab does not lead to ${name}`);
  };
  await page.keyboard.type("Count slowly");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("in two lines");
  await page.keyboard.press("Enter");
  await page.getByText("One and").waitFor();
  await page.keyboard.press("Escape");
  await last(page).getByText("Stopped.").waitFor();
  assert.equal(await asked(page), "Count slowly\nin two lines");
  await tabTo(/^$/);
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.getByLabel("High").isChecked());
  await tabTo(/^Chat settings/);
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor();
  await tabTo(/^Insert an example$/);
  await page.keyboard.press("Enter");
  assert.match(await page.getByLabel(/^Tools/).inputValue(), /get_weather/);
  await page.keyboard.press("Escape");
  assert.match(await focused(), /^Chat settings/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("The weather");
  await page.keyboard.press("Enter");
  await last(page).getByLabel("Result").waitFor();
  await tabTo(/^Result: get_weather$/, "Shift+Tab");
  await page.keyboard.type("snow");
  await page.keyboard.press("Control+Enter");
  await page.getByText("It snows in Berlin.").waitFor();
  await page.keyboard.press("/");
  assert.equal(await focused(), "Message");
  await tabTo(/^Thought for/, "Shift+Tab");
  await page.keyboard.press("Enter");
  assert.ok(await page.getByText("Snow, then.").isVisible());
  await tabTo(/^Delete chat: Count slowly in two lines$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Delete");
  await page.keyboard.press("Enter");
  await until(async () => (await page.locator(".pick").count()) === 1, "one chat is left");
  await tabTo(/^Count slowly|^The weather$/);
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Message");
});

visit("on a phone nothing is wider than the screen, and all of it can be reached", PHONE, async (page) => {
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector(".messages, .welcome").scrollWidth <= innerWidth);
  assert.ok(await fits());
  await ask(page, "Some markdown, please");
  assert.ok(await fits());
  const list = page.getByRole("navigation", { name: "Chats" });
  assert.ok(!(await list.isVisible()));
  await page.getByRole("button", { name: "Chats" }).tap();
  await page.getByRole("button", { name: "New chat" }).last().waitFor();
  await list.getByRole("button", { name: "New chat" }).tap();
  await list.waitFor({ state: "hidden" });
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
  await page.getByRole("button", { name: "Live view of the server" }).tap();
  assert.ok(await page.getByText("Requests of this page").isVisible());
  assert.ok(await fits());
  const small = await page.evaluate(() => [...document.querySelectorAll("main button, main .choice label")].filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24).length);
  assert.equal(small, 0);
  await page.locator(".panel").getByRole("button", { name: "Close" }).tap();
  await page.getByRole("button", { name: "Chat settings" }).tap();
  assert.ok(await page.evaluate(() => document.querySelector("dialog").scrollWidth <= innerWidth));
});

visit("Chinese, by the browser's language and by choice", { locale: "zh-CN" }, async (page) => {
  assert.equal(await page.locator("#message").getAttribute("placeholder"), "想问什么？");
  assert.equal(await page.locator("html").getAttribute("lang"), "zh");
  await page.getByRole("button", { name: "设置", exact: true }).click();
  await page.getByLabel("English").check();
  assert.ok(await page.getByText("Appearance").isVisible());
  await page.getByLabel("Dark").check();
  await page.keyboard.press("Escape");
  await page.reload();
  assert.equal(await page.locator("#message").getAttribute("placeholder"), "Ask anything");
  const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(red < 60);
});

visit("the Enter that ends a composition sends nothing", async (page) => {
  await page.locator("#message").fill("你好");
  await page.locator("#message").dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  await page.waitForTimeout(200);
  assert.equal(await page.locator(".bubble").count(), 0);
  await page.keyboard.press("Enter");
  assert.equal(await asked(page), "你好");
  await idle(page);
});

visit("a browser that keeps nothing says so, and the page works all the same", async (page) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("no", "SecurityError");
    };
    IDBFactory.prototype.open = refuse;
    Storage.prototype.getItem = refuse;
    Storage.prototype.setItem = refuse;
  });
  await page.reload();
  await page.getByText("This browser keeps no history here").waitFor();
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
});

const proxy = createServer((asked, reply) => {
  const path = asked.url.replace(/^\/organ\//, "/");
  const { method, headers } = asked;
  asked.pipe(request(url + path, { method, headers }, (got) => got.pipe(reply.writeHead(got.statusCode, got.headers))));
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
after(() => proxy.closeAllConnections() ?? proxy.close());

visit("under a prefix of a proxy", { at: `http://127.0.0.1:${proxy.address().port}/organ/` }, async (page) => {
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
  await until(async () => (await figure(page, "running")) === "0", "metrics");
  await page.reload();
  await last(page).waitFor();
  assert.equal(await said(page), HELLO);
});

visit("a server with keys asks for one, shows tools that it calls itself, and lets requests wait", { at: process.env.HARMONIUM_GUARDED_URL, expected: /401/ }, async (page) => {
  const dialog = page.getByRole("dialog", { name: "This server wants an API key." });
  await dialog.getByLabel("API key").fill("wrong");
  await page.keyboard.press("Enter");
  await dialog.getByRole("alert").getByText("Incorrect API key").waitFor();
  await dialog.getByLabel("API key").fill("schlüssel");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await ask(page, "Hi");
  assert.equal(await said(page), HELLO);
  await until(async () => (await figure(page, "running")) === "0", "metrics");
  await page.reload();
  await ask(page, "Hi");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.keyboard.press("Control+k");
  await ask(page, "weather");
  assert.equal(await said(page), "It rains in Berlin.");
  const call = last(page).locator(".call");
  assert.match(await call.innerText(), /get_weather\s+called by the server, at weather[^]*"Berlin"[^]*rain in Berlin/);
  assert.equal(await page.getByRole("button", { name: "Send result" }).count(), 0);
  const sent = page.waitForRequest("**/v1/chat/completions");
  await ask(page, "Hi");
  assert.deepEqual((await sent).postDataJSON().messages.map((each) => each.role), ["user", "assistant", "user"]);
  // It has one place only: the second request waits.
  const states = () => page.locator(".timeline li").evaluateAll((rows) => rows.slice(0, 2).map((row) => row.dataset.state));
  await write(page, "Count slowly, first");
  await page.getByText("One and").waitFor();
  await page.keyboard.press("Control+k");
  await write(page, "Count slowly, second");
  await until(async () => (await figure(page, "waiting")) === "1", "one waits");
  assert.deepEqual(await states(), ["queued", "writing"]);
  await page.keyboard.press("Escape");
  await until(async () => (await figure(page, "waiting")) === "0", "none waits");
});
