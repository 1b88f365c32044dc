"""Two bundles of one line of training, mixed: `python -m training.blend BEFORE AFTER NEW --before 0.3`.

Every stored value becomes the weighted mean of the two, rounded to its stored form again. Where AFTER went on from
BEFORE with other data, it lost some of what BEFORE knew; a part of BEFORE brings much of that back at a small price
(Wortsman et al. 2022, Robust fine-tuning of zero-shot models, arXiv:2109.01903).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from harmonium.checkpoints import demo
from training.export import read_bundle, write_bundle
from training.model import EXPERTS, FIXED, SHORT, Latents, round_bfloat16, round_fixed, round_mxfp4, round_short


def blend(before: Latents, after: Latents, share: float) -> Latents:
    """share · before + (1 - share) · after in their stored forms. ValueError where the two are of different shapes."""
    mixed: Latents = {}
    if before.keys() != after.keys():
        raise ValueError("the bundles hold different tensors")
    for name, new in after.items():
        if before[name].shape != new.shape:
            raise ValueError(
                f"{name} has shape {tuple(before[name].shape)} in one bundle, {tuple(new.shape)} in the other"
            )
        mean = share * before[name] + (1 - share) * new
        if name in FIXED:
            mixed[name] = round_fixed(mean)
        elif name in EXPERTS:
            mixed[name] = round_mxfp4(mean)
        else:
            mixed[name] = round_short(mean) if name in SHORT else round_bfloat16(mean)
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("new", type=Path, help="folder to make")
    parser.add_argument("--before", dest="share", type=float, required=True, metavar="SHARE", help="of BEFORE, 0 to 1")
    arguments = parser.parse_args()
    _, before, _, active = read_bundle(arguments.before, torch.device("cpu"))
    config, after, _, same = read_bundle(arguments.after, torch.device("cpu"))
    if not np.array_equal(active, same):
        raise SystemExit("The bundles have different active tokens.")
    about = {**demo.read_bundle_header(arguments.after)["about"], "share_of_the_run_before": arguments.share}
    write_bundle(config, blend(before, after, arguments.share), same, arguments.new, about)


if __name__ == "__main__":
    main()
