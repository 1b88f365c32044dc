"""The state of one request in the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from harmonium.automaton import Automaton
from harmonium.engine.blocks import BlockTables
from harmonium.engine.constraint import Constraint
from harmonium.engine.draft import Copying, Guessing
from harmonium.messages import Delta, FinishReason, Request, Timings, TokenLogprobs


@dataclass(eq=False)
class Sequence:
    """A request's tokens and how far they have come.

    tokens: the prompt and what has been generated, as far as the host knows.
    in_flight: how many tokens launched steps will give that the host does not know yet (0, 1, or for a moment 2).
    computed: tokens whose KV is in the cache once every launched step is done.
    drafted: how many of the tokens of its launched step are a draft. Until that has been verified, nothing more of it
    can be computed; `computed` then falls back to what was accepted.
    limit: how many tokens it may generate.
    seat: its row of the block tables that the device keeps, while it runs; seated: how many blocks are in there.
    row: the row of the latest step that sampled it, which holds its next token while that is in flight.
    copying, guessing: foresee it; made when they are first asked.
    tip: what a head goes on from: the step that it was fed, and the row of that which gave the latest token.
    """

    request: Request
    arrival: int
    seed: int
    limit: int
    blocks: BlockTables
    constraint: Constraint | None = None
    submitted: float = 0.0
    tokens: list[int] = field(default_factory=list)
    computed: int = 0
    in_flight: int = 0
    drafted: int = 0
    seat: int | None = None
    seated: int = 0
    row: int = -1
    finish: FinishReason | None = None
    cached_tokens: int | None = None
    scheduled: float | None = None
    first_token: float | None = None
    last_token: float | None = None
    prompt_logprobs: list[TokenLogprobs | None] = field(default_factory=list)
    copying: Copying | None = None
    guessing: Guessing | None = None
    tip: tuple[int, int] = (0, -1)
    said: bool = False

    def __post_init__(self) -> None:
        self.tokens = list(self.request.prompt)
        if self.request.sampling.prompt_logprobs is not None:
            self.prompt_logprobs.append(None)

    @property
    def key(self) -> tuple[int, int]:
        """The order of importance: the smallest is served first and preempted last."""
        return self.request.priority, self.arrival

    @property
    def prompt_length(self) -> int:
        return len(self.request.prompt)

    @property
    def generated(self) -> int:
        """Tokens generated, as far as the host knows; also the output position of the next one to be picked."""
        return len(self.tokens) - self.prompt_length

    @property
    def penalised(self) -> bool:
        """Whether tokens are to be counted."""
        sampling = self.request.sampling
        return bool(sampling.presence_penalty or sampling.frequency_penalty or sampling.repetition_penalty != 1.0)

    @property
    def pending(self) -> int:
        """Tokens that could be computed now; 0 when only the result of the step in flight is missing."""
        if self.drafted:
            return 0
        known = len(self.tokens) + self.in_flight
        if self.in_flight and known - len(self.request.prompt) >= self.limit:
            return 0
        return known - self.computed

    @property
    def room(self) -> int:
        """The longest draft that makes sense: with the token that a step gives anyway, it is no more than the limit."""
        return self.limit - self.generated - self.in_flight - 1

    @property
    def state(self) -> tuple[Automaton, int] | None:
        """Where it stands in its grammar, as far as the host knows."""
        return None if self.constraint is None else self.constraint.place

    @property
    def wants_prompt_logprobs(self) -> bool:
        """Whether rows of the prompt are still to be scored: until then its tokens must be computed, not found."""
        return self.request.sampling.prompt_logprobs is not None and len(self.prompt_logprobs) < self.prompt_length

    def timings(self, now: float) -> Timings:
        scheduled = now if self.scheduled is None else self.scheduled
        first = now if self.first_token is None else self.first_token
        last = first if self.last_token is None else self.last_token
        return Timings(queued=scheduled - self.submitted, prefill=first - scheduled, decode=last - first)

    def delta(
        self,
        now: float,
        tokens: list[int],
        logprobs: list[TokenLogprobs] | None = None,
        error: tuple[str | None, str] | None = None,
    ) -> Delta:
        """What to tell the client about a step. Call after `finish` is set: the last Delta is the one that has it."""
        if self.said and self.finish is None:
            return Delta(id=self.request.id, tokens=tokens, logprobs=logprobs)
        first, self.said = not self.said, True
        scored = self.request.sampling.prompt_logprobs is not None and self.finish in (None, "stop", "length")
        return Delta(
            id=self.request.id,
            tokens=tokens,
            logprobs=logprobs,
            prompt_logprobs=self.prompt_logprobs if first and scored else None,
            finish=self.finish,
            error=None if error is None else error[1],
            error_code=None if error is None else error[0],
            cached_tokens=(self.cached_tokens or 0) if first else None,
            timings=None if self.finish is None else self.timings(now),
        )
