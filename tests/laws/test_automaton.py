"""Every run under the automaton parses: a random model, sampled at temperature 1 through the real engine.

The requests are drawn as in the tests of the grammar: with and without tools, choices, formats; their completions are
held against OpenAI's own parser and against jsonschema.
"""

from __future__ import annotations

import random
from dataclasses import replace

import openai_harmony as official
import pytest
from test_walks import check_completion
from walks import Asked

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.engine.engine import Engine
from harmonium.harmony.render import render
from harmonium.harmony.types import Conversation, Message
from harmonium.messages import Request, SamplingParams
from harmonium.slots import SlotCompiler
from harmonium.vocabulary import CALL, END, RETURN, SIZE, Vocabulary
from harmony.conftest import oracle, vocabulary  # noqa: F401
from tiny import SHAPE, run, start, tokens

HASTE = (11.0, 13.0, 15.0)
"""What one of them adds to the logits of all that ends things: about 15, 50 or 90 % of the probability among 200,000
ordinary tokens."""
ENDS = ('"', "}", '"}', "]", '"]', "}}", '":')
"""What ends strings, objects and lists in JSON."""
LONGEST = 200
AT_ONCE = 128


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> Engine:  # noqa: F811
    shape = replace(
        SHAPE,
        num_layers=2,
        sliding_layers=(True, False),
        hidden_size=32,
        intermediate_size=32,
        num_heads=2,
        num_kv_heads=1,
        num_experts=4,
        experts_per_token=2,
        vocab_size=SIZE,
        max_position=4096,
    )
    folder = tmp_path_factory.mktemp("automaton") / "model"
    write_random_checkpoint(folder, shape, seed=random.SystemRandom().randrange(1 << 32))
    engine = start(
        folder,
        max_num_seqs=AT_ONCE,
        kv_cache_memory_bytes=8 << 20,
        max_num_queued_reqs=1000,
        seed=random.getrandbits(32),
    )
    engine._matchers = SlotCompiler(vocabulary)
    return engine


def sample_and_check(
    count: int,
    engine: Engine,
    oracle: official.HarmonyEncoding,  # noqa: F811
    vocabulary: Vocabulary,  # noqa: F811
    draw: random.Random,
) -> None:
    ends = (END, RETURN, CALL, *(vocabulary.encode(text)[0] for text in ENDS))
    samplings = [SamplingParams(max_tokens=LONGEST, logit_bias=dict.fromkeys(ends, haste)) for haste in HASTE]
    prompt = render(Conversation(messages=(Message(role="user", content="Hello"),)))
    checked = calls = texts = cut_off = asked_for = 0
    while checked < count:
        asked: dict[str, Asked] = {}
        while len(asked) < min(4 * AT_ONCE, count - checked):
            one = Asked(draw, vocabulary)
            asked |= {f"{len(asked)}-{i}": one for i in range(4)}
        requests = [
            Request(id=identifier, prompt=prompt, sampling=draw.choice(samplings), grammar=one.grammar)
            for identifier, one in asked.items()
        ]
        asked_for += len(requests)
        for identifier, deltas in run(engine, requests).items():
            if deltas[-1].finish == "length":
                cut_off += 1
                continue
            assert deltas[-1].finish == "stop", deltas[-1]
            made = check_completion(asked[identifier], tokens(deltas), oracle, vocabulary)
            checked += 1
            calls += made
            texts += not made
    print(f"{checked} completions of {engine.stats.generation_tokens} tokens: {calls} calls, {texts} replies in text")
    print(f"{cut_off} were cut off")
    assert calls > count // 5
    assert texts > count // 5
    assert cut_off < asked_for // 20
    stats = engine.stats
    assert stats.masked_steps == stats.generation_tokens
    assert 0 < stats.masked_mass < stats.masked_steps


def test_every_run_parses(
    engine: Engine,
    oracle: official.HarmonyEncoding,  # noqa: F811
    vocabulary: Vocabulary,  # noqa: F811
    draw: random.Random,
) -> None:
    sample_and_check(250, engine, oracle, vocabulary, draw)


@pytest.mark.slow
def test_ten_thousand_runs_parse(
    engine: Engine,
    oracle: official.HarmonyEncoding,  # noqa: F811
    vocabulary: Vocabulary,  # noqa: F811
    draw: random.Random,
) -> None:
    sample_and_check(10_000, engine, oracle, vocabulary, draw)
