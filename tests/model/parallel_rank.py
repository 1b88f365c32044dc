"""One rank of some models, one after the other: parallel_rank.py RANK SIZE ADDRESS DTYPE OUT FOLDER …

Writes logits and greedy tokens of the first to OUT-0.npz, of the second to OUT-1.npz, …"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import torch
from model_driver import CPU, Cached, Paged, greedy, load

from harmonium.parallel import Alone, Comm, Distributed


def main(rank: str, size: str, address: str, dtype: str, out: str, *folders: str) -> None:
    torch.set_num_threads(1)
    comm: Comm = Alone() if size == "1" else Distributed(int(rank), int(size), address, CPU)
    for number, folder in enumerate(folders):
        model = load(Path(folder), getattr(torch, dtype), comm)
        drawn = random.Random(1)
        prompts = [[drawn.randrange(model.config.vocab_size) for _ in range(length)] for length in (1, 17, 200)]
        logits = Paged(model).step([(Cached(), prompt) for prompt in prompts])
        said = comm.broadcast(torch.full((3,), float(rank)), source=int(size) - 1)
        np.savez(
            f"{out}-{number}.npz",
            logits=torch.cat(logits).numpy(),
            tokens=np.array([greedy(model, prompt, 20) for prompt in prompts]),
            kv_heads=model.num_kv_heads,
            said=said.numpy(),
        )
    if isinstance(comm, Distributed):
        comm.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
