"""The engine's process or thread: one plain loop between a socket and the `Engine`.

The first frame that comes is the EngineConfig; then ToEngine messages in, FromEngine messages out. The loop ends when
the socket closes or Shutdown comes. With tensor parallelism rank 0 starts the other ranks as processes, each at a
socket of its own, over which it sends every step before it launches it; one that dies takes the engine with it.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import msgspec
import torch

from harmonium.automaton import Slot
from harmonium.checkpoints.eagle import Eagle3Checkpoint, open_eagle3, parse_eagle3
from harmonium.checkpoints.hub import resolve
from harmonium.checkpoints.layout import Checkpoint, open_checkpoint
from harmonium.checkpoints.script import SHAPE, is_script, read_script
from harmonium.checkpoints.shapes import shape_of, without_files
from harmonium.config import Batching, EngineConfig, ModelConfig, cache_dir
from harmonium.engine import sequence
from harmonium.engine.account import Account, Usage
from harmonium.engine.constraint import Matcher, Matchers
from harmonium.engine.draft import SIZES, Costs, Drafts, Speculation, reads
from harmonium.engine.eagle import block_bytes, head_bytes
from harmonium.engine.engine import DeviceFault, Engine
from harmonium.engine.graphs import CudaGraphs, Graph, contexts, next_size, prompt_sizes, sizes_up_to
from harmonium.engine.kv_cache import Geometry, activation_bytes, describe, device_memory, gib, name_of, plan
from harmonium.engine.measure import CardMemory, Trial, compile_ahead, measure, read_bandwidth
from harmonium.engine.runner import Runner, decode_step
from harmonium.engine.scheduler import Chunk, Scheduler
from harmonium.engine.scripted import ScriptedModel, ScriptedRunner, UnconstrainedEngine
from harmonium.engine.traffic import least_bytes
from harmonium.errors import ConfigError, EngineFailure, HarmoniumError
from harmonium.logs import configure_logging
from harmonium.messages import (
    HEADER,
    Abort,
    Fatal,
    FromEngine,
    Loading,
    MemoryPlan,
    Ready,
    Shutdown,
    Submit,
    ToEngine,
    frame,
)
from harmonium.model.eagle import Eagle3, eagle3_bytes, load_eagle3
from harmonium.model.gpt_oss import GptOss
from harmonium.model.packed import PackedCache, Packing
from harmonium.model.weights import load_model, read_bytes, step_bytes, weight_bytes
from harmonium.ops import Ops, Precision, ops_for, reference
from harmonium.parallel import Alone, Comm, Distributed, Shard
from harmonium.slots import SlotCompiler
from harmonium.vocabulary import load_vocabulary

log = logging.getLogger(__name__)

Message = TypeVar("Message")

_PROGRESS_SECONDS = 0.1


class Closed(Exception):
    """The other end of the socket is gone."""


class Link:
    """Frames over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()
        self._sending = threading.Lock()

    def send(self, message: FromEngine | object) -> None:
        """Closed when nobody listens any more. From any thread."""
        try:
            with self._sending:
                self._connection.sendall(frame(message))
        except OSError:
            raise Closed from None

    def bodies(self, wait: bool) -> list[bytes]:
        """The frames that have come, without their lengths; with `wait`, at least one."""
        complete = self._cut()
        while True:
            try:
                data = self._connection.recv(1 << 20, 0 if wait and not complete else socket.MSG_DONTWAIT)
            except BlockingIOError:
                return complete
            except OSError:
                raise Closed from None
            if not data:
                raise Closed
            self._received += data
            complete += self._cut()

    def _cut(self) -> list[bytes]:
        bodies = []
        start = 0
        while len(self._received) >= start + HEADER:
            end = start + HEADER + int.from_bytes(self._received[start : start + HEADER], "little")
            if len(self._received) < end:
                break
            bodies.append(bytes(self._received[start + HEADER : end]))
            start = end
        del self._received[:start]
        return bodies


class Follow(msgspec.Struct, frozen=True):
    """What a rank other than 0 needs to know."""

    config: EngineConfig
    rank: int
    address: str


class Sizes(msgspec.Struct, frozen=True):
    """What rank 0 has found room for: all ranks' caches are alike."""

    num_blocks: int
    max_model_len: int


class _SlotsLater:
    """A slot compiler that is made in another thread, since reading the vocabulary takes a second or two."""

    def __init__(self) -> None:
        self._made: Future[SlotCompiler] | None = None

    def begin(self) -> Future[SlotCompiler]:
        """Make it now; otherwise the first slot does."""
        if self._made is None:
            executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="harmonium-slots")
            self._made = executor.submit(_slot_compiler)
            executor.shutdown(wait=False)
        return self._made

    def matcher(self, slot: Slot) -> Matcher:
        return self.begin().result().matcher(slot)


def _slot_compiler() -> SlotCompiler:
    compiler = SlotCompiler(load_vocabulary())
    compiler.warm_up()
    return compiler


def serve(connection: socket.socket) -> None:
    """Be the engine at this end of `connection` until it closes. Never raises: what goes wrong is sent as Fatal."""
    link = Link(connection)
    in_process = False

    def lost(message: str) -> None:
        with suppress(Closed):
            link.send(Fatal(message, EngineFailure.code or ""))
        if in_process:
            # All that can be done to a thread that may be waiting for the lost one.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        else:
            followers.kill()
            os._exit(1)

    followers = Followers(lost)
    try:
        first, *rest = link.bodies(wait=True)
        config = msgspec.msgpack.decode(first, type=EngineConfig)
        in_process = config.engine_in_process
        if not in_process:
            configure_logging("info", config.log_format)
        slots = _SlotsLater()
        engine, ready = load(config, link.send, slots, followers)
        link.send(ready)
        if not in_process:
            slots.begin()
        run(engine, link, rest)
    except Closed:
        pass
    except Exception as error:
        if not isinstance(error, HarmoniumError):
            log.exception("The engine has failed")
        message, code = (error.message, error.code) if isinstance(error, HarmoniumError) else (repr(error), None)
        try:
            link.send(Fatal(message, code or EngineFailure.code or ""))
        except Closed:
            log.error("Nobody was there to be told: %s", message)
    finally:
        followers.close()
        connection.close()
        followers.wait()


def run(engine: Engine, link: Link, bodies: list[bytes]) -> None:
    """Take messages, compute steps, send what they gave, until Shutdown or the end of the socket (Closed)."""
    decoder: msgspec.msgpack.Decoder[ToEngine] = msgspec.msgpack.Decoder(ToEngine)
    while True:
        changed = False
        for body in bodies or link.bodies(wait=not engine.busy):
            changed = True
            match decoder.decode(body):
                case Submit(requests):
                    for request in requests:
                        engine.submit(request)
                case Abort(ids):
                    for identifier in ids:
                        engine.abort(identifier)
                case Shutdown():
                    return
        bodies = []
        if engine.busy or changed:
            try:
                output = engine.step()
            except DeviceFault as fault:
                raise EngineFailure(f"The engine cannot go on: {fault}") from fault
            link.send(output)


def load(
    config: EngineConfig,
    report: Callable[[Loading], None],
    matchers: Matchers,
    followers: Followers | None = None,
) -> tuple[Engine, Ready]:
    """Plan the memory, read the checkpoint and build the engine; other ranks are started in `followers`. Without
    those, this process ends when one of its ranks does."""
    followers = followers or Followers(_leave)
    watch = _Watch()
    ranks = config.tensor_parallel_size
    check_sizes(config)
    if is_script(config.model):
        return _load_script(config, matchers, watch)
    device, dtype, kv_dtype = device_of(config, rank=0), dtype_of(config), kv_dtype_of(config)
    on_cpu = device.type == "cpu"
    checkpoint = opened(config)
    make_current(device)
    share_cores(device, ranks)
    ops = operations(config, device)
    precision = precision_of(ops)
    log.info(
        "Compute type %s, KV cache %s, dense weights %s, inputs of experts %s",
        name_of(dtype),
        name_of(kv_dtype),
        precision.dense,
        precision.experts,
    )
    shape = checkpoint.config
    geometry = geometry_of(shape, config, kv_dtype, rank=0)
    weights = weight_bytes(checkpoint, dtype, ranks, ops)
    drafting = head_of(config, shape)
    if drafting is not None:
        weights += eagle3_bytes(drafting, shape, dtype)
        geometry = replace(geometry, beside=block_bytes(drafting.config, config.block_size, kv_dtype))
    if not on_cpu:
        # An engine before this one in the same process had a limit of its own.
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    account = Account(CardMemory(device), config.gpu_memory_utilization)
    # For MBU. A CPU's takes too long to measure at every start, and depends on what else it does.
    bandwidth = 0.0 if on_cpu else ranks * read_bandwidth(device)
    available = device_memory(device)[0] // ranks if on_cpu else account.available
    if available < account.allowed:
        log.warning(
            "Other programs leave %s of the %s that --gpu-memory-utilization %g allows",
            gib(available),
            gib(account.allowed),
            config.gpu_memory_utilization,
        )
    room = None if on_cpu else available - weights
    batching = batching_of(config, on_cpu=on_cpu, room=room)
    # What other ranks are told, who may see other amounts of memory.
    config = replace(config, max_num_seqs=batching.max_num_seqs, max_num_batched_tokens=batching.max_num_batched_tokens)
    standing = 0 if drafting is None else head_bytes(drafting.config, shape, batching, dtype)
    # On a CPU this is the plan; elsewhere the first look at whether the model fits, before anything is loaded.
    memory = plan(
        shape,
        geometry,
        config,
        batching,
        weights=weights,
        activations=activation_bytes(shape, batching, geometry.itemsize) + standing if on_cpu else 0,
        available=available,
        on_cpu=on_cpu,
    )
    comm: Comm = Alone()
    if ranks > 1:
        address = f"127.0.0.1:{free_port()}"
        for rank in range(1, ranks):
            followers.start(Follow(config, rank, address))
        comm = Distributed(0, ranks, address, device)
    said = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _PROGRESS_SECONDS or done == total:
            said = now
            report(Loading("weights", done, total))

    model = load_model(
        checkpoint,
        device=device,
        dtype=dtype,
        ops=ops,
        comm=comm,
        progress=progress,
        cache=packed_cache(config, ops),
        noise=noise_of(config),
    )
    head = None if drafting is None else load_eagle3(drafting, model)
    watch.lap("weights", device)
    if not on_cpu:
        usage = measured(config, account, model, ops, comm, geometry, batching, kv_dtype, head)
        watch.lap("measuring step", device)
        log.info(
            "Memory beside weights and KV cache: context %s, largest step %s, graphs %s, the driver %s",
            *(gib(each) for each in (account.context, usage.step, usage.graphs, usage.elsewhere)),
        )
        memory = plan(
            shape,
            geometry,
            config,
            batching,
            weights=usage.weights,
            activations=usage.beside_weights,
            available=account.available,
            on_cpu=False,
        )
        torch.cuda.set_per_process_memory_fraction(account.allocator_share(usage), device)
    log.info(describe(memory))
    followers.tell(Sizes(memory.num_blocks, memory.max_model_len))
    runner = make_runner(
        config,
        batching,
        model,
        ops,
        comm,
        geometry,
        Sizes(memory.num_blocks, memory.max_model_len),
        kv_dtype,
        followers.sockets,
        head,
    )
    watch.lap("KV cache and graphs", device)
    bytes_of = least_bytes(step_bytes(checkpoint, dtype, ops), geometry, ranks)
    bytes_of_rows = reads(*read_bytes(checkpoint, dtype, ops), shape.experts_per_token, shape.num_experts)
    drafts = drafts_of(config, batching, bytes_of_rows, runner)
    engine = _engine(Engine, config, batching, runner, memory, matchers, bytes_of, drafts)
    log.info("Ready: %s", watch)
    return engine, watch.ready(shape, memory, device, dtype, kv_dtype, bandwidth)


def _load_script(config: EngineConfig, matchers: Matchers, watch: _Watch) -> tuple[Engine, Ready]:
    """An engine that plays a script."""
    if config.tensor_parallel_size > 1:
        raise ConfigError("A script is played by one rank: leave --tensor-parallel-size at 1.")
    if config.speculative not in ("auto", "off") or config.speculative_config:
        raise ConfigError("A script plays token by token: leave --speculative at auto.")
    script = read_script(config.model)
    device, dtype = ScriptedModel.device, ScriptedModel.dtype
    batching = Batching.of(config, on_cpu=True)
    geometry = geometry_of(SHAPE, config, dtype, rank=0)
    activations = activation_bytes(SHAPE, batching, geometry.itemsize)
    available = device_memory(device)[0]
    memory = plan(
        SHAPE, geometry, config, batching, weights=0, activations=activations, available=available, on_cpu=True
    )
    log.info(describe(memory))
    runner = ScriptedRunner(
        ScriptedModel(script, load_vocabulary()),
        ops_for(device),
        Alone(),
        geometry,
        memory.num_blocks,
        max_num_seqs=batching.max_num_seqs,
        max_tokens=batching.max_num_batched_tokens,
        max_model_len=memory.max_model_len,
        shares_picks=batching.overlap,
    )
    kind = Engine if script.constrain else UnconstrainedEngine
    engine = _engine(kind, config, batching, runner, memory, matchers, lambda chunks: 0)
    return engine, watch.ready(SHAPE, memory, device, dtype, dtype)


def _engine(
    kind: type[Engine],
    config: EngineConfig,
    batching: Batching,
    runner: Runner,
    memory: MemoryPlan,
    matchers: Matchers,
    bytes_of: Callable[[list[Chunk]], int],
    drafts: Drafts[sequence.Sequence] | None = None,
) -> Engine:
    scheduler = Scheduler(
        runner.geometry.space(memory.num_blocks),
        max_num_seqs=batching.max_num_seqs,
        max_num_batched_tokens=batching.max_num_batched_tokens,
        max_num_queued=config.max_num_queued_reqs,
        prefix_caching=config.enable_prefix_caching,
        lookahead=0 if runner.proposer is None else batching.drafted,
    )
    return kind(
        runner,
        scheduler,
        matchers,
        vocab_size=runner.vocab_size,
        max_model_len=memory.max_model_len,
        overlap=batching.overlap,
        seed=config.seed,
        clock=time.monotonic,
        least_bytes=bytes_of,
        drafts=drafts,
    )


def batching_of(config: EngineConfig, *, on_cpu: bool, room: int | None = None) -> Batching:
    """See `Batching.of`; with drafts."""
    return replace(Batching.of(config, on_cpu=on_cpu, room=room), drafted=Speculation.of(config).most)


def drafts_of(
    config: EngineConfig, batching: Batching, bytes_of: Callable[[int], float], runner: Runner
) -> Drafts[sequence.Sequence] | None:
    """What drafts sequences, if the configuration wants any. bytes_of: what a step of so many rows reads."""
    speculation = Speculation.of(config)
    if not speculation.most:
        return None
    sizes = SIZES if runner.graphs is None else sizes_up_to(batching.most_rows)
    return Drafts(speculation, Costs(bytes_of, next_size(sizes)), batching.most_rows, runner.proposer)


def make_runner(
    config: EngineConfig,
    batching: Batching,
    model: GptOss,
    ops: Ops,
    comm: Comm,
    geometry: Geometry,
    sizes: Sizes,
    kv_dtype: torch.dtype,
    followers: Sequence[socket.socket] = (),
    head: Eagle3 | None = None,
) -> Runner:
    """A rank's runner, with its KV cache and graphs, and with what proposes drafts if there is a head."""
    runner = Runner(
        model,
        ops,
        comm,
        geometry,
        sizes.num_blocks,
        max_num_seqs=batching.max_num_seqs,
        most_rows=batching.most_rows,
        max_tokens=batching.max_num_batched_tokens,
        max_model_len=sizes.max_model_len,
        shares_picks=batching.overlap,
        followers=followers,
        kv_dtype=kv_dtype,
        head=head,
        drafted=batching.drafted,
    )
    make = None if config.enforce_eager else graph_maker(model.device, ops)
    if make is not None:
        longest = contexts(sizes_up_to(batching.most_rows), sizes.max_model_len, config.graph_context)
        began = time.monotonic()
        runner.capture(make, longest, prompt_sizes(config.graph_tokens, batching.max_num_batched_tokens))
        log.info("Captured graphs: %s, in %.1f s", runner.graphs, time.monotonic() - began)
    return runner


def measured(
    config: EngineConfig,
    account: Account,
    model: GptOss,
    ops: Ops,
    comm: Comm,
    geometry: Geometry,
    batching: Batching,
    kv_dtype: torch.dtype,
    head: Eagle3 | None = None,
) -> Usage:
    """What a rank needs on its device beside the KV cache, found by running it. The graphs are those for the longest
    context that may be had."""
    shape = model.config
    longest = shape.max_position if config.max_model_len is None else config.max_model_len
    make = None if config.enforce_eager else graph_maker(model.device, ops)
    rows = sizes_up_to(batching.most_rows)

    def trial(model: GptOss, geometry: Geometry, head: Eagle3 | None) -> Trial:
        return Trial(
            model,
            ops,
            comm,
            geometry,
            batching,
            kv_dtype,
            most=min(shape.max_position, batching.max_num_batched_tokens),
            max_model_len=longest,
            longest=contexts(rows, longest, config.graph_context),
            captured_prompts=prompt_sizes(config.graph_tokens, batching.max_num_batched_tokens),
            head=head,
        )

    began = time.monotonic()
    short = model.first_layers(2)
    compile_ahead(short.ops, trial(short, geometry_of(short.config, config, kv_dtype, comm.rank), None), rows)
    log.info("Compiled kernels, or found them compiled, in %.1f s", time.monotonic() - began)
    return measure(account, trial(model, geometry, head), make)


def graph_maker(device: torch.device, ops: Ops) -> Callable[[], Graph] | None:
    """What makes graphs on a device; None where there is no such thing, or operations that wait for the device."""
    return CudaGraphs(device) if device.type == "cuda" and ops is not reference else None


def opened(config: EngineConfig) -> Checkpoint:
    """The checkpoint that is to run, or the shape of one where its weights are to be random."""
    if noise_of(config) is not None:
        return without_files(shape_of(config.model))
    return open_checkpoint(config.model)


def head_of(config: EngineConfig, shape: ModelConfig) -> Eagle3Checkpoint | None:
    """The EAGLE-3 head that is to draft for a model of this shape, fetched where need be, if one is asked for."""
    name = Speculation.of(config).head
    if not name:
        return None
    if config.tensor_parallel_size > 1:
        raise ConfigError("EAGLE-3 heads run on one device: leave --tensor-parallel-size at 1, or draft by ngram.")
    folder = resolve(
        name,
        check_config=lambda folder: parse_eagle3(folder, shape),
        check=lambda folder: open_eagle3(folder, shape),
    )
    return open_eagle3(folder, shape)


def noise_of(config: EngineConfig) -> int | None:
    """The seed of random weights; None where weights come from files."""
    if config.load_format not in ("auto", "safetensors", "random"):
        raise ConfigError(f"--load-format {config.load_format}: choose auto, safetensors or random.")
    return config.seed if config.load_format == "random" else None


class _Watch:
    """Seconds since the start, and of each part of it."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self.parts: dict[str, float] = {}

    def lap(self, name: str, device: torch.device) -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        now = time.monotonic()
        self.parts[name] = now - self._last
        self._last = now

    def ready(
        self,
        shape: ModelConfig,
        memory: MemoryPlan,
        device: torch.device,
        dtype: torch.dtype,
        kv_dtype: torch.dtype,
        bandwidth: float = 0.0,
    ) -> Ready:
        return Ready(
            model=shape,
            memory=memory,
            device=str(device),
            dtype=name_of(dtype),
            cache_dtype=name_of(kv_dtype),
            seconds=time.monotonic() - self._began,
            parts=self.parts,
            memory_bandwidth=bandwidth,
        )

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.parts.items())
        return f"{time.monotonic() - self._began:.1f} s ({parts})"


def follow(connection: socket.socket) -> None:
    """Be a rank other than 0: compute every step that comes, until the socket closes."""
    link = Link(connection)
    try:
        first, *bodies = link.bodies(wait=True)
        order = msgspec.msgpack.decode(first, type=Follow)
        config = order.config
        configure_logging("info", config.log_format)
        device, dtype = device_of(config, order.rank), dtype_of(config)
        batching = batching_of(config, on_cpu=device.type == "cpu")
        checkpoint = opened(config)
        make_current(device)
        share_cores(device, config.tensor_parallel_size)
        kv_dtype = kv_dtype_of(config)
        comm = Distributed(order.rank, config.tensor_parallel_size, order.address, device)
        ops = operations(config, device)
        model = load_model(
            checkpoint,
            device=device,
            dtype=dtype,
            ops=ops,
            comm=comm,
            progress=lambda done, total: None,
            cache=packed_cache(config, ops),
            noise=noise_of(config),
        )
        geometry = geometry_of(checkpoint.config, config, kv_dtype, order.rank)
        if device.type != "cpu":
            account = Account(CardMemory(device), config.gpu_memory_utilization)
            measured(config, account, model, ops, comm, geometry, batching, kv_dtype)
        body, *bodies = bodies or link.bodies(wait=True)
        sizes = msgspec.msgpack.decode(body, type=Sizes)
        runner = make_runner(config, batching, model, ops, comm, geometry, sizes, kv_dtype)
        while True:
            for body in bodies or link.bodies(wait=True):
                runner.follow(decode_step(body))
            bodies = []
    except Closed:
        pass


class Followers:
    """The other ranks' processes.

    `lost` is called, in a thread of its own, with a sentence about the first one that ends before `close`. Rank 0 would
    wait for it: where ranks meet, for minutes.
    """

    def __init__(self, lost: Callable[[str], None]) -> None:
        self.sockets: list[socket.socket] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lost = lost
        self._first = threading.Lock()

    def start(self, order: Follow) -> None:
        """Start a rank, and tell it what it is."""
        here, there = socket.socketpair()
        with there:
            descriptor = there.fileno()
            command = [sys.executable, "-P", "-m", "harmonium.engine", str(descriptor), "follow"]
            process = subprocess.Popen(command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL)
        self.sockets.append(here)
        self._processes.append(process)
        here.sendall(frame(order))
        watch = threading.Thread(target=self._watch, args=(order.rank, process), name="harmonium-rank", daemon=True)
        watch.start()

    def _watch(self, rank: int, process: subprocess.Popen[bytes]) -> None:
        status = process.wait()
        if self._first.acquire(blocking=False):
            message = f"Rank {rank} has died (exit status {status})."
            log.error(message)
            self._lost(message)

    def tell(self, message: object) -> None:
        """Send all of them a message. EngineFailure where one is gone."""
        try:
            for each in self.sockets:
                each.sendall(frame(message))
        except OSError as error:
            raise EngineFailure(f"A rank has died: {error}") from error

    def close(self) -> None:
        """Let them end."""
        self._first.acquire(blocking=False)
        for each in self.sockets:
            each.close()

    def wait(self) -> None:
        """Wait until they have ended, and end those that do not."""
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def kill(self) -> None:
        for process in self._processes:
            process.kill()


def _leave(message: str) -> None:
    os._exit(1)


def make_current(device: torch.device) -> None:
    """Streams, events and kernels of this thread are those of this device."""
    if device.type == "cuda":
        torch.cuda.set_device(device)


def share_cores(device: torch.device, ranks: int) -> None:
    """Ranks on one CPU take equal parts of it: threads that wait for each other's cores are slower than none."""
    if device.type == "cpu":
        torch.set_num_threads(max(1, torch.get_num_threads() // ranks))


def device_of(config: EngineConfig, rank: int) -> torch.device:
    """The device of a rank. ConfigError when there is no such device."""
    name = config.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ConfigError(f"--device {name}: no such kind of device; use auto, cpu, cuda or cuda:N.") from None
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type != "cuda":
        raise ConfigError(f"--device {name} is not supported; use auto, cpu, cuda or cuda:N.")
    index = (device.index or 0) + rank
    if not torch.cuda.is_available() or index >= torch.cuda.device_count():
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        raise ConfigError(f"--device {name}: device {index} is needed and this machine has {found} CUDA devices.")
    return torch.device("cuda", index)


def dtype_of(config: EngineConfig) -> torch.dtype:
    """The compute type; `auto` is bfloat16 on an accelerator and float32 on a CPU."""
    if config.dtype == "auto":
        return torch.float32 if device_of(config, rank=0).type == "cpu" else torch.bfloat16
    return _known_dtype("--dtype", config.dtype)


def kv_dtype_of(config: EngineConfig) -> torch.dtype:
    """The type of the KV cache; `auto` is the compute type, or bfloat16 where that is not given either."""
    if config.kv_cache_dtype == "auto":
        return torch.bfloat16 if config.dtype == "auto" else dtype_of(config)
    return _known_dtype("--kv-cache-dtype", config.kv_cache_dtype, {"fp8": torch.float8_e4m3fn})


def _known_dtype(flag: str, name: str, others: Mapping[str, torch.dtype] = MappingProxyType({})) -> torch.dtype:
    known = {"bfloat16": torch.bfloat16, "float32": torch.float32, **others}
    if name not in known:
        *first, last = ("auto", *known)
        raise ConfigError(f"{flag} {name}: choose {', '.join(first)} or {last}.")
    return known[name]


def operations(config: EngineConfig, device: torch.device) -> Ops:
    """The operations of a device, as precise as the configuration asks for."""

    def chosen(flag: str, value: str) -> Literal["int8", "exact"]:
        if value not in ("auto", "int8", "exact"):
            raise ConfigError(f"{flag} {value}: choose auto, int8 or exact.")
        if value == "int8" and flag == "--expert-inputs" and device.type != "cpu":
            raise ConfigError(f"{flag} int8 is for CPUs; choose auto or exact.")
        rounds = value == "int8" or (value == "auto" and config.dtype == "auto" and device.type == "cpu")
        return "int8" if rounds else "exact"

    precision = Precision(
        dense=chosen("--dense-weights", config.dense_weights),
        experts=chosen("--expert-inputs", config.expert_inputs),
    )
    ops = ops_for(device, precision, torch.get_num_threads())
    if ops is reference and device.type != "cpu" and precision.dense == "int8":
        raise ConfigError("--dense-weights int8 needs Triton on a GPU; choose auto or exact.")
    return ops


def precision_of(ops: Ops) -> Precision:
    """What operations round; the reference nothing."""
    found: Precision = getattr(ops, "precision", Precision())
    return found


def packed_cache(config: EngineConfig, ops: Ops) -> PackedCache | None:
    """Where packed weights are kept, for operations that want it and if the configuration allows it."""
    if not config.packed_cache or not isinstance(ops, Packing):
        return None
    return PackedCache(cache_dir() / "packed", config.packed_cache_bytes, ops)


def geometry_of(shape: ModelConfig, config: EngineConfig, dtype: torch.dtype, rank: int) -> Geometry:
    """The KV cache of a rank."""
    heads = Shard.of(shape, rank, config.tensor_parallel_size).kv_heads
    return Geometry.of(
        shape,
        block_size=config.block_size,
        num_kv_heads=heads.stop - heads.start,
        itemsize=dtype.itemsize,
    )


def check_sizes(config: EngineConfig) -> None:
    """ConfigError for a size that makes no sense."""
    for name in ("max_num_seqs", "max_num_batched_tokens", "block_size", "tensor_parallel_size"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 1.")
    if config.max_num_queued_reqs < 0:
        raise ConfigError("--max-num-queued-reqs must not be negative.")
    if config.graph_context is not None and config.graph_context < 0:
        raise ConfigError("--graph-context must not be negative.")
    if config.graph_tokens < 0:
        raise ConfigError("--graph-tokens must not be negative.")
    if not 0 < config.gpu_memory_utilization <= 1:
        raise ConfigError("--gpu-memory-utilization must be above 0 and at most 1.")


def free_port() -> int:
    """A TCP port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: Any = probe.getsockname()[1]
        return int(port)
