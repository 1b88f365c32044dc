"""`harmonium chat` and `harmonium generate`: a person at a terminal, with a model loaded here or a server elsewhere."""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol, cast
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from harmonium.checkpoints.catalog import locate
from harmonium.client import AsyncEngine
from harmonium.config import EngineConfig, GenerateConfig, ServerConfig, cache_dir, environment_api_keys
from harmonium.errors import BadRequest, EngineUnavailable, HarmoniumError
from harmonium.harmony.types import Conversation, Effort, Message, Reasoning, Text
from harmonium.messages import Loading, SamplingParams
from harmonium.server.answer import Usage
from harmonium.server.sampling import REST
from harmonium.server.service import Job, Service, fit, new_id, plain_jobs
from harmonium.server.turn import Turn

HELP: Final = "/new starts over, /effort low|medium|high, /quit (or Ctrl-D) leaves; Ctrl-C stops a reply."


@dataclass(frozen=True)
class Piece:
    """A piece of a reply. The last one is empty and says why the reply ended and what it took."""

    kind: Literal["reasoning", "text", "end"]
    text: str = ""
    finish: str = ""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Said:
    """One finished message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Source(Protocol):
    """Where replies come from."""

    name: str

    def reply(self, said: list[Said], config: GenerateConfig) -> AsyncGenerator[Piece, None]: ...


class Local:
    """A model loaded in this session."""

    def __init__(self, service: Service) -> None:
        self.name = service.names[0]
        self._service = service

    async def reply(self, said: list[Said], config: GenerateConfig) -> AsyncGenerator[Piece, None]:
        service = self._service
        messages = tuple(
            Message(role=each.role, content=each.text, channel="final" if each.role == "assistant" else None)
            for each in said
        )
        conversation = Conversation(
            messages=messages,
            instructions=config.system,
            effort=cast(Effort, config.reasoning_effort),
            date=service.dates.of(said[0].text),
        )
        turn = Turn(conversation=conversation, sampling=sampling_of(config))
        prepared = await service.prepare(turn)
        async with aclosing(self._pieces(service.jobs(turn, prepared, new_id("chat-")))) as pieces:
            async for piece in pieces:
                yield piece

    async def continuation(self, prompt: str, config: GenerateConfig) -> AsyncGenerator[Piece, None]:
        """The text as it stands, continued."""
        service = self._service
        ids = service.vocabulary.encode_with_specials(prompt)
        jobs = plain_jobs(
            [ids],
            [fit(sampling_of(config), len(ids), service.max_model_len)],
            service.vocabulary,
            new_id("raw-"),
            n=1,
            stops=(),
            keep_stop=False,
            stop_tokens=frozenset(service.running.ready.model.eos_tokens),
            skip_special=True,
            cache_salt="",
            priority=0,
        )
        async with aclosing(self._pieces(jobs)) as pieces:
            async for piece in pieces:
                yield piece

    async def _pieces(self, jobs: list[Job]) -> AsyncGenerator[Piece, None]:
        async with aclosing(self._service.updates(jobs, time.monotonic())) as updates:
            async for update in updates:
                for event in update.events:
                    match event:
                        case Reasoning(text):
                            yield Piece("reasoning", text)
                        case Text(text):
                            yield Piece("text", text)
                        case _:
                            pass
                if update.finish is not None:
                    yield Piece("end", finish=update.finish, usage=update.usage)


class Remote:
    """Any server with OpenAI's Chat Completions at `url` (which ends in /v1)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"{url}: not the URL of a server, for example http://localhost:8000/v1", param="url")
        self._parts = parts
        self.name = json.loads(self._request("GET", "/models").read())["data"][0]["id"]

    async def reply(self, said: list[Said], config: GenerateConfig) -> AsyncGenerator[Piece, None]:
        messages = [{"role": "system", "content": config.system}] if config.system else []
        body: dict[str, Any] = {
            "model": self.name,
            "messages": messages + [{"role": each.role, "content": each.text} for each in said],
            "reasoning_effort": config.reasoning_effort,
            "temperature": config.temperature,
            "top_p": config.top_p,
            "max_tokens": config.max_tokens,
            "seed": config.sampling_seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        response = await asyncio.to_thread(self._request, "POST", "/chat/completions", body)
        try:
            finish = ""
            usage = Usage()
            lines = iter(response)
            while (line := await asyncio.to_thread(next, lines, None)) is not None:
                if not line.startswith(b"data: ") or line.strip() == b"data: [DONE]":
                    continue
                chunk = json.loads(line[6:])
                if "error" in chunk:
                    raise EngineUnavailable(chunk["error"]["message"])
                if chunk.get("usage"):
                    usage = Usage(chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"])
                for choice in chunk["choices"]:
                    delta = choice["delta"]
                    if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                        yield Piece("reasoning", thought)
                    if text := delta.get("content"):
                        yield Piece("text", text)
                    finish = choice.get("finish_reason") or finish
            yield Piece("end", finish=finish, usage=usage)
        finally:
            response.close()

    def _request(self, method: str, path: str, body: object = None) -> http.client.HTTPResponse:
        parts = self._parts
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=600)
        headers = {"Content-Type": "application/json"}
        for key in environment_api_keys():
            headers["Authorization"] = f"Bearer {key}"
        try:
            connection.request(method, parts.path + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
        except OSError as error:
            raise EngineUnavailable(f"{parts.geturl()}: {error.strerror or error}") from None
        if response.status != 200:
            raise EngineUnavailable(f"{parts.geturl()}{path}: {response.status} {message_of(response.read())}")
        return response


def message_of(body: bytes) -> str:
    """What an error's body says, OpenAI's or another."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def sampling_of(config: GenerateConfig) -> SamplingParams:
    return SamplingParams(
        max_tokens=config.max_tokens or REST,
        temperature=config.temperature,
        top_p=config.top_p,
        seed=config.sampling_seed,
    )


@asynccontextmanager
async def local(engine_config: EngineConfig, console: Console) -> AsyncIterator[Local]:
    """Load the model, with a progress bar, and let it go at the end."""
    located = locate(engine_config.model, cache_dir(), engine_config.load_format)
    if located.notice:
        console.print(located.notice, style="yellow")
    folder = str(located.folder)
    service = Service((located.name,), ServerConfig(), notice=located.notice)
    columns = (TextColumn("Loading {task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        stages: dict[str, TaskID] = {}

        def on_loading(loading: Loading) -> None:
            if loading.stage not in stages:
                stages[loading.stage] = progress.add_task(loading.stage)
            progress.update(stages[loading.stage], completed=loading.done, total=loading.total)

        async def start() -> AsyncEngine:
            return await AsyncEngine.start(replace(engine_config, model=folder), on_loading=on_loading)

        await service.load(start)
    try:
        if service.failure is not None:
            raise service.failure
        yield Local(service)
    finally:
        await service.close(engine=True)


def chat(engine_config: EngineConfig, config: GenerateConfig, url: str | None) -> None:
    """Talk until the user leaves."""
    console = Console()
    with asyncio.Runner() as runner:
        if url is not None:
            converse(runner, Remote(url), config, console)
            return
        loaded = local(engine_config, console)
        source = runner.run(loaded.__aenter__())
        try:
            converse(runner, source, config, console)
        finally:
            runner.run(loaded.__aexit__(None, None, None))


def converse(runner: asyncio.Runner, source: Source, config: GenerateConfig, console: Console) -> None:
    """Read a line, print a reply, and so on."""
    console.print(f"[bold]{source.name}[/bold]  [dim]{HELP}[/dim]", highlight=False)
    said: list[Said] = []
    for line in lines(console):
        match line.split():
            case ["/quit" | "/exit"]:
                return
            case ["/new"]:
                said = []
            case ["/effort", "low" | "medium" | "high" as effort]:
                config = replace(config, reasoning_effort=effort)
            case [word, *_] if word.startswith("/"):
                console.print(HELP, style="dim")
            case []:
                pass
            case _:
                asked = [*said, Said("user", line)]
                try:
                    answer = runner.run(show(source, asked, config, console))
                except KeyboardInterrupt:
                    console.print("[dim](stopped)[/dim]")
                except HarmoniumError as error:
                    console.print(error.message, style="red")
                else:
                    said = [*asked, Said("assistant", answer)]


def lines(console: Console) -> Iterator[str]:
    """What the user types, until the end of the input."""
    while True:
        try:
            yield console.input("[bold cyan]> [/bold cyan]")
        except KeyboardInterrupt:
            console.print()
        except EOFError:
            console.print()
            return


async def show(source: Source, said: list[Said], config: GenerateConfig, console: Console) -> str:
    """Print a reply as it comes, reasoning apart from the answer, and return the answer."""
    answer: list[str] = []
    kind = ""
    begun = time.monotonic()
    async with aclosing(source.reply(said, config)) as pieces:
        async for piece in pieces:
            if piece.kind == "end":
                seconds = time.monotonic() - begun
                console.print(
                    f"\n({piece.usage.completion} tokens, {piece.usage.completion / max(seconds, 1e-9):.1f} per second"
                    + (", cut off at the limit)" if piece.finish == "length" else ")"),
                    style="dim",
                    highlight=False,
                )
                continue
            if piece.kind != kind and kind:
                console.print("\n")
            kind = piece.kind
            style = "dim italic" if kind == "reasoning" else None
            console.print(piece.text, end="", style=style, markup=False, highlight=False, soft_wrap=True)
            if kind == "text":
                answer.append(piece.text)
    return "".join(answer)


def generate(engine_config: EngineConfig, config: GenerateConfig, prompt: str, *, raw: bool, as_json: bool) -> None:
    """Answer one prompt: the answer on standard output, the reasoning and all else on standard error."""
    console = Console(stderr=True)

    async def run() -> None:
        said: dict[str, list[str]] = {"reasoning": [], "text": []}
        async with local(engine_config, console) as source:
            asked = source.continuation(prompt, config) if raw else source.reply([Said("user", prompt)], config)
            async with aclosing(asked) as pieces:
                async for piece in pieces:
                    if piece.kind == "end":
                        end = piece
                        continue
                    said[piece.kind].append(piece.text)
                    if as_json:
                        continue
                    if piece.kind == "text":
                        sys.stdout.write(piece.text)
                        sys.stdout.flush()
                    else:
                        console.print(piece.text, end="", style="dim", markup=False, highlight=False, soft_wrap=True)
        if as_json:
            usage = {"prompt_tokens": end.usage.prompt, "completion_tokens": end.usage.completion}
            whole = {kind: "".join(pieces) for kind, pieces in said.items()}
            print(json.dumps({**whole, "finish_reason": end.finish, "usage": usage}, ensure_ascii=False))
        else:
            print()

    asyncio.run(run())
