"""What a step costs on the host: everything of `Engine.step` but the model's arithmetic.

    python benchmarks/host.py [--sequences 1 64 256] [--grammar] [--overlap] [--profile]

The model computes nothing: its logits are one constant row, and sampling takes the largest. Prompts have 1,024 tokens;
what is timed are steps in which every sequence decodes, the encoding of their output for the server included. With
--grammar every request is under the harmony automaton. Figures are medians in milliseconds per step.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from harmonium.automaton import Grammar
from harmonium.checkpoints.shapes import GPT_OSS_20B
from harmonium.engine.engine import Engine
from harmonium.engine.kv_cache import Geometry
from harmonium.engine.runner import Runner
from harmonium.engine.scheduler import Scheduler
from harmonium.harmony.prompt import prompt as harmony_prompt
from harmonium.harmony.types import Conversation, Message, ToolChoice
from harmonium.messages import Request, SamplingParams, frame
from harmonium.model.batch import Batch
from harmonium.ops import Picked, Picking
from harmonium.parallel import Alone
from harmonium.slots import SlotCompiler
from harmonium.vocabulary import load_vocabulary

TOKEN = 1000


class Nothing:
    """A model and a sampler without arithmetic."""

    config = GPT_OSS_20B
    device = torch.device("cpu")
    dtype = torch.float32

    def forward(self, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        return batch.outputs[:, None]

    def logits(self, hidden: Tensor) -> Tensor:
        return torch.zeros((len(hidden), 1))

    def sample(self, logits: Tensor, picking: Picking) -> Picked:
        rows = len(logits)
        masked = None if picking.mask_rows is None else torch.zeros(len(picking.mask_rows))
        return Picked(torch.full((rows,), TOKEN), masked)


def engine_of(sequences: int, overlap: bool) -> Engine:
    geometry = Geometry.of(GPT_OSS_20B, block_size=16, num_kv_heads=1, itemsize=2)
    num_blocks = 1 + sequences * 2 * 100
    nothing = Nothing()
    runner = Runner(
        nothing,
        nothing,  # type: ignore[arg-type]
        Alone(),
        geometry,
        num_blocks,
        max_num_seqs=sequences,
        max_tokens=8192,
        max_model_len=131_072,
        shares_picks=overlap,
    )
    scheduler = Scheduler(
        geometry.space(num_blocks), max_num_seqs=sequences, max_num_batched_tokens=8192, max_num_queued=1000
    )
    return Engine(
        runner,
        scheduler,
        SlotCompiler(load_vocabulary()),
        vocab_size=GPT_OSS_20B.vocab_size,
        max_model_len=131_072,
        overlap=overlap,
        seed=0,
        clock=time.monotonic,
    )


def harmony_grammar() -> Grammar:
    conversation = Conversation(messages=[Message(role="user", content="Hello")])
    return harmony_prompt(conversation, choice=ToolChoice(), parallel=True, vocabulary=load_vocabulary()).grammar


class Body:
    """The grammar of a reply that has begun: its free body, in which nearly every step is."""

    def __init__(self, grammar: Grammar) -> None:
        automaton = grammar.automaton
        free = next(i for i, each in enumerate(automaton.states) if each.text is not None and each.slot is None)
        self.grammar = Grammar(type(automaton)(automaton.states, free, automaton.ordinary), grammar.slots)


def measure(sequences: int, grammar: Grammar | None, options: argparse.Namespace) -> float:
    engine = engine_of(sequences, options.overlap)
    for number in range(sequences):
        prompt = [(number * 7919 + position) % 190_000 for position in range(1024)]
        sampling = SamplingParams(max_tokens=options.tokens, temperature=options.temperature, seed=number)
        engine.submit(Request(id=f"chatcmpl-{number:032x}", prompt=prompt, sampling=sampling, grammar=grammar))
    seconds: list[float] = []
    profile = cProfile.Profile()
    while engine.busy:
        if options.profile and len(seconds) == 50:
            profile.enable()
        began = time.perf_counter()
        output = engine.step()
        frame(output)
        took = time.perf_counter() - began
        if len(output.deltas) == sequences and not output.deltas[0].finish:
            seconds.append(took)
    profile.disable()
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 1000 * statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--grammar", action="store_true")
    parser.add_argument("--overlap", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    grammar = Body(harmony_grammar()).grammar if options.grammar else None
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    for sequences in options.sequences:
        print(f"{sequences:4d} sequences: {measure(sequences, grammar, options):.3f} ms per step", flush=True)


if __name__ == "__main__":
    main()
