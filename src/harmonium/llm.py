"""Blocking and offline: `LLM(model).generate(…)` and `.chat(…)`, over the same client and engine as the server.

with LLM("openai/gpt-oss-20b") as llm:
    reply = llm.chat([Message(role="user", content="What is a harmonium?")])
    print(reply.text)
"""

from __future__ import annotations

import asyncio
import atexit
import itertools
import threading
import weakref
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from harmonium.automaton import Grammar
from harmonium.checkpoints.catalog import locate
from harmonium.client import AsyncEngine, merge
from harmonium.config import Batching, EngineConfig, cache_dir
from harmonium.errors import EngineUnavailable
from harmonium.harmony.parse import Parser
from harmonium.harmony.prompt import prompt
from harmonium.harmony.types import (
    CallArguments,
    CallStart,
    Conversation,
    Effort,
    Message,
    Reasoning,
    ResponseFormat,
    Text,
    Tool,
    ToolChoice,
)
from harmonium.messages import Delta, FinishReason, Request, SamplingParams, TokenLogprobs
from harmonium.vocabulary import Vocabulary, load_vocabulary

Result = TypeVar("Result")


@dataclass(frozen=True)
class Completion:
    """What a model made of one prompt. `text` spells special tokens out; `cached_tokens` of the prompt were not
    computed anew."""

    prompt: list[int]
    tokens: list[int]
    text: str
    finish: FinishReason
    logprobs: list[TokenLogprobs] | None = None
    prompt_logprobs: list[TokenLogprobs | None] | None = None
    cached_tokens: int = 0


@dataclass(frozen=True)
class Call:
    """A call of a tool; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """One turn of the assistant. `preamble` is what it says to the user before its calls."""

    text: str
    reasoning: str
    preamble: str
    calls: tuple[Call, ...]
    completion: Completion


class LLM:
    """A model, loaded. `model` as on the command line: a folder, a name on the Hub, or "" for the bundled one; options
    are those of EngineConfig. Usable from any thread; `close` it, or use it in a with statement.

    Raises CheckpointError or ConfigError where it cannot be loaded.
    """

    def __init__(self, model: str = "", **options: Any) -> None:
        config = EngineConfig(**options)
        config = replace(config, model=str(locate(model, cache_dir(), config.load_format).folder))
        self.vocabulary: Vocabulary = load_vocabulary()
        self._ids = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="harmonium-llm", daemon=True)
        self._thread.start()
        places = Batching.of(config, on_cpu=True).max_num_seqs + config.max_num_queued_reqs
        self._places = asyncio.Semaphore(places)
        self._engine: AsyncEngine | None = None
        atexit.register(_close, weakref.ref(self))
        try:
            self._engine = self._wait(AsyncEngine.start(config))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def max_model_len(self) -> int:
        """The longest context in tokens."""
        return self._running.ready.memory.max_model_len

    def generate(
        self, prompts: Sequence[str | list[int]], sampling: SamplingParams | None = None, *, ignore_eos: bool = False
    ) -> list[Completion]:
        """Continue each prompt as it stands, all of them together. A prompt is text, in which special tokens may be
        spelled, or token ids. Without `sampling`, at temperature 1 to the end of the context."""
        stops = frozenset[int]() if ignore_eos else frozenset(self._running.ready.model.eos_tokens)
        requests = [
            self._request(
                self.vocabulary.encode_with_specials(prompt) if isinstance(prompt, str) else prompt,
                sampling,
                stop_tokens=stops,
            )
            for prompt in prompts
        ]
        return self._wait(self._complete_all(requests))

    def chat(
        self,
        messages: Sequence[Message],
        sampling: SamplingParams | None = None,
        *,
        instructions: str = "",
        tools: Sequence[Tool] = (),
        tool_choice: ToolChoice | None = None,
        parallel_tool_calls: bool = True,
        response_format: ResponseFormat | None = None,
        reasoning_effort: Effort = "medium",
        date: str = "",
    ) -> Reply:
        """The assistant's next turn of a conversation. BadRequest or UnsupportedSchema where it cannot be asked for."""
        conversation = Conversation(
            messages=tuple(messages),
            instructions=instructions,
            tools=tuple(tools),
            response_format=response_format,
            effort=reasoning_effort,
            date=date,
        )
        asked = prompt(
            conversation,
            choice=tool_choice or ToolChoice(),
            parallel=parallel_tool_calls,
            vocabulary=self.vocabulary,
        )
        request = self._request(asked.tokens, sampling, grammar=asked.grammar)
        (completion,) = self._wait(self._complete_all([request]))
        return self._reply(completion, Parser(asked.grammar, asked.names, self.vocabulary))

    def close(self) -> None:
        """Give the model's memory back. What runs fails with EngineUnavailable."""
        if self._loop.is_closed():
            return
        if self._engine is not None:
            self._wait(self._engine.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def _running(self) -> AsyncEngine:
        if self._engine is None or self._loop.is_closed():
            raise EngineUnavailable("The model is closed.")
        return self._engine

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` on the loop of the engine's client; an interrupt cancels it, which aborts its requests."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _request(
        self,
        prompt: list[int],
        sampling: SamplingParams | None,
        *,
        grammar: Grammar | None = None,
        stop_tokens: frozenset[int] = frozenset(),
    ) -> Request:
        rest = max(1, self.max_model_len - len(prompt))
        return Request(
            id=str(next(self._ids)),
            prompt=prompt,
            sampling=sampling or SamplingParams(max_tokens=rest),
            grammar=grammar,
            stop_tokens=stop_tokens,
        )

    async def _complete_all(self, requests: Sequence[Request]) -> list[Completion]:
        """All of them, or the error of the first that fails; the others are then aborted."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._complete(request)) for request in requests]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _complete(self, request: Request) -> Completion:
        whole = Delta(id=request.id)
        async with self._places, self._running.stream(request) as deltas:
            async for delta in deltas:
                whole = merge(whole, delta)
        assert whole.finish is not None
        return Completion(
            prompt=request.prompt,
            tokens=whole.tokens,
            text=self.vocabulary.decode(whole.tokens),
            finish=whole.finish,
            logprobs=whole.logprobs,
            prompt_logprobs=whole.prompt_logprobs,
            cached_tokens=whole.cached_tokens or 0,
        )

    def _reply(self, completion: Completion, parser: Parser) -> Reply:
        text = reasoning = preamble = ""
        calls: list[Call] = []
        events = [event for token in completion.tokens for event in parser.feed(token)] + parser.finish()
        for event in events:
            match event:
                case Reasoning(piece):
                    reasoning += piece
                case Text(piece, "final"):
                    text += piece
                case Text(piece, _):
                    preamble += piece
                case CallStart(_, name):
                    calls.append(Call(name, ""))
                case CallArguments(_, piece):
                    calls[-1] = Call(calls[-1].name, calls[-1].arguments + piece)
                case _:
                    pass
        return Reply(text, reasoning, preamble, tuple(calls), completion)


def _close(reference: weakref.ref[LLM]) -> None:
    """At the end of the program, for those who have not done it."""
    llm = reference()
    if llm is not None:
        llm.close()
