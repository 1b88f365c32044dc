"""Last touches to a trained bundle, within the architecture: `python -m training.finish BUNDLE NEW --push NATS`.

`--push` lowers the logits of all rows that were never trained by so many nats, at the model's average final state: the
one vector that they share is moved against that state. Copying, which works through their codes, keeps its margin but
for those nats. `--sharpen F` multiplies the weight of the last norm, which is sampling at a temperature of 1/F.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from harmonium.checkpoints import demo
from training.export import read_bundle, write_bundle
from training.generate import Generator
from training.model import Latents, round_bfloat16, round_fixed
from training.stream import Source

SAMPLES = 200


def push(quantised: Latents, state: Tensor, nats: float) -> Latents:
    """The model with untrained rows lowered by `nats` where the final state is `state` [D], up to rounding."""
    away = nats * state / state.square().sum()
    lowered = {f"head.{name}": round_fixed(quantised[f"head.{name}"] - away) for name in ("shared", "dead")}
    return {**quantised, **lowered}


def sharpen(quantised: Latents, factor: float) -> Latents:
    """The model with all logits multiplied by `factor`, up to rounding."""
    return {**quantised, "norm": round_bfloat16(quantised["norm"] * factor)}


def average_state(generator: Generator, source: Source, samples: int = SAMPLES) -> Tensor:
    """The mean final state [D] where the next token is a trained part of a reply and has a row of its own."""
    total = torch.zeros(generator.config.hidden_size, device=generator.norm.device)
    count = 0
    for _ in range(samples):
        sample = source.next()
        tokens = torch.tensor([sample.tokens], device=total.device)
        states = generator.states(tokens)[0, :-1]
        trained = torch.tensor(sample.trained[1:], device=total.device) >= 1
        counted = trained & ~generator.inactive[tokens[0, 1:]]
        total += states[counted].sum(0)
        count += int(counted.sum())
    return total / max(1, count)


def main() -> None:
    from training.data import Sampler

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("new", type=Path, help="folder to make")
    parser.add_argument("--push", type=float, default=0.0, metavar="NATS")
    parser.add_argument("--sharpen", type=float, default=1.0, metavar="F")
    arguments = parser.parse_args()
    config, quantised, codes, active = read_bundle(arguments.bundle, torch.device("cpu"))
    about = {
        **demo.read_bundle_header(arguments.bundle)["about"],
        "push": arguments.push,
        "sharpen": arguments.sharpen,
    }
    if arguments.push:
        generator = Generator(config, quantised, codes, torch.from_numpy(active))
        state = average_state(generator, Sampler(seed=0, split="heldout"))
        quantised = push(quantised, state, arguments.push)
    quantised = sharpen(quantised, arguments.sharpen)
    write_bundle(config, quantised, active, arguments.new, about)


if __name__ == "__main__":
    main()
