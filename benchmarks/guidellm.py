"""Whether `harmonium bench serve` and guidellm measure the same: in turn, on the same prompts, against one server.

    python -m venv /tmp/guidellm && /tmp/guidellm/bin/pip install guidellm==0.8.1
    python benchmarks/guidellm.py --guidellm /tmp/guidellm/bin/guidellm [MODEL] [--rounds 5] [--streams 4]
    python benchmarks/guidellm.py --guidellm /tmp/guidellm/bin/guidellm --delay 20 --streams 1

Both are set beside what the server itself measured during the same run, so that what differs from one run to the next,
the server under other load, is told from what the clients measure. With `--delay` a script is played, every step of
which takes that many milliseconds. With one stream the first token then comes after one step, the last after as many as
there are tokens: what is true is known.

Definitions. guidellm's "inter-token latency" is a request's mean after its first token: TPOT. Its TTFT begins when the
request's headers are written; ours when connecting begins, and a row of its own has it without what that took. Both end
with the first chunk that has text. The server's begins when it has the request and ends with the first token, which
over Completions is text already; over Chat three tokens of a header come before.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from harmonium.bench.workload import synthetic, to_lines, words
from harmonium.engine.loop import free_port
from harmonium.vocabulary import load_vocabulary

Measures = dict[str, float]
CONNECTED = "… once connected, ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--guidellm", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--input-tokens", type=int, default=128)
    parser.add_argument("--output-tokens", type=int, default=64)
    parser.add_argument("--api", choices=("completions", "chat"), default="completions")
    parser.add_argument("--delay", type=float, help="milliseconds of a step of a script, instead of a model")
    chosen = parser.parse_args()
    asks = synthetic(
        chosen.requests,
        words(load_vocabulary()),
        inputs=chosen.input_tokens,
        outputs=chosen.output_tokens,
        prefix=0,
        seed=0,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "prompts.jsonl").write_text(to_lines(asks))
        if chosen.delay is not None:
            text = " word" * 2 * chosen.output_tokens
            rule = {"completion": text if chosen.api == "completions" else f"<|channel|>final<|message|>{text}"}
            (folder / "script.json").write_text(json.dumps({"rules": [{**rule, "delay_ms": chosen.delay}]}))
            chosen.model = f"scripted:{folder / 'script.json'}"
        port = free_port()
        command = [sys.executable, "-m", "harmonium", "serve", *filter(None, [chosen.model]), "--port", str(port)]
        # Otherwise whoever comes second finds every prompt in the cache.
        command += ["--no-enable-prefix-caching", "--log-level", "warning"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                url = f"http://127.0.0.1:{port}"
                model = wait(url)
                ours: list[Measures] = []
                theirs: list[Measures] = []
                for number in range(chosen.rounds + 1):
                    turns = [(ours, harmonium), (theirs, guidellm)]
                    for into, measure in turns if number % 2 else reversed(turns):
                        before = scrape(url)
                        figures = measure(url, model, folder, chosen)
                        figures |= of_server(before, scrape(url))
                        # The first round warms up.
                        if number:
                            into.append(figures)
            finally:
                server.terminate()
    print(f"medians of {chosen.rounds} rounds; server: what it measured itself meanwhile")
    columns = ("harmonium", "server", "ratio", "guidellm", "server", "ratio", "ours/theirs")
    print(f"{'':22}" + "".join(f"{column:>12}" for column in columns))
    for measure in (each for each in ours[0] if not each.startswith("server ")):
        cells = []
        for runs in (ours, theirs):
            said = statistics.median(each[measure] for each in runs)
            known = f"server {measure}"
            if known in runs[0]:
                cells += [said, statistics.median(each[known] for each in runs)]
                cells += [statistics.median(each[measure] / each[known] for each in runs)]
            else:
                cells += [said, None, None]
        cells += [cells[0] / cells[3]]
        print(f"{measure:22}" + "".join(f"{'' if cell is None else format(cell, '.3f'):>12}" for cell in cells))


def scrape(url: str) -> Measures:
    """The server's sums and counts of what both clients measure."""
    with urllib.request.urlopen(f"{url}/metrics") as reply:
        text = reply.read().decode()
    found = re.findall(r"^vllm:(\w+_(?:sum|count))\{.*?\} (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def of_server(before: Measures, after: Measures) -> Measures:
    """Means of a run, in milliseconds."""
    names = {
        "TTFT mean, ms": "time_to_first_token_seconds",
        CONNECTED: "time_to_first_token_seconds",
        "TPOT mean, ms": "request_time_per_output_token_seconds",
        "E2E mean, ms": "e2e_request_latency_seconds",
    }
    return {
        f"server {measure}": 1e3
        * (after[f"{name}_sum"] - before[f"{name}_sum"])
        / (after[f"{name}_count"] - before[f"{name}_count"])
        for measure, name in names.items()
    }


def wait(url: str) -> str:
    """The model's name, once the server is ready."""
    while True:
        try:
            with urllib.request.urlopen(f"{url}/v1/models") as reply:
                return str(json.load(reply)["data"][0]["id"])
        except OSError:
            time.sleep(0.2)


def harmonium(url: str, model: str, folder: Path, chosen: argparse.Namespace) -> Measures:
    command = [sys.executable, "-m", "harmonium", "bench", "serve", f"{url}/v1", "--model", model, "--warmup", "0"]
    command += ["--dataset", str(folder / "prompts.jsonl"), "--num-requests", str(chosen.requests)]
    command += ["--concurrency", str(chosen.streams), "--json", str(folder / "ours.json"), "--api", chosen.api]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (run,) = json.loads((folder / "ours.json").read_text())["runs"]
    assert run["completed"] == chosen.requests
    return {
        "requests": run["completed"],
        "prompt tokens": run["prompt_tokens"],
        "output tokens": run["output_tokens"],
        "requests/s": run["requests_per_second"],
        "output tokens/s": run["output_tokens_per_second"],
        "TTFT mean, ms": 1e3 * run["ttft"]["mean"],
        CONNECTED: 1e3 * (run["ttft"]["mean"] - run["connect"]["mean"]),
        "TTFT p50, ms": 1e3 * run["ttft"]["p50"],
        "TPOT mean, ms": 1e3 * run["tpot"]["mean"],
        "TPOT p50, ms": 1e3 * run["tpot"]["p50"],
        "E2E mean, ms": 1e3 * run["e2el"]["mean"],
        "E2E p50, ms": 1e3 * run["e2el"]["p50"],
    }


def guidellm(url: str, model: str, folder: Path, chosen: argparse.Namespace) -> Measures:
    command = [chosen.guidellm, "run", "--disable-console"]
    route = {"chat": "/v1/chat/completions", "completions": "/v1/completions"}[chosen.api]
    command += ["--backend", f"kind=openai_http,target={url},model={model},request_format={route}"]
    command += ["--profile", f"kind=concurrent,streams={chosen.streams}"]
    command += ["--constraint", f"kind=max_requests,count={chosen.requests}"]
    command += ["--data", f"kind=json_file,path={folder / 'prompts.jsonl'}"]
    command += ["--output", f"kind=json,path={folder / 'theirs.json'}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    (run,) = json.loads((folder / "theirs.json").read_text())["benchmarks"]
    done = run["requests"]["successful"]
    assert len(done) == chosen.requests
    seconds = max(each["request_end_time"] for each in done) - min(each["request_start_time"] for each in done)
    metrics = run["metrics"]
    first, between, whole = (
        metrics[name]["successful"] for name in ("time_to_first_token_ms", "inter_token_latency_ms", "request_latency")
    )
    return {
        "requests": len(done),
        "prompt tokens": sum(each["prompt_tokens"] for each in done),
        "output tokens": sum(each["output_tokens"] for each in done),
        "requests/s": len(done) / seconds,
        "output tokens/s": sum(each["output_tokens"] for each in done) / seconds,
        "TTFT mean, ms": first["mean"],
        CONNECTED: first["mean"],
        "TTFT p50, ms": first["median"],
        "TPOT mean, ms": between["mean"],
        "TPOT p50, ms": between["median"],
        "E2E mean, ms": 1e3 * whole["mean"],
        "E2E p50, ms": 1e3 * whole["median"],
    }


if __name__ == "__main__":
    main()
