// The live view of the server, and the timeline of this page's requests.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Trace, traces } from "./chat";
import { type Moment, moments, reachable, SPAN } from "./metrics";
import { IconButton } from "./parts";
import { setting, settings } from "./store";
import { duration, figure, percent, t } from "./words";

export function Server() {
  const words = t.value;
  const now = moments.value.at(-1);
  return (
    <>
      <header>
        <h2>
          <span class={reachable.value ? "dot live" : "dot dead"} /> {words.server}
        </h2>
        <IconButton icon="close" label={words.close} onClick={() => setting("panel", false)} />
      </header>
      {!reachable.value && (
        <p class="warning" role="status">
          {words.unreachable}
        </p>
      )}
      <section class="card main" aria-label={words.perSecond}>
        <h3>{words.perSecond}</h3>
        <p class="big" data-figure="generated">
          {figure(now?.generated, (now?.generated ?? 0) < 10 ? 1 : 0)}
        </p>
        <p class="sub">
          {words.promptRate} <b data-figure="prompt">{figure(now?.prompt)}</b>
        </p>
        <Chart pick={(each) => each.generated} height={84} />
      </section>
      <div class="cards">
        <Card name="running" title={words.runningNow} value={figure(now?.running)} pick={(each) => each.running} />
        <Card name="waiting" title={words.waiting} value={figure(now?.waiting)} pick={(each) => each.waiting} />
        <Card name="first" title={words.first} value={duration(now?.first?.mean)} sub={below(now?.first?.p95)} />
        <Card name="inter" title={words.inter} value={duration(now?.inter?.mean)} sub={below(now?.inter?.p95)} />
        <Card name="kv" title={words.kv} value={percent(now?.kv ?? NaN)} share={now?.kv} />
        <Card name="prefix" title={words.prefix} value={percent(now?.prefix ?? NaN)} share={now?.prefix} />
        <Card name="mbu" title={words.mbu} hint={words.mbuHint} value={percent(now?.mbu ?? NaN)} share={now?.mbu} />
      </div>
      <Timeline />
    </>
  );
}

const below = (seconds: number | undefined): string => `${t.value.p95} ${duration(seconds)}`;

interface CardProps {
  name: string;
  title: string;
  value: string;
  hint?: string;
  sub?: string;
  share?: number | undefined;
  pick?: (moment: Moment) => number;
}

function Card({ name, title, value, hint, sub, share, pick }: CardProps) {
  return (
    <section class="card" aria-label={title} title={hint}>
      <h3>{title}</h3>
      <p class="big" data-figure={name}>
        {value}
      </p>
      {sub && <p class="sub">{sub}</p>}
      {share !== undefined && <meter min={0} max={1} value={Number.isFinite(share) ? share : 0} aria-label={title} />}
      {pick && <Chart pick={pick} height={28} bare />}
    </section>
  );
}

/** The last two minutes of one figure. */
function Chart({ pick, height, bare = false }: { pick: (moment: Moment) => number; height: number; bare?: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  useEffect(() => {
    const colour = (name: string) => () => getComputedStyle(place.current!.querySelector(`.${name}`)!).color;
    const axis = { stroke: colour("axis"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const made = new uPlot(
      {
        width: place.current!.clientWidth,
        height,
        padding: bare ? [2, 0, 2, 0] : [6, 0, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: (_, __, max) => [(max ?? 0) - SPAN, max ?? 0] },
          y: { range: (_, __, max) => [0, Math.max(max ?? 0, 1) * 1.1] },
        },
        axes: bare
          ? [{ show: false }, { show: false }]
          : [
              {
                ...axis,
                size: 18,
                gap: 2,
                splits: (u) => [90, 60, 30].map((each) => u.scales["x"]!.max! - each),
                values: () => ["−90 s", "−60 s", "−30 s"],
              },
              { ...axis, size: 34, gap: 2, space: 24 },
            ],
        series: [{}, { stroke: colour("line"), fill: colour("fill"), width: 1.5, points: { show: false } }],
      },
      [[], []],
      place.current!,
    );
    chart.current = made;
    const resized = new ResizeObserver(([entry]) => made.setSize({ width: entry!.contentRect.width, height }));
    resized.observe(place.current!);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, []);
  const { theme } = settings.value;
  useEffect(() => {
    chart.current?.setData([moments.value.map((each) => each.at), moments.value.map(pick)]);
  }, [moments.value, theme]);
  return (
    <div ref={place} class="chart" aria-hidden="true">
      <i class="line" />
      <i class="fill" />
      <i class="axis" />
      <i class="grid" />
    </div>
  );
}

// ---- the timeline ----

function Timeline() {
  const words = t.value;
  const some = traces.value.some((each) => each.done === undefined);
  const now = useClock(some);
  const longest = Math.max(...traces.value.map((each) => (each.done ?? now) - each.sent), 500);
  return (
    <section class="timeline" aria-label={words.timeline}>
      <h3>{words.timeline}</h3>
      {traces.value.length === 0 ? (
        <p class="hint">{words.noRequests}</p>
      ) : (
        <p class="key">
          <i class="queued" /> {words.queued} <i class="reasoning" /> {words.reasoning} <i class="answer" /> {words.answer}
        </p>
      )}
      <ol>
        {traces.value.map((each) => (
          <Row key={each.id} trace={each} now={now} longest={longest} />
        ))}
      </ol>
    </section>
  );
}

/** performance.now(), ten times a second while something runs. */
function useClock(runs: boolean): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}

const HEIGHT = 24;

/** From sending to the end, all requests on one scale: a wait, and then how the tokens added up. */
function Row({ trace, now, longest }: { trace: Trace; now: number; longest: number }) {
  const words = t.value;
  const end = trace.done ?? Math.max(now, trace.sent, trace.tokens.at(-1)?.[0] ?? 0);
  const x = (at: number): number => ((at - trace.sent) / longest) * 100;
  const count = trace.tokens.at(-1)?.[1] ?? 0;
  const y = (tokens: number): number => HEIGHT - 3 - (tokens / Math.max(1, count)) * (HEIGHT - 5);
  const first = trace.first ?? end;
  const answer = Math.min(trace.answer ?? end, end);
  const line = [...trace.tokens, [end, count] as const].map(([at, tokens]) => `${x(at)},${y(tokens)}`).join(" ");
  const seconds = ((trace.tokens.at(-1)?.[0] ?? 0) - (trace.first ?? 0)) / 1000;
  const rate = count > 1 && seconds > 0 ? `${figure((count - 1) / seconds, 1)}/s` : "";
  const about = [
    trace.first === undefined ? `${words.queued} ${duration((end - trace.sent) / 1000)}` : `${words.firstShort} ${duration((first - trace.sent) / 1000)}`,
    `${figure(count)} ${words.tokens}`,
    rate,
    trace.prompt ? `${words.prompt} ${figure(trace.prompt)}${trace.cached ? ` (${figure(trace.cached)} ${words.cached})` : ""}` : "",
    trace.done === undefined ? "" : `${duration((end - trace.sent) / 1000)} ${trace.finish ?? ""}`,
  ];
  return (
    <li data-state={trace.done !== undefined ? "done" : trace.first !== undefined ? "writing" : "queued"}>
      <span class="title">{trace.title}</span>
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="queued" x={0} y={HEIGHT / 2 - 3} width={x(first)} height={6} />
        <rect class="reasoning" x={x(first)} y={0} width={Math.max(0, x(answer) - x(first))} height={HEIGHT} />
        <rect class="answer" x={x(answer)} y={0} width={Math.max(0, x(end) - x(answer))} height={HEIGHT} />
        {count > 0 && <polyline points={line} />}
      </svg>
      <small>{about.filter(Boolean).join(" · ")}</small>
    </li>
  );
}
