"""Every bar against a running server: `python -m training.evaluation --url http://127.0.0.1:8000/v1 --json out.json`.

Speaks the OpenAI chat API, so it measures what a client gets. With `--raw` it sends the rendered prompts to the
completions API, where nothing constrains the model, and judges the structure of the returned tokens too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import httpx

from harmonium.harmony.types import Conversation, Message
from harmonium.vocabulary import CALL, RETURN, load_vocabulary

from .cases import BARS, EFFORT_RATIO, VALID_STRUCTURE, Case, cases, effort_ratio
from .reply import Answer, Called, parsed, read

SEED = 2026


class Outcome(NamedTuple):
    """What came back for a case. `sound`: whether the tokens' structure is valid; None where no tokens came."""

    case: Case
    answer: Answer
    good: bool
    sound: bool | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--model", help="by default the first that the server lists")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--raw", action="store_true", help="without the server's constraint")
    parser.add_argument("--body", type=json.loads, default={}, help="JSON object: further fields of each request")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of cases")
    parser.add_argument("--only", nargs="*", help="names of the cases to run")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--seed", type=int, default=SEED, help="other cases: to choose between models by, for example")
    parser.add_argument("--failures", type=int, default=0, help="how many failures of each name to print")
    parser.add_argument("--json", type=Path, help="file for the figures and all replies")
    chosen = parser.parse_args()

    asked = cases(chosen.seed, datetime.now().date(), chosen.scale, several_calls=not chosen.raw)
    if chosen.only:
        asked = [case for case in asked if case.name in chosen.only]
    with httpx.Client(base_url=chosen.url, timeout=600) as client:
        model = chosen.model or client.get("models").raise_for_status().json()["data"][0]["id"]
        fields = {"model": model, "temperature": chosen.temperature, **chosen.body}
        ask = raw_outcome if chosen.raw else chat_outcome

        def run(numbered: tuple[int, Case]) -> Outcome:
            return ask(client, numbered[1], {**fields, "seed": SEED + numbered[0]})

        with ThreadPoolExecutor(chosen.concurrency) as pool:
            outcomes = list(pool.map(run, enumerate(asked)))
    figures = summary(outcomes, sampled=chosen.temperature > 0)
    for figure in figures:
        print(figure.line())
    print_failures(outcomes, chosen.failures)
    if chosen.json:
        report = {"figures": [figure._asdict() for figure in figures], "replies": [shown(each) for each in outcomes]}
        chosen.json.write_text(json.dumps(report, ensure_ascii=False, indent=1))
    sys.exit(any(figure.passed is False for figure in figures))


class Figure(NamedTuple):
    name: str
    value: float
    bar: float | None
    n: int

    @property
    def passed(self) -> bool | None:
        return None if self.bar is None else self.value >= self.bar

    def line(self) -> str:
        verdict = {None: "", True: "passed", False: "MISSED"}[self.passed]
        bar = "" if self.bar is None else f"{self.bar:.3f}"
        return f"{self.name:32} {self.value:8.3f} {bar:>8} {self.n:6} {verdict}"


def summary(outcomes: Sequence[Outcome], sampled: bool) -> list[Figure]:
    """The table: each name's share of good replies, the ratio of efforts, the share of sound structures."""
    by_name: dict[str, list[bool]] = defaultdict(list)
    for each in outcomes:
        by_name[each.case.name].append(each.good)
    figures = []
    for name, values in by_name.items():
        bar = BARS.get(name)
        least = None if bar is None else bar.sampled if sampled else bar.least
        if not name.startswith("effort"):
            figures.append(Figure(name, sum(values) / len(values), least, len(values)))
    lengths = [
        (each.case.name, each.answer.analysis_tokens) for each in outcomes if each.case.name.startswith("effort")
    ]
    if lengths:
        figures.append(Figure("effort_high_to_low", effort_ratio(lengths), EFFORT_RATIO, len(lengths)))
    schema = [each for each in outcomes if each.case.conversation.response_format is not None]
    if schema:
        valid = sum(parsed(each.answer.final) is not None for each in schema)
        figures.append(Figure("json_valid", valid / len(schema), 1.0, len(schema)))
    structures = [each.sound for each in outcomes if each.sound is not None]
    if structures:
        bar_ = VALID_STRUCTURE if sampled else None
        figures.append(Figure("structure_valid", sum(structures) / len(structures), bar_, len(structures)))
    return figures


def post(client: httpx.Client, path: str, case: Case, body: dict[str, Any]) -> dict[str, Any]:
    """The first choice of the reply. Raises RuntimeError with what the server said against the request."""
    response = client.post(path, json={"max_tokens": case.max_tokens, **body})
    if response.is_error:
        raise RuntimeError(f"{case.name}: {response.status_code} {response.text[:500]}")
    choice: dict[str, Any] = response.json()["choices"][0]
    return choice


def raw_outcome(client: httpx.Client, case: Case, fields: dict[str, Any]) -> Outcome:
    body = {"prompt": case.prompt_tokens, "stop_token_ids": [RETURN, CALL], "return_token_ids": True, **fields}
    answer = read(post(client, "completions", case, body)["token_ids"])
    return Outcome(case, answer, answer.valid and case.judge(answer), answer.valid)


def chat_outcome(client: httpx.Client, case: Case, fields: dict[str, Any]) -> Outcome:
    choice = post(client, "chat/completions", case, {**request(case.conversation), **fields})
    message = choice["message"]
    reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
    calls = tuple(
        Called(call["function"]["name"], parsed(call["function"]["arguments"]))
        for call in message.get("tool_calls") or ()
    )
    length = len(load_vocabulary().encode(reasoning))
    complete = choice["finish_reason"] in ("stop", "tool_calls")
    answer = Answer(complete, reasoning, calls, message.get("content") or "", length)
    return Outcome(case, answer, complete and case.judge(answer), None)


def request(conversation: Conversation) -> dict[str, Any]:
    """A conversation as fields of a chat completion request."""
    body: dict[str, Any] = {"messages": messages(conversation), "reasoning_effort": conversation.effort}
    if conversation.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    **({"description": tool.description} if tool.description else {}),
                    **({"parameters": tool.parameters} if tool.parameters is not None else {}),
                },
            }
            for tool in conversation.tools
        ]
    form = conversation.response_format
    if form is not None and form.schema is None:
        body["response_format"] = {"type": "json_object"}
    elif form is not None:
        schema = {"name": form.name, "schema": form.schema, "description": form.description}
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {key: v for key, v in schema.items() if v != ""},
        }
    return body


def messages(conversation: Conversation) -> list[dict[str, Any]]:
    """Messages of the chat API: analysis goes with the call that it led to, calls made together share a message."""
    out: list[dict[str, Any]] = []
    if conversation.instructions:
        out.append({"role": "system", "content": conversation.instructions})
    reasoning = ""
    waiting: list[str] = []
    for number, message in enumerate(conversation.messages):
        if message.channel == "analysis":
            reasoning = message.content
        elif message.role == "tool":
            out.append({"role": "tool", "tool_call_id": waiting.pop(0), "content": message.content})
        elif message.recipient:
            call = _call(number, message)
            waiting.append(call["id"])
            if out[-1].get("tool_calls") and len(waiting) > 1:
                out[-1]["tool_calls"].append(call)
                continue
            said = {"role": "assistant", "content": "", "tool_calls": [call]}
            out.append({**said, "reasoning_content": reasoning} if reasoning else said)
            reasoning = ""
        else:
            out.append({"role": message.role, "content": message.content})
    return out


def _call(number: int, message: Message) -> dict[str, Any]:
    name = (message.recipient or "").removeprefix("functions.")
    return {
        "id": f"call_{number}_{crc32(message.content.encode()):08x}",
        "type": "function",
        "function": {"name": name, "arguments": message.content},
    }


def shown(each: Outcome) -> dict[str, Any]:
    question = [message.content for message in each.case.conversation.messages if message.role == "user"][-1]
    return {
        "name": each.case.name,
        "good": each.good,
        "sound": each.sound,
        "question": question,
        "expected": each.case.expected,
        "analysis": each.answer.analysis,
        "calls": [call._asdict() for call in each.answer.calls],
        "final": each.answer.final,
    }


def print_failures(outcomes: Sequence[Outcome], count: int) -> None:
    printed: dict[str, int] = defaultdict(int)
    for each in outcomes:
        if not each.good and printed[each.case.name] < count:
            printed[each.case.name] += 1
            print(json.dumps(shown(each), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
