"""The handlers of Ollama's API. Nothing here makes, fetches, copies or deletes a model: no route does that."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final, Protocol

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harmonium.errors import BadRequest
from harmonium.harmony.parse import parse_messages
from harmonium.harmony.render import render_messages
from harmonium.server.answer import Update
from harmonium.server.completions import to_prompt
from harmonium.server.edge import broken_stream
from harmonium.server.failures import to_ollama_error
from harmonium.server.memory import call_id
from harmonium.server.ollama.models import (
    StatusReply,
    VersionReply,
    check_name,
    listed,
    rfc3339,
    to_models,
    to_running,
    to_shown,
)
from harmonium.server.ollama.requests import GenerateRequest, ModelRequest, OllamaChatRequest
from harmonium.server.ollama.turn import to_chat_turn, to_generate_turn
from harmonium.server.ollama.wire import ChatLine, End, GenerateLine, Piece, Pieces, chat_line, generate_line, joined
from harmonium.server.service import Job, Prepared, Service, check_length, fit, new_id, plain_jobs
from harmonium.server.sse import EventStream, JSONReply, line, while_connected
from harmonium.server.turn import Turn

MEDIA_TYPE: Final = "application/x-ndjson"

KEEP_ALIVE: Final = b" "
"""White space before the next line: clients take each line for JSON, so that an empty one would be an error."""

ALWAYS: Final = frozenset({"/", "/api/version"})
"""Paths that need no model."""


class LineOf(Protocol):
    def __call__(self, model: str, now: str, piece: Piece, end: End | None = None) -> ChatLine | GenerateLine: ...


class Ollama:
    """The handlers of one app."""

    def __init__(self, service: Service) -> None:
        self.service = service

    # ---- models ----

    async def root(self, request: Request) -> Response:
        """What some clients ask for before anything else."""
        return Response("Ollama is running", media_type="text/plain")

    async def version(self, request: Request) -> Response:
        return JSONReply(VersionReply())

    async def tags(self, request: Request) -> Response:
        return JSONReply(to_models(self.names, self.service.running.ready, self.service.created))

    async def ps(self, request: Request) -> Response:
        return JSONReply(to_running(self.names[0], self.service.running.ready))

    async def show(self, request: Request) -> Response:
        service = self.service
        name = self.asked(await service.body(request, ModelRequest))
        return JSONReply(to_shown(name, service.running.ready, service.created, service.notice))

    async def pull(self, request: Request) -> Response:
        """There is nothing to do for the model that is here, and no other to be had."""
        body = await self.service.body(request, ModelRequest)
        self.asked(body)
        if body.stream is False:
            return JSONReply(StatusReply("success"))
        lines = line(StatusReply("pulling manifest")) + line(StatusReply("success"))
        return Response(lines, media_type=MEDIA_TYPE)

    async def embed(self, request: Request) -> Response:
        raise BadRequest("gpt-oss makes no embeddings: ask a server of an embedding model.")

    def asked(self, body: ModelRequest) -> str:
        """The name that is asked for, by either field."""
        name = body.model or body.name
        if name is None:
            raise BadRequest("model is required", param="model", code="missing_required_parameter")
        return self.known(name)

    def known(self, name: str) -> str:
        """The name; ModelNotFound where it is not served."""
        check_name(name, self.names, self.service.running.ready.model)
        return name

    @property
    def names(self) -> tuple[str, ...]:
        return listed(self.service.names, self.service.running.ready.model)

    # ---- replies ----

    async def chat(self, request: Request) -> Response:
        arrived = time.monotonic()
        service = self.service
        body = await service.body(request, OllamaChatRequest)
        model = self.known(body.model)
        if not body.messages:
            return JSONReply(loaded(chat_line, model, body.keep_alive))
        turn = to_chat_turn(body, service.dates.of, service.config.reasoning_effort)
        turn = msgspec.structs.replace(turn, scope=request.state.key)
        prepared = await service.prepare(turn)
        identifier = new_id("ollama-")
        (job,) = service.jobs(turn, prepared, identifier)
        reply = Reply(service, job, identifier, arrived, model, chat_line, thinking=body.think is not False)
        return await reply.response(request, stream=body.stream is not False)

    async def generate(self, request: Request) -> Response:
        arrived = time.monotonic()
        service = self.service
        body = await service.body(request, GenerateRequest)
        model = self.known(body.model)
        if not body.prompt:
            return JSONReply(loaded(generate_line, model, body.keep_alive))
        turn = to_generate_turn(body, service.dates.of, service.config.reasoning_effort)
        identifier = new_id("ollama-")
        job = await (self.raw(turn, body.prompt, identifier) if body.raw else self.prompted(turn, body, identifier))
        reply = Reply(
            service,
            job,
            identifier,
            arrived,
            model,
            generate_line,
            thinking=body.think is not False,
            context=None if body.raw else self.context,
        )
        return await reply.response(request, stream=body.stream is not False)

    async def prompted(self, turn: Turn, body: GenerateRequest, identifier: str) -> Job:
        """A conversation of one question, or the next question after a `context`."""
        service = self.service
        prepared = await service.prepare(turn)
        if body.context:
            asked = await service.off_loop(lambda: render_messages(turn.conversation.messages, service.vocabulary))
            # The last two tokens of any prompt begin the assistant's message.
            prepared = self.longer(turn, prepared, [*body.context, *asked, *prepared.tokens[-2:]])
        (job,) = service.jobs(turn, prepared, identifier)
        return job

    def longer(self, turn: Turn, prepared: Prepared, tokens: list[int]) -> Prepared:
        sampling = fit(turn.sampling, len(tokens), self.service.max_model_len, turn.length_param, at_most=turn.at_most)
        return msgspec.structs.replace(prepared, tokens=tokens, sampling=sampling)

    async def raw(self, turn: Turn, prompt: str, identifier: str) -> Job:
        service = self.service
        limit = service.max_model_len

        def encode() -> list[int]:
            check_length([prompt], limit, service.vocabulary)
            return to_prompt(prompt, service.vocabulary).ids

        ids = await service.off_loop(encode)
        (job,) = plain_jobs(
            [ids],
            [fit(turn.sampling, len(ids), limit, turn.length_param, at_most=turn.at_most)],
            service.vocabulary,
            identifier,
            n=1,
            stops=turn.stop,
            keep_stop=turn.keep_stop,
            stop_tokens=frozenset(service.running.ready.model.eos_tokens) | turn.stop_tokens,
            skip_special=True,
            cache_salt=turn.cache_salt,
            priority=turn.priority,
        )
        return job

    def context(self, prompt: list[int], tokens: list[int]) -> list[int]:
        """What a later request continues: the prompt and the answer, as history has it, without its reasoning."""
        said = [each for each in parse_messages(tokens, self.service.vocabulary) if each.channel != "analysis"]
        return [*prompt[:-2], *render_messages(said, self.service.vocabulary)]

    def routes(self) -> list[Route]:
        return [
            Route("/", self.root, methods=["GET"]),
            Route("/api/version", self.version, methods=["GET"]),
            Route("/api/tags", self.tags, methods=["GET"]),
            Route("/api/ps", self.ps, methods=["GET"]),
            Route("/api/show", self.show, methods=["POST"]),
            Route("/api/pull", self.pull, methods=["POST"]),
            Route("/api/chat", self.chat, methods=["POST"]),
            Route("/api/generate", self.generate, methods=["POST"]),
            Route("/api/embed", self.embed, methods=["POST"]),
            Route("/api/embeddings", self.embed, methods=["POST"]),
        ]


class Reply:
    """One reply while it is made. `context` makes what the last line says of the prompt and the reply's tokens."""

    def __init__(
        self,
        service: Service,
        job: Job,
        identifier: str,
        arrived: float,
        model: str,
        line_of: LineOf,
        *,
        thinking: bool,
        context: Callable[[list[int], list[int]], list[int]] | None = None,
    ) -> None:
        self.service = service
        self.job = job
        self.identifier = identifier
        self.arrived = arrived
        self.model = model
        self.line_of = line_of
        self.thinking = thinking
        self.context = context
        self.tokens: list[int] = []

    async def response(self, request: Request, *, stream: bool) -> Response:
        """The stream, or what it folds to: both are made of the same pieces."""
        updates = self.service.updates([self.job], self.arrived)
        if stream:
            return EventStream(
                self.lines(updates),
                lambda error: line(to_ollama_error(broken_stream(error))),
                media_type=MEDIA_TYPE,
                keep_alive=KEEP_ALIVE,
            )
        return await while_connected(request.receive, self.whole(updates))

    async def lines(self, updates: AsyncGenerator[Update, None]) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.pieces(updates)) as steps:
            async for step in steps:
                if step:
                    yield b"".join(line(self.line_of(self.model, now(), piece)) for piece in step)
        yield line(self.line_of(self.model, now(), Piece(), self.end()))

    async def whole(self, updates: AsyncGenerator[Update, None]) -> JSONReply:
        async with aclosing(self.pieces(updates)) as steps:
            every = [piece async for step in steps for piece in step]
        return JSONReply(self.line_of(self.model, now(), joined(every), self.end()))

    async def pieces(self, updates: AsyncGenerator[Update, None]) -> AsyncGenerator[list[Piece], None]:
        """What each step of the engine gives."""
        pieces = Pieces(lambda index: call_id(self.identifier, 0, index), thinking=self.thinking)
        async with aclosing(updates):
            async for update in updates:
                self.tokens += update.tokens
                yield pieces.pieces(update)

    def end(self) -> End:
        request, choice = self.job
        timings = choice.timings
        return End(
            done_reason="length" if choice.finish == "length" else "stop",
            total_duration=nanoseconds(time.monotonic() - self.arrived),
            prompt_eval_count=choice.prompt,
            prompt_eval_duration=nanoseconds(timings.prefill if timings else 0.0),
            eval_count=choice.completion,
            eval_duration=nanoseconds(timings.decode if timings else 0.0),
            context=self.context(request.prompt, self.tokens) if self.context else UNSET,
        )


def loaded(line_of: LineOf, model: str, keep_alive: str | int | float | None) -> ChatLine | GenerateLine:
    """The answer to a request without a question, by which clients load a model, or unload it with a keep_alive of 0.
    The model is here and stays."""
    reply = line_of(model, now(), Piece())
    reply.done = True
    zero = keep_alive is not None and str(keep_alive).rstrip("smh") in ("0", "0.0")
    reply.done_reason = "unload" if zero else "load"
    return reply


def now() -> str:
    return rfc3339(time.time())


def nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
