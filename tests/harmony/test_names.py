"""The client's names of tools survive the way into a header and back."""

from __future__ import annotations

import random
import re

import pytest
from drawn_conversations import WORDS

from harmonium.errors import BadRequest
from harmonium.harmony.tools import MAX_NAME, ToolNames

ODD = [
    "get weather",
    "get.weather",
    "get/weather",
    "get_weather",
    "get-weather",
    "天气",
    "погода",
    "天 气",
    "a b",
    "a_b",
    "a_b_2",
    "a  b",
    "tool",
    "_",
    "__",
    "-",
    "1",
    "é",
    "tool_2",
    "🎉",
    " ",
    "\n",
    "functions.x",
    "to=x",
    "<|channel|>commentary",
    "mcp____files____read",
]


def test_names_come_back_and_differ(draw: random.Random) -> None:
    for _ in range(500):
        pool = ODD + WORDS + [f"{draw.choice(ODD)}{draw.choice(ODD)}" for _ in range(20)]
        names = list(dict.fromkeys(draw.choices(pool, k=draw.randint(1, 30))))
        mapped = ToolNames(names)
        safe = [mapped.safe(name) for name in names]
        assert len(set(safe)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", each) for each in safe), safe
        assert [mapped.client(each) for each in safe] == names
        assert all(mapped.safe(name) == name for name in names if re.fullmatch(r"[A-Za-z0-9_-]+", name))
        assert safe == [ToolNames(names).safe(name) for name in names]


def test_a_name_that_no_tool_has() -> None:
    mapped = ToolNames(["a b"])
    assert mapped.client("other") == "other"
    assert mapped.safe("gone away") == "gone_away"
    assert not mapped.declares("other")
    assert mapped.declares("a_b")


@pytest.mark.parametrize(
    ("names", "param"),
    [
        ([""], "tools[0].function.name"),
        (["a", "b", "a"], "tools[2].function.name"),
        (["a", "x" * (MAX_NAME + 1)], "tools[1].function.name"),
    ],
)
def test_impossible_names(names: list[str], param: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        ToolNames(names)
    assert refusal.value.param == param
    assert refusal.value.status == 400


def test_the_longest_name() -> None:
    assert ToolNames(["x" * MAX_NAME]).safe("x" * MAX_NAME) == "x" * MAX_NAME
