"""The application: routes, each from body to reply, inside the edge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext, suppress
from typing import Final

import msgspec
from msgspec import UNSET
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from harmonium import __version__
from harmonium.config import ServerConfig
from harmonium.errors import BadRequest
from harmonium.server.answer import Engine, Update
from harmonium.server.anthropic.routes import Anthropic
from harmonium.server.builtin import MCP, Builtins
from harmonium.server.chat import ChatChunk, Chunker, Fold, to_tools, to_turn, to_usage
from harmonium.server.completions import (
    CompletionChunker,
    CompletionFold,
    CompletionReply,
    Prompt,
    to_completion_sampling,
    to_prompt,
    to_prompts,
)
from harmonium.server.edge import OPEN, Edge, Keys, as_error, error_event, error_response
from harmonium.server.memory import call_id
from harmonium.server.metrics import CONTENT_TYPE
from harmonium.server.models import ModelCard, ModelList
from harmonium.server.ollama.routes import ALWAYS as OLLAMA_ALWAYS
from harmonium.server.ollama.routes import Ollama
from harmonium.server.openapi import document
from harmonium.server.page.routes import PATHS as PAGE_PATHS
from harmonium.server.page.routes import Page
from harmonium.server.reference import page
from harmonium.server.requests import (
    ChatRequest,
    CompletionRequest,
    DetokenizeRequest,
    Sampled,
    TokenizeRequest,
)
from harmonium.server.responses.routes import ResponsesAPI
from harmonium.server.rounds import reply
from harmonium.server.sampling import to_stop_tokens, to_stops
from harmonium.server.service import Service, check_length, fit, new_id, plain_jobs
from harmonium.server.sse import DONE, EventStream, JSONReply, event, while_connected
from harmonium.server.tokenize import DetokenizeReply, TokenizeReply, to_tokenize_reply, to_tokenize_turn

Start = Callable[[], Awaitable[Engine]]

FINGERPRINT: Final = f"harmonium-{__version__}"

TOKENIZED_CONTEXTS: Final = 8
"""How many contexts long the text may be that /tokenize takes."""

ALWAYS: Final = (
    OLLAMA_ALWAYS
    | PAGE_PATHS
    | {
        *("/health", "/health/live", "/health/ready", "/ping", "/metrics", "/version", "/openapi.json", "/docs"),
    }
)
"""Paths that are answered before the model is loaded and while the server drains."""


class API:
    """The handlers of one app."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.responses = ResponsesAPI(service)

    # ---- helpers ----

    async def reply(
        self,
        request: Request,
        body: Sampled,
        updates: AsyncGenerator[Update, None],
        chunker: Chunker | CompletionChunker,
        fold: Fold | CompletionFold,
    ) -> Response:
        """The stream, or what it folds to: both are made of the same chunks."""
        if body.stream:
            return EventStream(self.events(body, updates, chunker), error_event)

        async def whole() -> JSONReply:
            usage = None
            async with aclosing(updates):
                async for update in updates:
                    for chunk in chunker.chunks(update):
                        fold.add(chunk)  # type: ignore[arg-type]
                    usage = update.usage
            assert usage is not None
            return JSONReply(fold.reply(usage))

        return await while_connected(request.receive, whole())

    async def events(
        self, body: Sampled, updates: AsyncGenerator[Update, None], chunker: Chunker | CompletionChunker
    ) -> AsyncGenerator[bytes, None]:
        options = body.stream_options
        with_usage = options is not None and bool(options.include_usage)
        continuous = with_usage and options is not None and bool(options.continuous_usage_stats)
        head = chunker.head
        usage = None
        async with aclosing(updates):
            async for update in updates:
                usage = to_usage(update.usage)
                chunks = chunker.chunks(update)
                for chunk in chunks:
                    if with_usage:
                        chunk.usage = usage if continuous else None
                if chunks:
                    yield b"".join(map(event, chunks))
        if with_usage:
            yield event(msgspec.structs.replace(head, choices=[], usage=usage))
        yield DONE

    # ---- OpenAI ----

    async def chat(self, request: Request) -> Response:
        arrived = time.monotonic()
        service = self.service
        body = await self.service.body(request, ChatRequest)
        model = service.model(body.model)
        builtins = await self.builtins(body)
        turn = to_turn(body, service.dates.of, service.config.reasoning_effort, builtins)
        turn = msgspec.structs.replace(turn, scope=request.state.key)
        prepared = await service.prepare(turn)
        identifier = new_id("chatcmpl-")
        head = ChatChunk(
            id=identifier,
            created=int(time.time()),
            model=model,
            choices=[],
            system_fingerprint=FINGERPRINT,
            prompt_token_ids=prepared.tokens if body.return_token_ids else UNSET,
        )
        chunker = Chunker(
            head,
            service.vocabulary,
            lambda choice, call: call_id(identifier, choice, call),
            reasoning=body.include_reasoning is not False,
            logprobs=bool(body.logprobs),
            token_ids=bool(body.return_token_ids),
            builtins=builtins,
        )
        updates = reply(service, turn, prepared, identifier, arrived, builtins)
        return await self.reply(request, body, updates, chunker, Fold(logprobs=bool(body.logprobs)))

    async def builtins(self, body: ChatRequest) -> Builtins:
        """The built-in tools of a chat, where the operator lets chats have any."""
        service = self.service
        tools = body.tools or ()
        for at, tool in enumerate(tools):
            if tool.type == MCP and service.config.mcp_in_chat == "off":
                raise BadRequest(
                    "Tools of MCP servers are not enabled for Chat Completions here (--mcp-in-chat).",
                    param=f"tools[{at}].type",
                )
        # Several completions could not share what the tools do.
        always = service.config.mcp_in_chat == "always" and (body.n or 1) == 1
        return await service.builtins(tools, {tool.name for tool in to_tools(tools, builtins=True)}, others=always)

    async def completions(self, request: Request) -> Response:
        arrived = time.monotonic()
        service = self.service
        body = await self.service.body(request, CompletionRequest)
        model = service.model(body.model)
        given = to_prompts(body)
        sampling = to_completion_sampling(body)
        limit = service.max_model_len
        texts = [each for each in given if isinstance(each, str)]

        def encode() -> list[Prompt]:
            check_length(texts, limit * max(1, len(texts)), service.vocabulary)
            return [to_prompt(each, service.vocabulary) for each in given]

        prompts = await service.off_loop(encode)
        identifier = new_id("cmpl-")
        n = body.n or 1
        ends = frozenset() if body.ignore_eos else frozenset(service.running.ready.model.eos_tokens)
        jobs = plain_jobs(
            [prompt.ids for prompt in prompts],
            [fit(sampling, len(prompt.ids), limit) for prompt in prompts],
            service.vocabulary,
            identifier,
            n=n,
            stops=to_stops(body.stop),
            keep_stop=bool(body.include_stop_str_in_output),
            stop_tokens=ends | to_stop_tokens(body.stop_token_ids),
            skip_special=body.skip_special_tokens is not False,
            cache_salt=body.cache_salt or "",
            priority=body.priority or 0,
        )
        chunker = CompletionChunker(
            CompletionReply(
                id=identifier, created=int(time.time()), model=model, choices=[], system_fingerprint=FINGERPRINT
            ),
            prompts,
            service.vocabulary,
            n=n,
            echo=bool(body.echo),
            logprobs=body.logprobs,
            prompt_logprobs=body.prompt_logprobs,
            token_ids=bool(body.return_token_ids),
        )
        return await self.reply(request, body, service.updates(jobs, arrived), chunker, CompletionFold())

    async def models(self, request: Request) -> Response:
        return JSONReply(ModelList([self.card(name) for name in self.service.names]))

    async def one_model(self, request: Request) -> Response:
        return JSONReply(self.card(self.service.model(request.path_params["model"])))

    def card(self, name: str) -> ModelCard:
        service = self.service
        limit = service.max_model_len
        return ModelCard(
            id=name,
            created=service.created,
            root=service.names[0],
            name=name,
            max_model_len=limit,
            context_length=limit,
            description=service.notice,
            model_description=service.notice,
        )

    # ---- vLLM ----

    async def tokenize(self, request: Request) -> Response:
        service = self.service
        body = await self.service.body(request, TokenizeRequest)
        service.model(body.model)
        turn = to_tokenize_turn(body, service.dates.of, service.config.reasoning_effort)
        limit = service.max_model_len

        def encode() -> TokenizeReply:
            texts = [turn] if isinstance(turn, str) else [message.content for message in turn.messages]
            check_length(texts, TOKENIZED_CONTEXTS * limit, service.vocabulary)
            return to_tokenize_reply(body, turn, service.vocabulary, limit)

        return JSONReply(await service.off_loop(encode))

    async def detokenize(self, request: Request) -> Response:
        service = self.service
        body = await self.service.body(request, DetokenizeRequest)
        service.model(body.model)
        for token in body.tokens:
            if not service.vocabulary.token_bytes(token):
                raise BadRequest(f"{token} is not a token id.", param="tokens")
        text = await service.off_loop(lambda: service.vocabulary.decode(body.tokens))
        return JSONReply(DetokenizeReply(text))

    # ---- operations ----

    async def health(self, request: Request) -> Response:
        """Whether the engine lives (it does so while requests drain)."""
        assert self.service.running is not None
        return JSONReply({"status": "ok"})

    async def ping(self, request: Request) -> Response:
        """The same, where some platforms look for it."""
        return await self.health(request)

    async def live(self, request: Request) -> Response:
        """Whether this process answers."""
        return JSONReply({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Whether new requests are taken."""
        self.service.admit()
        return JSONReply({"status": "ok"})

    async def version(self, request: Request) -> Response:
        return JSONReply({"version": __version__})

    async def metrics(self, request: Request) -> Response:
        return Response(self.service.metrics.render(), headers={"content-type": CONTENT_TYPE})

    async def docs(self, request: Request) -> Response:
        """The description for people; a browser is told to load nothing else."""
        text = page(document(bool(self.service.config.api_key)))
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        return HTMLResponse(text, headers={"content-security-policy": policy})

    async def openapi(self, request: Request) -> Response:
        return JSONReply(document(bool(self.service.config.api_key)))

    def routes(self) -> list[Route]:
        ollama = Ollama(self.service)
        # Before Ollama's, which have / as well.
        first = Page(ollama.root).routes() if self.service.config.page else []
        return [
            *first,
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/completions", self.completions, methods=["POST"]),
            *self.responses.routes(),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{model:path}", self.one_model, methods=["GET"]),
            Route("/tokenize", self.tokenize, methods=["POST"]),
            Route("/detokenize", self.detokenize, methods=["POST"]),
            Route("/health", self.health, methods=["GET"]),
            Route("/health/live", self.live, methods=["GET"]),
            Route("/health/ready", self.ready, methods=["GET"]),
            Route("/ping", self.ping, methods=["GET", "POST"]),
            Route("/version", self.version, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
            *Anthropic(self.service).routes(),
            *ollama.routes(),
        ]


def create_app(
    engine: Engine | Start,
    config: ServerConfig,
    *,
    names: Sequence[str],
    notice: str | None = None,
    service: Service | None = None,
) -> Starlette:
    """The server around an engine, or around a function that starts one: until it has, requests are answered with 503.

    `names` are the model names that clients may use, the first one shown in replies; `notice` is what `/v1/models` says
    of the model. The app closes an engine that it started. Its Service is `app.state.service`.
    """
    service = service or Service(names, config, notice=notice)
    api = API(service)
    routes = api.routes()
    handlers = {route.endpoint: route.path for route in routes}

    async def given() -> Engine:
        assert not callable(engine)
        return engine

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if callable(engine):
            loading = asyncio.create_task(service.load(engine))
        else:
            await service.load(given)
            loading = None
        try:
            yield
        finally:
            if loading is not None:
                loading.cancel()
                with suppress(asyncio.CancelledError):
                    await loading
            await api.responses.close()
            await service.close(engine=callable(engine))

    def admit(path: str) -> AbstractContextManager[None]:
        return nullcontext() if path in ALWAYS else service.admission()

    def handler_of(scope: Scope) -> str:
        return handlers.get(scope["endpoint"], "other") if "endpoint" in scope else "other"

    async def http_error(request: Request, error: Exception) -> Response:
        headers = error.headers if isinstance(error, HTTPException) else None
        return error_response(as_error(error), request.scope["path"], headers)

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: http_error},
        middleware=[
            Middleware(
                Edge,
                keys=Keys(config.api_key),
                open_paths=OPEN | PAGE_PATHS if config.page else OPEN,
                origins=config.allowed_origins,
                admit=admit,
                metrics=service.metrics,
                handler_of=handler_of,
                tracing=service.tracing,
            )
        ],
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app
