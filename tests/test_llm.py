"""The blocking facade, offline, over a tiny random model with the whole vocabulary."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.errors import BadRequest, CheckpointError, ContextLengthExceeded, EngineUnavailable, UnsupportedSchema
from harmonium.harmony.types import Message, ResponseFormat, Tool, ToolChoice
from harmonium.llm import LLM
from harmonium.messages import SamplingParams
from harmonium.vocabulary import END, RETURN, SIZE
from tiny import SHAPE

HELLO = [Message(role="user", content="柏林天气如何?")]
WEATHER = Tool(
    name="get weather", parameters={"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}
)


@pytest.fixture(scope="module")
def llm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LLM]:
    folder = tmp_path_factory.mktemp("llm") / "model"
    shape = replace(SHAPE, vocab_size=SIZE, hidden_size=32, intermediate_size=32, eos_tokens=(200002, 199999, 200012))
    seed = random.SystemRandom().randrange(1 << 32)
    print("checkpoint seed", seed)
    write_random_checkpoint(folder, shape, seed=seed)
    options = {"device": "cpu", "max_num_seqs": 4, "max_num_queued_reqs": 2, "kv_cache_memory_bytes": 4 << 20}
    with LLM(str(folder), engine_in_process=True, **options) as llm:
        yield llm
    with pytest.raises(EngineUnavailable, match="closed"):
        llm.generate([[1]])


def hurried(**more: float) -> SamplingParams:
    return SamplingParams(max_tokens=200, logit_bias={END: 14.0, RETURN: 14.0}, **more)  # type: ignore[arg-type]


def test_generate(llm: LLM) -> None:
    """More prompts than the engine's queue takes, as text and as ids; greedy, so equal prompts continue equally."""
    prompts: list[str | list[int]] = ["Once upon a time", "<|start|>user", [1, 2, 3]] * 5
    sampling = SamplingParams(max_tokens=8, temperature=0.0, logprobs=1, prompt_logprobs=0)
    completions = llm.generate(prompts, sampling, ignore_eos=True)
    assert len(completions) == 15
    for i, completion in enumerate(completions):
        assert completion.tokens == completions[i % 3].tokens
        assert len(completion.tokens) == len(completion.logprobs or ()) == 8
        assert completion.finish == "length"
        assert completion.text == llm.vocabulary.decode(completion.tokens)
        assert len(completion.prompt_logprobs or ()) == len(completion.prompt)
    assert completions[1].prompt[0] == llm.vocabulary.special_ids["<|start|>"]


def test_chat(llm: LLM) -> None:
    for _ in range(5):
        reply = llm.chat(HELLO, hurried(), instructions="Be brief.", reasoning_effort="low")
        assert reply.completion.finish == "stop"
        assert reply.text.strip()
        assert reply.calls == ()
        assert reply.text in reply.completion.text
        assert reply.reasoning in reply.completion.text


def test_chat_with_tools_and_formats(llm: LLM) -> None:
    bias = {token: 14.0 for text in ('"', "}", '"}', '":', "1") for token in llm.vocabulary.encode(text)}
    sampling = SamplingParams(max_tokens=300, logit_bias={END: 14.0, RETURN: 14.0, 200012: 14.0} | bias)
    choice = ToolChoice(mode="required", name="get weather")
    reply = llm.chat(HELLO, sampling, tools=[WEATHER], tool_choice=choice, parallel_tool_calls=False)
    (call,) = reply.calls
    assert call.name == "get weather"
    assert json.loads(call.arguments).get("n", 0) <= 9
    assert not reply.text
    schema = {"enum": ["yes", "no"]}
    reply = llm.chat(HELLO, sampling, response_format=ResponseFormat(schema=schema))
    assert json.loads(reply.text) in ("yes", "no")


def test_what_is_wrong_is_raised(llm: LLM) -> None:
    with pytest.raises(ContextLengthExceeded):
        llm.generate([[1] * 2000, [1]], SamplingParams(max_tokens=4))
    with pytest.raises(BadRequest):
        llm.generate([""])
    with pytest.raises(UnsupportedSchema, match="uniqueItems"):
        llm.chat(HELLO, response_format=ResponseFormat(schema={"type": "array", "uniqueItems": True}))
    with pytest.raises(BadRequest, match="tool_choice"):
        llm.chat(HELLO, tool_choice=ToolChoice(mode="required"))
    assert len(llm.generate([[1]], SamplingParams(max_tokens=4), ignore_eos=True)[0].tokens) == 4


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        LLM(str(tmp_path))


def test_nothing_here_imports_torch() -> None:
    code = "import sys, harmonium.llm, harmonium.client, harmonium.messages; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_that_is_never_closed_ends_quietly(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", replace(SHAPE, eos_tokens=(1,)), seed=0)
    options = {"device": "cpu", "kv_cache_memory_bytes": 4 << 20}
    code = f"from harmonium import LLM; llm = LLM({str(tmp_path / 'model')!r}, **{options!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Task was destroyed" not in done.stderr
