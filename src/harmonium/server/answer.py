"""From token ids to what the client sees: the completions of one request, followed as they grow.

An `Update` is what one step of the engine gave one completion, after parsing, stop strings and accounting. Every API's
wire format, streamed or not, is made from Updates alone.
"""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Literal, Protocol

import msgspec

from harmonium.automaton import Grammar
from harmonium.errors import EngineUnavailable
from harmonium.harmony.parse import Kind, Parser
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Event, Reasoning, Text
from harmonium.messages import Delta, EngineStats, Ready, Request, Timings, TokenLogprobs
from harmonium.server import limits
from harmonium.server.mcp import MCPError
from harmonium.server.memory import Written
from harmonium.server.stops import StopFinder
from harmonium.vocabulary import Vocabulary

Finish = Literal["stop", "length", "tool_calls"]


class Engine(Protocol):
    """What the server needs of `harmonium.client.AsyncEngine`."""

    @property
    def ready(self) -> Ready: ...
    @property
    def stats(self) -> EngineStats: ...
    @property
    def alive(self) -> bool: ...
    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Delta]]: ...
    async def close(self) -> None: ...


class Usage(msgspec.Struct, frozen=True):
    """Token counts of a request so far. `reasoning` is part of `completion`, `cached` of `prompt`."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0


class Ran(msgspec.Struct, frozen=True):
    """A call of a built-in tool is over. `text` is what the model is told of it; `error` is None where it worked."""

    index: int
    text: str
    error: MCPError | None = None


AnyEvent = Event | Ran


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """News of one completion. `tokens` are all tokens of the step, `logprobs` those of the visible text that `events`
    complete. On the last one `finish` is set. `usage` counts the whole request up to here."""

    choice: int
    events: tuple[AnyEvent, ...] = ()
    tokens: list[int] = []
    logprobs: tuple[TokenLogprobs, ...] = ()
    prompt_logprobs: list[TokenLogprobs | None] | None = None
    finish: Finish | None = None
    usage: Usage = Usage()


class Reader(Protocol):
    """Reads one completion token by token. `kind` is what the token last fed was part of, `repairs` how often the
    tokens left the grammar."""

    @property
    def kind(self) -> Kind: ...
    @property
    def repairs(self) -> int: ...
    def feed(self, token: int) -> Sequence[Event]: ...
    def finish(self) -> Sequence[Event]: ...


class HarmonyReader:
    """Reads a completion made under a grammar."""

    def __init__(self, grammar: Grammar, names: ToolNames, vocabulary: Vocabulary) -> None:
        self._parser = Parser(grammar, names, vocabulary)

    @property
    def kind(self) -> Kind:
        return self._parser.kind

    @property
    def repairs(self) -> int:
        return self._parser.repairs

    def feed(self, token: int) -> Sequence[Event]:
        return self._parser.feed(token)

    def finish(self) -> Sequence[Event]:
        return self._parser.finish()


class PlainReader:
    """Reads a completion that is nothing but text. Special tokens are shown by their names unless `skip_special`."""

    kind: Kind = "text"
    repairs = 0

    def __init__(self, vocabulary: Vocabulary, skip_special: bool = True) -> None:
        self._vocabulary = vocabulary
        self._skip_special = skip_special
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> Sequence[Event]:
        if token >= self._vocabulary.ordinary and self._skip_special:
            return ()
        text = self._decoder.decode(self._vocabulary.token_bytes(token))
        return (Text(text),) if text else ()

    def finish(self) -> Sequence[Event]:
        text = self._decoder.decode(b"", final=True)
        return (Text(text),) if text else ()


class Choice:
    """Follows one completion. Pure: Deltas in, Updates out.

    `seen` counts characters of visible text that were read, `shown` those that were given out; between the two lies
    what a stop string may yet swallow. The log-probabilities of a token wait until its text is shown. `prompt` is how
    many prompt tokens the usage counts here: 0 for all but the first completion of one prompt. `written`, where it is
    set before the first Delta, gathers the tokens.
    """

    def __init__(
        self,
        index: int,
        reader: Reader,
        *,
        prompt: int = 0,
        stops: tuple[str, ...] = (),
        keep_stop: bool = False,
    ) -> None:
        self.index = index
        self.prompt = prompt
        self.completion = 0
        self.reasoning = 0
        self.cached = 0
        self.finish: Finish | None = None
        self.written: Written | None = None
        self.calls = 0
        self.timings: Timings | None = None
        self._reader = reader
        self._finder = StopFinder(stops, keep_stop)
        self._seen = 0
        self._shown = 0
        self._waiting: deque[tuple[int, int, TokenLogprobs]] = deque()

    @property
    def is_well_formed(self) -> bool:
        """Whether the tokens never left the grammar."""
        return self._reader.repairs == 0

    @property
    def repairs(self) -> int:
        """How often the tokens left the grammar."""
        return self._reader.repairs

    @property
    def stop(self) -> str | None:
        """The stop string that ended it."""
        return self._finder.found

    def feed(self, delta: Delta) -> Update:
        """The Update that `delta` makes. After one with `finish`, feed no more. An abort by the engine raises
        EngineUnavailable."""
        if delta.cached_tokens is not None:
            self.cached = delta.cached_tokens
        if delta.timings is not None:
            self.timings = delta.timings
        events: list[Event] = []
        tokens: list[int] = []
        for place, token in enumerate(delta.tokens):
            tokens.append(token)
            before = self._seen
            self._take(self._reader.feed(token), events)
            self.reasoning += self._reader.kind == "reasoning"
            if delta.logprobs is not None and self._reader.kind == "text":
                self._waiting.append((before, self._seen, delta.logprobs[place]))
            if self._finder.found is not None:
                self.finish = "stop"
                break
            if self.calls >= limits.MAX_CALLS:
                self.finish = "tool_calls"
                break
        self.completion += len(tokens)
        if self.written is not None:
            self.written.tokens += tokens
        if self.finish is None and delta.finish is not None:
            if delta.finish not in ("stop", "length"):
                raise EngineUnavailable("The request was aborted.", retry_after=1.0)
            self._take(self._reader.finish(), events)
            if self._finder.found is None:
                self._show(Text(self._finder.flush()), events)
            self.finish = "tool_calls" if self.calls and delta.finish == "stop" else delta.finish
        return Update(
            choice=self.index,
            events=tuple(merged(events)),
            tokens=tokens,
            logprobs=tuple(self._released()),
            prompt_logprobs=delta.prompt_logprobs,
            finish=self.finish,
        )

    def _take(self, read: Iterable[Event], events: list[Event]) -> None:
        for event in read:
            match event:
                case Text(text, "final"):
                    self._seen += len(text)
                    if self._finder.found is None:
                        self._show(Text(self._finder.feed(text)), events)
                case Text(text):
                    self._seen += len(text)
                    self._show(event, events)
                case CallEnd():
                    self.calls += 1
                    events.append(event)
                case Reasoning() | CallStart() | CallArguments():
                    events.append(event)
                case _:
                    pass

    def _show(self, text: Text, events: list[Event]) -> None:
        if text.text:
            self._shown += len(text.text)
            events.append(text)

    def _released(self) -> Iterable[TokenLogprobs]:
        """Those whose text is out; at a stop string also the token that it began in, later ones never."""
        while self._waiting:
            start, end, logprobs = self._waiting[0]
            if not (end <= self._shown or (self.finish is not None and start < self._shown)):
                return
            self._waiting.popleft()
            yield logprobs


def merged(events: Iterable[Event]) -> list[Event]:
    """The same events with neighbours of one kind made one."""
    result: list[Event] = []
    for event in events:
        match (result[-1] if result else None, event):
            case (Reasoning(first), Reasoning(second)):
                result[-1] = Reasoning(first + second)
            case (Text(first, channel), Text(second, other)) if channel == other:
                result[-1] = Text(first + second, channel)
            case (CallArguments(index, first), CallArguments(same, second)) if index == same:
                result[-1] = CallArguments(index, first + second)
            case _:
                result.append(event)
    return result


class Paragraphs:
    """A preamble and the answer are two messages: where a reply has one text for both, an empty line parts them."""

    def __init__(self) -> None:
        self._after_preamble = False

    def text(self, said: Text) -> str:
        if said.channel == "commentary":
            self._after_preamble = True
            return said.text
        parting = "\n\n" if self._after_preamble else ""
        self._after_preamble = False
        return parting + said.text


async def follow(engine: Engine, request: Request, choice: Choice) -> AsyncGenerator[Update, None]:
    """Submit `request` and follow it; a stop string ends it early, which aborts it in the engine."""
    async with engine.stream(request) as deltas:
        async for delta in deltas:
            yield choice.feed(delta)
            if choice.finish is not None:
                return
    raise EngineUnavailable("The engine ended the request without a word.", retry_after=1.0)


async def follow_all(engine: Engine, jobs: Sequence[tuple[Request, Choice]]) -> AsyncGenerator[Update, None]:
    """Every completion of one request at once, Updates as they come, `usage` filled in. The first error ends all."""
    choices = [choice for _, choice in jobs]
    sources = [follow(engine, request, choice) for request, choice in jobs]
    async with aclosing(sources[0] if len(sources) == 1 else _interleaved(sources)) as updates:
        async for update in updates:
            yield msgspec.structs.replace(update, usage=usage_of(choices))


def usage_of(choices: Sequence[Choice]) -> Usage:
    """The counts of a whole request."""
    return Usage(
        prompt=sum(choice.prompt for choice in choices),
        completion=sum(choice.completion for choice in choices),
        cached=sum(min(choice.cached, choice.prompt) for choice in choices),
        reasoning=sum(choice.reasoning for choice in choices),
    )


async def _interleaved(sources: Sequence[AsyncGenerator[Update, None]]) -> AsyncGenerator[Update, None]:
    queue: asyncio.Queue[Update | Exception | None] = asyncio.Queue(maxsize=len(sources))

    async def pump(source: AsyncGenerator[Update, None]) -> None:
        try:
            async with aclosing(source):
                async for update in source:
                    await queue.put(update)
            await queue.put(None)
        except Exception as error:
            await queue.put(error)

    tasks = [asyncio.create_task(pump(source)) for source in sources]
    try:
        open_sources = len(sources)
        while open_sources:
            item = await queue.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                open_sources -= 1
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
