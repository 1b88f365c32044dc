"""Tensor parallelism between cards, over NCCL: several ranks say what one says. With one card nothing is collected."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from test_device_laws import OPTIONS, SHAPE, compare, some_requests

from harmonium.checkpoints.model_config import huggingface_json
from harmonium.config import EngineConfig
from harmonium.messages import Delta, Request, SamplingParams
from tiny import greedy, through_client

pytestmark = pytest.mark.gpu
MOST = 1 << (max(1, torch.cuda.device_count()).bit_length() - 1)
"""Ranks: as many cards as there are, a power of two, as heads are shared evenly."""


def said(folder: Path, requests: list[Request], **options: Any) -> dict[str, list[Delta]]:
    return asyncio.run(through_client(EngineConfig(model=str(folder), **(OPTIONS | options)), requests))


def test_ranks_are_one(tmp_path: Path, draw: random.Random) -> None:
    """With the same noise for weights: in graphs and launched one by one, overlapped and not, with drafts, penalties. A
    token that is drawn may be another where rounding says so, so that only their number is asked for."""
    (tmp_path / "config.json").write_text(json.dumps(huggingface_json(SHAPE, quantised=True)))
    requests = some_requests(draw)
    repeats = draw.choices(range(190_000), k=20)
    requests.append(greedy("again", repeats * 3, 24))
    requests.append(greedy("penalised", repeats, 24, frequency_penalty=0.5, repetition_penalty=1.1))
    drawn = SamplingParams(max_tokens=24, seed=draw.getrandbits(63), temperature=1.0, top_p=0.9, logprobs=1)
    alone = said(tmp_path, requests)
    kinds: list[dict[str, Any]] = [{}, {"async_scheduling": False}, {"enforce_eager": True}]
    for options in kinds:
        ranks = {"tensor_parallel_size": MOST, **options}
        given = said(tmp_path, [*requests, Request(id="drawn", prompt=repeats, sampling=drawn)], **ranks)
        assert sum(len(each.tokens) for each in given.pop("drawn")) == 24
        compare(f"{MOST} ranks = one, {options}", given, alone)
