// The live view's figures, from two scrapes of /metrics.

import { effect, signal } from "@preact/signals";
import { call } from "./api";
import { settings } from "./store";

/** Samples by name, summed over their labels; cumulative histograms by the upper bounds of their buckets. */
export interface Scrape {
  /** Seconds. */
  at: number;
  values: Map<string, number>;
  buckets: Map<string, Map<number, number>>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)/;
const BOUND = /[{,]le="([^"]+)"/;

const number = (text: string): number => (text === "+Inf" ? Infinity : Number(text));

export function parse(text: string, at: number): Scrape {
  const values = new Map<string, number>();
  const buckets = new Map<string, Map<number, number>>();
  for (const line of text.split("\n")) {
    const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (!name) continue;
    const bound = name.endsWith("_bucket") && BOUND.exec(labels)?.[1];
    if (bound) {
      const counts = buckets.get(name.slice(0, -7)) ?? new Map<number, number>();
      buckets.set(name.slice(0, -7), counts);
      counts.set(number(bound), (counts.get(number(bound)) ?? 0) + number(value));
    } else values.set(name, (values.get(name) ?? 0) + number(value));
  }
  return { at, values, buckets };
}

/** How much a counter grew; since the server's start, where there is no earlier scrape. NaN where it is not exported. */
export function growth(now: Scrape, before: Scrape | undefined, name: string): number {
  return (now.values.get(name) ?? NaN) - (before?.values.get(name) ?? 0);
}

export interface Latency {
  mean: number;
  p95: number;
}

/** Of what a histogram of seconds observed between two scrapes; the quantile is interpolated within its bucket. */
export function latency(now: Scrape, before: Scrape | undefined, name: string): Latency | undefined {
  const count = growth(now, before, `${name}_count`);
  if (!(count > 0)) return undefined;
  const mean = growth(now, before, `${name}_sum`) / count;
  const earlier = before?.buckets.get(name);
  let [below, under] = [0, 0];
  for (const [bound, total] of [...(now.buckets.get(name) ?? [])].sort(([a], [b]) => a - b)) {
    const upTo = total - (earlier?.get(bound) ?? 0);
    if (upTo >= 0.95 * count) {
      const share = (0.95 * count - below) / Math.max(1, upTo - below);
      return { mean, p95: bound === Infinity ? under : under + share * (bound - under) };
    }
    [below, under] = [upTo, bound];
  }
  return { mean, p95: NaN };
}

/** One moment of the live view. Rates are tokens per second; NaN is a figure that there is not. */
export interface Moment {
  at: number;
  generated: number;
  prompt: number;
  running: number;
  waiting: number;
  kv: number;
  mbu: number;
  prefix: number;
  first?: Latency;
  inter?: Latency;
}

/** How far back the charts go, and over what time latencies and hits are taken; seconds. */
export const SPAN = 120;
const RECENT = 60;
const EVERY_MS = 1000;

export const moments = signal<Moment[]>([]);
export const reachable = signal(true);
let scrapes: Scrape[] = [];

function share(now: Scrape, before: Scrape | undefined): number {
  const asked = growth(now, before, "vllm:prefix_cache_queries_total");
  return asked > 0 ? growth(now, before, "vllm:prefix_cache_hits_total") / asked : NaN;
}

export function moment(now: Scrape, previous: Scrape, before: Scrape): Moment {
  const rate = (name: string): number => Math.max(0, growth(now, previous, name)) / Math.max(0.001, now.at - previous.at);
  const recent = share(now, before);
  const value = (name: string): number => now.values.get(name) ?? NaN;
  const timed = (name: string): Latency | undefined => latency(now, before, name) ?? latency(now, undefined, name);
  return {
    at: now.at,
    generated: rate("vllm:generation_tokens_total"),
    prompt: rate("vllm:prompt_tokens_total"),
    running: value("vllm:num_requests_running"),
    waiting: value("vllm:num_requests_waiting"),
    kv: value("vllm:kv_cache_usage_perc"),
    mbu: value("harmonium_mbu"),
    prefix: Number.isNaN(recent) ? share(now, undefined) : recent,
    first: timed("vllm:time_to_first_token_seconds"),
    inter: timed("vllm:inter_token_latency_seconds"),
  };
}

async function scrape(): Promise<void> {
  const now = parse(await (await call("metrics", { signal: AbortSignal.timeout(10_000) })).text(), performance.now() / 1000);
  const previous = scrapes.at(-1);
  // A server that began anew, or a page that slept, has no past to compare with.
  const restarted = previous && growth(now, previous, "vllm:generation_tokens_total") < 0;
  if (restarted || (previous && now.at - previous.at > 10)) {
    scrapes = [];
    moments.value = [];
  }
  scrapes = [...scrapes.filter((each) => now.at - each.at <= RECENT), now];
  const last = scrapes.at(-2);
  if (last) {
    const made = moment(now, last, scrapes[0]!);
    moments.value = [...moments.value.filter((each) => now.at - each.at <= SPAN), made];
  }
}

/** Scrape while the panel and the page are to be seen. */
export function watch(): void {
  effect(() => {
    if (!settings.value.panel) return;
    let stopped = false;
    void (async () => {
      while (!stopped) {
        if (!document.hidden)
          try {
            await scrape();
            reachable.value = true;
          } catch {
            reachable.value = false;
          }
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    })();
    return () => (stopped = true);
  });
}
