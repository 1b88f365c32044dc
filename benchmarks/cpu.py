"""Harmonium and llama.cpp on one CPU, in turn, over models of the same shape.

    pip install harmonium xllamacpp gguf
    python benchmarks/cpu.py --folder /somewhere/with/26/GB

makes a random checkpoint of gpt-oss-20b's shape and a GGUF file of the same weights (experts MXFP4, the rest Q8_0),
then measures single-stream decoding, the prefill of 512 tokens, four requests at once, and decoding with one thread,
and at last Harmonium alone with exact weights (bfloat16, inputs of experts in float32):
each first with one engine and then with the other, several rounds of it. Each figure is the median over the rounds,
each ratio the median of the rounds' own ratios. On a machine with other work, the share of the cores is luck: the ratio
per second of processor time leaves that out. Both engines get token ids and sample greedily, without a server.

Both models are in memory at once, and the idle one sleeps. Where that does not fit, as all 24 layers do not into 24 GB,
--layers N makes both smaller by leaving layers out, and --exclusive loads each engine anew for each of its turns:

    python benchmarks/cpu.py --folder FOLDER --layers 10 --rounds 5
    python benchmarks/cpu.py --folder ANOTHER --exclusive --rounds 5 --measures decode,prefill,together
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harmonium.checkpoints.layout import Checkpoint, open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.checkpoints.shapes import GPT_OSS_20B as SHAPE
from harmonium.config import ModelConfig

CONTEXT = 1024
"""Tokens of KV cache for each of the four requests."""
DECODED, PROMPT, TOGETHER = 48, 512, 4


def shape(layers: int) -> ModelConfig:
    return replace(SHAPE, num_layers=layers, sliding_layers=SHAPE.sliding_layers[:layers])


# ---- the same weights as GGUF ---------------------------------------------------------------------------------------


def write_gguf(checkpoint: Checkpoint, file: Path) -> None:
    """Write the checkpoint as llama.cpp's converter does, one tensor at a time."""
    import gguf

    config = checkpoint.config
    writer = gguf.GGUFWriter(str(file) + ".part", "gpt-oss")
    writer.add_context_length(config.max_position)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_expert_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_heads)
    writer.add_head_count_kv(config.num_kv_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_expert_count(config.num_experts)
    writer.add_expert_used_count(config.experts_per_token)
    writer.add_sliding_window(config.sliding_window)
    writer.add_rope_freq_base(config.rope.theta)
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(config.rope.factor)
    writer.add_rope_scaling_orig_ctx_len(config.rope.original_max_position)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_MXFP4_MOE)
    # Ids are all that is measured, but a tokenizer there must be.
    tokens = [f"t{number}" for number in range(config.vocab_size)]
    tokens[:256] = [chr(code) if 33 <= code < 127 else chr(256 + code) for code in range(256)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-4o")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * config.vocab_size)
    writer.add_token_merges(["t 1"])
    writer.add_eos_token_id(config.eos_tokens[0])
    pieces = list(_gguf_tensors(checkpoint, gguf))
    for name, dims, kind, _ in pieces:
        if kind is None:
            writer.add_tensor_info(name, dims, np.dtype(np.float32), int(np.prod(dims)) * 4)
        else:
            block, size = gguf.GGML_QUANT_SIZES[kind]
            row = (*dims[:-1], dims[-1] // block * size)
            writer.add_tensor_info(name, row, np.dtype(np.uint8), int(np.prod(row)), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, _, _, make in pieces:
        writer.write_tensor_data(make())
    writer.close()
    os.rename(str(file) + ".part", file)


def _gguf_tensors(
    checkpoint: Checkpoint, gguf: Any
) -> Iterator[tuple[str, tuple[int, ...], Any, Callable[[], np.ndarray]]]:
    """Name, shape, quantisation (None: float32) and content of every tensor."""
    config = checkpoint.config
    q8, mxfp4 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.MXFP4

    def floats(name: str) -> np.ndarray:
        return (np.array(checkpoint.read(name)).astype(np.uint32) << 16).view(np.float32)

    def plain(ours: str, theirs: str, rows: slice = slice(None)) -> Any:
        dims = (*checkpoint.tensors[ours].shape[:-1], len(range(checkpoint.tensors[ours].shape[-1])[rows]))
        return theirs, dims, None, lambda: np.ascontiguousarray(floats(ours)[..., rows])

    def matrix(ours: str, theirs: str) -> Any:
        def make() -> np.ndarray:
            stored = checkpoint.read(ours)
            parts = [
                gguf.quants.quantize((np.array(part).astype(np.uint32) << 16).view(np.float32), q8)
                for part in np.array_split(stored, max(1, stored.nbytes >> 26))
            ]
            return np.concatenate(parts)

        return theirs, checkpoint.tensors[ours].shape, q8, make

    def experts(ours: str, theirs: str, rows: slice) -> Any:
        count, outputs, blocks = checkpoint.tensors[f"{ours}_scales"].shape
        dims = (count, len(range(outputs)[rows]), blocks * 32)

        def make() -> np.ndarray:
            codes, scales = checkpoint.read(f"{ours}_blocks"), checkpoint.read(f"{ours}_scales")
            out = np.empty((*dims[:2], blocks, 17), np.uint8)
            for expert in range(count):
                mine = np.array(codes[expert, rows])
                # Theirs holds elements i and i + 16 in a byte, ours 2i and 2i + 1.
                values = np.stack((mine & 15, mine >> 4), axis=-1).reshape(*mine.shape[:-1], 32)
                out[expert, :, :, 0] = scales[expert, rows]
                out[expert, :, :, 1:] = values[..., :16] | values[..., 16:] << 4
            return out.reshape(*dims[:2], blocks * 17)

        return theirs, dims, mxfp4, make

    yield matrix("model.embed_tokens.weight", "token_embd.weight")
    yield plain("model.norm.weight", "output_norm.weight")
    yield matrix("lm_head.weight", "output.weight")
    for number in range(config.num_layers):
        ours, theirs = f"model.layers.{number}", f"blk.{number}"
        yield plain(f"{ours}.input_layernorm.weight", f"{theirs}.attn_norm.weight")
        yield plain(f"{ours}.post_attention_layernorm.weight", f"{theirs}.post_attention_norm.weight")
        yield plain(f"{ours}.self_attn.sinks", f"{theirs}.attn_sinks.weight")
        for one, other in (("q_proj", "attn_q"), ("k_proj", "attn_k"), ("v_proj", "attn_v"), ("o_proj", "attn_output")):
            yield matrix(f"{ours}.self_attn.{one}.weight", f"{theirs}.{other}.weight")
            yield plain(f"{ours}.self_attn.{one}.bias", f"{theirs}.{other}.bias")
        yield plain(f"{ours}.mlp.router.weight", f"{theirs}.ffn_gate_inp.weight")
        yield plain(f"{ours}.mlp.router.bias", f"{theirs}.ffn_gate_inp.bias")
        for one, other, rows in (
            ("gate_up_proj", "ffn_gate_exps", slice(0, None, 2)),
            ("gate_up_proj", "ffn_up_exps", slice(1, None, 2)),
            ("down_proj", "ffn_down_exps", slice(None)),
        ):
            yield experts(f"{ours}.mlp.experts.{one}", f"{theirs}.{other}.weight", rows)
            yield plain(f"{ours}.mlp.experts.{one}_bias", f"{theirs}.{other}.bias", rows)


# ---- the engines, each in a process of its own ----------------------------------------------------------------------


def prompt(length: int) -> list[int]:
    return [random.randrange(1000, 190_000) for _ in range(length)]


class Harmonium:
    """The engine without a server, stepped here."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        import torch

        from harmonium.config import EngineConfig
        from harmonium.engine.loop import load
        from harmonium.ops.cpu import library

        self.folder, self.dtype = folder, torch.float32
        torch.set_num_threads(options.threads)
        kernels = library.load()
        assert kernels is not None, "the native kernels are not there"
        if options.isa:
            kernels.isas = {options.isa: kernels.isas[options.isa]}
        self.isa = next(iter(kernels.isas))
        config = EngineConfig(
            model=str(folder / "checkpoint"),
            device="cpu",
            max_num_seqs=8,
            max_num_batched_tokens=2048,
            enable_prefix_caching=False,
            kv_cache_memory_bytes=1 << 28,
            dense_weights=options.dense,
            expert_inputs=options.experts,
        )
        self.engine = load(config, lambda loading: None, None)[0]  # type: ignore[arg-type]

    def run(self, requests: list[tuple[list[int], int]]) -> list[list[float]]:
        """When each token of each request came."""
        from harmonium.messages import Request, SamplingParams

        for number, (tokens, count) in enumerate(requests):
            sampling = SamplingParams(max_tokens=count, temperature=0.0)
            self.engine.submit(Request(id=str(number), prompt=tokens, sampling=sampling))
        times: list[list[float]] = [[] for _ in requests]
        while self.engine.busy:
            for delta in self.engine.step().deltas:
                times[int(delta.id)] += [time.perf_counter()] * len(delta.tokens)
        return times

    def measure(self, what: str) -> dict[str, float]:
        started = time.perf_counter()
        if what == "decode":
            (times,) = self.run([(prompt(16), DECODED)])
            return {"rate": (DECODED - 1) / (times[-1] - times[0])}
        if what == "prefill":
            (times,) = self.run([(prompt(PROMPT), 1)])
            return {"rate": PROMPT / (times[0] - started)}
        every = self.run([(prompt(16), DECODED) for _ in range(TOGETHER)])
        return {"rate": TOGETHER * DECODED / (max(times[-1] for times in every) - started)}

    def facts(self) -> dict[str, Any]:
        """What decoding one token reads, and how fast memory is read when nothing else is done."""
        from harmonium.model.weights import step_bytes
        from harmonium.ops.cpu import CpuOps

        ops = self.engine._runner._ops
        assert isinstance(ops, CpuOps)
        checkpoint = open_checkpoint(self.folder / "checkpoint")
        moved = step_bytes(checkpoint, self.dtype, ops)
        return {"bytes": moved, "bandwidth": ops.read_bandwidth(), "isa": self.isa}


class Llama:
    """llama.cpp's server object, called in its process."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(folder / "model.gguf")
        params.n_ctx = CONTEXT * TOGETHER
        params.n_parallel = TOGETHER
        params.n_batch = 2048
        params.cpuparams.n_threads = options.threads
        params.cpuparams_batch.n_threads = options.threads
        params.cpuparams.poll = 0
        params.cpuparams_batch.poll = 0
        params.cache_prompt = False
        params.cache_ram_mib = 0
        params.warmup = True
        params.no_extra_bufts = options.no_repack
        self.server = xllamacpp.Server(params)

    def complete(self, tokens: list[int], count: int) -> dict[str, Any]:
        body = {
            "prompt": tokens,
            "n_predict": count,
            "temperature": 0,
            "top_k": 1,
            "ignore_eos": True,
            "cache_prompt": False,
        }
        reply: dict[str, Any] = self.server.handle_completions(body)
        return reply

    def measure(self, what: str) -> dict[str, float]:
        started = time.perf_counter()
        if what == "decode":
            timings = self.complete(prompt(16), DECODED)["timings"]
            return {"rate": 1000 * (timings["predicted_n"] - 1) / timings["predicted_ms"]}
        if what == "prefill":
            timings = self.complete(prompt(PROMPT), 1)["timings"]
            assert timings["prompt_n"] == PROMPT
            return {"rate": 1000 * PROMPT / timings["prompt_ms"]}
        counts: list[int] = []

        def one() -> None:
            counts.append(self.complete(prompt(16), DECODED)["timings"]["predicted_n"])

        threads = [threading.Thread(target=one) for _ in range(TOGETHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(counts) == TOGETHER * DECODED
        return {"rate": sum(counts) / (time.perf_counter() - started)}

    def facts(self) -> dict[str, Any]:
        return {}


def child(options: argparse.Namespace) -> None:
    """Measure what the lines of standard input name."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    started = time.perf_counter()
    engine = (Harmonium if options.child == "harmonium" else Llama)(options.folder, options)
    print(json.dumps({"seconds": time.perf_counter() - started} | engine.facts()), file=out, flush=True)
    for line in sys.stdin:
        before = time.process_time()
        started = time.perf_counter()
        result = engine.measure(line.strip())
        result["cores"] = (time.process_time() - before) / (time.perf_counter() - started)
        print(json.dumps(result), file=out, flush=True)


class Engine:
    """One engine's process, loaded when it is first asked for something."""

    def __init__(self, name: str, threads: int, options: argparse.Namespace) -> None:
        self.name = name
        command = [
            sys.executable,
            __file__,
            "--child",
            name,
            "--threads",
            str(threads),
            "--folder",
            str(options.folder),
        ]
        command += ["--isa", options.isa, "--dense", options.dense, "--experts", options.experts]
        self._command = command + ["--no-repack"] * options.no_repack
        self._process: subprocess.Popen[str] | None = None
        self.loaded: dict[str, Any] = {}

    def start(self) -> None:
        if self._process is None:
            environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
            log = open(f"/tmp/benchmark-{self.name}.log", "w")  # noqa: SIM115
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
            self.loaded = self._read()

    def measure(self, what: str) -> dict[str, float]:
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has ended; see /tmp/benchmark-{self.name}.log")
        parsed: dict[str, Any] = json.loads(line)
        return parsed

    @property
    def peak(self) -> float:
        """The most memory that the process held, in GB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9

    def stop(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._process = None


def compare(threads: int, measures: list[str], options: argparse.Namespace) -> None:
    engines = [Engine(name, threads, options) for name in ("harmonium", "llama.cpp")]
    rates: dict[tuple[str, str], list[float]] = {}
    per_core: dict[tuple[str, str], list[float]] = {}

    def measure(engine: Engine, what: str) -> None:
        result = engine.measure(what)
        rates.setdefault((engine.name, what), []).append(result["rate"])
        per_core.setdefault((engine.name, what), []).append(result["rate"] / result["cores"])
        line = f"  {what:8} {engine.name:10} {result['rate']:8.2f} tok/s"
        print(f"{line}, {result['cores']:.2f} cores, load {os.getloadavg()[0]:.1f}", flush=True)

    for turn in range(options.rounds):
        for engine in engines if turn % 2 == 0 else engines[::-1]:
            engine.start()
            for what in measures if options.exclusive else ():
                measure(engine, what)
            if options.exclusive:
                report_loading(engine)
                engine.stop()
        for what in () if options.exclusive else measures:
            for engine in engines if turn % 2 == 0 else engines[::-1]:
                measure(engine, what)
    print(f"\n{threads} thread{'s' * (threads > 1)}: medians of {options.rounds} rounds")
    for what in measures:
        ratio, of_cores = (
            statistics.median(
                ours / theirs for ours, theirs in zip(every["harmonium", what], every["llama.cpp", what], strict=True)
            )
            for every in (rates, per_core)
        )
        one, other = (statistics.median(rates[name, what]) for name in ("harmonium", "llama.cpp"))
        print(
            f"  {what:8} Harmonium {one:7.2f} tok/s, llama.cpp {other:7.2f} tok/s, ratio {ratio:.2f} "
            f"({of_cores:.2f} per second of processor time)"
        )
    facts = engines[0].loaded
    if "decode" in measures:
        rate, moved, bandwidth = statistics.median(rates["harmonium", "decode"]), facts["bytes"], facts["bandwidth"]
        print(
            f"  decode moves {moved / 1e9:.3f} GB per token: {rate * moved / 1e9:.1f} GB/s, "
            f"{100 * rate * moved / bandwidth:.0f} % of the {bandwidth / 1e9:.1f} GB/s measured ({facts['isa']})"
        )
    if not options.exclusive:
        for engine in engines:
            report_loading(engine)
    for engine in engines:
        engine.stop()
    print(flush=True)


def exactly(options: argparse.Namespace) -> None:
    """Harmonium alone, with the weights and activations of the reference."""
    exact = argparse.Namespace(**vars(options) | {"dense": "exact", "experts": "exact"})
    engine = Engine("harmonium", options.threads, exact)
    rates: dict[str, list[float]] = {"decode": [], "prefill": [], "together": []}
    for _ in range(options.rounds):
        for what, found in rates.items():
            found.append(engine.measure(what)["rate"])
    facts = engine.loaded
    print(f"{options.threads} threads, exact weights, Harmonium alone: medians of {options.rounds} rounds")
    for what, found in rates.items():
        print(f"  {what:8} {statistics.median(found):7.2f} tok/s")
    moved = statistics.median(rates["decode"]) * facts["bytes"]
    print(
        f"  decode moves {facts['bytes'] / 1e9:.3f} GB per token: {moved / 1e9:.1f} GB/s, "
        f"{100 * moved / facts['bandwidth']:.0f} % of the {facts['bandwidth'] / 1e9:.1f} GB/s measured"
    )
    report_loading(engine)
    engine.stop()


def report_loading(engine: Engine) -> None:
    print(
        f"  {engine.name}: ready after {engine.loaded['seconds']:.1f} s, peak memory {engine.peak:.2f} GB", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the models are, or are made")
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--isa", default="", help="instruction set for Harmonium; the best by default")
    parser.add_argument("--dense", default="auto", choices=("auto", "int8", "exact"))
    parser.add_argument("--experts", default="auto", choices=("auto", "int8", "exact"))
    parser.add_argument("--no-repack", action="store_true", help="llama.cpp with its weights as they are in the file")
    parser.add_argument("--exclusive", action="store_true", help="only one engine in memory at a time")
    parser.add_argument("--measures", default="decode,prefill,together,single,exact")
    parser.add_argument("--child", choices=("harmonium", "llama.cpp"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    if not (options.folder / "checkpoint").exists():
        print("Making the checkpoint …", flush=True)
        write_random_checkpoint(options.folder / "checkpoint", shape(options.layers), seed=1)
    checkpoint = open_checkpoint(options.folder / "checkpoint")
    if not (options.folder / "model.gguf").exists():
        print("Making the GGUF file …", flush=True)
        write_gguf(checkpoint, options.folder / "model.gguf")
    print(f"{checkpoint.config.num_layers} layers, load average {os.getloadavg()[0]:.1f}", flush=True)
    measures = options.measures.split(",")
    several = [what for what in measures if what not in ("single", "exact")]
    if several:
        compare(options.threads, several, options)
    if "single" in measures:
        compare(1, ["decode"], options)
    if "exact" in measures:
        exactly(options)


if __name__ == "__main__":
    main()
