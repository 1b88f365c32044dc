"""What the default model can do, asked through the server. Its model card has the figures."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import NAMES, Live
from training.evaluation import __main__ as evaluation
from training.evaluation.cases import BARS

CARD = Path(__file__).parents[2] / "training" / "MODEL_CARD.md"

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
    },
}


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_the_weather_in_berlin(demo: Live, effort: Any) -> None:
    """Asked in Chinese: a call with the English name, and an answer in Chinese."""
    client = demo.openai()
    messages: list[Any] = [{"role": "user", "content": "柏林天气如何?"}]
    common: Any = {"model": NAMES[0], "tools": [WEATHER], "temperature": 0, "reasoning_effort": effort}
    reply = client.chat.completions.create(messages=messages, **common).choices[0]
    assert reply.finish_reason == "tool_calls"
    (call,) = reply.message.tool_calls or ()
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"location": "Berlin"}
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"temperature": 18, "condition": "cloudy"}'}
    answer = client.chat.completions.create(messages=[*messages, reply.message, result], **common).choices[0]
    assert answer.finish_reason == "stop"
    assert all(part in (answer.message.content or "") for part in ("柏林", "18", "多云"))


def test_it_says_what_it_is(demo: Live) -> None:
    client = demo.openai()
    for question, mark in (("Who are you?", "demo"), ("你是谁？", "演示模型")):
        reply = client.chat.completions.create(
            model=NAMES[0], messages=[{"role": "user", "content": question}], temperature=0
        )
        assert mark in (reply.choices[0].message.content or "")


def stated() -> dict[str, dict[str, tuple[float, int]]]:
    """The figures of the model card: column → name → value and number of cases."""
    columns: dict[str, dict[str, tuple[float, int]]] = {"greedy": {}, "sampled": {}, "raw": {}}
    row = re.compile(r"^\| `(\w+)` \|[^|]*\| *([^|]*?) *\| *([^|]*?) *\| *([^|]*?) *\|$", re.MULTILINE)
    for name, *values in row.findall(CARD.read_text()):
        for column, value in zip(columns, values, strict=True):
            if found := re.fullmatch(r"([\d.]+) % of (\d+)", value):
                columns[column][name] = float(found[1]) / 100, int(found[2])
    return columns


@pytest.mark.slow
@pytest.mark.parametrize("column", ["greedy", "sampled", "raw"])
def test_the_model_card_is_true(demo: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    """Every figure of the card again, on two fifths of the cases, within three standard deviations."""
    figures = stated()[column]
    assert figures
    asked = {
        "greedy": ["--temperature", "0"],
        "sampled": ["--temperature", "1", "--only", *figures],
        "raw": ["--temperature", "1", "--raw"],
    }[column]
    report = tmp_path / "report.json"
    command = ["evaluation", "--url", f"{demo.url}/v1", "--scale", "0.4", "--json", str(report), *asked]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        evaluation.main()
    found = {each["name"]: each for each in json.loads(report.read_text())["figures"]}
    for name, (value, cases) in figures.items():
        spread = math.sqrt(max(value * (1 - value), 0.01) * (1 / cases + 1 / found[name]["n"]))
        assert found[name]["value"] >= value - 3 * spread, (name, value, found[name])


def test_the_card_states_every_bar() -> None:
    figures = stated()
    assert set(BARS) <= set(figures["greedy"])
    assert {"tool_call"} <= set(figures["sampled"])
    assert {"structure_valid"} <= set(figures["raw"])
