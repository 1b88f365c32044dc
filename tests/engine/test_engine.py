"""What one engine does with requests of every kind, and with what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harmonium.automaton import DONE, Automaton, Grammar, Slot, State
from harmonium.engine.engine import DeviceFault, Engine
from harmonium.errors import UnsupportedSchema
from harmonium.messages import Delta, Request, SamplingParams
from tiny import VOCABULARY, checkpoint, greedy, prompt, run, start, tokens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("engine") / "model", random.SystemRandom().randrange(1 << 32))


@pytest.fixture(scope="module")
def shared_engine(folder: Path) -> Engine:
    return start(folder)


@pytest.fixture(params=[False, True], ids=["plain", "overlap"])
def engine(request: pytest.FixtureRequest, folder: Path) -> Engine:
    return start(folder, async_scheduling=request.param)


def one(engine: Engine, request: Request) -> list[Delta]:
    return run(engine, [request])[request.id]


def exact_logprobs(engine: Engine, sequence: list[int]) -> torch.Tensor:
    """Log-probabilities [T, V] of every next token, computed in one pass with nothing of the engine's bookkeeping."""
    from harmonium.engine.batch import StepInput
    from harmonium.engine.runner import Runner
    from harmonium.parallel import Alone

    own = engine._runner
    length = len(sequence)
    places, blocks = np.arange(length), -(-length // 16)
    table = np.arange(1, 1 + 2 * blocks)
    step = StepInput(
        tokens=np.array(sequence),
        positions=np.arange(length),
        starts=np.array([0, length], np.int32),
        lengths=np.array([length], np.int32),
        carried=np.full(length, -1),
        slots=tuple((table[group * blocks + places // 16] * 16 + places % 16) for group in range(2)),
        seats=np.array([0]),
        changes=(np.stack((np.zeros(blocks, np.int64), np.arange(blocks))), table.reshape(2, blocks).astype(np.int32)),
        sampled=np.arange(length),
        scored=np.empty((2, 0), np.int64),
        alternatives=0,
    )
    runner = Runner(
        own._model,
        own._ops,
        Alone(),
        own.geometry,
        1 + 2 * blocks,
        max_num_seqs=1,
        max_tokens=length,
        max_model_len=length,
        shares_picks=False,
        kv_dtype=torch.float32,
    )
    return runner.forward(step).logits.log_softmax(-1)


def test_logprobs_are_the_models_own(engine: Engine, draw: random.Random) -> None:
    """For prompt and reply, whatever bias, temperature and chunks do to the sampling."""
    bias = {7: 3.0, 8: -2.0}
    sampling = SamplingParams(max_tokens=9, logprobs=3, prompt_logprobs=2, logit_bias=bias, temperature=1.3)
    request = Request(id="a", prompt=prompt(draw, 300), sampling=sampling)
    deltas = run(engine, [request, greedy("b", prompt(draw, 40))])["a"]
    expected = exact_logprobs(engine, request.prompt + tokens(deltas))
    prompt_entries = deltas[0].prompt_logprobs
    assert prompt_entries is not None
    assert len(prompt_entries) == 300
    assert prompt_entries[0] is None
    entries = [*prompt_entries[1:], *(entry for delta in deltas for entry in delta.logprobs or ())]
    assert len(entries) == 308
    for position, entry in enumerate(entries):
        assert entry is not None
        row = expected[position]
        assert entry.token == (request.prompt + tokens(deltas))[position + 1]
        assert entry.logprob == pytest.approx(float(row[entry.token]), abs=1e-4)
        assert entry.rank == int((row > row[entry.token]).sum()) + 1
        assert entry.top_ids == row.topk(len(entry.top_ids)).indices.tolist()
        assert len(entry.top_ids) == (2 if position < 299 else 3)
        assert entry.top_logprobs == pytest.approx(row[entry.top_ids].tolist(), abs=1e-4)


def test_prompt_logprobs_without_reply(engine: Engine, draw: random.Random) -> None:
    for length in (1, 40, 1024):
        sampling = SamplingParams(max_tokens=0, prompt_logprobs=0)
        deltas = one(engine, Request(id="a", prompt=prompt(draw, length), sampling=sampling))
        assert len(deltas) == 1
        assert deltas[0].finish == "length"
        assert deltas[0].tokens == []
        assert len(deltas[0].prompt_logprobs or ()) == length


def test_only_the_first_delta_has_what_is_said_once(engine: Engine, draw: random.Random) -> None:
    deltas = one(engine, greedy("a", prompt(draw, 20), 5, prompt_logprobs=0))
    assert [delta.cached_tokens for delta in deltas] == [0, None, None, None, None]
    assert [delta.prompt_logprobs is None for delta in deltas] == [False, True, True, True, True]
    assert [delta.finish for delta in deltas] == [None, None, None, None, "length"]
    assert [delta.timings is None for delta in deltas] == [True, True, True, True, False]
    timings = deltas[-1].timings
    assert timings is not None
    assert min(timings.queued, timings.prefill, timings.decode) >= 0


def test_bias_decides_and_forbids(engine: Engine, draw: random.Random) -> None:
    deltas = one(engine, greedy("a", prompt(draw, 5), 6, logit_bias={99: 1000.0}))
    assert tokens(deltas) == [99] * 6
    plain = tokens(one(engine, greedy("a", [1, 2, 3], 1)))
    assert tokens(one(engine, greedy("a", [1, 2, 3], 1, logit_bias={plain[0]: -1000.0}))) != plain


def test_penalties_forbid_repetition(engine: Engine) -> None:
    """A token is worth less each time; a strong enough penalty makes every token new, those of the prompt included."""
    deltas = one(engine, greedy("a", [5], 40, frequency_penalty=1000.0))
    assert len(set(tokens(deltas))) == 40
    deltas = one(engine, greedy("a", [5, 6, 7], 40, repetition_penalty=1e6, logit_bias={}))
    assert len(set(tokens(deltas))) == 40 or 5 not in tokens(deltas)


def test_stop_tokens_and_min_tokens(engine: Engine) -> None:
    def stopped(min_tokens: int) -> list[Delta]:
        sampling = SamplingParams(max_tokens=20, min_tokens=min_tokens, temperature=0, logit_bias={9: 1000.0})
        return one(engine, Request(id="a", prompt=[1], sampling=sampling, stop_tokens=frozenset({9, 10})))

    assert tokens(stopped(0)) == [9]
    assert stopped(0)[-1].finish == "stop"
    late = tokens(stopped(4))
    assert len(late) == 5
    assert not {9, 10} & set(late[:4])
    assert late[4] == 9


def test_the_context_ends_a_reply(folder: Path, draw: random.Random) -> None:
    engine = start(folder, max_model_len=50)
    deltas = one(engine, greedy("a", prompt(draw, 45), 100))
    assert len(tokens(deltas)) == 5
    assert deltas[-1].finish == "length"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (greedy("a", []), "invalid_value"),
        (greedy("a", [VOCABULARY]), "invalid_value"),
        (greedy("a", [-1]), "invalid_value"),
        (greedy("a", [1] * 1024), "context_length_exceeded"),
        (greedy("a", [1] * 2000, 0), "context_length_exceeded"),
        (greedy("a", [1], -1), "invalid_value"),
        (greedy("a", [1], logit_bias={VOCABULARY: 1.0}), "invalid_value"),
        (greedy("a", [1], logprobs=VOCABULARY + 1), "invalid_value"),
        (greedy("a", [1], prompt_logprobs=-1), "invalid_value"),
    ],
)
def test_what_can_never_work_is_refused(shared_engine: Engine, request_: Request, code: str) -> None:
    deltas = one(shared_engine, request_)
    assert [(delta.finish, delta.error_code) for delta in deltas] == [("error", code)]


def test_the_queue_is_bounded(folder: Path) -> None:
    engine = start(folder, max_num_seqs=2, max_num_queued_reqs=3)
    said = run(engine, [greedy(str(i), [i + 1], 4) for i in range(9)])
    codes = [said[str(i)][-1].error_code for i in range(9)]
    assert codes == [None] * 5 + ["rate_limit_exceeded"] * 4


def test_abort_at_any_moment_gives_everything_back(engine: Engine, draw: random.Random) -> None:
    for steps in range(8):
        engine.submit(greedy("gone", prompt(draw, 700), 50))
        engine.submit(greedy("stays", prompt(draw, 30), 12))
        said: list[Delta] = []
        for _ in range(steps):
            said += engine.step().deltas
        engine.abort("gone")
        engine.abort("gone")
        engine.abort("nobody")
        assert all(each.request.id == "stays" for each in engine.scheduler.running + engine.scheduler.waiting)
        while engine.busy:
            said += engine.step().deltas
        assert [delta.finish for delta in said if delta.id == "gone"][-1] == "abort"
        assert len(tokens([delta for delta in said if delta.id == "stays"])) == 12
        assert engine.stats.used_blocks == 0


def counting_grammar(length: int) -> Grammar:
    """Token 1, then `length` tokens that each follow from the one before, then token 3 and the end."""
    states = [State(edges={1: 1})]
    states += [State(edges={10 + i: i + 2}) for i in range(length)]
    states.append(State(edges={3: DONE}))
    return Grammar(Automaton(states=tuple(states), start=0, ordinary=500))


def test_a_grammar_is_followed_to_its_end(engine: Engine) -> None:
    sampling = SamplingParams(max_tokens=50)
    requests = [Request(id=str(i), prompt=[4], sampling=sampling, grammar=counting_grammar(i)) for i in range(5)]
    said = run(engine, [*requests, greedy("free", [1, 2, 3])])
    for i in range(5):
        assert tokens(said[str(i)]) == [1, *range(10, 10 + i), 3]
        assert said[str(i)][-1].finish == "stop"
    stats = engine.stats
    assert stats.masked_steps == sum(2 + i for i in range(5))
    assert 0.9 < stats.masked_mass / stats.masked_steps <= 1.001


def test_a_free_body_keeps_to_ordinary_tokens(engine: Engine) -> None:
    """Everything below 400 but 7 and 8 is free, 450 ends it: made likely, the others must still never come."""
    automaton = Automaton(states=(State(edges={450: DONE}, text=0, excluded=(7, 8)),), start=0, ordinary=400)
    bias = {7: 20.0, 8: 20.0, 401: 20.0, 511: 20.0, 450: 2.0}
    sampling = SamplingParams(max_tokens=300, logit_bias=bias, min_tokens=20)
    for i in range(5):
        deltas = one(engine, Request(id=str(i), prompt=[4], sampling=sampling, grammar=Grammar(automaton)))
        *body, last = tokens(deltas)
        assert all(token < 400 and token not in (7, 8) for token in body)
        assert len(body) >= 20
        assert (last == 450) == (deltas[-1].finish == "stop")


class OneSlot:
    """A matcher that wants the tokens 20, 21, 22 in this order, and knows a source that cannot be compiled."""

    def __init__(self) -> None:
        self.written = 0

    def matcher(self, slot: Slot) -> Any:
        if slot.source == "bad":
            raise UnsupportedSchema("schema: the keyword 'bad' is not supported")
        return OneSlot()

    def fill(self, row: np.ndarray[Any, Any]) -> None:
        row[:] = 0
        if self.written < 3:
            row[0] = np.int32(1 << (20 + self.written))
        row[15] = -1

    def accepts(self) -> bool:
        return self.written == 3

    def advance(self, token: int) -> bool:
        if token != 20 + self.written:
            return False
        self.written += 1
        return True

    def copy(self) -> OneSlot:
        other = OneSlot()
        other.written = self.written
        return other


def test_slots_are_bound_and_a_bad_one_hurts_its_request_alone(engine: Engine) -> None:
    engine._matchers = OneSlot()
    states = (
        State(edges={1: 1}),
        State(edges={2: 2}, text=1, slot=0),
        State(edges={3: DONE}, text=2, slot=1),
    )
    automaton = Automaton(states=states, start=0, ordinary=480)
    sampling = SamplingParams(max_tokens=50)

    def request(identifier: str, second: str) -> Request:
        slots = (Slot("regex", "good"), Slot("regex", second))
        return Request(id=identifier, prompt=[4], sampling=sampling, grammar=Grammar(automaton, slots))

    said = run(engine, [request("good", "good"), request("bad", "bad"), greedy("free", [1], 12)])
    assert tokens(said["good"]) == [1, 20, 21, 22, 2, 20, 21, 22, 3]
    assert said["bad"][-1].finish == "error"
    assert said["bad"][-1].error_code == "invalid_json_schema"
    assert len(tokens(said["free"])) == 12


class Sick:
    """A model that is well until told otherwise."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.nan_token: int | None = None
        self.faults: Iterator[Exception] = iter(())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def forward(self, batch: Any, kv: Any) -> torch.Tensor:
        for fault in self.faults:
            raise fault
        hidden: torch.Tensor = self._model.forward(batch, kv)
        if self.nan_token is not None:
            hidden = hidden.clone()
            hidden[batch.tokens[batch.outputs] == self.nan_token] = torch.nan
        return hidden


@pytest.fixture
def sick(engine: Engine) -> Sick:
    sick = Sick(engine._runner._model)
    engine._runner._model = sick  # type: ignore[assignment]
    return sick


def test_nan_ends_its_own_request(engine: Engine, sick: Sick, draw: random.Random) -> None:
    sick.nan_token = 300
    healthy = greedy("healthy", [1, 2, 3], 15, logit_bias={300: -1000.0})
    expected = tokens(one(engine, healthy))
    said = run(engine, [greedy("sick", [5, 300]), healthy])
    assert [(delta.tokens, delta.finish) for delta in said["sick"]] == [([], "error")]
    assert said["sick"][0].error_code == "engine_failure"
    assert tokens(said["healthy"]) == expected


def test_a_failed_step_fails_its_requests_and_the_engine_lives(engine: Engine, sick: Sick, draw: random.Random) -> None:
    request = greedy("later", prompt(draw, 40), 10)
    expected = tokens(one(engine, request))
    engine.submit(greedy("a", request.prompt, 10))
    engine.submit(greedy("b", prompt(draw, 600), 10))
    engine.step()
    sick.faults = iter([RuntimeError("no memory for this step")])
    said = engine.step().deltas
    assert {delta.id: delta.finish for delta in said if delta.finish} == {"a": "error", "b": "error"}
    assert engine.stats.used_blocks == 0
    assert not engine.busy
    deltas = one(engine, replace_id(request, "again"))
    assert tokens(deltas) == expected
    assert deltas[0].cached_tokens == 0


def replace_id(request: Request, identifier: str) -> Request:
    return Request(id=identifier, prompt=request.prompt, sampling=request.sampling)


def test_a_lost_device_is_the_end(engine: Engine, sick: Sick) -> None:
    sick.faults = iter([RuntimeError("CUDA error: an illegal memory access was encountered")])
    engine.submit(greedy("a", [1]))
    with pytest.raises(DeviceFault, match="illegal memory access"):
        engine.step()


def test_faults_in_a_row_are_the_end(engine: Engine, sick: Sick) -> None:
    sick.faults = iter([RuntimeError("broken")] * 5)
    for _ in range(2):
        engine.submit(greedy("a", [1]))
        assert engine.step().deltas[-1].finish == "error"
    engine.submit(greedy("a", [1]))
    with pytest.raises(DeviceFault):
        engine.step()
