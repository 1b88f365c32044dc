"""The handlers of Anthropic's API."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harmonium.harmony.render import render
from harmonium.server.answer import Update
from harmonium.server.anthropic.requests import CountTokensRequest, MessagesRequest
from harmonium.server.anthropic.turn import shows_thinking, to_anthropic_conversation, to_messages_turn
from harmonium.server.anthropic.wire import Emitter, MessageFold, Ping, StreamEvent, TokenCount, named_event
from harmonium.server.edge import broken_stream
from harmonium.server.failures import to_anthropic_error
from harmonium.server.memory import call_id
from harmonium.server.service import Job, Service, check_length, new_id
from harmonium.server.sse import EventStream, JSONReply, while_connected

KEEP_ALIVE: Final = named_event(Ping())

COUNTED_CONTEXTS: Final = 8
"""How many contexts long the conversation may be whose tokens are counted."""


class Anthropic:
    """The handlers of one app."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def messages(self, request: Request) -> Response:
        arrived = time.monotonic()
        service = self.service
        body = await service.body(request, MessagesRequest)
        model = service.model(body.model)
        turn = to_messages_turn(body, service.dates.of, service.config.reasoning_effort)
        turn = msgspec.structs.replace(turn, scope=request.state.key)
        prepared = await service.prepare(turn)
        identifier = new_id("msg_")
        (job,) = service.jobs(turn, prepared, identifier)
        emitter = Emitter(
            identifier,
            model,
            lambda call: call_id(identifier, 0, call, "toolu_"),
            thinking=shows_thinking(body),
            clipped=prepared.sampling.max_tokens < body.max_tokens,
        )
        steps = self.steps(job, service.updates([job], arrived), emitter)
        if body.stream:
            return EventStream(
                self.streamed(steps),
                lambda error: named_event(to_anthropic_error(broken_stream(error))),
                keep_alive=KEEP_ALIVE,
            )
        return await while_connected(request.receive, self.whole(steps))

    async def steps(
        self, job: Job, updates: AsyncGenerator[Update, None], emitter: Emitter
    ) -> AsyncGenerator[list[StreamEvent], None]:
        """The events of each step of the engine."""
        _, choice = job
        async with aclosing(updates):
            async for update in updates:
                yield emitter.events(update, choice.stop)

    async def streamed(self, steps: AsyncGenerator[list[StreamEvent], None]) -> AsyncGenerator[bytes, None]:
        async with aclosing(steps):
            async for step in steps:
                if step:
                    yield b"".join(map(named_event, step))

    async def whole(self, steps: AsyncGenerator[list[StreamEvent], None]) -> JSONReply:
        fold = MessageFold()
        async with aclosing(steps):
            async for step in steps:
                for each in step:
                    fold.add(each)
        return JSONReply(fold.reply())

    async def count_tokens(self, request: Request) -> Response:
        service = self.service
        body = await service.body(request, CountTokensRequest)
        service.model(body.model)
        conversation = to_anthropic_conversation(body, service.dates.of, service.config.reasoning_effort)
        limit = COUNTED_CONTEXTS * service.max_model_len

        def count() -> int:
            texts = [conversation.instructions, *(message.content for message in conversation.messages)]
            check_length(texts, limit, service.vocabulary)
            return len(render(conversation))

        return JSONReply(TokenCount(await service.off_loop(count)))

    def routes(self) -> list[Route]:
        return [
            Route("/v1/messages", self.messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", self.count_tokens, methods=["POST"]),
        ]
