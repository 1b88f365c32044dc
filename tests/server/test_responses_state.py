"""Responses that outlive their request: kept ones, and those made in the background."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from jsonschema import Draft202012Validator
from kept_responses import asked, kept
from responses_grammar import check_stream, events_of
from serving import NAMES, Live, ScriptedEngine, real_engine, says, serving, until
from test_openai_client import CITY, END_SOON
from test_responses import ANSWER, THOUGHT, URL

from harmonium.config import ServerConfig
from harmonium.server.responses.store import LEASE_SECONDS, Store
from harmonium.server.responses.wire import OutputText

LONG = f"{THOUGHT}<|channel|>final<|message|>" + "word " * 400 + "<|return|>"


@contextmanager
def slow(folder: Path, text: str = LONG, pause: float = 0.005, **options: Any) -> Iterator[tuple[Live, ScriptedEngine]]:
    """A server that takes its time."""
    config = ServerConfig(response_store=str(folder / "responses.sqlite3"), **options)
    engine = ScriptedEngine(says(text), pause=pause)
    with serving(engine, config) as live:
        yield live, engine


def start(client: httpx.Client, **body: Any) -> dict[str, Any]:
    reply = client.post(URL, json={"input": "Hi", "background": True, **body})
    assert reply.status_code == 200, reply.text
    response: dict[str, Any] = reply.json()
    assert response["status"] == "queued"
    assert response["output"] == []
    return response


def ended(client: httpx.Client, identifier: str) -> dict[str, Any]:
    """The response once it is no longer in the making."""
    found: dict[str, Any] = {}

    def look() -> bool:
        reply = client.get(f"{URL}/{identifier}")
        assert reply.status_code == 200, reply.text
        found.update(reply.json())
        return found["status"] not in ("queued", "in_progress")

    until(look, seconds=20)
    return found


# ---- in the background ----------------------------------------------------------------------------------------------


def test_the_official_client_polls(tmp_path: Path) -> None:
    with slow(tmp_path, ANSWER) as (live, _):
        client = live.openai()
        made = client.responses.create(model=NAMES[0], input="Hi", background=True)
        assert made.status == "queued"
        seen = {made.status}
        while made.status in ("queued", "in_progress"):
            made = client.responses.retrieve(made.id)
            seen.add(made.status)
        assert made.output_text == "Hello 柏林!"
        assert seen <= {"queued", "in_progress", "completed"}
        assert made.background
        following = client.responses.create(model=NAMES[0], input="And?", previous_response_id=made.id)
        assert following.status == "completed"


def test_a_stream_can_be_left_and_taken_up_again(tmp_path: Path) -> None:
    """Left midway, resumed at every kind of place, replayed whole: always the same events."""
    with slow(tmp_path) as (live, engine):
        client = live.openai()
        begun: list[Any] = []
        with client.responses.create(model=NAMES[0], input="Hi", background=True, stream=True) as stream:
            for event in stream:
                begun.append(event)
                if len(begun) == 20:
                    break
        assert engine.open == 1, "it goes on without a reader"
        identifier = begun[0].response.id
        resumed = list(client.responses.retrieve(identifier, stream=True, starting_after=begun[-1].sequence_number))
        assert resumed[-1].type == "response.completed"
        with live.http() as http:
            http.headers["authorization"] = f"Bearer {client.api_key}"
            replayed = events_of(http.get(f"{URL}/{identifier}?stream=true"))
            again = events_of(http.get(f"{URL}/{identifier}?stream=true"))
            assert again == replayed
            assert [event.to_dict() for event in [*begun, *resumed]] == [
                event.to_dict() for event in client.responses.retrieve(identifier, stream=True)
            ]
            for place in (0, 5, 300, len(replayed) - 2, len(replayed) - 1, len(replayed) + 7):
                rest = events_of(http.get(f"{URL}/{identifier}?stream=true&starting_after={place}"))
                assert rest == replayed[place + 1 :]
            assert check_stream(replayed, background=True) == http.get(f"{URL}/{identifier}").json()
            for query in ("starting_after=x", "starting_after=-2"):
                assert http.get(f"{URL}/{identifier}?stream=true&{query}").status_code == 400


def test_the_stream_helper_takes_up_a_response(tmp_path: Path) -> None:
    with slow(tmp_path, ANSWER) as (live, _):
        client = live.openai()
        made = client.responses.create(model=NAMES[0], input="Hi", background=True)
        with client.responses.stream(response_id=made.id, starting_after=4) as stream:
            numbers = [event.sequence_number for event in stream]
            assert stream.get_final_response().output_text == "Hello 柏林!"
        assert numbers == list(range(5, numbers[-1] + 1))


def test_only_what_was_made_in_the_background_can_be_streamed_again_or_cancelled(tmp_path: Path) -> None:
    with slow(tmp_path, ANSWER) as (live, _), live.http() as client:
        made = client.post(URL, json={"input": "Hi"}).json()
        assert client.get(f"{URL}/{made['id']}?stream=true").json()["error"]["param"] == "stream"
        assert client.post(f"{URL}/{made['id']}/cancel").status_code == 400


def test_cancelling(tmp_path: Path) -> None:
    with slow(tmp_path) as (live, engine), live.http() as client:
        made = start(client)
        with client.stream("GET", f"{URL}/{made['id']}?stream=true") as reply:
            next(line for line in reply.iter_lines() if "output_text.delta" in line)
        assert client.post(URL, json={"input": "x", "previous_response_id": made["id"]}).status_code == 400
        cancelled = client.post(f"{URL}/{made['id']}/cancel").json()
        assert cancelled["status"] == "cancelled"
        assert cancelled["output"][-1]["status"] == "incomplete"
        assert cancelled["output"][-1]["content"][0]["text"].startswith("word")
        assert engine.open == 0
        assert client.get(f"{URL}/{made['id']}").json() == cancelled
        assert client.post(f"{URL}/{made['id']}/cancel").json() == cancelled
        events = events_of(client.get(f"{URL}/{made['id']}?stream=true"))
        assert check_stream(events, background=True) == cancelled


def test_deleting_what_is_being_made_ends_it(tmp_path: Path) -> None:
    with slow(tmp_path) as (live, engine), live.http() as client:
        made = start(client)
        until(lambda: engine.open == 1, seconds=5)
        assert client.delete(f"{URL}/{made['id']}").json() == {"id": made["id"], "object": "response", "deleted": True}
        until(lambda: engine.open == 0, seconds=5)
        assert client.get(f"{URL}/{made['id']}").status_code == 404


def test_a_failure_in_the_background_is_kept(tmp_path: Path) -> None:
    config = ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))
    with serving(ScriptedEngine(says(ANSWER, finish="abort")), config) as live, live.http() as client:
        made = ended(client, start(client)["id"])
        assert made["status"] == "failed"
        assert made["error"] == {"code": "server_error", "message": "The request was aborted."}
        assert check_stream(events_of(client.get(f"{URL}/{made['id']}?stream=true")), background=True) == made


def test_a_server_that_stops_keeps_what_it_could_not_finish_as_failed(tmp_path: Path) -> None:
    with slow(tmp_path, pause=0.02) as (live, engine), live.http() as client:
        made = start(client)
        until(lambda: engine.open == 1, seconds=5)
    with slow(tmp_path) as (live, _), live.http() as client:
        failed = client.get(f"{URL}/{made['id']}").json()
        assert failed["status"] == "failed"
        assert check_stream(events_of(client.get(f"{URL}/{made['id']}?stream=true")), background=True) == failed


# ---- several servers, several keys ----------------------------------------------------------------------------------


def test_two_servers_share_a_file(tmp_path: Path) -> None:
    """What one makes, the other continues, follows while it is made, and cancels."""
    with ExitStack() as stack:
        one, engine = stack.enter_context(slow(tmp_path))
        other, other_engine = stack.enter_context(slow(tmp_path, ANSWER))
        here, there = stack.enter_context(one.http()), stack.enter_context(other.http())
        made = start(here)
        followed = events_of(there.get(f"{URL}/{made['id']}?stream=true"))
        response = check_stream(followed, background=True)
        assert response == here.get(f"{URL}/{made['id']}").json() == there.get(f"{URL}/{made['id']}").json()
        assert followed == events_of(here.get(f"{URL}/{made['id']}?stream=true"))
        reply = there.post(URL, json={"input": "And?", "previous_response_id": made["id"]})
        assert reply.status_code == 200
        assert other_engine.open == 0
        made = start(here)
        until(lambda: engine.open == 1, seconds=5)
        cancelled = there.post(f"{URL}/{made['id']}/cancel").json()
        assert cancelled["status"] == "cancelled"
        assert engine.open == 0
        made = start(here)
        until(lambda: engine.open == 1, seconds=5)
        assert there.delete(f"{URL}/{made['id']}").status_code == 200
        until(lambda: engine.open == 0, seconds=5)
        assert here.get(f"{URL}/{made['id']}").status_code == 404


def test_responses_belong_to_a_key(tmp_path: Path) -> None:
    with slow(tmp_path, ANSWER, api_key=("one", "two")) as (live, _):
        one = live.openai()
        two = one.with_options(api_key="two")
        made = one.responses.create(model=NAMES[0], input="Hi")
        reference: Any = [{"type": "item_reference", "id": made.output[-1].id}]
        for act in (
            lambda: two.responses.retrieve(made.id),
            lambda: two.responses.delete(made.id),
            lambda: two.responses.cancel(made.id),
            lambda: two.responses.input_items.list(made.id),
            lambda: two.responses.create(model=NAMES[0], input="And?", previous_response_id=made.id),
        ):
            with pytest.raises(openai.NotFoundError):
                act()
        with pytest.raises(openai.BadRequestError):
            two.responses.create(model=NAMES[0], input=reference)
        assert one.responses.retrieve(made.id) == made
        assert one.responses.create(model=NAMES[0], input=reference).status == "completed"


# ---- the store itself -----------------------------------------------------------------------------------------------


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def store(folder: Path, clock: Clock, capacity: int = 1 << 20) -> Iterator[tuple[Store, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        made = Store(folder / "store.sqlite3", capacity=capacity, seconds=100.0, clock=clock)
        yield made, runner
        runner.run(made.close())


def test_the_store_is_bounded_in_bytes_and_forgets_what_was_not_used_longest(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock, capacity=60_000) as (kept_here, runner):
        for n in range(20):
            clock.now += 1
            runner.run(kept_here.save(kept(f"r{n}", "y" * 5000), "s", asked("?")))
            assert runner.run(kept_here.load("r0", "s")) is not None, "what is used stays"
        there = [n for n in range(20) if runner.run(kept_here.load(f"r{n}", "s")) is not None]
        assert there == [0, *range(20 - len(there) + 1, 20)]
        assert 7 <= len(there) <= 11
        runner.run(kept_here.save(kept("big", "y" * 70_000), "s", asked("?")))
        assert runner.run(kept_here.load("big", "s")) is None
        for n in range(200):
            runner.run(kept_here.save(kept(f"q{n}", "y" * 5000), "s", asked("?")))
    assert (tmp_path / "store.sqlite3").stat().st_size < 300_000, "the file gives its space back"


def test_the_store_forgets_what_is_old_unless_it_is_continued(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock) as (kept_here, runner):
        runner.run(kept_here.save(kept("a"), "s", asked("1")))
        runner.run(kept_here.save(kept("b", previous="a"), "s", asked("2")))
        runner.run(kept_here.save(kept("c"), "s", asked("3")))
        clock.now += 90
        history = runner.run(kept_here.history("b", "s"))
        assert history is not None
        assert [item.id for item in history] == ["msg_in_1", "msg_a", "msg_in_2", "msg_b"]
        clock.now += 90
        assert runner.run(kept_here.load("c", "s")) is None
        assert runner.run(kept_here.items(["msg_c"], "s")) == {}
        assert runner.run(kept_here.history("b", "s")) == history
        assert runner.run(kept_here.delete("a", "s"))
        assert runner.run(kept_here.history("b", "s")) is None
        assert runner.run(kept_here.load("b", "other")) is None


def test_what_a_dead_server_was_making_has_failed(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock) as (kept_here, runner):
        runner.run(kept_here.save(kept("a", status="queued"), "s", asked("1"), events=[b"data: 0\n\n"], first=0))
        assert runner.run(kept_here.progress("a", [b"data: 1\n\n", b"data: 2\n\n"], 1))
        clock.now += LEASE_SECONDS - 1
        response = runner.run(kept_here.load("a", "s"))
        assert response is not None
        assert response.status == "queued"
        assert runner.run(kept_here.progress("a", [], 3)), "still alive"
        clock.now += LEASE_SECONDS + 1
        response = runner.run(kept_here.load("a", "s"))
        assert response is not None
        assert response.status == "failed"
        *before, last = runner.run(kept_here.events("a", 1))
        assert before == [b"data: 1\n\n", b"data: 2\n\n"]
        assert last.startswith(b"event: response.failed\n")
        assert runner.run(kept_here.load("a", "s")) == response
        assert len(runner.run(kept_here.events("a", 0))) == 4


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, rounds: int) -> None:
    """Two processes write to one file until they are killed; each name they print was kept before."""
    path = tmp_path / "store.sqlite3"
    program = str(Path(__file__).with_name("kept_responses.py"))
    printed: list[str] = []
    for turn in range(rounds):
        writers = [
            subprocess.Popen([sys.executable, program, str(path), f"{turn}{name}"], stdout=subprocess.PIPE, text=True)
            for name in "ab"
        ]
        for writer in writers:
            assert writer.stdout is not None
            printed += [writer.stdout.readline().strip() for _ in range(40)]
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            printed += [line.strip() for line in writer.stdout if line.endswith("\n")]
            writer.wait()
            writer.stdout.close()
    with asyncio.Runner() as runner:
        reader = Store(path, capacity=1 << 30, seconds=1000.0)
        for name in printed:
            response = runner.run(reader.load(name, "s"))
            assert response is not None, name
            assert response.output[0].content == [OutputText(name * 100)]  # type: ignore[union-attr]
        runner.run(reader.close())
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert len(printed) >= 80 * rounds


# ---- a real engine --------------------------------------------------------------------------------------------------


def test_with_a_real_engine(checkpoint: Path, tmp_path: Path) -> None:
    """A call that fits its schema, its answer taken up by id, and a long reply in the background that is cancelled."""
    config = ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))
    with serving(real_engine(checkpoint), config) as live:
        client = live.openai()
        switch: Any = {**CITY["function"], "type": "function"}
        ends_soon: Any = {"seed": 1, "logit_bias": END_SOON}
        first = client.responses.create(
            model=NAMES[0],
            input="How is the weather in Berlin?",
            tools=[switch],
            tool_choice="required",
            parallel_tool_calls=False,
            max_output_tokens=500,
            extra_body=ends_soon,
        )
        call: Any = first.output[-1]
        assert call.type == "function_call"
        Draft202012Validator(switch["parameters"]).validate(json.loads(call.arguments))
        second = client.responses.create(
            model=NAMES[0],
            previous_response_id=first.id,
            input=[{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}],
            tools=[switch],
            tool_choice="none",
            max_output_tokens=100,
            extra_body=ends_soon,
        )
        assert second.status in ("completed", "incomplete")
        assert second.usage
        assert first.usage
        assert second.usage.input_tokens_details.cached_tokens > first.usage.input_tokens - 32
        endless = client.responses.create(
            model=NAMES[0], input="Hi", background=True, max_output_tokens=1500, extra_body={"ignore_eos": True}
        )
        until(lambda: live.gauge("vllm:num_requests_running") == 1, seconds=20)
        assert client.responses.cancel(endless.id).status == "cancelled"
        until(lambda: live.gauge("vllm:num_requests_running") == 0, seconds=20)
