"""The EAGLE-3 head against its equations, written once more in float64."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from harmonium.checkpoints.eagle import open_eagle3
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.model.eagle import Eagle3, eagle3_bytes, load_eagle3
from harmonium.model.gpt_oss import GptOss
from harmonium.model.packed import nbytes
from harmonium.model.weights import load_model
from harmonium.ops import Attend, Ops, Precision, ops_for, reference
from harmonium.parallel import Alone
from heads import LAYOUTS, PlainHead, draw_config, draw_tensors, write_head
from tiny import SHAPE, checkpoint

SHALLOW = replace(SHAPE, num_layers=5, sliding_layers=(True, False, True, False, True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(
        tmp_path_factory.mktemp("eagle") / "model", 3, num_layers=5, sliding_layers=SHALLOW.sliding_layers
    )


def model(folder: Path, ops: Ops) -> GptOss:
    return load_model(
        open_checkpoint(folder),
        device=torch.device("cpu"),
        dtype=torch.float32,
        ops=ops,
        comm=Alone(),
        progress=lambda done, total: None,
    )


def drawn(draw: random.Random, target: GptOss, folder: Path, layout: str) -> tuple[Eagle3, PlainHead]:
    config = draw_config(draw, target.config)
    tensors = {
        name: each.bfloat16() if each.is_floating_point() else each
        for name, each in draw_tensors(draw, config, target.config).items()
    }
    write_head(folder, config, tensors, target.config, layout)
    opened = open_eagle3(folder, target.config)
    assert opened.config == config
    wide = {name: each.double() if each.is_floating_point() else each for name, each in tensors.items()}
    stored = open_checkpoint(target_folder(target))
    names = ("model.norm.weight", "model.embed_tokens.weight", "lm_head.weight")
    final, embedding, unembedding = (
        torch.from_numpy(np.array(stored.read(name))).view(torch.bfloat16).double() for name in names
    )
    plain = PlainHead(config, wide, (final, target.config.rms_norm_eps), embedding, unembedding)
    return load_eagle3(opened, target), plain


FOLDERS: dict[int, Path] = {}


def target_folder(target: GptOss) -> Path:
    return FOLDERS[id(target)]


@pytest.mark.parametrize("native", [False, True], ids=["reference", "native"])
def test_the_head_is_its_equations(draw: random.Random, folder: Path, tmp_path: Path, native: bool) -> None:
    """Fed with the states of several sequences at once, in drawn chunks and blocks, and then with what it made."""
    ops: Ops = ops_for(torch.device("cpu"), Precision()) if native else reference  # type: ignore[assignment]
    target = model(folder, ops)
    FOLDERS[id(target)] = folder
    for trial in range(12):
        head, plain = drawn(draw, target, tmp_path / f"{trial}", LAYOUTS[trial % len(LAYOUTS)])
        config = head.config
        count, more, block = draw.randrange(1, 4), 3, draw.choice([4, 16])
        lengths = [draw.randrange(1, 40) for _ in range(count)]
        dice = torch.Generator().manual_seed(draw.getrandbits(48))
        width = len(head.boundaries) * target.config.hidden_size
        states = [torch.randn(length, width, generator=dice) * 3 for length in lengths]
        tokens = [torch.randint(target.config.vocab_size, (length,), generator=dice) for length in lengths]
        blocks = max(-(-(length + more) // block) for length in lengths)
        tables = torch.randperm(blocks * count, generator=dice).view(count, blocks).int()
        shape = (blocks * count, block, config.num_kv_heads, config.head_dim)
        kv = torch.zeros(shape), torch.zeros(shape)

        def run(
            rows: list[tuple[int, int, int]],
            tokens: torch.Tensor,
            g: torch.Tensor,
            head: Eagle3 = head,
            tables: torch.Tensor = tables,
            kv: tuple[torch.Tensor, torch.Tensor] = kv,
            block: int = block,
        ) -> torch.Tensor:
            """The head on positions `start` … `end`-1 of each sequence."""
            positions = torch.cat([torch.arange(start, end) for _, start, end in rows])
            owners = torch.cat([torch.full((end - start,), s) for s, start, end in rows])
            slots = tables[owners, positions // block] * block + positions % block
            starts = torch.tensor([0, *np.cumsum([end - start for _, start, end in rows])]).int()
            ends = torch.tensor([end for *_, end in rows]).int()
            attend = Attend(starts, ends, tables[[s for s, *_ in rows]], int(starts.diff().max()), int(ends.max()))
            return head.forward(tokens, g, positions, attend, slots.long(), kv)

        cuts = [draw.randrange(length) for length in lengths]
        made: list[torch.Tensor] = [torch.empty(0)] * count
        for first in (True, False):
            rows = [(s, 0 if first else cuts[s], cuts[s] if first else lengths[s]) for s in range(count)]
            rows = [row for row in rows if row[1] < row[2]]
            if rows:
                fed = torch.cat([states[s][start:end] for s, start, end in rows])
                z = run(rows, torch.cat([tokens[s][start:end] for s, start, end in rows]), head.fuse(fed))
                for (s, *_), part in zip(rows, z.split([end - start for _, start, end in rows]), strict=True):
                    made[s] = torch.cat((made[s], part)) if len(made[s]) else part
        gs = [plain.fused(each.double()) for each in states]
        wanted = [plain.layer(tokens[s], gs[s]) for s in range(count)]
        for s in range(count):
            torch.testing.assert_close(made[s].double(), wanted[s], atol=2e-3, rtol=1e-3)
        last = torch.stack([each[-1] for each in made])
        for step in range(more):
            picked = head.pick(last)
            logits = plain.logits(torch.stack([each[-1] for each in wanted]))
            # Near-ties may fall either way; what follows is compared along the head's own choice.
            best = logits.max(-1).values
            names = plain.tensors.get("d2t", torch.zeros(config.draft_vocab_size).long())
            columns = [(names + torch.arange(len(names)) == token).nonzero().item() for token in picked]
            assert (best - logits[torch.arange(count), columns] < 0.01).all()  # type: ignore[index]
            tokens = [torch.cat((tokens[s], picked[s : s + 1])) for s in range(count)]
            gs = [torch.cat((gs[s], plain.onward(wanted[s][-1:]))) for s in range(count)]
            rows = [(s, lengths[s] + step, lengths[s] + step + 1) for s in range(count)]
            last = run(rows, picked, head.onward(last))
            wanted = [plain.layer(tokens[s], gs[s]) for s in range(count)]
            torch.testing.assert_close(last.double(), torch.stack([each[-1] for each in wanted]), atol=4e-3, rtol=2e-3)


def test_the_plan_counts_all_that_a_head_takes(draw: random.Random, folder: Path, tmp_path: Path) -> None:
    for trial, native in enumerate((False, True)):
        target = model(folder, ops_for(torch.device("cpu"), Precision()) if native else reference)  # type: ignore[arg-type]
        FOLDERS[id(target)] = folder
        head, _ = drawn(draw, target, tmp_path / f"{trial}", "specforge")
        shared = [
            each
            for each in (target.weights.embedding, target.weights.unembedding)
            if each is head.weights.embedding or each is head.weights.lm_head
        ]
        taken = nbytes(head.weights) - sum(map(nbytes, shared)) - (head.weights.tokens is not None) * 8 * 1000
        assert taken < eagle3_bytes(open_eagle3(tmp_path / f"{trial}", target.config), target.config, torch.float32)
