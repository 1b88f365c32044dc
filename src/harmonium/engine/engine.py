"""The body of the loop: submit, abort, step. Owns the scheduler and the runner, knows no sockets and no clock.

A step is schedule → forward → sample → commit. Plain, one step is committed before the next is scheduled. With overlap
the commit moves behind the next forward, which starts from picks that the host has not seen:

    plain     S1 F1 P1 C1  S2 F2 P2 C2  …
    overlap   S1 F1 P1  S2 F2 C1 P2  S3 F3 C2 P3  …

The sampling P2 still comes after the commit C1, so that grammars have advanced when its masks are made. A sequence that
C1 finished has been computed in F2 in vain, and its row of P2 is not read. Its blocks can be taken at once: whatever
takes them is launched after F2.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harmonium.engine.batch import Picker, StepInput, mix, step_input
from harmonium.engine.constraint import Constraint, MaskRows, Matchers
from harmonium.engine.runner import Forwarded, Outcome, Pending, Runner
from harmonium.engine.scheduler import Chunk, Scheduler
from harmonium.engine.sequence import Sequence
from harmonium.errors import BadRequest, ContextLengthExceeded, EngineFailure, HarmoniumError
from harmonium.messages import (
    STEP_SIZES,
    Delta,
    EngineStats,
    FinishReason,
    Request,
    StepOutput,
    TokenLogprobs,
)

log = logging.getLogger(__name__)

_FAULTS_IN_A_ROW = 3
"""Steps that may fail one after the other before the engine gives itself up."""


class DeviceFault(Exception):
    """The device, or the bond between ranks, is lost: no later step can succeed."""


@dataclass(frozen=True)
class _Flight:
    """A launched step, and whose rows are in it."""

    chunks: list[Chunk]
    scoring: list[tuple[Sequence, int]]
    pending: Pending
    masked: int


class Engine:
    """Sequences in, Deltas out."""

    def __init__(
        self,
        runner: Runner,
        scheduler: Scheduler,
        matchers: Matchers,
        *,
        vocab_size: int,
        max_model_len: int,
        overlap: bool,
        seed: int,
        clock: Callable[[], float],
        least_bytes: Callable[[list[Chunk]], int] = lambda chunks: 0,
    ) -> None:
        self.scheduler = scheduler
        self._runner = runner
        self._matchers = matchers
        self._vocab_size = vocab_size
        self._max_model_len = max_model_len
        self._overlap = overlap
        self._seed = seed
        self._clock = clock
        self._least_bytes_of = least_bytes
        self._rows = MaskRows(vocab_size)
        self._picker = Picker(vocab_size, runner.inputs.max_num_seqs, runner.device)
        self._sequences: dict[str, Sequence] = {}
        self._flight: _Flight | None = None
        self._outbox: list[Delta] = []
        self._arrivals = 0
        self._faults = 0
        self._steps = 0
        self._step_seconds = 0.0
        self._computed_tokens = 0
        self._step_sizes = [0] * (len(STEP_SIZES) + 1)
        self._least_bytes = 0
        self._generated = 0
        self._masked_steps = 0
        self._masked_mass = 0.0

    @property
    def runner(self) -> Runner:
        return self._runner

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        return bool(self._sequences or self._outbox or self._flight)

    @property
    def stats(self) -> EngineStats:
        scheduler = self.scheduler
        return EngineStats(
            running=len(scheduler.running),
            waiting=len(scheduler.waiting),
            used_blocks=scheduler.space.pool.used,
            steps=self._steps,
            step_seconds=self._step_seconds,
            prompt_tokens=scheduler.prompt_tokens,
            generation_tokens=self._generated,
            prefix_queries=scheduler.prefix_queries,
            prefix_hits=scheduler.prefix_hits,
            preemptions=scheduler.preemptions,
            masked_steps=self._masked_steps,
            masked_mass=self._masked_mass,
            computed_tokens=self._computed_tokens,
            step_sizes=self._step_sizes,
            prefix_misses=scheduler.prefix_misses,
            least_bytes=self._least_bytes,
        )

    def submit(self, request: Request) -> None:
        """Take a request. What is wrong with it is said in its one and only Delta, of the next step."""
        now = self._clock()
        try:
            self._check(request)
            sequence = self._sequence(request, now)
            self.scheduler.add(sequence)
        except Exception as error:
            code, message = _described(error)
            self._outbox.append(Delta(id=request.id, finish="error", error=message, error_code=code))
            return
        self._sequences[request.id] = sequence

    def abort(self, identifier: str) -> None:
        """End a request now, at whatever point it is; its blocks are free at once. Unknown ids have just finished."""
        sequence = self._sequences.get(identifier)
        if sequence is not None:
            self._finish(sequence, "abort")
            self._outbox.append(sequence.delta(self._clock(), []))

    def step(self) -> StepOutput:
        """Compute one step. DeviceFault when nothing can be computed any more."""
        started = self._clock()
        chunks = self.scheduler.schedule(started)
        try:
            if chunks:
                step, scoring = step_input(chunks, self.scheduler.space.block_size)
                forwarded = self._runner.forward(step)
                self._land()
                self._flight = self._sample(step, chunks, scoring, forwarded)
            else:
                self._land()
            if not self._overlap:
                self._land()
            self._faults = 0
        except Exception as error:
            self._fail(error, chunks)
        if chunks:
            self._count(chunks, self._clock() - started)
        deltas, self._outbox = self._outbox, []
        return StepOutput(deltas, self.stats)

    def _count(self, chunks: list[Chunk], seconds: float) -> None:
        tokens = sum(chunk.end - chunk.start for chunk in chunks)
        self._steps += 1
        self._step_seconds += seconds
        self._computed_tokens += tokens
        self._step_sizes[bisect_left(STEP_SIZES, tokens)] += 1
        self._least_bytes += self._least_bytes_of(chunks)

    def _check(self, request: Request) -> None:
        sampling = request.sampling
        prompt, longest = len(request.prompt), self._max_model_len
        if request.id in self._sequences:
            raise BadRequest(f"A request with id {request.id!r} is already running.")
        if not prompt:
            raise BadRequest("The prompt is empty.", param="prompt")
        if prompt + min(sampling.max_tokens, 1) > longest:
            raise ContextLengthExceeded(f"The prompt has {prompt} tokens; the longest context is {longest} tokens.")
        ids = np.fromiter((*request.prompt, *sampling.logit_bias, *request.stop_tokens), np.int64)
        if ids.min() < 0 or ids.max() >= self._vocab_size:
            raise BadRequest(f"Token ids are from 0 to {self._vocab_size - 1}.")
        for name, value in (("logprobs", sampling.logprobs), ("prompt_logprobs", sampling.prompt_logprobs)):
            if value is not None and not 0 <= value <= self._vocab_size:
                raise BadRequest(f"{name} must be from 0 to {self._vocab_size}.", param=name)
        if sampling.max_tokens < 0:
            raise BadRequest("max_tokens must not be negative.", param="max_tokens")

    def _sequence(self, request: Request, now: float) -> Sequence:
        self._arrivals += 1
        sampling = request.sampling
        penalised = sampling.presence_penalty or sampling.frequency_penalty or sampling.repetition_penalty != 1.0
        return Sequence(
            request=request,
            arrival=self._arrivals,
            seed=mix(mix(self._seed) + self._arrivals) if sampling.seed is None else sampling.seed,
            limit=min(sampling.max_tokens, self._max_model_len - len(request.prompt)),
            blocks=self.scheduler.space.tables(request.cache_salt),
            constraint=None if request.grammar is None else Constraint(request.grammar, self._matchers, self._rows),
            counts=np.zeros(self._vocab_size, np.int32) if penalised else None,
            submitted=now,
        )

    def _sample(
        self, step: StepInput, chunks: list[Chunk], scoring: list[tuple[Sequence, int]], forwarded: Forwarded
    ) -> _Flight:
        rows: list[Sequence | None] = []
        picker = self._picker
        picker.make_room(len(step.sampled))
        mask_rows: list[int] = []
        for sequence in (chunk.sequence for chunk in chunks if chunk.samples):
            alive = sequence.finish is None
            if alive and sequence.constraint is not None:
                barred = sequence.generated < sequence.request.sampling.min_tokens
                try:
                    shared = None if barred else sequence.constraint.shared
                    if shared is not None:
                        picker.share(len(mask_rows), shared)
                    else:
                        stops = sequence.request.stop_tokens if barred else None
                        sequence.constraint.fill(picker.mask(len(mask_rows)), stops)
                    mask_rows.append(len(rows))
                except Exception as error:
                    self._refuse(sequence, error)
                    alive = False
            rows.append(sequence if alive else None)
        pending = self._runner.sample(step, forwarded, picker.picking(rows, mask_rows))
        return _Flight(chunks, scoring, pending, len(mask_rows))

    def _land(self) -> None:
        """Commit the step in flight, if there is one: wait for it and tell each sequence what it gave."""
        flight = self._flight
        if flight is None:
            return
        outcome = flight.pending.tokens()
        now = self._clock()
        self._masked_steps += flight.masked
        self._masked_mass += sum(outcome.masked_mass)
        for (sequence, position), entry in zip(flight.scoring, outcome.scores, strict=True):
            self._score(sequence, position, entry)
        row = 0
        for chunk in flight.chunks:
            sequence = chunk.sequence
            if chunk.samples:
                sequence.in_flight -= 1
                if sequence.finish is None:
                    self._commit(sequence, row, outcome, now)
                row += 1
            elif sequence.limit == 0 and chunk.end == sequence.prompt_length and sequence.finish is None:
                self._finish(sequence, "length")
                self._outbox.append(sequence.delta(now, []))
        self._flight = None

    def _score(self, sequence: Sequence, position: int, entry: TokenLogprobs) -> None:
        """One more entry of the prompt's log-probabilities. After a preemption some come a second time."""
        if position == len(sequence.prompt_logprobs):
            sequence.prompt_logprobs.append(_cut(entry, sequence.request.sampling.prompt_logprobs or 0))

    def _commit(self, sequence: Sequence, row: int, outcome: Outcome, now: float) -> None:
        """The sequence got the token of this row."""
        if not outcome.sound[row]:
            self._refuse(sequence, EngineFailure("The model's output for this request is not a number."))
            return
        token = outcome.tokens[row]
        sampling = sequence.request.sampling
        if sequence.constraint is not None:
            try:
                sequence.constraint.advance(token)
            except Exception as error:
                self._refuse(sequence, error)
                return
        sequence.tokens.append(token)
        sequence.last_token = now
        if sequence.first_token is None:
            sequence.first_token = now
        if sequence.counts is not None:
            sequence.counts[token] += 1
        self._generated += 1
        logprobs = None
        if sampling.logprobs is not None and outcome.logprobs is not None:
            logprobs = [_cut(outcome.logprobs[row], sampling.logprobs)]
        if token in sequence.request.stop_tokens or (sequence.constraint is not None and sequence.constraint.done):
            self._finish(sequence, "stop")
        elif sequence.generated >= sequence.limit:
            self._finish(sequence, "length")
        self._outbox.append(sequence.delta(now, [token], logprobs))

    def _finish(self, sequence: Sequence, reason: FinishReason) -> None:
        sequence.finish = reason
        self.scheduler.remove(sequence)
        del self._sequences[sequence.request.id]

    def _refuse(self, sequence: Sequence, error: Exception) -> None:
        """End one request that went wrong, alone."""
        if not isinstance(error, HarmoniumError):
            log.error("Request %s failed", sequence.request.id, exc_info=error)
        self._finish(sequence, "error")
        self._outbox.append(sequence.delta(self._clock(), [], error=_described(error)))

    def _fail(self, error: Exception, chunks: list[Chunk]) -> None:
        """A step failed: so do its requests, and those of the step in flight. What the cache holds is doubtful."""
        flight, self._flight = self._flight, None
        self._faults += 1
        if self._runner.is_fatal(error) or self._faults >= _FAULTS_IN_A_ROW:
            raise DeviceFault(f"{type(error).__name__}: {error}") from error
        log.error("A step failed; its requests are given up", exc_info=error)
        for chunk in [*(flight.chunks if flight else ()), *chunks]:
            if chunk.sequence.finish is None:
                self._refuse(chunk.sequence, EngineFailure("The step that computed this request failed."))
        self.scheduler.space.pool.forget_all()


def _cut(entry: TokenLogprobs, alternatives: int) -> TokenLogprobs:
    """The entry with as many alternatives as this request wants."""
    if len(entry.top_ids) == alternatives:
        return entry
    return TokenLogprobs(
        entry.token, entry.logprob, entry.rank, entry.top_ids[:alternatives], entry.top_logprobs[:alternatives]
    )


def _described(error: Exception) -> tuple[str | None, str]:
    """Code and message for the client, who is told nothing of the engine's insides."""
    if isinstance(error, HarmoniumError):
        return error.code, error.message
    return EngineFailure.code, "The engine failed on this request."
