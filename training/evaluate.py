"""How well a model does on the held-out cases: `python -m training.evaluate FOLDER`."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harmonium.checkpoints.demo import BUNDLE
from harmonium.config import ModelConfig
from harmonium.vocabulary import CALL, RETURN, load_vocabulary
from training.evaluation.cases import Case, cases
from training.generate import Generator, Reply
from training.model import Latents

SEED = 2026


def evaluate(
    config: ModelConfig, quantised: Latents, codes: Tensor, active: npt.NDArray[np.int64], file: Path
) -> dict[str, Any]:
    """Run all cases greedily and at temperature 1; writes the table, and every reply, as JSON."""
    generator = Generator(config, quantised, codes, torch.from_numpy(active).to(codes.device))
    asked = cases(SEED)
    report: dict[str, Any] = {}
    for name, temperature in (("greedy", 0.0), ("sampled", 1.0)):
        started = time.monotonic()
        generator.mass.clear()
        replies = generator.replies(
            [case.prompt_tokens for case in asked],
            [case.max_tokens for case in asked],
            temperature=temperature,
            seed=SEED,
        )
        report[name] = summary(asked, replies)
        report[name]["inactive_mass"] = sum(generator.mass) / max(1, len(generator.mass))
        report[name]["seconds"] = time.monotonic() - started
        report[f"{name}_replies"] = transcript(asked, replies)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=1))
    print(table(report))
    return report


def summary(asked: list[Case], replies: list[Reply]) -> dict[str, Any]:
    """The share of good replies by the cases' names; how many replies did not end, and how many had stray tokens."""
    good: dict[str, list[bool]] = defaultdict(list)
    for case, reply in zip(asked, replies, strict=True):
        good[case.name].append(case.score(reply.tokens))
    return {
        "good": {name: (sum(values), len(values)) for name, values in sorted(good.items())},
        "unended": sum(reply.tokens[-1] not in (RETURN, CALL) for reply in replies),
        "stray": sum(bool(reply.stray) for reply in replies),
        "replies": len(replies),
    }


def transcript(asked: list[Case], replies: list[Reply]) -> list[dict[str, Any]]:
    decode = load_vocabulary().decode
    return [
        {
            "name": case.name,
            "good": case.score(reply.tokens),
            "reply": decode(reply.tokens),
            "prompt": decode(case.prompt_tokens),
        }
        for case, reply in zip(asked, replies, strict=True)
    ]


def table(report: dict[str, Any]) -> str:
    greedy, sampled = report["greedy"], report["sampled"]
    lines = [f"{'case':32} {'greedy':>16} {'temperature 1':>16}"]
    for name, (right, count) in greedy["good"].items():
        also = sampled["good"][name][0]
        lines.append(f"{name:32} {right:6}/{count:<4}{right / count:5.0%} {also:6}/{count:<4}{also / count:5.0%}")
    for name in ("unended", "stray", "replies", "inactive_mass", "seconds"):
        lines.append(f"{name:32} {greedy[name]:16.6g} {sampled[name]:16.6g}")
    return "\n".join(lines)


def main() -> None:
    from training.export import read_bundle

    parser = argparse.ArgumentParser(description="Evaluate a bundle on the held-out cases.")
    parser.add_argument("bundle", type=Path, help=f"folder with a {BUNDLE}")
    parser.add_argument("--out", type=Path, default=Path("evaluation.json"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    config, quantised, codes, active = read_bundle(arguments.bundle, torch.device(arguments.device))
    evaluate(config, quantised, codes, active, arguments.out)


if __name__ == "__main__":
    main()
