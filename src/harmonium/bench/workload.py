"""What is asked of a server, and when: drawn from a seed, so that two servers get the same. Pure."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from harmonium.errors import ConfigError
from harmonium.vocabulary import Vocabulary

SHAREGPT_INPUT: Final = 161.31
SHAREGPT_OUTPUT: Final = 337.99
"""Mean tokens of prompts and replies of ShareGPT, as the vLLM paper (Kwon et al. 2023, section 6.1) gives them."""

SPREAD: Final = 1.0
"""Standard deviation of the logarithm of lengths in the ShareGPT-like workload."""

SHORTEST: Final = 4
LONGEST_INPUT: Final = 1024
LONGEST_OUTPUT: Final = 1024


@dataclass(frozen=True)
class Ask:
    """One request: its prompt, and how many tokens the reply shall have."""

    prompt: str
    output_tokens: int


def words(vocabulary: Vocabulary) -> list[str]:
    """Words with a space in front that are one token each, in every position: a text of n of them has n tokens."""
    found = []
    for token in range(vocabulary.ordinary):
        data = vocabulary.token_bytes(token)
        if 4 <= len(data) <= 9 and data[:1] == b" " and data[1:].isalpha() and data.isascii() and data.islower():
            found.append(data.decode())
    return found


def synthetic(
    count: int, known: Sequence[str], *, inputs: int, outputs: int, prefix: int, seed: int, edition: int = 0
) -> list[Ask]:
    """Prompts of `inputs` random words each, the first `prefix` of them the same for all. Another `edition` has other
    words."""
    if prefix > inputs:
        raise ConfigError("--prefix-tokens must not be more than --input-tokens.")
    draw = random.Random(f"{seed} {edition}")
    shared = "".join(draw.choices(known, k=prefix))
    return [Ask(shared + "".join(draw.choices(known, k=inputs - prefix)), outputs) for _ in range(count)]


def sharegpt_like(count: int, known: Sequence[str], *, seed: int, edition: int = 0) -> list[Ask]:
    """Lengths drawn from log-normal distributions with ShareGPT's means, cut at LONGEST_…; the words are random, and
    others in another `edition`."""
    draw, spoken = random.Random(seed), random.Random(f"{seed} {edition}")

    def length(mean: float, longest: int) -> int:
        return min(longest, max(SHORTEST, round(draw.lognormvariate(math.log(mean) - SPREAD**2 / 2, SPREAD))))

    asks = []
    for _ in range(count):
        inputs, outputs = length(SHAREGPT_INPUT, LONGEST_INPUT), length(SHAREGPT_OUTPUT, LONGEST_OUTPUT)
        asks.append(Ask("".join(spoken.choices(known, k=inputs)), outputs))
    return asks


class Line(msgspec.Struct, forbid_unknown_fields=False):
    """A line of a file of prompts."""

    prompt: str
    output_tokens_count: int = 128


def from_file(path: Path, count: int) -> list[Ask]:
    """The first `count` lines of a JSONL file of Line, from the top again where there are fewer. ConfigError names a
    line that is none."""
    asks = []
    try:
        text = path.read_text()
    except OSError as error:
        raise ConfigError(f"--dataset {path}: {error.strerror}.") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                made = msgspec.json.decode(line, type=Line)
            except msgspec.DecodeError as error:
                raise ConfigError(f"--dataset {path}, line {number}: {error}.") from None
            asks.append(Ask(made.prompt, made.output_tokens_count))
    if not asks:
        raise ConfigError(f"--dataset {path} has no prompts.")
    return [asks[at % len(asks)] for at in range(count)]


def to_lines(asks: Sequence[Ask]) -> str:
    """The same as a JSONL file, which `from_file` and guidellm read."""
    return "".join(json.dumps({"prompt": ask.prompt, "output_tokens_count": ask.output_tokens}) + "\n" for ask in asks)


def poisson(rate: float, seed: int) -> Iterator[float]:
    """Times of arrival in seconds: `rate` a second on average, independent of each other."""
    draw = random.Random(f"arrivals {seed}")
    now = 0.0
    while True:
        now += draw.expovariate(rate)
        yield now


Maker = Callable[[int], list[Ask]]
