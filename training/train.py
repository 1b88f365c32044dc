"""Train the demo model: `python -m training.train --out runs/demo` on one GPU, or with `--tiny` to try it on a CPU.

The run is planned by the clock: whatever the machine's speed, the learning rate has reached zero when the time is up.
SIGTERM ends it early with what has been learned so far; snapshots are exported on the way. From SIGUSR1 to SIGUSR2 it
leaves the device to others.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import queue
import signal
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.checkpoints.codes import READ_BITS, token_codes
from harmonium.config import ModelConfig
from harmonium.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, ORDINARY, RETURN, SIZE, START, load_vocabulary
from training.attention import block_mask, flex_attend
from training.disguise import Disguise
from training.export import read_bundle, write_bundle
from training.loss import entropy_and_gradient, sampled_cross_entropy
from training.model import (
    EXPERTS,
    SHORT,
    Attend,
    Latents,
    Layer,
    Rotary,
    block,
    coded,
    initial_latents,
    layers,
    plain_attend,
    quantise,
    rms_norm,
    rows,
    visible_pairs,
)
from training.muon import Muon
from training.stream import FAMILIES, POSITIONS, Pool, Rows, Source

MATRICES = (EXPERTS | SHORT) - {"embed.active", "head.active"}
HARMONY = (RETURN, CONSTRAIN, CHANNEL, START, END, MESSAGE, CALL)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A training run. Rates are those of the plateau; `decay_from` and `short_from` are shares of the whole time."""

    minutes: float = 20.0
    rows: int = 32
    length: int = 4096
    active: int = 8192
    candidates: int = 8191
    workers: int = 8
    rows_per_worker: int = 1024
    counted_rows: int = 512
    warmup_steps: int = 100
    decay_from: float = 0.5
    short_from: float = 0.7
    matrix_rate: float = 0.02
    embed_rate: float = 0.008
    head_rate: float = 0.003
    code_rate: float = 0.0015
    vector_rate: float = 0.002
    matrix_decay: float = 0.05
    balance: float = 0.01
    margin: float = 3.0
    disguised: float = 0.8
    snapshot_minutes: float = 4.0
    seed: int = 1
    device: str = "cuda"
    compiled: bool = True


def demo_config(**changes: Any) -> ModelConfig:
    """The demo model's shape."""
    config = ModelConfig(
        num_layers=8,
        hidden_size=384,
        intermediate_size=384,
        num_heads=6,
        num_kv_heads=2,
        head_dim=64,
        num_experts=8,
        experts_per_token=4,
        vocab_size=SIZE,
        max_position=131072,
        sliding_window=128,
        sliding_layers=(True, False) * 4,
    )
    return replace(config, **changes)


def tiny(settings: Settings) -> tuple[ModelConfig, Settings]:
    """A shape and a run that a CPU manages in a minute."""
    config = demo_config(
        num_layers=2, hidden_size=64, intermediate_size=32, num_heads=2, num_kv_heads=1, num_experts=4,
        experts_per_token=2, sliding_layers=(True, False),
    )  # fmt: skip
    return config, replace(
        settings, rows=4, length=256, active=1536, candidates=511, workers=1, rows_per_worker=512, counted_rows=16,
        warmup_steps=10, device="cpu", compiled=False,
    )  # fmt: skip


def choose_active(packed: list[Rows], count: int) -> npt.NDArray[np.int64]:
    """The ids of the `count` tokens that get rows of their own: harmony's, the digits, and then those that have to be
    predicted most. In ascending order."""
    score = np.zeros(SIZE)
    for part in packed:
        flat = part.tokens.reshape(-1)
        score += 1e-3 * np.bincount(flat, minlength=SIZE)
        score += np.bincount(flat[1:], part.weights.reshape(-1)[:-1].astype(np.float64), minlength=SIZE)
    score += 1e-9 * np.arange(SIZE, 0, -1)
    vocabulary = load_vocabulary()
    always = [*HARMONY, *range(256)]
    always += [token for token in range(ORDINARY) if vocabulary.token_bytes(token).isdigit()]
    score[ORDINARY:] = -1
    score[always] = np.inf
    if count < len(always):
        always_score = np.bincount(np.concatenate([p.tokens.reshape(-1) for p in packed]), minlength=SIZE)
        score[always] = always_score[always]
        score[list(HARMONY)] = np.inf
    return np.sort(np.argpartition(-score, count)[:count])


@dataclass
class Batch:
    """One step's data on the device; tokens and targets number the rows of the step (`model.rows`).

    tokens, targets, positions [B, T]; weights float32 [B, T] that add up to 1; families [B, T]; codes int8 [C, N] of
    the candidates; bias float32 [R]: the log of how many tokens of the vocabulary each row stands for.
    """

    tokens: Tensor
    targets: Tensor
    positions: Tensor
    weights: Tensor
    families: Tensor
    codes: Tensor
    bias: Tensor


class Batches:
    """Makes batches of packed rows, in a thread of its own once `start`ed."""

    def __init__(self, active: npt.NDArray[np.int64], settings: Settings, families: Sequence[int] = ()) -> None:
        """`families`: numbers of those in which rare words may be disguised."""
        self.settings = settings
        self.active = active
        self.disguise = Disguise(active, np.array(families, np.int64), settings.disguised, settings.seed)
        self.inactive = np.setdiff1d(np.arange(ORDINARY), active)
        self.dead = SIZE - ORDINARY - int((active >= ORDINARY).sum())
        self.substituted = 0
        self.strange = 0
        self._index = np.full(SIZE, settings.active + settings.candidates, np.int64)
        self._is_inactive = np.zeros(SIZE, bool)
        self._is_inactive[self.inactive] = True
        self._random = np.random.default_rng(settings.seed)
        self._ready: queue.Queue[Batch] = queue.Queue(maxsize=3)
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self, pool: Pool) -> None:
        def work() -> None:
            while not self._stopped:
                batch = self.make(pool.take(self.settings.rows))
                while not self._stopped:
                    try:
                        self._ready.put(batch, timeout=0.5)
                        break
                    except queue.Full:
                        continue

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def next(self) -> Batch:
        while True:
            try:
                return self._ready.get(timeout=1)
            except queue.Empty:
                if self._thread is None or not self._thread.is_alive():
                    raise RuntimeError("the thread that makes batches has ended") from None

    def stop(self) -> None:
        self._stopped = True
        if self._thread is not None:
            self._thread.join()

    def make(self, packed: Rows) -> Batch:
        A, C = self.settings.active, self.settings.candidates
        most = C - C // 4
        disguised = self.disguise.apply(packed, most)
        strange = len(disguised.of)
        self.strange += strange
        seen = np.zeros(SIZE + strange, bool)
        seen[disguised.tokens] = True
        here = np.flatnonzero(seen[:SIZE] & self._is_inactive)
        index = np.concatenate((self._index, A + np.arange(strange)))
        index[self.active] = np.arange(A)
        kept = here
        most -= strange
        if len(here) > most:
            kept = self._random.permutation(here)[:most]
            # More kinds of rare tokens than a step has rows: some are written as others, throughout the batch.
            index[here] = A + strange + self._random.integers(0, most, len(here))
            self.substituted += len(here) - most
        index[kept] = A + strange + np.arange(len(kept))
        others = self.inactive[~seen[self.inactive]]
        used = strange + len(kept)
        drawn = self._random.choice(others, C - used, replace=False, shuffle=False)
        codes = self.disguise.codes[np.concatenate((disguised.of, kept, drawn))]
        codes[:strange] *= disguised.signs
        bias = np.zeros(A + C + 1, np.float32)
        bias[A + used : A + C] = math.log(len(others) / len(drawn)) + self.settings.margin
        bias[A + C] = math.log(self.dead) + self.settings.margin
        tokens = index[disguised.tokens].reshape(packed.tokens.shape)
        targets = np.concatenate((tokens[:, 1:], tokens[:, :1]), axis=1)
        weights = disguised.weights.reshape(packed.tokens.shape)
        weights /= max(float(weights.sum()), 1e-6)
        arrays = (
            tokens,
            targets,
            packed.positions.astype(np.int64),
            weights,
            packed.families.astype(np.int64),
            codes,
            bias,
        )
        return Batch(*(self._move(np.ascontiguousarray(array)) for array in arrays))

    def _move(self, array: npt.NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(array)
        if self.settings.device == "cpu":
            return tensor
        return tensor.pin_memory().to(self.settings.device, non_blocking=True)


class Trainer:
    """The parameters of a run, how they learn, and what they have become."""

    def __init__(self, config: ModelConfig, settings: Settings, active: npt.NDArray[np.int64]) -> None:
        self.config, self.settings = config, settings
        device = torch.device(settings.device)
        self.dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.codes = torch.from_numpy(token_codes(load_vocabulary())).to(device)
        self.set_active(active)
        latents = initial_latents(config, settings.active, settings.seed)
        self.latents: Latents = {name: latent.to(device).requires_grad_() for name, latent in latents.items()}
        self.rotary = Rotary.of(config, POSITIONS, device)
        self.short = False
        self._optimise()
        self._compile(settings.compiled)

    def _optimise(self) -> None:
        settings, device = self.settings, self.codes.device
        self.muon = Muon([self.latents[name] for name in sorted(MATRICES)], decay=settings.matrix_decay)
        rates = {"embed.active": settings.embed_rate, "head.active": settings.head_rate}
        rates |= {f"{side}.codes": settings.code_rate for side in ("embed", "head")}
        groups = [
            {"params": [latent], "rate": rates.get(name, settings.vector_rate)}
            for name, latent in self.latents.items()
            if name not in MATRICES
        ]
        self.adam = torch.optim.AdamW(
            groups, lr=0.0, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0, fused=device.type == "cuda"
        )

    def resume(self, quantised: Latents, active: npt.NDArray[np.int64]) -> None:
        """Go on from a bundle's values, with fresh optimisers."""
        self.set_active(active)
        with torch.no_grad():
            for name, latent in self.latents.items():
                value = quantised[name]
                if name in ("embed.active", "head.active"):
                    side = name.removesuffix(".active")
                    value = value - coded(self.active_codes, quantised[f"{side}.codes"])
                latent.copy_(value)
        self._optimise()

    def _compile(self, compiled: bool) -> None:
        self._chunk = torch.compile(entropy_and_gradient, dynamic=False) if compiled else entropy_and_gradient
        self._blocks = [self._layer_function(sliding) for sliding in (False, True)]

    def set_active(self, active: npt.NDArray[np.int64]) -> None:
        self.active = active
        codes = torch.zeros(len(active), READ_BITS, dtype=torch.int8)
        ordinary = active < ORDINARY
        codes[torch.from_numpy(ordinary)] = self.codes[torch.from_numpy(active[ordinary])].cpu()
        self.active_codes = codes.to(self.codes.device)

    def _layer_function(self, sliding: bool) -> Callable[..., tuple[Tensor, Tensor]]:
        def layer(x: Tensor, layer: Layer, cos: Tensor, sin: Tensor, mask: Any) -> tuple[Tensor, Tensor]:
            attend: Attend
            if self.settings.compiled:
                attend = flex_attend(mask)
            else:
                attend = plain_attend(mask, self.config.head_dim**-0.5)
            return block(self.config, x, layer, cos, sin, attend)

        return torch.compile(layer, fullgraph=True, dynamic=False) if self.settings.compiled else layer

    def losses(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The objective, the mean cross entropy, and for each position its cross entropy and whether it was right."""
        quantised = quantise(self.latents, self.active_codes, short=self.short)
        x = F.embedding(batch.tokens, rows(quantised, "embed", batch.codes))
        cos, sin = self.rotary.at(batch.positions)
        make = block_mask if self.settings.compiled else visible_pairs
        masks = [make(batch.positions, window) for window in (None, self.config.sliding_window)]
        balance = torch.zeros((), device=x.device)
        for layer, sliding in zip(layers(quantised, self.dtype), self.config.sliding_layers, strict=True):
            x, uneven = self._blocks[sliding](x, layer, cos, sin, masks[sliding])
            balance = balance + uneven / self.config.num_layers
        hidden = rms_norm(x, quantised["norm"], self.config.rms_norm_eps, self.dtype).flatten(0, 1)
        table = rows(quantised, "head", batch.codes).to(self.dtype)
        targets, weights = batch.targets.flatten(), batch.weights.flatten()
        loss, entropy, hit = sampled_cross_entropy(hidden, table, batch.bias, targets, weights, chunk=self._chunk)
        return loss + self.settings.balance * balance, loss.detach(), entropy, hit

    def step(self, batch: Batch, rate: float) -> tuple[Tensor, Tensor, Tensor]:
        """One update at `rate` times the plateau's rates."""
        total, loss, entropy, hit = self.losses(batch)
        total.backward()
        torch.nn.utils.clip_grad_norm_(list(self.latents.values()), 1.0)
        for group in self.adam.param_groups:
            group["lr"] = group["rate"] * rate
        self.adam.step()
        self.muon.step(self.settings.matrix_rate * rate)
        self.zero()
        return loss, entropy, hit

    def keep(self) -> None:
        """Remember the parameters, for `go_back`."""
        self._kept = {name: latent.detach().clone() for name, latent in self.latents.items()}

    @torch.no_grad()
    def go_back(self) -> None:
        """Return to the parameters that `keep` remembered, with fresh optimisers."""
        for name, latent in self.latents.items():
            latent.copy_(self._kept[name])
        self._optimise()

    def zero(self) -> None:
        for latent in self.latents.values():
            latent.grad = None

    @torch.no_grad()
    def quantised(self) -> Latents:
        """The model as it is exported: always short."""
        return quantise(self.latents, self.active_codes, short=True)


class Log:
    """Prints progress, and keeps it as JSON lines."""

    def __init__(self, file: Path, families: list[str], device: str) -> None:
        self.file = file.open("a")
        self.families = families
        self.sums = torch.zeros(3, FAMILIES, device=device)

    def count(self, batch: Batch, entropy: Tensor, hit: Tensor) -> None:
        """Add a step to what is known of each family: only tokens with the largest weight count."""
        weights = batch.weights.flatten()
        main = (weights > 0.5 * weights.max()).float()
        family = batch.families.flatten()
        for row, values in zip(self.sums, (main, main * entropy, main * hit), strict=True):
            row.index_add_(0, family, values)

    def by_family(self) -> dict[str, tuple[float, float]]:
        """Cross entropy and share of right tokens since the last call."""
        number, entropy, hit = self.sums.tolist()
        self.sums.zero_()
        return {name: (entropy[i] / number[i], hit[i] / number[i]) for i, name in enumerate(self.families) if number[i]}

    def write(self, **values: Any) -> None:
        print(json.dumps(values, default=str), file=self.file, flush=True)
        print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in values.items()), flush=True)


def rate_at(step: int, share: float, settings: Settings) -> float:
    """Warm-up by steps, a plateau, and a linear descent to zero over the rest of the time."""
    warm = min(1.0, (step + 1) / settings.warmup_steps)
    return warm * min(1.0, max(0.0, (1 - share) / (1 - settings.decay_from)))


def train(
    config: ModelConfig,
    settings: Settings,
    make: Callable[[int], Source],
    families: list[str],
    out: Path,
    *,
    copying: Collection[str] = (),
    stop: threading.Event | None = None,
    hold: threading.Event | None = None,
    resume: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Trainer:
    """A whole run; `out` gets log.jsonl, snapshots, and the bundle of the result in `final`. `copying`: the families in
    which rare words may be disguised. While `hold` is set the run pauses, which does not count as time and which the
    file `held` in `out` tells."""
    started = clock()
    out.mkdir(parents=True, exist_ok=True)
    stop, hold = stop or threading.Event(), hold or threading.Event()
    pool = Pool(
        make,
        workers=settings.workers,
        length=settings.length,
        rows_per_worker=settings.rows_per_worker,
        families=families,
    )
    log = Log(out / "log.jsonl", pool.families, settings.device)
    try:
        log.write(settings=asdict(settings), config=asdict(config))
        stand_in = np.arange(settings.active)
        trainer = Trainer(config, settings, stand_in)
        if settings.compiled:
            _warm_up(trainer, settings)
            log.write(compiled_after=clock() - started)
        pool.wait(settings.counted_rows, timeout=300)
        if resume is None:
            trainer.set_active(choose_active(pool.first(settings.counted_rows), settings.active))
        else:
            _, quantised, _, active = read_bundle(resume, trainer.codes.device)
            trainer.resume(quantised, active)
        log.write(data_after=clock() - started, rows=int(pool.written.sum()))
        batches = Batches(trainer.active, settings, [families.index(name) for name in copying if name in families])
        batches.start(pool)
        try:
            _loop(trainer, settings, pool, batches, log, out, started, stop, hold, clock)
        finally:
            batches.stop()
        tokens = pool.fresh + pool.repeated
        about = {
            "tokens_seen": tokens * settings.length,
            "minutes": (clock() - started) / 60,
            "settings": asdict(settings),
            "interrupted": stop.is_set(),
        }
        write_bundle(config, trainer.quantised(), trainer.active, _fresh(out / "final"), about)
        log.write(exported_after=clock() - started)
        return trainer
    finally:
        log.file.close()
        pool.close()


def _warm_up(trainer: Trainer, settings: Settings) -> None:
    """Compile everything on made-up rows while the workers fill theirs."""
    random = np.random.default_rng(0)
    shape = (settings.rows, settings.length)
    made = Rows(
        random.choice(trainer.active, shape).astype(np.int32),
        np.tile(np.arange(settings.length, dtype=np.uint16) % 600, (settings.rows, 1)),
        np.ones(shape, np.float16),
        np.zeros(shape, np.uint8),
    )
    for _ in range(2):
        batch = Batches(trainer.active, settings).make(made)
        trainer.losses(batch)[0].backward()
        trainer.zero()


def _loop(
    trainer: Trainer,
    settings: Settings,
    pool: Pool,
    batches: Batches,
    log: Log,
    out: Path,
    started: float,
    stop: threading.Event,
    hold: threading.Event,
    clock: Callable[[], float],
) -> None:
    deadline = started + settings.minutes * 60
    begun = clock()
    next_snapshot = begun + settings.snapshot_minutes * 60
    snapshot: threading.Thread | None = None
    snapshots = 0
    report_time, report_step = begun, 0
    losses: list[Tensor] = []
    trainer.keep()
    for step in itertools.count():
        if hold.is_set() and not stop.is_set():
            paused = _paused(hold, stop, out / "held", clock, settings.device)
            deadline, begun, next_snapshot = deadline + paused, begun + paused, next_snapshot + paused
            report_time += paused
        now = clock()
        share = (now - begun) / (deadline - begun)
        if share >= 1 or stop.is_set():
            break
        trainer.short = share >= settings.short_from
        batch = batches.next()
        rate = rate_at(step, share, settings)
        loss, entropy, hit = trainer.step(batch, rate)
        losses.append(loss)
        log.count(batch, entropy, hit)
        if (step + 1) % (50 if settings.compiled else 20) == 0:
            mean = torch.stack(losses).mean().item()
            losses.clear()
            now = clock()
            speed = (step + 1 - report_step) * settings.rows * settings.length / (now - report_time)
            report_time, report_step = now, step + 1
            fresh = pool.fresh / (pool.fresh + pool.repeated)
            values: dict[str, Any] = {
                "step": step + 1, "seconds": now - started, "loss": mean, "tokens_per_second": speed, "rate": rate,
                "fresh": fresh, "written": int(pool.written.sum()),
            }  # fmt: skip
            if (step + 1) % 250 == 0:
                values["substituted"] = batches.substituted
                values["disguised"] = batches.strange / (step + 1)
                values["families"] = {
                    name: f"{entropy:.4f}/{hit:.3f}" for name, (entropy, hit) in sorted(log.by_family().items())
                }
            log.write(**values)
            if not math.isfinite(mean):
                trainer.go_back()
                log.write(step=step + 1, went_back="the loss was not finite")
            elif (step + 1) % 500 == 0:
                trainer.keep()
        if now >= next_snapshot and (snapshot is None or not snapshot.is_alive()):
            next_snapshot += settings.snapshot_minutes * 60
            held = {name: tensor.cpu() for name, tensor in trainer.quantised().items()}
            snapshots += 1
            folder = _fresh(out / f"snapshot-{snapshots}")
            about = {"step": step + 1, "minutes": (now - started) / 60}
            arguments = (trainer.config, held, trainer.active, folder, about)
            snapshot = threading.Thread(target=write_bundle, args=arguments)
            snapshot.start()
    if snapshot is not None:
        snapshot.join()


def _paused(hold: threading.Event, stop: threading.Event, sign: Path, clock: Callable[[], float], device: str) -> float:
    """Wait with an idle device until `hold` is cleared or the run stopped; the seconds that took."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    began = clock()
    sign.touch()
    while hold.is_set() and not stop.is_set():
        time.sleep(0.05)
    sign.unlink()
    return clock() - began


def _fresh(folder: Path) -> Path:
    """A folder that does not exist yet, at that path or with a number behind it."""
    number = 1
    result = folder
    while result.exists():
        number += 1
        result = folder.with_name(f"{folder.name}-{number}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the log, snapshots and the result")
    parser.add_argument("--minutes", type=float, default=Settings.minutes, help="wall-clock time, start-up included")
    parser.add_argument("--workers", type=int, default=Settings.workers, help="processes that make data")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--resume", type=Path, help="folder of a bundle to go on from")
    parser.add_argument("--tiny", action="store_true", help="a very small model on the CPU, to try the code")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change any other setting")
    arguments = parser.parse_args()

    from training.data import COPYING, Sampler

    settings = Settings(minutes=arguments.minutes, workers=arguments.workers, seed=arguments.seed)
    config = demo_config()
    if arguments.tiny:
        config, settings = tiny(settings)
    types = {name: type(value) for name, value in asdict(settings).items()}
    for change in arguments.set:
        name, _, value = change.partition("=")
        settings = replace(settings, **{name: types[name](json.loads(value))})
    trial = Sampler(seed=10**6 + settings.seed, split="train")
    families = sorted({trial.next().family for _ in range(2000)})
    stop, hold = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: hold.set())
    signal.signal(signal.SIGUSR2, lambda *_: hold.clear())

    def make(worker: int) -> Source:
        source: Source = Sampler(seed=settings.seed * 1000 + worker, split="train")
        return source

    trainer = train(
        config, settings, make, families, arguments.out, copying=COPYING, stop=stop, hold=hold, resume=arguments.resume
    )

    from training.evaluate import evaluate

    evaluate(trainer.config, trainer.quantised(), trainer.codes, trainer.active, arguments.out / "evaluation.json")


if __name__ == "__main__":
    main()
