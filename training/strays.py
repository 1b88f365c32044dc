"""Which sampled tokens have no row of their own: `python -m training.strays REPORT`.

REPORT is what `python -m training.evaluation --raw --json REPORT` wrote. Rows that are made from a token's text are how
the model copies, so to sample one is no fault as long as its text stands in the prompt, or belongs to a good answer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import harmonium.checkpoints.demo
from harmonium.checkpoints.codes import split_leader
from harmonium.vocabulary import ORDINARY, load_vocabulary
from training.export import read_bundle


class Count(NamedTuple):
    """Of `sampled` tokens, `made` have rows made from their text; `strays` are the texts of those that stand in neither
    prompt nor good answer. `dead`: special tokens that never occur, which share one row."""

    sampled: int
    made: int
    strays: list[str]
    dead: int


def count(replies: Iterable[dict[str, Any]], active: set[int]) -> Count:
    """`active`: ids of the tokens with rows of their own."""
    vocabulary = load_vocabulary()
    sampled = made = dead = 0
    strays = []
    for reply in replies:
        known = (vocabulary.decode(reply["prompt_ids"]) + "\n" + reply["expected"]).casefold().encode()
        for token in reply["token_ids"]:
            sampled += 1
            if token in active:
                continue
            if token >= ORDINARY:
                dead += 1
                continue
            made += 1
            if not reply["good"] and core(vocabulary.token_bytes(token)) not in known:
                strays.append(vocabulary.decode([token]))
    return Count(sampled, made, strays, dead)


def core(token: bytes) -> bytes:
    """What of a token has to stand in the text: its word, or the bytes of a part of a character."""
    try:
        return split_leader(token.decode())[1].casefold().encode()
    except UnicodeDecodeError:
        return token.lstrip(b" ")


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    package = Path(harmonium.checkpoints.demo.__file__).parent
    parser.add_argument("--bundle", type=Path, default=package, help="by default the one in the package")
    arguments = parser.parse_args()
    active = read_bundle(arguments.bundle, torch.device("cpu"))[3]
    found = count(json.loads(arguments.report.read_text())["replies"], set(active.tolist()))
    print(f"{found.sampled} tokens sampled, {found.made} of them with rows made from their text")
    print(f"{len(found.strays)} in neither prompt nor good answer: {' '.join(map(repr, found.strays))}")
    print(f"{found.dead} special tokens that never occur")


if __name__ == "__main__":
    main()
