"""The training data: the same for all by seed, in harmony's form, split without overlap, judged by fair scorers."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from training.data import FAMILIES, Sampler, carriers, chat, structured, tools
from training.data.core import (
    HISTORY_WEIGHT,
    PROMPT_WEIGHT,
    Assembler,
    Call,
    Dice,
    Draft,
    Reply,
    Split,
    conversation,
    held_out_of,
)
from training.data.lexicon import split_words
from training.data.outside import is_held_out_wording
from training.data.values import connected, dumps
from training.evaluation.__main__ import chat_outcome, messages, raw_outcome, request, summary
from training.evaluation.cases import BARS, Case, cases, effort_ratio
from training.evaluation.reply import read

from harmonium.harmony.grammar import build_grammar, declares_functions
from harmonium.harmony.render import render
from harmonium.harmony.tools import ToolNames, header_name
from harmonium.harmony.types import ToolChoice
from harmonium.server.chat import to_turn
from harmonium.server.requests import ChatRequest
from harmonium.slots import check
from harmonium.vocabulary import CALL, END, ORDINARY, RETURN, START, load_vocabulary

VOCABULARY = load_vocabulary()
SPLITS: tuple[Split, ...] = ("train", "heldout")


@pytest.fixture(scope="module")
def asked() -> list[Case]:
    return cases(2026, date(2026, 11, 23), scale=0.2, several_calls=True)


def drafts(split: Split, seed: int, each: int) -> Iterator[tuple[Sampler, Draft]]:
    """`each` drafts of every family."""
    sampler = Sampler(seed, split)
    for family in FAMILIES:
        for _ in range(each):
            yield sampler, sampler.draft(family)


@pytest.mark.parametrize("split", SPLITS)
def test_equal_seeds_give_equal_samples(split: Split) -> None:
    one, two, other = Sampler(7, split), Sampler(7, split), Sampler(8, split)
    mine = [one.next() for _ in range(200)]
    assert mine == [two.next() for _ in range(200)]
    assert mine != [other.next() for _ in range(200)]


@pytest.mark.parametrize("split", SPLITS)
def test_a_sample_is_the_rendered_prompt_and_a_sound_reply(split: Split) -> None:
    for sampler, draft in drafts(split, 3, 12):
        sample = sampler.sample(draft)
        assert len(sample.tokens) == len(sample.trained)
        prompt = render(conversation(sampler.dice, draft))
        assert sample.tokens[: len(prompt)] == prompt
        assert max(sample.trained[: len(prompt)]) <= HISTORY_WEIGHT
        called = VOCABULARY.decode(
            [t for t, w in zip(prompt, sample.trained, strict=False) if w < PROMPT_WEIGHT and t != END]
        )
        allowed = "".join(
            f" to={m.recipient}<|channel|>" for m in draft.messages if m.role == "assistant" and m.recipient
        )
        assert called == allowed
        assert set(sample.trained[len(prompt) :]) == {1.0}
        answer = read(sample.tokens[len(prompt) :])
        assert answer.valid, VOCABULARY.decode(sample.tokens)
        assert answer.analysis == draft.reply.analysis
        assert answer.final == draft.reply.final
        assert [(call.name, call.arguments) for call in answer.calls] == [
            (call.name, json.loads(call.arguments)) for call in draft.reply.calls
        ]
        assert "\ufffd" not in VOCABULARY.decode(sample.tokens)
        assert "  " not in draft.reply.analysis, draft.reply.analysis


def test_replies_keep_to_the_grammar_that_the_server_would_enforce() -> None:
    for sampler, draft in drafts("train", 4, 8):
        sample = sampler.sample(draft)
        prompt = render(conversation(sampler.dice, draft))
        grammar = build_grammar(
            tools=draft.tools,
            names=ToolNames([tool.name for tool in draft.tools]),
            choice=ToolChoice(),
            parallel=True,
            response_format=draft.response_format,
            open_recipient=declares_functions(draft.instructions),
            vocabulary=VOCABULARY,
        )
        state = grammar.automaton.start
        for token in sample.tokens[len(prompt) :]:
            following = grammar.automaton.step(state, token)
            assert following is not None, f"{draft.family}: {VOCABULARY.decode(sample.tokens[len(prompt) :])}"
            state = following


def test_json_replies_fit_their_schemas() -> None:
    import jsonschema

    for _, draft in drafts("train", 5, 10):
        if draft.response_format is not None and isinstance(draft.response_format.schema, dict):
            jsonschema.validate(json.loads(draft.reply.final), draft.response_format.schema)
        declared = {tool.name: tool for tool in draft.tools}
        assert all(header_name(name) == name for name in [*declared, *(call.name for call in draft.reply.calls)])
        for call in draft.reply.calls:
            tool = declared.get(call.name)
            if tool is not None and tool.parameters is not None:
                arguments = json.loads(call.arguments)
                jsonschema.validate(arguments, tool.parameters)
                assert list(arguments) == [name for name in tool.parameters["properties"] if name in arguments]
        if draft.response_format is not None:
            grammar = build_grammar(
                tools=(),
                names=ToolNames([]),
                choice=ToolChoice(),
                parallel=False,
                response_format=draft.response_format,
                open_recipient=False,
                vocabulary=VOCABULARY,
            )
            for slot in grammar.slots[:1]:
                check(slot)


def test_samples_parse_with_openai_harmony(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import openai_harmony as harmony

    if "TIKTOKEN_ENCODINGS_BASE" not in os.environ:
        from base64 import b64encode

        lines = [b"%s %d" % (b64encode(token), rank) for token, rank in VOCABULARY.ranks.items()]
        (tmp_path / "o200k_base.tiktoken").write_bytes(b"\n".join(lines) + b"\n")
        monkeypatch.setenv("TIKTOKEN_ENCODINGS_BASE", str(tmp_path))
    encoding = harmony.load_harmony_encoding(harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
    for sampler, draft in drafts("train", 6, 6):
        reply = Assembler().reply(draft.reply)
        parsed = encoding.parse_messages_from_completion_tokens(reply, harmony.Role.ASSISTANT)
        assert len(parsed) == bool(draft.reply.analysis) + max(1, len(draft.reply.calls)), sampler.dice.random
        for call, message in zip(draft.reply.calls, parsed[bool(draft.reply.analysis) :], strict=False):
            assert message.recipient == f"functions.{call.name}"
            assert message.content[0].text == call.arguments


def test_what_is_held_out_never_occurs_in_training() -> None:
    train, heldout = split_words(False), split_words(True)
    for mine, kept in zip(train, heldout, strict=True):
        assert {word.lower() for word in mine}.isdisjoint(word.lower() for word in kept)
    seen: dict[Split, dict[str, set[str]]] = {split: defaultdict(set) for split in SPLITS}
    for split in SPLITS:
        sampler = Sampler(11, split)
        for family in ("tool_single", "tool_missing", "tool_parallel"):
            for _ in range(300):
                draft = sampler.draft(family, surroundings=False)
                for tool in draft.tools:
                    seen[split]["names"].add(tool.name)
                    seen[split]["parameters"].update((tool.parameters or {}).get("properties", {}))
        for family in ("arithmetic", "fact", "chat", "beyond"):
            for _ in range(600):
                draft = sampler.draft(family, surroundings=False)
                seen[split][family].add(draft.messages[-1].content)
    for kind in ("names", "parameters", "beyond"):
        assert seen["train"][kind].isdisjoint(seen["heldout"][kind]), kind
    for kind in ("arithmetic", "fact", "chat"):
        assert seen["train"][kind].isdisjoint(seen["heldout"][kind]), seen["train"][kind] & seen["heldout"][kind]


def test_what_is_added_for_training_alone_is_not_held_out() -> None:
    for options, more in ((tools.ASK_EN, tools.MORE_EN), (tools.ASK_ZH, tools.MORE_ZH)):
        assert set(more).isdisjoint(options[-held_out_of(options) :])
    for beside in (tools.DETAIL_EN, structured.FIELDS_EN, tools.DETAIL_ZH, structured.FIELDS_ZH):
        dice = Sampler(15).dice
        dice.language = "zh" if beside in (tools.DETAIL_ZH, structured.FIELDS_ZH) else "en"
        forms = {connected(dice, beside) for _ in range(3000)}
        assert len(forms) > 100
        assert forms.isdisjoint(beside[-held_out_of(beside) :])


def test_no_text_that_is_put_together_has_a_held_out_wording() -> None:
    both = tuple[tuple[str, ...], tuple[str, ...]]
    spoken: dict[Callable[[Dice], structured.Case], both] = {
        structured.someone: (structured.SOMEONE_EN, structured.SOMEONE_ZH),
        structured.product: (structured.PRODUCT_EN, structured.PRODUCT_ZH),
        structured.event: (structured.EVENT_EN, structured.EVENT_ZH),
    }
    opinions: dict[str, both] = {
        "positive": (structured.GOOD_EN, structured.GOOD_ZH),
        "negative": (structured.BAD_EN, structured.BAD_ZH),
        "neutral": (structured.FLAT_EN, structured.FLAT_ZH),
    }
    for split in SPLITS:
        dice = Sampler(19, split).dice
        made = found = 0
        for make in (*spoken, structured.sentiment):
            for _ in range(600):
                dice.deal()
                case = make(dice)
                templates = spoken.get(make) or opinions[next(v for k, v in case.value.items() if k != "subject")]
                made += 1
                found += carriers.held_out(case.text, templates[dice.zh])
        assert found == 0 if split == "train" else found > 0.9 * made, (split, found, made)


def test_no_training_request_beyond_the_model_has_a_held_out_wording() -> None:
    heldout = Sampler(16, "heldout")
    wordings = {False: chat.BEYOND_EN, True: chat.BEYOND_ZH}
    foreign = 0
    for _ in range(300):
        text = heldout.draft("beyond", surroundings=False).messages[-1].content
        foreign += not any(is_held_out_wording(text, each) for each in wordings.values())
    assert foreign < 60, "what is held out is recognized, but for the requests in other languages"
    train = Sampler(17)
    for _ in range(4000):
        text = train.draft("beyond", surroundings=False).messages[-1].content
        assert not is_held_out_wording(text, wordings[train.dice.zh]), text


@pytest.mark.parametrize("split", SPLITS)
def test_what_is_to_be_extracted_stands_in_the_text_whole(split: Split) -> None:
    dice = Sampler(18, split).dice
    for make in (structured.someone, structured.product, structured.event):
        for _ in range(400):
            dice.deal()
            made = make(dice)
            for key, value in made.value.items():
                if isinstance(value, str) and key not in ("date", "day", "time", "start"):
                    assert value.casefold() in made.text.casefold(), made
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    assert str(value) in made.text, made
            assert "{" not in made.text, made


def test_high_effort_thinks_longer_in_every_family() -> None:
    encode = VOCABULARY.encode
    for family in FAMILIES:
        sampler = Sampler(12)
        lengths: dict[str, list[int]] = defaultdict(list)
        while min(len(lengths["low"]), len(lengths["high"])) < 60:
            draft = sampler.draft(family, surroundings=False)
            lengths[sampler.dice.effort].append(len(encode(draft.reply.analysis)))
        low, high = (sum(lengths[effort]) / len(lengths[effort]) for effort in ("low", "high"))
        assert high > 3.2 * low, (family, low, high)


def test_the_cases_are_the_same_for_all_and_their_own_answers_are_good(asked: list[Case]) -> None:
    again = cases(2026, date(2026, 11, 23), scale=0.2, several_calls=True)
    assert [(case.name, case.prompt_tokens) for case in asked] == [(case.name, case.prompt_tokens) for case in again]
    assert set(BARS) <= {case.name for case in asked}
    for case in asked:
        if case.name.startswith("berlin"):
            reply = (
                Reply(calls=(Call("get_weather", dumps({"location": "Berlin"})),))
                if case.name == "berlin_call"
                else Reply(final="柏林现在多云，气温18°C。")
            )
        elif case.name.startswith("tool_call"):
            reply = Reply(calls=_calls(case.expected))
        else:
            reply = Reply(final=case.expected) if not case.name.startswith("effort") else Reply(final="Yes.")
        tokens = Assembler().reply(reply)
        assert case.score(tokens), (case.name, case.expected)
        assert not case.score(tokens[:-1])
        assert not case.score([*tokens, RETURN])


def _calls(expected: str) -> tuple[Call, ...]:
    """Calls out of "name {…} name {…}"."""
    decoder = json.JSONDecoder()
    calls = []
    while expected:
        name, _, rest = expected.strip().partition(" ")
        _, end = decoder.raw_decode(rest)
        calls.append(Call(name, rest[:end]))
        expected = rest[end:].strip()
    return tuple(calls)


def test_wrong_answers_are_not_good(asked: list[Case]) -> None:
    wrong = Assembler().reply(Reply(final="?!"))
    for case in asked:
        if not case.name.startswith(("effort", "title", "missing")):
            assert not case.score(wrong), case.name


def test_structure_is_judged_strictly() -> None:
    good = Assembler().reply(Reply("Think.", (Call("f", "{}"), Call("g", '{"a": 1}'))))
    assert read(good).valid
    assert read([*good, START, *VOCABULARY.encode("functions")]).valid
    assert not read(good[:-1]).valid
    assert not read([*good, ORDINARY - 1]).valid
    assert not read([token for token in good if token != CALL]).valid
    assert not read([]).valid
    assert not read(Assembler().reply(Reply(final=" "))).valid
    assert not read(Assembler().reply(Reply(calls=(Call("f", "{"),)))).valid


def test_the_effort_ratio() -> None:
    assert effort_ratio([("effort_low", 10), ("effort_high", 30), ("effort_low", 0), ("effort_high", 20)]) == 5


def test_the_server_renders_the_cases_as_they_were_made(asked: list[Case]) -> None:
    """What the HTTP evaluation sends becomes the very prompt of the offline one."""
    for case in asked:
        body: dict[str, Any] = {"model": "demo", **request(case.conversation)}
        assert (
            body["messages"]
            == (
                [{"role": "system", "content": case.conversation.instructions}]
                if case.conversation.instructions
                else []
            )
            + messages(case.conversation)[bool(case.conversation.instructions) :]
        )
        day = case.conversation.date
        turn = to_turn(ChatRequest.model_validate(body), lambda _, day=day: day)  # type: ignore[misc]
        assert render(turn.conversation) == case.prompt_tokens, case.name


def test_outcomes_over_http(asked: list[Case]) -> None:
    case = next(case for case in asked if case.name == "tool_call")
    (call,) = _calls(case.expected)
    tokens = Assembler().reply(Reply("Call it.", (call,)))
    sent: list[dict[str, Any]] = []

    def serve(got: httpx.Request) -> httpx.Response:
        sent.append(json.loads(got.content))
        if got.url.path.endswith("/chat/completions"):
            function = {"name": call.name, "arguments": call.arguments}
            message = {"content": None, "reasoning_content": "Call it.", "tool_calls": [{"function": function}]}
            return httpx.Response(200, json={"choices": [{"finish_reason": "tool_calls", "message": message}]})
        return httpx.Response(200, json={"choices": [{"token_ids": tokens}]})

    with httpx.Client(base_url="http://server/v1", transport=httpx.MockTransport(serve)) as client:
        chat = chat_outcome(client, case, {"temperature": 0})
        raw = raw_outcome(client, case, {"temperature": 1})
    assert sent[1]["prompt"] == case.prompt_tokens
    assert chat.good
    assert chat.sound is None
    assert raw.good
    assert raw.sound
    assert raw.answer == chat.answer
    figures = {figure.name: figure for figure in summary([raw, chat._replace(good=False)], sampled=True)}
    assert figures["tool_call"].value == 0.5
    assert figures["tool_call"].passed is False
    assert figures["structure_valid"].passed
