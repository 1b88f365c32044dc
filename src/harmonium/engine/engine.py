"""The body of the loop: submit, abort, step. Owns the scheduler and the runner, knows no sockets and no clock.

A step is schedule → forward → sample → commit. Plain, one step is committed before the next is scheduled. With overlap
the commit moves behind the next forward, which starts from picks that the host has not seen:

    plain     S1 F1 P1 C1  S2 F2 P2 C2  …
    overlap   S1 F1 P1  S2 F2 C1 P2  S3 F3 C2 P3  …

The sampling P2 still comes after the commit C1, so that grammars have advanced when its masks are made. A sequence that
C1 finished has been computed in F2 in vain, and its row of P2 is not read. Its blocks can be taken at once: whatever
takes them is launched after F2.

A sequence with a draft gets several tokens of one step: each of its rows is sampled as if the draft's tokens before it
had been, with the same random numbers, penalties and masks, and the rows up to the first pick that is not the draft's
next token are what it would have got one by one. What comes next is known only then, so for such a sequence C1 goes
before S2, and for all where those are the more.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from harmonium.engine.batch import Picker, StepInput, following, mix, step_input
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
_COUNT_SECONDS = 1.0
"""At least so much time is between two steps in which the experts that are read are counted."""


class DeviceFault(Exception):
    """The device, or the bond between ranks, is lost: no later step can succeed."""


@dataclass(frozen=True)
class _Flight:
    """A launched step, and whose rows are in it. mask_rows: the rows that have masks, in their order. usable: of each
    chunk with a draft, in their order, the rows that were sampled as they should be. rows: those of a step that only
    decodes, else 0. fed: its number among the steps that a head was fed."""

    chunks: list[Chunk]
    scoring: list[tuple[Sequence, int]]
    pending: Pending
    mask_rows: list[int]
    usable: list[int]
    rows: int
    fed: int


class Drafting(Protocol):
    """Decides what steps verify; `harmonium.engine.draft.Drafts` does, where it is told what steps took. reads_first:
    the next plan wants to know all tokens that are in flight."""

    @property
    def reads_first(self) -> bool: ...
    def plan(self, sequences: list[Sequence], others: int) -> dict[Sequence, list[int]]: ...
    def note(self, rows: int, drafted: bool, seconds: float) -> None: ...


class Engine:
    """Sequences in, Deltas out. `drafts` may be exchanged between steps."""

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
        drafts: Drafting | None = None,
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
        self.drafts = drafts
        self._picker = Picker(vocab_size, runner.inputs.most_rows, runner.device)
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
        self._num_drafts = 0
        self._draft_tokens = 0
        self._accepted_at: list[int] = []
        self._landed = 0.0
        self._counted = -math.inf
        self._distinct_experts = 0
        self._distinct_samples = 0
        self._distinct_tokens = 0

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
            drafts=self._num_drafts,
            draft_tokens=self._draft_tokens,
            accepted_at=[*self._accepted_at],
            distinct_experts=self._distinct_experts,
            distinct_samples=self._distinct_samples,
            distinct_tokens=self._distinct_tokens,
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
        chunks: list[Chunk] = []
        try:
            if self._waits():
                self._land()
            chunks = self.scheduler.schedule(started, self._plan())
            if chunks:
                step, scoring = step_input(chunks, self.scheduler.space.block_size)
                forwarded = self._runner.forward(step, self._counts(step, started))
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

    def _waits(self) -> bool:
        """Whether the step in flight is to be read before the next one: for drafts, or because most of what could go on
        has a draft in flight, and nothing is gained by a step without it."""
        if self._flight is None:
            return False
        if self.drafts is not None and self.drafts.reads_first:
            return True
        if not self._flight.usable:
            return False
        drafted = sum(sequence.drafted > 0 for sequence in self.scheduler.running)
        return 2 * drafted >= len(self.scheduler.running)

    def count_experts(self) -> None:
        """Have the experts counted that the next step reads that only decodes."""
        self._counted = -math.inf

    def _counts(self, step: StepInput, now: float) -> bool:
        """Whether the experts that this step reads are to be counted."""
        if now - self._counted < _COUNT_SECONDS or not (step.is_decode or step.is_verify):
            return False
        self._counted = now
        return True

    def _plan(self) -> dict[Sequence, list[int]] | None:
        """What the next step is to verify."""
        if self.drafts is None:
            return None
        decoding = [sequence for sequence in self.scheduler.running if sequence.pending == 1]
        if not decoding:
            return None
        everyone = min(self.scheduler.max_num_seqs, len(self.scheduler.running) + len(self.scheduler.waiting))
        return self.drafts.plan(decoding, everyone - len(decoding))

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
        return Sequence(
            request=request,
            arrival=self._arrivals,
            seed=mix(mix(self._seed) + self._arrivals) if sampling.seed is None else sampling.seed,
            limit=min(sampling.max_tokens, self._max_model_len - len(request.prompt)),
            blocks=self.scheduler.space.tables(request.cache_salt),
            constraint=None if request.grammar is None else Constraint(request.grammar, self._matchers, self._rows),
            submitted=now,
        )

    def _sample(
        self, step: StepInput, chunks: list[Chunk], scoring: list[tuple[Sequence, int]], forwarded: Forwarded
    ) -> _Flight:
        rows: list[Sequence | None] = []
        self._picker.make_room(len(step.sampled))
        mask_rows: list[int] = []
        usable: list[int] = []
        drafts: list[tuple[int, ...]] = []
        for chunk in chunks:
            if not chunk.samples:
                continue
            sequence = chunk.sequence
            alive = sequence.finish is None
            if alive and sequence.constraint is not None:
                try:
                    self._mask(sequence, sequence.constraint, 0, len(rows), mask_rows)
                except Exception as error:
                    self._refuse(sequence, error)
                    alive = False
            rows.append(sequence if alive else None)
            if chunk.draft:
                drafts += [()] * (len(rows) - 1 - len(drafts))
                drafts += [chunk.draft[:count] for count in range(len(chunk.draft) + 1)]
                usable.append(self._mask_draft(sequence, chunk.draft, len(rows), mask_rows) if alive else 0)
                rows += [sequence if count < usable[-1] else None for count in range(1, len(chunk.draft) + 1)]
        if drafts:
            drafts += [()] * (len(rows) - len(drafts))
        picking = self._picker.picking(rows, mask_rows, drafts or None)
        pending = self._runner.sample(step, forwarded, picking)
        fed = self._runner.feed(step, lambda: following(chunks))
        decodes = step.is_decode or step.is_verify
        return _Flight(chunks, scoring, pending, mask_rows, usable, len(step.tokens) if decodes else 0, fed)

    def _mask(self, sequence: Sequence, constraint: Constraint, ahead: int, row: int, mask_rows: list[int]) -> None:
        """Give a row the mask of `constraint`, where the sequence will have got `ahead` more tokens."""
        barred = sequence.generated + ahead < sequence.request.sampling.min_tokens
        shared = None if barred else constraint.shared
        if shared is not None:
            self._picker.share(len(mask_rows), shared)
        else:
            stops = sequence.request.stop_tokens if barred else None
            constraint.fill(self._picker.mask(len(mask_rows)), stops)
        mask_rows.append(row)

    def _mask_draft(self, sequence: Sequence, draft: tuple[int, ...], row: int, mask_rows: list[int]) -> int:
        """Give the rows of a draft, from `row` on, their masks. How many of the chunk's rows can be used: behind what
        the grammar doesn't offer, or what ends the completion, there is nothing to sample."""
        if sequence.constraint is None:
            return 1 + len(draft)
        constraint = sequence.constraint.copy()
        for ahead, token in enumerate(draft, 1):
            try:
                constraint.advance(token)
                if constraint.done:
                    return ahead
                self._mask(sequence, constraint, ahead, row + ahead - 1, mask_rows)
            except Exception:
                # If the sequence really gets here, it will be told then.
                return ahead
        return 1 + len(draft)

    def _land(self) -> None:
        """Commit the step in flight, if there is one: wait for it and tell each sequence what it gave."""
        flight = self._flight
        if flight is None:
            return
        outcome = flight.pending.tokens()
        now = self._clock()
        if self.drafts is not None and flight.rows:
            self.drafts.note(flight.rows, bool(flight.usable), now - self._landed)
        self._landed = now
        layers = len(outcome.distinct)
        self._distinct_experts += sum(outcome.distinct)
        self._distinct_samples += layers
        self._distinct_tokens += layers * flight.rows
        if not flight.usable:
            self._masked_steps += len(flight.mask_rows)
            self._masked_mass += sum(outcome.masked_mass)
        for (sequence, position), entry in zip(flight.scoring, outcome.scores, strict=True):
            self._score(sequence, position, entry)
        row = drafted = 0
        got: set[int] = set()
        for chunk in flight.chunks:
            sequence = chunk.sequence
            if chunk.samples:
                sequence.in_flight -= 1
                count = 1
                if chunk.draft:
                    sequence.drafted = 0
                    count = flight.usable[drafted]
                    drafted += 1
                if sequence.finish is None:
                    count = self._commit(sequence, range(row, row + count), chunk.draft, outcome, now)
                    sequence.tip = flight.fed, row + count - 1
                    got.update(range(row, row + count))
                    if chunk.draft:
                        self._verified(sequence, chunk, count)
                row += 1 + len(chunk.draft)
            elif sequence.limit == 0 and chunk.end == sequence.prompt_length and sequence.finish is None:
                self._finish(sequence, "length")
                self._outbox.append(sequence.delta(now, []))
        if flight.usable:
            for index, masked in enumerate(flight.mask_rows):
                if masked in got:
                    self._masked_steps += 1
                    self._masked_mass += outcome.masked_mass[index]
        self._flight = None

    def _verified(self, sequence: Sequence, chunk: Chunk, count: int) -> None:
        """A draft has given so many tokens, all but the last of which it had foreseen."""
        # Not so if it was preempted meanwhile.
        if sequence.computed == chunk.end:
            sequence.computed = chunk.start + count
        self._num_drafts += 1
        self._draft_tokens += len(chunk.draft)
        missing = len(chunk.draft) - len(self._accepted_at)
        self._accepted_at += [0] * missing
        accepted = count - 1
        for place in range(accepted):
            self._accepted_at[place] += 1

    def _score(self, sequence: Sequence, position: int, entry: TokenLogprobs) -> None:
        """One more entry of the prompt's log-probabilities. After a preemption some come a second time."""
        if position == len(sequence.prompt_logprobs):
            sequence.prompt_logprobs.append(_cut(entry, sequence.request.sampling.prompt_logprobs or 0))

    def _commit(self, sequence: Sequence, rows: range, draft: tuple[int, ...], outcome: Outcome, now: float) -> int:
        """The sequence got the tokens of these rows, up to the first that is not the draft's. How many that were."""
        sampling = sequence.request.sampling
        wanted = sampling.logprobs
        entries = None if wanted is None or outcome.logprobs is None else outcome.logprobs
        tokens: list[int] = []
        logprobs: list[TokenLogprobs] = []
        failure: Exception | None = None
        for row in rows:
            if tokens and tokens[-1] != draft[len(tokens) - 1]:
                break
            failure = self._take(sequence, row, outcome)
            if failure is not None:
                break
            tokens.append(sequence.tokens[-1])
            if entries is not None and wanted is not None:
                logprobs.append(_cut(entries[row], wanted))
            if sequence.finish is not None:
                break
        if tokens:
            sequence.last_token = now
            if sequence.first_token is None:
                sequence.first_token = now
            self._outbox.append(sequence.delta(now, tokens, None if entries is None else logprobs))
        if failure is not None:
            self._refuse(sequence, failure)
        return len(tokens)

    def _take(self, sequence: Sequence, row: int, outcome: Outcome) -> Exception | None:
        """The sequence's next token is the one of this row; or why that can't be."""
        if not outcome.sound[row]:
            return EngineFailure("The model's output for this request is not a number.")
        token = outcome.tokens[row]
        constraint = sequence.constraint
        if constraint is not None:
            try:
                constraint.advance(token)
            except Exception as error:
                return error
        sequence.tokens.append(token)
        self._generated += 1
        if token in sequence.request.stop_tokens or (constraint is not None and constraint.done):
            self._finish(sequence, "stop")
        elif sequence.generated >= sequence.limit:
            self._finish(sequence, "length")
        return None

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
