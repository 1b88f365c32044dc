"""A reply with built-in tools: the model's turn, its calls made here, their results put behind it, and its next turn.

What comes out is one row of Updates, as for a reply of one turn: calls are numbered through, usage adds up, `finish`
comes once, and what a call gave is an event of its own, `Ran`. A call is made as soon as the model has written it, and
the model may go on meanwhile; whatever it says after that waits for the results, so that everything is in order.

A reply ends with the first turn that calls no built-in tool, or one of the client's too. After `most_rounds` turns with
results, or with no calls left of `most_calls`, the grammar offers no built-in tool any more, so that the model answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import msgspec

from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Message, Reasoning, Text, ToolChoice
from harmonium.server.answer import AnyEvent, Choice, Finish, Ran, Update, Usage
from harmonium.server.builtin import Builtin, Builtins
from harmonium.server.mcp import MCPHTTPError, MCPSession, Outcome
from harmonium.server.memory import call_id, written_messages
from harmonium.server.messages import answer_message, call_message
from harmonium.server.sampling import REST
from harmonium.server.service import Prepared, Service
from harmonium.server.turn import Turn
from harmonium.vocabulary import Vocabulary

Run = Callable[[Builtin, str], Coroutine[Any, Any, Outcome]]
"""Makes a call with these arguments, JSON text."""

Prepare = Callable[[Turn], Awaitable[tuple[Turn, Prepared]]]
"""Makes a later turn ready, perhaps a shorter one."""


async def reply(
    service: Service,
    turn: Turn,
    prepared: Prepared,
    identifier: str,
    arrived: float,
    builtins: Builtins,
    *,
    most_calls: int | None = None,
    prepare: Prepare | None = None,
) -> AsyncGenerator[Update, None]:
    """The Updates of a reply called `identifier`, whichever tools it needs. `turn.n` is 1 where there are built-in
    tools; `arrived` is when the request came, on the monotonic clock; `prepare` is for turns after the first."""
    if not builtins:
        async with aclosing(service.updates(service.jobs(turn, prepared, identifier), arrived)) as updates:
            async for update in updates:
                yield update
        return
    async with service.mcp.session() as session:
        rounds = _Reply(service, turn, identifier, builtins, session, most_calls, prepare)
        async with aclosing(rounds.updates(prepared, arrived)) as updates:
            async for update in updates:
                yield update


class _Reply:
    def __init__(
        self,
        service: Service,
        turn: Turn,
        identifier: str,
        builtins: Builtins,
        session: MCPSession,
        most_calls: int | None,
        prepare: Prepare | None,
    ) -> None:
        self._prepare = prepare or self._as_it_is
        self._service = service
        self._turn = turn
        self._identifier = identifier
        self._builtins = builtins
        self._session = session
        self._left = most_calls
        self._calls = 0
        self._is_over = False
        self._usage = Usage()

    async def updates(self, prepared: Prepared, arrived: float) -> AsyncGenerator[Update, None]:
        most = self._service.config.mcp_max_rounds
        for number in range(most + 1):
            self._is_over = number == most
            made = _Round(self._calls, self._builtins, self._run)
            try:
                async with aclosing(self._played(prepared, arrived, made)) as updates:
                    async for update in updates:
                        yield update
            finally:
                await made.close()
            if made.is_last or self._is_over:
                yield Update(choice=0, finish=made.ending, usage=self._usage)
                return
            turn = self._next(made, prepared, last=number + 1 >= most)
            if turn is None:
                yield Update(choice=0, finish="length", usage=self._usage)
                return
            self._calls += len(made.names)
            self._turn, prepared = await self._prepare(turn)
            arrived = time.monotonic()

    async def _as_it_is(self, turn: Turn) -> tuple[Turn, Prepared]:
        return turn, await self._service.prepare(turn)

    async def _played(self, prepared: Prepared, arrived: float, made: _Round) -> AsyncGenerator[Update, None]:
        """The Updates of one turn and of the calls in it, without `finish`."""
        (job,) = self._service.jobs(self._turn, prepared, self._identifier, first_call=self._calls)
        before = self._usage
        async with aclosing(self._service.updates([job], arrived)) as updates:
            async for update in updates:
                self._usage = _sum(before, update.usage)
                yield msgspec.structs.replace(update, events=made.take(update), finish=None, usage=self._usage)
        made.choice = job[1]
        async with aclosing(made.rest()) as rest:
            async for events in rest:
                yield Update(choice=0, events=events, usage=self._usage)

    async def _run(self, builtin: Builtin, arguments: str) -> Outcome:
        # In the last turn only a model that is not held to its grammar calls at all.
        if self._left == 0 or self._is_over:
            message = "No more calls of tools are allowed in this response."
            return Outcome(f"Error: {message}", MCPHTTPError(429, message))
        if self._left is not None:
            self._left -= 1
        outcome = await self._session.call(builtin.server, builtin.tool.name, arguments)
        self._service.metrics.mcp_call(builtin.server.label if builtin.server.own else "other", outcome.error is None)
        return outcome

    def _next(self, made: _Round, prepared: Prepared, *, last: bool) -> Turn | None:
        """The model's next turn, None where it may write no more. A demand for a call was met by the one before."""
        turn = self._turn
        conversation = turn.conversation
        choice, allowed = ToolChoice(), turn.callable
        if last or self._left == 0:
            names = [tool.name for tool in conversation.tools] if allowed is None else allowed
            allowed = frozenset(names) - self._builtins.by_name.keys()
            choice = ToolChoice() if allowed else ToolChoice(mode="none")
        sampling = msgspec.structs.replace(turn.sampling, min_tokens=0)
        if sampling.max_tokens != REST:
            assert made.choice is not None
            left = sampling.max_tokens - made.choice.completion
            if left < 1:
                return None
            sampling = msgspec.structs.replace(sampling, max_tokens=left)
        said = made.messages(self._identifier, prepared, self._service.vocabulary)
        return msgspec.structs.replace(
            turn,
            conversation=msgspec.structs.replace(conversation, messages=(*conversation.messages, *said)),
            choice=choice,
            callable=allowed,
            sampling=sampling,
            at_most=True,
        )


class _Round:
    """One turn of the model. Once a built-in call is made, what follows in the turn is held back until its result is
    there. `names` are those of its calls, numbered from `first`; `choice` is what it was read with, once it is over."""

    def __init__(self, first: int, builtins: Builtins, run: Run) -> None:
        self.names: dict[int, str] = {}
        self.finish: Finish | None = None
        self.choice: Choice | None = None
        self._first = first
        self._builtins = builtins
        self._run = run
        self._events: list[AnyEvent] = []
        self._tokens: list[int] = []
        self._arguments: dict[int, str] = {}
        self._running: dict[int, asyncio.Task[Outcome]] = {}
        self._held: list[AnyEvent | int] = []
        self._outcomes: dict[int, Outcome] = {}

    @property
    def is_last(self) -> bool:
        """Whether the reply ends with this turn: it was no call, or the client has calls to make as well."""
        return self.finish != "tool_calls" or not self._running or not self._is_own

    @property
    def ending(self) -> Finish | None:
        """How a reply ended that ends with this turn: in calls only where the client has some to answer."""
        return "stop" if self.finish == "tool_calls" and self._is_own else self.finish

    @property
    def _is_own(self) -> bool:
        return all(name in self._builtins.by_name for name in self.names.values())

    def take(self, update: Update) -> tuple[AnyEvent, ...]:
        """The events of the turn that can be told by now. The calls that they make are begun."""
        self.finish = update.finish
        self._tokens += update.tokens
        shown: list[AnyEvent] = []
        for event in update.events:
            event = self._numbered(event)
            self._events.append(event)
            (self._held if self._running else shown).append(event)
            match event:
                case CallStart(index, name):
                    self.names[index] = name
                    self._arguments[index] = ""
                case CallArguments(index, text):
                    self._arguments[index] += text
                case CallEnd(index):
                    builtin = self._builtins.by_name.get(self.names[index])
                    if builtin is not None:
                        self._running[index] = asyncio.create_task(self._run(builtin, self._arguments[index]))
                        self._held.append(index)
        return tuple(shown)

    async def rest(self) -> AsyncGenerator[tuple[AnyEvent, ...], None]:
        """What was held back, as the results come."""
        waiting: list[AnyEvent] = []
        for each in self._held:
            if not isinstance(each, int):
                waiting.append(each)
                continue
            if waiting:
                yield tuple(waiting)
                waiting = []
            outcome = self._outcomes[each] = await self._running[each]
            yield (Ran(each, outcome.text, outcome.error),)
        if waiting:
            yield tuple(waiting)

    async def close(self) -> None:
        """End the calls that nobody waits for any more."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def messages(self, identifier: str, prepared: Prepared, vocabulary: Vocabulary) -> list[Message]:
        """The turn with its results, as the next prompt has it: to the token, where the model kept to the grammar."""
        ids = {index: call_id(identifier, 0, index) for index in self.names}
        assert self.choice is not None
        if self.choice.is_well_formed:
            said = written_messages(self._tokens, prepared.names, list(ids.values()), vocabulary)
        else:
            said = self._told(ids)
        answers = [
            answer_message(self.names[index], outcome.text, ids[index]) for index, outcome in self._outcomes.items()
        ]
        return [*said, *answers]

    def _told(self, ids: dict[int, str]) -> list[Message]:
        reasoning = "".join(event.text for event in self._events if isinstance(event, Reasoning))
        text = "".join(event.text for event in self._events if isinstance(event, Text))
        calls = [call_message(self.names[index], self._arguments[index], ids[index]) for index in self._outcomes]
        return [
            *([Message(role="assistant", channel="analysis", content=reasoning)] if reasoning else []),
            *([Message(role="assistant", channel="commentary", content=text)] if text else []),
            *calls,
        ]

    def _numbered(self, event: AnyEvent) -> AnyEvent:
        if isinstance(event, CallStart | CallArguments | CallEnd):
            return msgspec.structs.replace(event, index=event.index + self._first)
        return event


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        prompt=one.prompt + other.prompt,
        completion=one.completion + other.completion,
        cached=one.cached + other.cached,
        reasoning=one.reasoning + other.reasoning,
    )
