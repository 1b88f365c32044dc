"""The load generator: its workloads, its reader of streams, its figures, and the command against a live server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import ScriptedEngine, completion, says, serving

from harmonium.bench import workload
from harmonium.bench.figures import Load, figures, objectives, spread
from harmonium.bench.load import mbu_of, run
from harmonium.bench.report import Saved, plot
from harmonium.bench.serve import asks_of, loads_of
from harmonium.bench.stream import Endpoint, Timeline, ask
from harmonium.config import BenchConfig
from harmonium.errors import ConfigError
from harmonium.vocabulary import load_vocabulary

WORDS = workload.words(load_vocabulary())


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_prompt_has_as_many_tokens_as_asked_for(inputs: int, data: st.DataObject) -> None:
    prefix = data.draw(st.integers(0, inputs))
    asks = workload.synthetic(3, WORDS, inputs=inputs, outputs=5, prefix=prefix, seed=data.draw(st.integers()))
    tokens = [load_vocabulary().encode(each.prompt) for each in asks]
    assert {len(each) for each in tokens} == {inputs}
    assert len({tuple(each[:prefix]) for each in tokens}) == 1


def test_lengths_like_sharegpts() -> None:
    asks = workload.sharegpt_like(4000, WORDS, seed=1)
    inputs = [each.prompt.count(" ") for each in asks]
    outputs = [each.output_tokens for each in asks]
    assert min(inputs) >= 4
    assert max(inputs) <= 1024
    # What is cut off at the top lowers the means.
    assert statistics.mean(inputs) == pytest.approx(workload.SHAREGPT_INPUT, rel=0.1)
    assert 0.75 * workload.SHAREGPT_OUTPUT < statistics.mean(outputs) < workload.SHAREGPT_OUTPUT
    assert statistics.median(inputs) < statistics.mean(inputs)


def test_another_edition_has_other_words_of_the_same_lengths() -> None:
    for kind in ("synthetic", "sharegpt"):
        one, other = (asks_of(BenchConfig(workload=kind, num_requests=9), edition) for edition in (0, 1))
        assert [each.output_tokens for each in one] == [each.output_tokens for each in other]
        assert [each.prompt.count(" ") for each in one] == [each.prompt.count(" ") for each in other]
        assert not {each.prompt for each in one} & {each.prompt for each in other}


def test_a_seed_makes_it_the_same_again() -> None:
    for kind in ("synthetic", "sharegpt"):
        first, again, other = (
            asks_of(BenchConfig(workload=kind, num_requests=5, seed=seed))  # type: ignore[arg-type]
            for seed in (3, 3, 4)
        )
        assert first == again != other
    times = [workload.poisson(5.0, 1) for _ in range(2)]
    one, two = ([next(each) for _ in range(4000)] for each in times)
    assert one == two
    gaps = np.diff(one)
    assert np.mean(gaps) == pytest.approx(0.2, rel=0.1)
    assert np.std(gaps) == pytest.approx(np.mean(gaps), rel=0.1)


def test_a_file_of_prompts_is_read_round_and_round(tmp_path: Path) -> None:
    asks = workload.sharegpt_like(3, WORDS, seed=2)
    path = tmp_path / "prompts.jsonl"
    path.write_text(workload.to_lines(asks))
    assert workload.from_file(path, 7) == [*asks, *asks, asks[0]]
    path.write_text('{"prompt": "a"}\n{"prompt": 5}\n')
    with pytest.raises(ConfigError, match="line 2"):
        workload.from_file(path, 1)
    with pytest.raises(ConfigError, match="No such file"):
        workload.from_file(tmp_path / "none", 1)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=50))
def test_percentiles_are_numpys(values: list[float]) -> None:
    made = spread(values)
    assert made is not None
    for share, value in ((50, made.p50), (90, made.p90), (95, made.p95), (99, made.p99)):
        assert value == pytest.approx(np.percentile(values, share))
    assert made.mean == pytest.approx(np.mean(values))
    assert made.max == max(values)


def test_figures_of_a_known_run() -> None:
    lines = [
        Timeline(sent=10.0, news=[10.5, 10.6, 10.9], end=11.0, prompt_tokens=7, output_tokens=5),
        Timeline(sent=10.0, news=[12.0, 13.0], end=14.0, prompt_tokens=7, output_tokens=2),
        Timeline(sent=10.0, end=10.1, error="status 429: full"),
        Timeline(sent=10.0, end=10.1),
    ]
    made = figures(Load(4, None), lines, objectives(["ttft:600", "tpot:200"]))
    assert (made.completed, made.failed, made.duration) == (2, 2, 4.0)
    assert made.errors == {"status 429: full": 1, "the reply was empty": 1}
    assert (made.prompt_tokens, made.output_tokens, made.output_tokens_per_second) == (14, 7, 1.75)
    assert made.goodput == 0.25
    assert made.ttft is not None
    assert made.tpot is not None
    assert made.itl is not None
    assert made.ttft.mean == pytest.approx(1.25)
    assert made.tpot.mean == pytest.approx((0.1 + 1.0) / 2)
    assert made.itl.max == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", ["ttft", "ttft:", "ttft:0", "ttft:-5", "itl:5", "ttft:x", "ttft:inf"])
def test_senseless_objectives_are_named(wrong: str) -> None:
    with pytest.raises(ConfigError, match="--goodput"):
        objectives([wrong])


def test_loads() -> None:
    assert loads_of(BenchConfig()) == [Load(1, None)]
    both = loads_of(BenchConfig(concurrency=("4", "8"), rate=("0.5", "inf")))
    assert both == [Load(4, 0.5), Load(8, 0.5), Load(4, None), Load(8, None)]
    for wrong in (BenchConfig(concurrency=("x",)), BenchConfig(concurrency=("1.5",)), BenchConfig(rate=("0",))):
        with pytest.raises(ConfigError):
            loads_of(wrong)


def test_mbu() -> None:
    before = {"harmonium_least_bytes_read_total": 1e9, "harmonium_step_seconds_total": 1.0}
    after = {"harmonium_least_bytes_read_total": 11e9, "harmonium_step_seconds_total": 2.0}
    assert mbu_of(before, after, 20e9) == 0.5
    assert mbu_of(before, after, 0) is None
    assert mbu_of(before, after | {"harmonium_memory_bandwidth_bytes_per_second": 40e9}, 0) == 0.25
    assert mbu_of({}, {}, 20e9) is None


@contextmanager
def answering(pieces: list[bytes]) -> Iterator[Endpoint]:
    """A server that answers one request with these pieces, each on its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(1 << 16)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.001)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield Endpoint.of(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "")
        finally:
            thread.join()


def event(data: object) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\r\n\r\n"


EVENTS = [
    event({"choices": [{"delta": {"role": "assistant", "content": ""}}]}),
    event({"choices": [{"delta": {"reasoning_content": "hm"}}]}),
    b": keep-alive\n\n",
    event({"choices": [{"delta": {"content": "höher"}, "finish_reason": "length"}], "more": [1]}),
    event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "x": None}}),
    b"data: [DONE]\n\n",
]


def reply(chunked: bool) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    if not chunked:
        return head + b"\r\n" + b"".join(EVENTS)
    body = b"".join(b"%x;x=y\r\n%s\r\n" % (len(each), each) for each in EVENTS)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.lists(st.integers(0, 700), max_size=6))
def test_a_stream_is_read_the_same_however_it_is_cut(chunked: bool, cuts: list[int]) -> None:
    whole = reply(chunked)
    ends = sorted({min(cut, len(whole)) for cut in cuts} | {len(whole)})
    pieces = [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    with answering(pieces) as endpoint:
        line = asyncio.run(ask(endpoint, endpoint.post("/chat/completions", b"{}"), 10))
    assert line.error == ""
    assert (line.prompt_tokens, line.output_tokens) == (9, 4)
    assert 1 <= len(line.news) <= 2
    assert line.sent <= line.news[0] <= line.news[-1] <= line.end


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 429 no\r\n\r\n" + b'{"error":{"message":"full"}}', "status 429: full"),
        (b"HTTP/1.1 502 no\r\nTransfer-Encoding: chunked\r\n\r\n4\r\noops\r\n0\r\n\r\n", "status 502: oops"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + EVENTS[1], "ended before"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + event({"error": {"message": "died"}}) + EVENTS[-1], "died"),
        (b"HTTP/1.1 200 OK\r\n\r\ndata: {]\n", "can't be read"),
        (b"gopher\r\n\r\n", "can't be read"),
        (b"", "ended before"),
    ],
)
def test_what_goes_wrong_is_told(answer: bytes, said: str) -> None:
    with answering([answer]) as endpoint:
        line = asyncio.run(ask(endpoint, endpoint.post("/chat/completions", b"{}"), 10))
    assert said in line.error


def test_nobody_listens_and_nothing_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = Endpoint.of(f"127.0.0.1:{listener.getsockname()[1]}", "")
        late = asyncio.run(ask(endpoint, endpoint.post("/", b""), 0.2))
    gone = asyncio.run(ask(endpoint, endpoint.post("/", b""), 5))
    assert late.error == "not done after 0.2 seconds"
    assert gone.error.startswith("no connection")


PAUSE = 0.02
ANSWER = "<|channel|>analysis<|message|>a b c d<|end|><|start|>assistant<|channel|>final<|message|>e f g h<|return|>"


def test_delays_are_measured_as_they_are() -> None:
    engine = ScriptedEngine(says(ANSWER), pause=PAUSE)
    config = BenchConfig(num_requests=12, input_tokens=5, output_tokens=99, ignore_eos=False)
    with serving(engine) as live:
        endpoint = Endpoint.of(f"{live.url}/v1", "")
        lines, cpu = asyncio.run(
            run(endpoint, config, "openai/gpt-oss-20b", asks_of(config), Load(4, None), lambda line: None)
        )
    made = figures(Load(4, None), lines, {}, client_cpu=cpu)
    assert made.errors == {}
    tokens = len(completion(ANSWER))
    assert made.output_tokens == 12 * tokens
    assert made.e2el is not None
    assert made.ttft is not None
    assert tokens * PAUSE <= made.e2el.p50 < 3 * tokens * PAUSE
    # The header's tokens come before the first text.
    assert 3 * PAUSE <= made.ttft.p50 < made.e2el.p50
    assert 3 * made.e2el.p50 <= made.duration * 1.2
    assert max(_at_once(lines)) == 4


def _at_once(lines: list[Timeline]) -> list[int]:
    return [sum(other.sent <= line.sent < other.end for other in lines) for line in lines]


def harmonium(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "HARMONIUM_API_KEY"}
    return subprocess.run(
        [sys.executable, "-m", "harmonium", "bench", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**environment, "COLUMNS": "120"},
    )


def test_the_command(tmp_path: Path) -> None:
    figures_file, plot_file = tmp_path / "figures.json", tmp_path / "plot.svg"
    engine = ScriptedEngine(says(ANSWER, size=2), pause=0.001)
    with serving(engine) as live:
        done = harmonium(
            *(f"{live.url}/v1", "--num-requests", "6", "--input-tokens", "9", "--concurrency", "1", "3"),
            *("--goodput", "ttft:60000", "--json", str(figures_file), "--plot", str(plot_file)),
        )
        assert done.returncode == 0, done.stderr
        metrics = live.metrics()
    for word in ("1 at once", "3 at once", "TTFT p99", "goodput", "output tokens/s"):
        assert word in done.stdout
    saved = json.loads(figures_file.read_text())
    assert saved["model"] == "openai/gpt-oss-20b"
    assert [each["completed"] for each in saved["runs"]] == [6, 6]
    assert saved["runs"][0]["goodput"] == saved["runs"][0]["requests_per_second"]
    assert saved["settings"]["input_tokens"] == 9
    assert "api_key" not in saved["settings"]
    root = ElementTree.fromstring(plot_file.read_text())
    assert root.tag.endswith("svg")
    for each in saved["runs"]:
        assert 0 < each["connect"]["mean"] < each["ttft"]["mean"]
    # No prompt comes again, which a prefix cache would know.
    assert len({tuple(request.prompt) for request in engine.requests}) == 14
    # Two to warm up, and both runs.
    assert metrics['http_requests_total{code="200",handler="/v1/chat/completions",method="POST",status="2xx"}'] == 14


def test_the_command_says_what_is_wrong() -> None:
    with serving(ScriptedEngine(says(ANSWER))) as live:
        for arguments, said in (
            ((f"{live.url}/v1", "--goodput", "ttft"), "--goodput"),
            ((f"{live.url}/v1", "--input-tokens", "0"), "--input-tokens"),
            ((f"{live.url}/wrong",), "status 404"),
            ((f"{live.url}/v1", "--model", "none"), "No request succeeded: status 404"),
            (("http://127.0.0.1:9/v1",), "No model list"),
            (("ftp://x",), "no http"),
        ):
            done = harmonium(*arguments)
            assert done.returncode == 1
            assert said in done.stderr, done.stderr
            assert "Traceback" not in done.stderr


def test_a_plot_of_names_that_are_markup() -> None:
    line = Timeline(sent=0.0, news=[0.1, 0.2], end=0.3, output_tokens=3)
    saved = Saved("1", "<u&>", '"<m>', "now", {}, [figures(Load(1, 2.5), [line], {})])
    assert "<u&>" in "".join(ElementTree.fromstring(plot(saved)).itertext())
