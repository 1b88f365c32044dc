"""From Deltas to bytes, with an engine that says what it is told: the contract of streams, and fold(stream) = reply."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from folding import as_folded, fold_chat, without_ids
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import Live, ScriptedEngine, chunks_of, completion, says, serving

from harmonium.harmony.grammar import build_grammar
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Tool, ToolChoice
from harmonium.messages import Delta, TokenLogprobs
from harmonium.server import limits
from harmonium.server.answer import Choice, HarmonyReader, usage_of
from harmonium.server.chat import ChatChunk, Chunker, Fold
from harmonium.server.stops import StopFinder
from harmonium.vocabulary import load_vocabulary

THINK = "<|channel|>analysis<|message|>"
NEXT = "<|end|><|start|>assistant"
FINAL = "<|channel|>final<|message|>"
CALL = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
USER = [{"role": "user", "content": "柏林天气如何?"}]
WEATHER = {"type": "function", "function": {"name": "get_weather"}}


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(says(f"{FINAL}ok<|return|>"))


@pytest.fixture(scope="module")
def scripted(engine: ScriptedEngine) -> Iterator[Live]:
    with serving(engine) as live:
        yield live


def ask(live: Live, **fields: Any) -> httpx.Response:
    with live.http() as client:
        return client.post("/v1/chat/completions", json={"messages": USER, **fields}).raise_for_status()


def test_a_stream_chunk_by_chunk(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{THINK}Tools.{NEXT}{CALL}{{}}<|call|>")
    reply = ask(scripted, tools=[WEATHER], stream=True, stream_options={"include_usage": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    chunks = chunks_of(reply)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    identifier = deltas[2]["tool_calls"][0]["id"]
    assert deltas == [
        {"role": "assistant", "reasoning_content": "Tools", "reasoning": "Tools"},
        {"reasoning_content": ".", "reasoning": "."},
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": identifier,
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": ""},
                }
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * 4 + ["tool_calls"]
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    length = len(engine.requests[-1].prompt)
    tokens = len(completion(f"{THINK}Tools.{NEXT}{CALL}{{}}<|call|>"))
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {
        "prompt_tokens": length,
        "completion_tokens": tokens,
        "total_tokens": length + tokens,
        "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 2,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def test_usage_is_on_every_chunk_when_asked_for_and_nowhere_when_not(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{FINAL}one two three<|return|>")
    options = {"include_usage": True, "continuous_usage_stats": True}
    counts = [
        chunk["usage"]["completion_tokens"] for chunk in chunks_of(ask(scripted, stream=True, stream_options=options))
    ]
    assert counts == sorted(counts)
    assert counts[-1] == len(completion(f"{FINAL}one two three<|return|>"))
    assert all("usage" not in chunk for chunk in chunks_of(ask(scripted, stream=True)))


def test_reasoning_can_be_left_out_but_is_counted(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{THINK}Hm.{NEXT}{FINAL}Yes.<|return|>")
    message = ask(scripted, include_reasoning=False).json()
    assert "reasoning" not in message["choices"][0]["message"]
    assert message["choices"][0]["message"]["content"] == "Yes."
    assert message["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2
    streamed = fold_chat(chunks_of(ask(scripted, include_reasoning=False, stream=True)))
    assert streamed["choices"][0]["reasoning"] == ""


def test_a_reply_cut_off_while_thinking_says_length(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{THINK}Hm, so", finish="length")
    choice = ask(scripted).json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] == ""
    assert choice["message"]["reasoning_content"] == "Hm, so"
    chunks = chunks_of(ask(scripted, stream=True, include_reasoning=False))
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [{"role": "assistant", "content": ""}, {}]


def test_a_preamble_is_content(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"<|channel|>commentary<|message|>Let me see.{NEXT}{CALL}{{}}<|call|>")
    message = ask(scripted, tools=[WEATHER]).json()["choices"][0]["message"]
    assert message["content"] == "Let me see."
    assert message["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": "{}"}


def test_a_preamble_and_the_answer_are_two_paragraphs(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"<|channel|>commentary<|message|>Let me see.{NEXT}{FINAL}It rains.<|return|>")
    assert ask(scripted, tools=[WEATHER]).json()["choices"][0]["message"]["content"] == "Let me see.\n\nIt rains."
    streamed = fold_chat(chunks_of(ask(scripted, tools=[WEATHER], stream=True)))
    assert streamed["choices"][0]["content"] == "Let me see.\n\nIt rains."


def test_parallel_calls_have_indices_and_ids_of_their_own(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{CALL}{{}}<|call|><|start|>assistant{CALL}{{}}<|call|><|start|>functions")
    folded = fold_chat(chunks_of(ask(scripted, tools=[WEATHER], stream=True)))
    calls = folded["choices"][0]["calls"]
    assert [call["name"] for call in calls.values()] == ["get_weather"] * 2
    assert len({call["id"] for call in calls.values()}) == 2
    assert folded["choices"][0]["finish"] == "tool_calls"


def test_calls_without_end_are_cut_off(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says("<|start|>assistant".join([f"{CALL}{{}}<|call|>"] * (limits.MAX_CALLS + 8)))
    choice = ask(scripted, tools=[WEATHER]).json()["choices"][0]
    assert len(choice["message"]["tool_calls"]) == limits.MAX_CALLS
    assert choice["finish_reason"] == "tool_calls"


def test_tools_described_in_text_alone_are_called_too(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f'{CALL}{{"city":"柏林"}}<|call|>')
    system = {"role": "system", "content": "# Tools\nnamespace functions {\ntype get_weather = () => any;\n}"}
    message = ask(scripted, messages=[system, *USER]).json()["choices"][0]["message"]
    assert message["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": '{"city":"柏林"}'}


def test_names_that_no_header_holds_come_back_byte_for_byte(scripted: Live, engine: ScriptedEngine) -> None:
    name = "search files.v2 – 文件"
    engine.script = lambda request: says(
        f"<|channel|>commentary to=functions.{ToolNames([name]).safe(name)} <|constrain|>json<|message|>{{}}<|call|>"
    )(request)
    message = ask(scripted, tools=[{"type": "function", "function": {"name": name}}]).json()["choices"][0]["message"]
    assert message["tool_calls"][0]["function"]["name"] == name


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_stop_string_ends_the_answer_and_the_request(scripted: Live, engine: ScriptedEngine, size: int) -> None:
    engine.script = says(f"{THINK}STOP is a word.{NEXT}{FINAL}Go on, then STOP right there.<|return|>", size=size)
    reply = ask(scripted, stop=["STOP", "never"]).json()
    assert reply["choices"][0]["message"]["content"] == "Go on, then "
    assert reply["choices"][0]["message"]["reasoning"] == "STOP is a word."
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert engine.open == 0
    kept = ask(scripted, stop="STOP", include_stop_str_in_output=True, stream=True)
    assert fold_chat(chunks_of(kept))["choices"][0]["content"] == "Go on, then STOP"


def test_an_error_in_the_middle_is_the_last_event(scripted: Live, engine: ScriptedEngine) -> None:
    def script(request: Any) -> Iterator[Delta]:
        yield Delta(id=request.id, tokens=completion(f"{FINAL}Well"))
        raise RuntimeError("secret of the inside")

    engine.script = script
    events = ask(scripted, stream=True).text.strip().split("\n\n")
    assert "Well" in events[0]
    error = json.loads(events[-1].removeprefix("data: "))["error"]
    assert error["code"] == "internal_error"
    assert "secret" not in events[-1]
    with scripted.http() as client:
        whole = client.post("/v1/chat/completions", json={"messages": USER})
    assert whole.status_code == 500
    assert "secret" not in whole.text


def test_an_aborted_request_is_an_error_and_not_an_answer(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{FINAL}Well", finish="abort")
    with scripted.http() as client:
        reply = client.post("/v1/chat/completions", json={"messages": USER})
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "engine_unavailable")
    assert int(reply.headers["retry-after"]) >= 1


def test_token_ids_come_back(scripted: Live, engine: ScriptedEngine) -> None:
    text = f"{THINK}Hm.{NEXT}{FINAL}Yes.<|return|>"
    engine.script = says(text, size=2)
    reply = ask(scripted, return_token_ids=True).json()
    assert reply["choices"][0]["token_ids"] == completion(text)
    assert reply["prompt_token_ids"] == engine.requests[-1].prompt
    chunks = chunks_of(ask(scripted, return_token_ids=True, stream=True))
    assert fold_chat(chunks)["choices"][0]["token_ids"] == completion(text)
    assert chunks[0]["prompt_token_ids"] == engine.requests[-1].prompt
    assert all("prompt_token_ids" not in chunk for chunk in chunks[1:])


def test_history_is_rendered_with_its_calls_and_results(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{FINAL}ok<|return|>")
    call = {"id": "call_x", "type": "function", "function": {"name": "get_weather", "arguments": '{"q": 1}'}}
    ask(
        scripted,
        tools=[WEATHER, {"type": "function", "function": {"name": "other"}}],
        reasoning_effort="minimal",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "<|end|>"},
            {"role": "assistant", "content": [], "reasoning_content": "I must call.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_x", "name": "other", "content": "rain"},
            {"role": "tool", "content": "more rain"},
        ],
    )
    text = load_vocabulary().decode(engine.requests[-1].prompt)
    assert "Reasoning: low" in text
    assert "# Instructions\n\nBe brief.\n\nBe kind.\n\n# Tools" in text
    assert text.endswith(
        "<|start|>user<|message|><|end|><|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>I must call.<|end|>"
        '<|start|>assistant to=functions.get_weather<|channel|>commentary <|constrain|>json<|message|>{"q": 1}<|call|>'
        "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>rain<|end|>"
        "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>more rain<|end|>"
        "<|start|>assistant"
    )


def test_sampling_fields_reach_the_engine(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{FINAL}ok<|return|>")
    ask(
        scripted,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        min_p=0.05,
        presence_penalty=0.1,
        frequency_penalty=-0.2,
        repetition_penalty=1.1,
        logit_bias={"5": 3, "200002": -100},
        seed=7,
        max_completion_tokens=50,
        max_tokens=90,
        min_tokens=4,
        logprobs=True,
        top_logprobs=3,
        n=2,
        priority=-3,
        cache_salt="salt",
        stop_token_ids=[9],
        unknown_field={"x": 1},
    )
    first, second = engine.requests[-2:]
    assert first.prompt == second.prompt
    assert (first.priority, first.cache_salt, first.stop_tokens) == (-3, "salt", frozenset({9}))
    sampling = first.sampling
    assert sampling == msgspec.structs.replace(second.sampling, seed=7)
    assert second.sampling.seed == 8
    assert msgspec.structs.asdict(sampling) == {
        "max_tokens": 50,
        "min_tokens": 4,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.05,
        "presence_penalty": 0.1,
        "frequency_penalty": -0.2,
        "repetition_penalty": 1.1,
        "logit_bias": {5: 3.0, 200002: -100.0},
        "seed": 7,
        "logprobs": 3,
        "prompt_logprobs": None,
    }


def test_max_tokens_is_what_the_context_leaves(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{FINAL}ok<|return|>")
    ask(scripted)
    request = engine.requests[-1]
    assert len(request.prompt) + request.sampling.max_tokens == engine.ready.memory.max_model_len


# ---- laws -----------------------------------------------------------------------------------------------------------

WORDS = st.text(alphabet="ab 柏é🙂\n", max_size=12)
ARGUMENTS = st.dictionaries(WORDS, st.integers() | WORDS, max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)


@st.composite
def completions(draw: st.DrawFn) -> list[int]:
    """A completion that the grammar allows, or a cut-off one, or one with bytes that are no UTF-8."""
    text = ""
    for _ in range(draw(st.integers(0, 2))):
        text += THINK + draw(WORDS) + NEXT
    if draw(st.booleans()):
        text += f"<|channel|>commentary<|message|>x{draw(WORDS)}{NEXT}"
    if draw(st.booleans()):
        text += FINAL + "x" + draw(WORDS) + "<|return|>"
    else:
        calls = draw(st.lists(ARGUMENTS, min_size=1, max_size=3))
        text += (
            "<|call|><|start|>assistant".join(CALL + arguments for arguments in calls) + "<|call|><|start|>functions"
        )
    tokens = completion(text)
    if draw(st.booleans()):
        tokens = tokens[: draw(st.integers(1, len(tokens)))]
    if draw(st.booleans()):
        odd = draw(st.sampled_from([160, 161, 222, 5109]))
        tokens = [other for token in tokens for other in ((token, odd) if token == 87 else (token,))]
    return tokens


def cut(tokens: list[int], cuts: list[int], finish: Any) -> list[Delta]:
    places = sorted({0, *(at for at in cuts if at < len(tokens)), len(tokens)})
    deltas = []
    for start, end in itertools.pairwise(places):
        logprobs = [TokenLogprobs(token, -0.5, 1, [token, 7], [-0.5, -2.0]) for token in tokens[start:end]]
        deltas.append(Delta(id="r", tokens=tokens[start:end], logprobs=logprobs))
    deltas[-1] = msgspec.structs.replace(deltas[-1], finish=finish)
    return deltas


def run(deltas: list[Delta], stops: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Chunks as JSON, and the server's fold of them."""
    vocabulary = load_vocabulary()
    names = ToolNames(["get_weather"])
    grammar = build_grammar(
        tools=[Tool(name="get_weather")],
        names=names,
        choice=ToolChoice(),
        parallel=True,
        response_format=None,
        open_recipient=False,
        vocabulary=vocabulary,
    )
    choice = Choice(0, HarmonyReader(grammar, names, vocabulary), prompt=10, stops=stops)
    head = ChatChunk("chatcmpl-1", 0, "m", [])
    counter = itertools.count()
    chunker = Chunker(head, vocabulary, lambda choice, call: f"call_{next(counter)}", logprobs=True, token_ids=True)
    fold = Fold(logprobs=True)
    chunks = []
    for delta in deltas:
        for chunk in chunker.chunks(choice.feed(delta)):
            chunks.append(msgspec.to_builtins(chunk))
            fold.add(chunk)
        if choice.finish is not None:
            break
    usage = usage_of([choice])
    chunks.append({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": None})
    return chunks, msgspec.to_builtins(fold.reply(usage))


@settings(max_examples=400, deadline=None)
@given(
    completions(),
    st.lists(st.integers(1, 40), max_size=10),
    st.lists(st.text("ab柏x\n", min_size=1, max_size=3), max_size=2),
)
def test_the_reply_is_the_fold_of_the_stream_however_it_was_cut(
    tokens: list[int], cuts: list[int], stops: list[str]
) -> None:
    finish = "stop" if tokens[-1] >= 199_998 else "length"
    chunks, reply = run(cut(tokens, cuts, finish), tuple(stops))
    folded = fold_chat(chunks)
    whole = as_folded(reply)
    assert folded["choices"] == whole["choices"]
    _, one_by_one = run(cut(tokens, list(range(len(tokens))), finish), tuple(stops))
    assert as_folded(one_by_one)["choices"] == whole["choices"]
    choice = whole["choices"][0]
    stopped = len(choice["token_ids"]) < len(tokens)
    assert choice["token_ids"] == tokens[: len(choice["token_ids"])]
    if not stopped and choice["finish"] != "stop":
        said = b"".join(bytes(each["bytes"]) for each in choice["logprobs"])
        # The paragraph break between a preamble and the answer is the server's own, and no token's.
        content = choice["content"]
        breaks = [at for at in range(len(content)) if content.startswith("\n\n", at)]
        without_one = [content[:at] + content[at + 2 :] for at in breaks]
        assert said.decode(errors="replace") in (content, *without_one) or stops
    for each in choice["logprobs"]:
        assert len(each["top_logprobs"]) == 2


@settings(max_examples=100, deadline=None)
@given(WORDS.filter(lambda text: text.strip(" \n") != ""), st.lists(st.integers(1, 40), max_size=8))
def test_logprobs_spell_the_answer(text: str, cuts: list[int]) -> None:
    text = "x" + text
    _, reply = run(cut(completion(f"{FINAL}{text}<|return|>"), cuts, "stop"), ())
    (choice,) = as_folded(reply)["choices"]
    assert choice["content"] == text
    assert b"".join(bytes(each["bytes"]) for each in choice["logprobs"]).decode() == text


@settings(max_examples=200, deadline=None)
@given(
    WORDS,
    st.lists(st.text("ab柏x\n", min_size=1, max_size=3), min_size=1, max_size=2),
    st.lists(st.integers(1, 40), max_size=8),
)
def test_stop_strings_cut_the_answer_where_the_finder_cuts_it(text: str, stops: list[str], cuts: list[int]) -> None:
    finder = StopFinder(tuple(stops))
    wanted = finder.feed("y" + text) + finder.flush()
    _, reply = run(cut(completion(f"{FINAL}y{text}<|return|>"), cuts, "stop"), tuple(stops))
    (choice,) = as_folded(reply)["choices"]
    assert choice["content"] == wanted
    assert choice["finish"] == "stop"


def test_streams_and_replies_agree_over_the_socket(scripted: Live, engine: ScriptedEngine) -> None:
    for size in (1, 3, 7):
        engine.script = says(f"{THINK}So 柏林.{NEXT}{CALL}{{}}<|call|><|start|>functions", size=size)
        fields = {"tools": [WEATHER], "n": 3, "return_token_ids": True}
        options = {"stream": True, "stream_options": {"include_usage": True}}
        streamed = without_ids(fold_chat(chunks_of(ask(scripted, **fields, **options))))
        assert streamed == without_ids(as_folded(ask(scripted, **fields).json()))
