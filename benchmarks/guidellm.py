"""Whether `harmonium bench serve` and guidellm measure the same: in turn, on the same prompts, against one server.

    python -m venv /tmp/guidellm && /tmp/guidellm/bin/pip install guidellm==0.8.1
    python benchmarks/guidellm.py --guidellm /tmp/guidellm/bin/guidellm [MODEL] [--rounds 5] [--streams 4]

guidellm's "inter-token latency" is a request's mean after its first token, so it is compared with TPOT.
"""

from __future__ import annotations

import argparse
import json
import os
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--guidellm", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--input-tokens", type=int, default=128)
    parser.add_argument("--output-tokens", type=int, default=64)
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
                        figures = measure(url, model, folder, chosen)
                        # The first round warms up.
                        if number:
                            into.append(figures)
            finally:
                server.terminate()
    print(f"{'':24}{'harmonium':>12}{'guidellm':>12}{'ratio':>9}    (medians of {chosen.rounds} rounds)")
    for measure in ours[0]:
        one, other = (statistics.median(each[measure] for each in runs) for runs in (ours, theirs))
        print(f"{measure:24}{one:12.3f}{other:12.3f}{one / other:9.3f}")


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
    command += ["--concurrency", str(chosen.streams), "--json", str(folder / "ours.json")]
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
        "TTFT p50, ms": 1e3 * run["ttft"]["p50"],
        "TPOT mean, ms": 1e3 * run["tpot"]["mean"],
        "TPOT p50, ms": 1e3 * run["tpot"]["p50"],
        "E2E mean, ms": 1e3 * run["e2el"]["mean"],
        "E2E p50, ms": 1e3 * run["e2el"]["p50"],
    }


def guidellm(url: str, model: str, folder: Path, chosen: argparse.Namespace) -> Measures:
    command = [chosen.guidellm, "run", "--disable-console"]
    command += ["--backend", f"kind=openai_http,target={url},model={model},request_format=/v1/chat/completions"]
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
        "TTFT p50, ms": first["median"],
        "TPOT mean, ms": between["mean"],
        "TPOT p50, ms": between["median"],
        "E2E mean, ms": 1e3 * whole["mean"],
        "E2E p50, ms": 1e3 * whole["median"],
    }


if __name__ == "__main__":
    main()
