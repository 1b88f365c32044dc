// Markdown, as safe HTML. Whatever a model writes goes through DOMPurify, which lets a short list of tags and attributes
// pass; the page's policy (trusted types, no inline script, no other origin) holds even if that failed.

import DOMPurify from "dompurify";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import katex from "katex";
import { Marked, type Token, type TokensList } from "marked";
import { memo } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { copy } from "./parts";
import { t } from "./words";

const languages = { bash, c, cpp, css, diff, go, java, javascript, json, python, rust, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);

/** Colouring gets slow and tells nothing in very long blocks. */
const COLOURED = 50_000;

function highlight(code: string, language: string): string {
  if (!hljs.getLanguage(language) || code.length > COLOURED) return escape(code);
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

function formula(text: string, displayMode: boolean): string {
  return katex.renderToString(text, { displayMode, output: "mathml", throwOnError: false, strict: false, trust: false });
}

// Formulas between \[ \] and $$ $$, also as blocks; between \( \), and between $ $ where it can hardly be money.
const DISPLAY = /^ {0,3}(?:\\\[([\s\S]+?)\\\]|\$\$([\s\S]+?)\$\$)/;
const INLINE = /^(?:\\\(([\s\S]+?)\\\)|\$(?!\s)([^$\n]*[^$\s\\])\$(?![\d$]))/;

function math(level: "inline" | "block", start: RegExp) {
  return {
    name: `${level}Math`,
    level,
    start: (source: string) => {
      const at = source.search(start);
      return at < 0 ? undefined : at;
    },
    tokenizer(source: string) {
      const display = DISPLAY.exec(source);
      const found = display ?? (level === "inline" ? INLINE.exec(source) : null);
      if (!found) return undefined;
      return { type: `${level}Math`, raw: found[0], text: found[1] ?? found[2] ?? "", display: display !== null };
    },
    renderer: (token: { [key: string]: unknown }) => formula(String(token["text"]), Boolean(token["display"])),
  };
}

const FOREIGN = /<(?!\/?(?:b|br|details|em|i|kbd|s|strong|sub|summary|sup|u)\s*\/?>)/gi;

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [math("block", /\n {0,3}(?:\\\[|\$\$)/), math("inline", /\\[([]|\$/)],
  renderer: {
    code: ({ text, lang }) => {
      const language = (lang ?? "").trim().split(/\s/)[0]!.toLowerCase();
      return `<pre data-language="${escape(language)}"><code>${highlight(text, language)}</code></pre>`;
    },
    // A few tags are taken for what they are; others are shown as they were written.
    html: ({ text }) => text.replace(FOREIGN, "&lt;"),
    // Pictures would tell other servers that they were looked at.
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
  },
});

const ALLOWED_TAGS = [
  ..."a b blockquote br code del details em h1 h2 h3 h4 h5 h6 hr i input kbd li ol p pre s span strong sub summary sup".split(" "),
  ..."table tbody td th thead tr u ul".split(" "),
  ..."math semantics annotation mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mtable mtr mtd".split(" "),
  ..."mover munder munderover mpadded mphantom mstyle menclose mmultiscripts mprescripts none".split(" "),
];
const ALLOWED_ATTR = [
  ..."href class data-language align start type checked open colspan rowspan".split(" "),
  ..."display mathvariant stretchy fence separator lspace rspace minsize maxsize columnalign rowspacing".split(" "),
  ..."columnspacing accent accentunder displaystyle scriptlevel width height depth voffset encoding movablelimits".split(" "),
  ..."linethickness xmlns".split(" "),
];

function clean(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS,
    ALLOWED_ATTR,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    // DOMPurify asks this of every attribute's value: with a colon, only these schemes.
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
    RETURN_DOM_FRAGMENT: true,
  });
  // Only the colours of code: no other look of the page may be borrowed.
  for (const element of fragment.querySelectorAll("[class]"))
    for (const name of [...element.classList]) if (!name.startsWith("hljs-")) element.classList.remove(name);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const box of fragment.querySelectorAll("input")) box.replaceWith(box.checked ? "☑ " : "☐ ");
  for (const pre of fragment.querySelectorAll("pre")) pre.replaceWith(framed(pre));
  for (const table of fragment.querySelectorAll("table")) scrolling(table);
  return fragment;
}

/** A code block with its language and a button that copies it. */
function framed(pre: HTMLElement): HTMLElement {
  const frame = document.createElement("div");
  const bar = document.createElement("div");
  const button = document.createElement("button");
  frame.className = "code";
  bar.append(pre.dataset["language"] ?? "", button);
  button.type = "button";
  button.textContent = t.value.copy;
  button.onclick = async () => {
    await copy(pre.textContent ?? "");
    button.textContent = t.value.copied;
    setTimeout(() => (button.textContent = t.value.copy), 1500);
  };
  const inner = pre.cloneNode(true) as HTMLElement;
  // What scrolls must be reachable by keyboard.
  inner.tabIndex = 0;
  frame.append(bar, inner);
  return frame;
}

function scrolling(table: HTMLElement): void {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}

/** A part of a text: it is made anew only when it has changed, which while a reply grows is the last one. */
const Block = memo(
  ({ token, links }: { token: Token; links: TokensList["links"] }) => {
    const place = useRef<HTMLDivElement>(null);
    useLayoutEffect(() => {
      const list = Object.assign([token], { links }) as TokensList;
      place.current!.replaceChildren(clean(marked.parser(list)));
    });
    return <div ref={place} />;
  },
  (a, b) => a.token.raw === b.token.raw && a.token.type === b.token.type,
);

export function Markdown({ text }: { text: string }) {
  const tokens = marked.lexer(text);
  return (
    <div class="markdown">
      {tokens.map((token, at) => token.type !== "space" && <Block key={at} token={token} links={tokens.links} />)}
    </div>
  );
}

/** JSON, or what should be, in the same frame as any other code. */
export function Code({ text, language }: { text: string; language: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const html = `<pre data-language="${escape(language)}"><code>${highlight(text, language)}</code></pre>`;
    place.current!.replaceChildren(clean(html));
  }, [text, language]);
  return <div ref={place} class="markdown" />;
}
