"""The table that penalties read, against counting anew, for sequences that come, grow, go and come back."""

from __future__ import annotations

import random
from collections import Counter

import torch

from harmonium.engine import tally
from harmonium.engine.batch import Picker
from harmonium.engine.blocks import BlockPool, BlockSpace
from harmonium.engine.sequence import Sequence
from harmonium.engine.tally import Tally
from harmonium.messages import Request, SamplingParams

VOCABULARY = 40
CPU = torch.device("cpu")
SPACE = BlockSpace(BlockPool(2), 16, (None,))


def sequence(draw: random.Random, penalty: float = 0.5) -> Sequence:
    prompt = [draw.randrange(VOCABULARY) for _ in range(draw.randrange(1, 9))]
    request = Request(id="", prompt=prompt, sampling=SamplingParams(max_tokens=100, frequency_penalty=penalty))
    return Sequence(request=request, arrival=0, seed=0, limit=100, blocks=SPACE.tables(""))


def check(each: Sequence, counts: torch.Tensor, seen: torch.Tensor, draft: tuple[int, ...] = ()) -> None:
    """The lines of one row."""
    truth = Counter([*each.tokens[each.prompt_length :], *draft])
    assert counts.tolist() == [truth[token] for token in range(VOCABULARY)]
    assert seen.tolist() == [token in each.request.prompt for token in range(VOCABULARY)]


def grown(draw: random.Random, alive: list[Sequence]) -> list[Sequence]:
    """What is sampled next: some finish, some are new, some are put back for a while, all that run get tokens."""
    for each in list(alive):
        if draw.random() < 0.1:
            each.finish = "stop"
            alive.remove(each)
        elif draw.random() < 0.7:
            each.tokens += [draw.randrange(VOCABULARY) for _ in range(draw.choice([1, 1, 1, 3]))]
    alive += [sequence(draw) for _ in range(draw.choice([0, 0, 1, 2]))]
    return draw.sample(alive, draw.randrange(len(alive) + 1)) if alive else []


def test_lines_are_what_counting_anew_gives() -> None:
    """With more sequences than lines, too, in one step or over time."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    table = Tally(VOCABULARY, CPU, lines=3)
    alive: list[Sequence] = []
    sizes = set()
    for _ in range(400):
        here = grown(draw, alive)
        if not here:
            continue
        sizes.add(len(here) > 3)
        counts, seen, lines = table.of(here)
        for each, line in zip(here, lines.tolist(), strict=True):
            check(each, counts[line], seen[line])
    assert sizes == {False, True}


def test_a_picking_counts_drafts_as_generated() -> None:
    """Rows of one sequence behind each other, and rows without penalties or without a sequence between them."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    picker = Picker(VOCABULARY, 32, CPU)
    alive: list[Sequence] = []
    plain = sequence(draw, penalty=0.0)
    assert not plain.penalised
    for _ in range(200):
        rows: list[Sequence | None] = []
        drafts: list[tuple[int, ...]] = []
        for each in grown(draw, alive)[:6]:
            draft = tuple(draw.randrange(VOCABULARY) for _ in range(draw.choice([0, 0, 3])))
            for count in range(len(draft) + 1):
                rows.append(each)
                drafts.append(draft[:count])
            rows += draw.choice([[], [None], [plain]])
            drafts += [()] * (len(rows) - len(drafts))
        if not rows:
            continue
        picking = picker.picking(rows, [], drafts if any(drafts) else None)
        penalised = [row for row, each in enumerate(rows) if each is not None and each.penalised]
        if not penalised:
            assert picking.counts_rows is None
            continue
        assert picking.counts_rows is not None
        assert picking.counts_lines is not None
        assert picking.counts is not None
        assert picking.prompt_seen is not None
        assert picking.counts_rows.tolist() == penalised
        for row, line in zip(penalised, picking.counts_lines.tolist(), strict=True):
            each = rows[row]
            assert each is not None
            check(each, picking.counts[line], picking.prompt_seen[line], drafts[row])


def test_nothing_is_made_without_penalties() -> None:
    made = Tally(VOCABULARY, CPU)
    assert made._counts is None
    assert tally.tally_bytes(VOCABULARY) == tally.LINES * VOCABULARY * 5
