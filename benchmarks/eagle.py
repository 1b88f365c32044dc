"""What an EAGLE-3 head costs: of random weights, at the shape of the published heads for gpt-oss, with a model of
random weights.

    python benchmarks/eagle.py [openai/gpt-oss-20b] [--concurrency 1,8] [--device cuda]

Prints what it takes to feed the head behind a decode step and to ask it for 1 … 5 tokens, then tokens per second with
one that is fed and not asked, with one that is always asked and (its weights being noise) never right, which is the
worst that can come of it, and without a head. What a head is worth depends on how often it is right: with a of K
tokens accepted on average, a step that verifies K brings 1 + a.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from harmonium.automaton import Slot
from harmonium.checkpoints import safetensors
from harmonium.checkpoints.shapes import shape_of
from harmonium.config import EngineConfig, ModelConfig
from harmonium.engine.draft import Drafts
from harmonium.engine.engine import Engine
from harmonium.engine.loop import load
from harmonium.engine.sequence import Sequence
from harmonium.messages import Request, SamplingParams

DRAFT_VOCABULARY, WIDTH, HEADS, KV_HEADS, HEAD_DIM = 32_000, 17_280, 64, 8, 64
MOST = 5
_NEVER = 3
"""A token that random weights are not likely to say."""


def write_head(folder: Path, shape: ModelConfig, device: torch.device) -> None:
    hidden, q, kv = shape.hidden_size, HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM
    layer, layers = "midlayer", shape.num_layers
    norms = ["norm", *(f"{layer}.{name}" for name in ("input_layernorm", "hidden_norm", "post_attention_layernorm"))]
    shapes: dict[str, tuple[int, ...]] = {
        "fc.weight": (hidden, 3 * hidden),
        f"{layer}.self_attn.q_proj.weight": (q, 2 * hidden),
        f"{layer}.self_attn.k_proj.weight": (kv, 2 * hidden),
        f"{layer}.self_attn.v_proj.weight": (kv, 2 * hidden),
        f"{layer}.self_attn.o_proj.weight": (hidden, q),
        f"{layer}.mlp.gate_proj.weight": (WIDTH, hidden),
        f"{layer}.mlp.up_proj.weight": (WIDTH, hidden),
        f"{layer}.mlp.down_proj.weight": (hidden, WIDTH),
        "lm_head.weight": (DRAFT_VOCABULARY, hidden),
        **{f"{name}.weight": (hidden,) for name in norms},
    }

    def bits(shape: tuple[int, ...]) -> bytes:
        noise = torch.ones(shape) if len(shape) == 1 else torch.randn(shape, device=device) * shape[1] ** -0.5
        return noise.bfloat16().cpu().view(torch.uint8).numpy().tobytes()

    tensors: list[Any] = [(name, "BF16", size, map(bits, [size])) for name, size in shapes.items()]
    tensors.append(("d2t", "I64", (DRAFT_VOCABULARY,), iter([bytes(8 * DRAFT_VOCABULARY)])))
    folder.mkdir()
    values = {
        "architectures": ["LlamaForCausalLMEagle3"],
        "model_type": "llama",
        "num_hidden_layers": 1,
        "hidden_size": hidden,
        "intermediate_size": WIDTH,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM,
        "vocab_size": shape.vocab_size,
        "draft_vocab_size": DRAFT_VOCABULARY,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "eagle_config": {"eagle_aux_hidden_state_layer_ids": [1, layers // 2 - 1, layers - 4]},
    }
    (folder / "config.json").write_text(json.dumps(values))
    safetensors.write(folder / "model.safetensors", tensors)


def submit(engine: Engine, name: str, count: int, length: int) -> None:
    for number in range(count):
        prompt = [(97 * place + 31 * number) % 100_000 for place in range(128)]
        sampling = SamplingParams(max_tokens=length, temperature=0.0)
        engine.submit(Request(id=f"{name} {number}", prompt=prompt, sampling=sampling))


def decoding(engine: Engine, name: str, count: int, length: int) -> float:
    """Tokens per second of so many requests, once all have their first token."""
    submit(engine, name, count, length)
    got: dict[str, int] = {}
    began = began_with = 0.0
    while engine.busy:
        for delta in engine.step().deltas:
            got[delta.id] = got.get(delta.id, 0) + len(delta.tokens)
        if not began and len(got) == count:
            began, began_with = time.perf_counter(), sum(got.values())
    return (sum(got.values()) - began_with) / (time.perf_counter() - began)


def head_times(engine: Engine, count: int, device: torch.device) -> None:
    """Of feeding and asking the head where so many sequences decode."""
    proposer = engine.runner.proposer
    assert proposer is not None
    engine.drafts, kept = None, engine.drafts
    submit(engine, f"head {count}", count, 64)
    while not all(sequence.generated > 4 for sequence in engine.scheduler.running) or not engine.scheduler.running:
        engine.step()
    engine._land()
    running = engine.scheduler.running

    def timed(work: Any, rounds: int = 40) -> float:
        for _ in range(3):
            work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(rounds):
            work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - began) / rounds * 1e6

    if proposer._feeds:
        print(f"{count}: feeding the head {timed(lambda: proposer._replay(proposer._feeds, count, 256)):.0f} µs")
    for tokens in range(1, MOST + 1):
        wanted = dict.fromkeys(running, tokens)
        if all(proposer.room(sequence) >= tokens for sequence in running):
            print(
                f"{count}: {tokens} tokens {timed(lambda wanted=wanted: proposer.propose(wanted)):.0f} µs", flush=True
            )
    for sequence in [*running]:
        engine.abort(sequence.request.id)
    while engine.busy:
        engine.step()
    engine.drafts = kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="openai/gpt-oss-20b")
    parser.add_argument("--concurrency", default="1,8")
    parser.add_argument("--output-len", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--device", default="cuda")
    chosen = parser.parse_args()
    device = torch.device(chosen.device)
    levels = [int(level) for level in chosen.concurrency.split(",")]

    def engine_with(head: str) -> Engine:
        options = json.dumps({"model": head, "num_speculative_tokens": MOST, "prompt_lookup_min": 16})
        config = EngineConfig(
            model=chosen.model,
            device=chosen.device,
            load_format="random",
            max_num_seqs=(1 + MOST) * max(levels),
            max_model_len=1024,
            kv_cache_memory_bytes=1 << 30,
            graph_tokens=0,
            speculative="eagle3" if head else "off",
            speculative_config=options if head else "",
            engine_in_process=True,
        )
        return load(config, lambda loading: None, NoSlots())[0]

    def measure(engine: Engine, kind: str) -> None:
        for level in levels:
            rates = [
                decoding(engine, f"{kind} {number}", level, chosen.output_len) for number in range(chosen.rounds + 1)
            ]
            print(f"{level} at once, {kind}: {max(rates[1:]):.0f} tok/s", flush=True)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "head"
        write_head(folder, shape_of(chosen.model), device)
        engine = engine_with(str(folder))
        for level in levels:
            head_times(engine, level, device)
        drafts, engine.drafts = engine.drafts, None
        measure(engine, "a head that is fed")
        for most in (1, 3, MOST):
            engine.drafts = Wrong(most)
            measure(engine, f"fed, and wrong drafts of {most} from elsewhere")
        assert isinstance(drafts, Drafts)
        engine.drafts, speculation = drafts, drafts._speculation
        for most in (1, 3, MOST):
            drafts._speculation = replace(speculation, most=most)
            measure(engine, f"a head that is always asked for {most}")
        drafts._speculation = replace(speculation, measured=True)
        measure(engine, "a head that is asked where it pays")
        del engine, drafts
        gc.collect()
        measure(engine_with(""), "no head")


class Wrong:
    """Drafts what is never said, for nothing: what is left is what verifying costs."""

    reads_first = False

    def __init__(self, count: int) -> None:
        self._count = count

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        pass

    def plan(self, sequences: list[Sequence], others: int) -> dict[Sequence, list[int]]:
        return {sequence: [_NEVER] * min(self._count, sequence.room) for sequence in sequences if sequence.room > 0}


class NoSlots:
    """No request has a grammar."""

    def matcher(self, slot: Slot) -> Any:
        raise AssertionError("no slot was expected")


if __name__ == "__main__":
    main()
