"""How well a model does on the held-out cases, without a server or constraint: `python -m training.evaluate BUNDLE`."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harmonium.checkpoints.codes import split_leader
from harmonium.config import ModelConfig
from harmonium.vocabulary import load_vocabulary
from training.evaluation.__main__ import Outcome, shown, summary
from training.evaluation.cases import Case, cases
from training.evaluation.reply import read
from training.export import read_bundle
from training.generate import Generator, Reply
from training.model import Latents

SEED = 2026


def evaluate(
    config: ModelConfig,
    quantised: Latents,
    codes: Tensor,
    active: npt.NDArray[np.int64],
    file: Path,
    *,
    scale: float = 1.0,
) -> dict[str, Any]:
    """Run all cases greedily and at temperature 1; prints both tables, and writes them with all replies as JSON.

    Beside the figures of `training.evaluation`: `stray`, the replies that hold tokens without trained rows whose text
    is in neither their prompts nor good answers to them; `inactive_mass`, the probability of all such rows together
    where none was chosen, on average.
    """
    generator = Generator(config, quantised, codes, torch.from_numpy(active).to(codes.device))
    asked = cases(SEED, scale=scale)
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
        outcomes = [judged(case, reply) for case, reply in zip(asked, replies, strict=True)]
        figures = summary(outcomes, sampled=temperature > 0)
        strays = [strange(case, reply) for case, reply in zip(asked, replies, strict=True)]
        mass = sum(generator.mass) / max(1, len(generator.mass))
        report[name] = {
            "figures": [figure._asdict() for figure in figures],
            "stray": sum(map(bool, strays)),
            "inactive_mass": mass,
            "seconds": time.monotonic() - started,
            "replies": [
                {
                    **shown(outcome),
                    "tokens": load_vocabulary().decode(reply.tokens),
                    "stray": found,
                }
                for outcome, reply, found in zip(outcomes, replies, strays, strict=True)
            ],
        }
        print(f"{name}: {len(asked)} replies in {report[name]['seconds']:.0f} s")
        for figure in figures:
            print(figure.line())
        print(f"{'stray':32} {report[name]['stray']:8}\n{'inactive_mass':32} {mass:8.2g}", flush=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=1))
    return report


def strange(case: Case, reply: Reply) -> list[str]:
    """The texts of a reply's tokens without trained rows that stand neither in its prompt nor in a good answer."""
    vocabulary = load_vocabulary()
    known = (vocabulary.decode(case.prompt_tokens) + "\n" + case.expected).casefold()
    texts = [vocabulary.decode([token]) for token in reply.stray]
    return [text for text in texts if split_leader(text)[1].casefold() not in known]


def judged(case: Case, reply: Reply) -> Outcome:
    answer = read(reply.tokens)
    return Outcome(case, answer, answer.valid and case.judge(answer), answer.valid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder of a bundle")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation.json"), help="file for the figures and all replies"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of cases")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    config, quantised, codes, active = read_bundle(arguments.bundle, torch.device(arguments.device))
    evaluate(config, quantised, codes, active, arguments.out, scale=arguments.scale)


if __name__ == "__main__":
    main()
