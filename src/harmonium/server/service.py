"""The state of one server: its engine while that loads, runs, drains and dies, and the way from a Turn to Updates."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from hashlib import sha256
from typing import Final, TypeVar

import msgspec
from pydantic import BaseModel
from starlette.requests import Request as HTTPRequest

from harmonium import slots
from harmonium.automaton import Grammar, Slot
from harmonium.config import ServerConfig
from harmonium.errors import BadRequest, ContextLengthExceeded, EngineUnavailable, ModelNotFound, UnsupportedSchema
from harmonium.harmony.grammar import schema_slot
from harmonium.harmony.prompt import prompt
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Conversation
from harmonium.messages import EngineStats, Request, SamplingParams
from harmonium.server import limits
from harmonium.server.answer import Choice, Engine, HarmonyReader, PlainReader, Update, follow_all
from harmonium.server.body import read_model
from harmonium.server.builtin import MCP, NO_BUILTINS, Builtins, listed
from harmonium.server.dates import Dates
from harmonium.server.mcp import MCPServers
from harmonium.server.memory import Place, TurnMemory, Written, call_id
from harmonium.server.metrics import Metrics, State
from harmonium.server.requests import MCPFields
from harmonium.server.sampling import REST
from harmonium.server.tracing import Tracing, tracing_to
from harmonium.server.turn import Turn
from harmonium.vocabulary import Vocabulary, load_vocabulary

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Job = tuple[Request, Choice]

LOADING_SECONDS: Final = 5.0
"""What Retry-After says while the model loads."""

REMEMBERED_SCHEMAS: Final = 4096

SURELY_QUICK: Final = 1 << 19
PIECE: Final = 1 << 14
"""Characters: what is encoded without further thought, and what is encoded at a time beyond that."""


class Prepared(msgspec.Struct, frozen=True):
    """A Turn as the engine will see it."""

    tokens: list[int]
    grammar: Grammar
    names: ToolNames
    sampling: SamplingParams
    place: Place | None = None


class Service:
    """One per app. `names` are the model names that clients may use; `notice` is said where the model is described."""

    def __init__(
        self,
        names: Sequence[str],
        config: ServerConfig,
        *,
        notice: str | None = None,
        dates: Dates | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.names = tuple(names)
        self.config = config
        self.notice = notice
        self.dates = dates or Dates()
        self.created = int(time.time())
        self.engine: Engine | None = None
        self.draining = False
        self.active = 0
        self.failure: BaseException | None = None
        self.metrics = Metrics(self.names[0], self._state)
        self.tracing = tracing or tracing_to(config.otlp_traces_endpoint)
        self.mcp = MCPServers(config)
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="harmonium-prepare")
        self._checked: OrderedDict[bytes, str | None] = OrderedDict()
        self._memory: TurnMemory | None = None

    # ---- life ----

    async def load(self, start: Callable[[], Awaitable[Engine]]) -> None:
        """Start the engine; requests are refused until it is there. A failure is kept in `failure`."""
        try:
            await self.off_loop(self._warm_up)
            self.engine = await start()
        except Exception as error:
            self.failure = error

    def _warm_up(self) -> None:
        """Do now what the first request would wait for: read the vocabulary, and look through it for the grammar."""
        config = self.config
        if config.turn_memory:
            capacity, seconds = config.turn_memory_bytes, config.turn_memory_seconds
            self._memory = TurnMemory(self.vocabulary, capacity=capacity, seconds=seconds)
        self._prepare(Turn(conversation=Conversation(), sampling=SamplingParams(max_tokens=1)), limit=1024)

    async def close(self, *, engine: bool) -> None:
        """Give back what was started; the engine too where it is this server's own."""
        if engine and self.engine is not None:
            await self.engine.close()
        self._executor.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.tracing.close)

    @property
    def running(self) -> Engine:
        """The engine; EngineUnavailable while there is none."""
        if self.engine is None:
            if self.failure is not None:
                raise EngineUnavailable("The model could not be loaded; the server's log says why.")
            raise EngineUnavailable("The model is still loading.", retry_after=LOADING_SECONDS)
        if not self.engine.alive:
            raise EngineUnavailable("The engine has died.", retry_after=LOADING_SECONDS)
        return self.engine

    def admit(self) -> None:
        """EngineUnavailable where a new request cannot be taken."""
        if self.draining:
            raise EngineUnavailable("The server is shutting down.", retry_after=LOADING_SECONDS)
        assert self.running.alive

    @contextmanager
    def admission(self) -> Iterator[None]:
        """Admit a request; it counts as active until the end of the context."""
        self.admit()
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1

    def _state(self) -> State:
        state = State()
        engine = self.engine
        state.ready = engine.ready if engine is not None else None
        state.stats = engine.stats if engine is not None else EngineStats()
        state.alive = engine is not None and engine.alive
        state.draining = self.draining
        state.active = self.active
        found = state.ready.memory_bandwidth if state.ready is not None else 0.0
        state.bandwidth = self.config.memory_bandwidth * 1e9 or found
        if self._memory is not None:
            state.turns, state.turn_bytes = len(self._memory), self._memory.size
        return state

    # ---- requests ----

    async def body(self, request: HTTPRequest, model: type[M]) -> M:
        """The body of an HTTP request as `model`; BadRequest says what is wrong with it."""
        return await read_model(request, model, self.config.max_request_bytes, self.config.request_timeout)

    @property
    def vocabulary(self) -> Vocabulary:
        return load_vocabulary()

    @property
    def max_model_len(self) -> int:
        return self.running.ready.memory.max_model_len

    def model(self, name: str | None) -> str:
        """The name to reply under; ModelNotFound for one that is not served."""
        if name is None:
            return self.names[0]
        if name not in self.names:
            raise ModelNotFound(
                f"The model {name[:200]!r} does not exist; served here: {', '.join(self.names)}.", param="model"
            )
        return name

    async def off_loop(self, work: Callable[[], T]) -> T:
        """Do what takes long in a thread, so that the streams of others go on."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def builtins(self, tools: Iterable[MCPFields], taken: Collection[str], *, others: bool = False) -> Builtins:
        """The built-in tools for a request with these `tools` (of all types): see `builtin.listed`."""
        asked = [(at, tool) for at, tool in enumerate(tools) if tool.type == MCP]
        if not asked and not (others and self.mcp.own):
            return NO_BUILTINS
        builtins = await listed(self.mcp, asked, taken, others=others)
        await self.off_loop(lambda: builtins.check(self._problem))
        return builtins

    async def prepare(self, turn: Turn) -> Prepared:
        """Prompt and grammar of `turn`. BadRequest where it does not fit, or a schema cannot be enforced."""
        limit = self.max_model_len
        return await self.off_loop(lambda: self._prepare(turn, limit))

    def _prepare(self, turn: Turn, limit: int) -> Prepared:
        conversation, place = turn.conversation, None
        if self._memory is not None:
            scope = f"{turn.scope} {turn.cache_salt}"
            recalled = self._memory.recall(conversation, scope, time.monotonic())
            conversation, place = recalled.conversation, recalled.place
            self.metrics.turn_memory_hits.inc(recalled.hits)
            self.metrics.turn_memory_misses.inc(recalled.misses)
        # Analysis of earlier turns is left out of prompts.
        texts = [each.content for each in conversation.messages if each.channel != "analysis"]
        check_length([conversation.instructions, *texts], limit, self.vocabulary)
        made = prompt(
            conversation,
            choice=turn.choice,
            parallel=turn.parallel,
            callable=turn.callable,
            vocabulary=self.vocabulary,
            check=lambda grammar: self._check(turn, grammar),
        )
        sampling = fit(turn.sampling, len(made.tokens), limit, turn.length_param, at_most=turn.at_most)
        return Prepared(made.tokens, made.grammar, made.names, sampling, place)

    def _check(self, turn: Turn, grammar: Grammar) -> None:
        conversation = turn.conversation
        params = {
            schema_slot(tool.parameters): turn.tool_param.format(index=at) for at, tool in enumerate(conversation.tools)
        }
        deadline = time.monotonic() + limits.SCHEMA_SECONDS
        for slot in grammar.slots:
            if time.monotonic() > deadline:
                raise UnsupportedSchema(
                    f"The schemas of this request took more than {limits.SCHEMA_SECONDS:g} seconds to check.",
                    param="tools",
                )
            problem = self._problem(slot)
            if problem is not None:
                raise UnsupportedSchema(problem, param=params.get(slot, turn.format_param))

    def _problem(self, slot: Slot) -> str | None:
        """Why the slot cannot be enforced, None where it can. Remembered: agents send the same tools every time."""
        key = sha256(f"{slot.kind} {slot.source}".encode(errors="surrogatepass")).digest()
        if key not in self._checked:
            try:
                slots.check(slot)
                self._checked[key] = None
            except UnsupportedSchema as error:
                self._checked[key] = error.message
            if len(self._checked) > REMEMBERED_SCHEMAS:
                self._checked.popitem(last=False)
        return self._checked.get(key)

    def jobs(self, turn: Turn, prepared: Prepared, identifier: str, *, first_call: int = 0) -> list[Job]:
        """One request to the engine for each of the `n` completions. A seed gives completion i the seed plus i.
        `first_call`: how many calls of the same reply came before this turn.

        `identifier` is the id of the reply, which names its calls by `harmonium.server.memory.call_id`: completions
        that end in calls are remembered by those ids.
        """
        jobs = []
        for index in range(turn.n):
            request = Request(
                id=f"{identifier}-{index}-{first_call}" if first_call else f"{identifier}-{index}",
                prompt=prepared.tokens,
                sampling=with_seed(prepared.sampling, index),
                grammar=prepared.grammar,
                stop_tokens=turn.stop_tokens,
                cache_salt=turn.cache_salt,
                priority=turn.priority,
            )
            reader = HarmonyReader(prepared.grammar, prepared.names, self.vocabulary)
            choice = Choice(
                index,
                reader,
                prompt=len(prepared.tokens) if index == 0 else 0,
                stops=turn.stop,
                keep_stop=turn.keep_stop,
            )
            if prepared.place is not None:
                choice.written = Written(prepared.place, prepared.names, identifier, first_call=first_call)
            jobs.append((request, choice))
        return jobs

    def _remember(self, choice: Choice) -> None:
        """Keep a completion that ended in calls."""
        written = choice.written
        if self._memory is not None and written is not None and choice.finish == "tool_calls" and choice.is_well_formed:
            ids = [call_id(written.reply, choice.index, written.first_call + call) for call in range(choice.calls)]
            self._memory.remember(written.place, written.tokens, written.names, ids, time.monotonic())

    async def updates(self, jobs: Sequence[Job], arrived: float) -> AsyncGenerator[Update, None]:
        """Run `jobs`, measured. `arrived` is when the request came, on the monotonic clock."""
        engine = self.running
        metrics = self.metrics
        choices = {choice.index: choice for _, choice in jobs}
        last: dict[int, float] = {}
        ended: set[int] = set()
        outcome = "abort"
        failure: BaseException | None = None
        first: float | None = None
        span = self.tracing.turn(self.names[0], jobs, arrived)
        asked = [(choice.prompt, request.sampling.max_tokens) for request, choice in jobs if choice.prompt]
        for length, max_tokens in asked:
            metrics.asked(length, max_tokens, len(jobs) // len(asked))
        try:
            async with aclosing(follow_all(engine, jobs)) as updates:
                async for update in updates:
                    now = time.monotonic()
                    index = update.choice
                    if update.tokens:
                        if index in last:
                            metrics.inter_token.observe((now - last[index]) / len(update.tokens))
                        else:
                            metrics.first_token.observe(now - arrived)
                            first = first or now - arrived
                        last[index] = now
                    if update.finish is not None:
                        ended.add(index)
                        choice = choices[index]
                        self._remember(choice)
                        metrics.finished("length" if update.finish == "length" else "stop")
                        metrics.whole.observe(now - arrived)
                        metrics.generation_tokens.observe(choice.completion)
                        if choice.prompt:
                            metrics.prefilled.observe(choice.prompt - min(choice.cached, choice.prompt))
                        metrics.reasoning_tokens.inc(choice.reasoning)
                        if choice.timings is not None:
                            metrics.timed(choice.timings, choice.completion)
                    if len(ended) == len(choices):
                        metrics.longest.observe(max(choice.completion for choice in choices.values()))
                    yield update
        except Exception as error:
            outcome, failure = "error", error
            raise
        finally:
            metrics.repairs.inc(sum(choice.repairs for choice in choices.values()))
            for _ in choices.keys() - ended:
                metrics.finished(outcome)
            span.end(first, failure)


def plain_jobs(
    prompts: Sequence[list[int]],
    sampling: Sequence[SamplingParams],
    vocabulary: Vocabulary,
    identifier: str,
    *,
    n: int,
    stops: tuple[str, ...],
    keep_stop: bool,
    stop_tokens: frozenset[int],
    skip_special: bool,
    cache_salt: str,
    priority: int,
) -> list[Job]:
    """Requests to the engine that continue prompts as they stand; completion i is number i % n of prompt i // n."""
    jobs = []
    for index in range(len(prompts) * n):
        prompt = prompts[index // n]
        request = Request(
            id=f"{identifier}-{index}",
            prompt=prompt,
            sampling=with_seed(sampling[index // n], index % n),
            stop_tokens=stop_tokens,
            cache_salt=cache_salt,
            priority=priority,
        )
        choice = Choice(
            index,
            PlainReader(vocabulary, skip_special),
            prompt=len(prompt) if index % n == 0 else 0,
            stops=stops,
            keep_stop=keep_stop,
        )
        jobs.append((request, choice))
    return jobs


def fit(
    sampling: SamplingParams, prompt: int, limit: int, param: str = "max_tokens", *, at_most: bool = False
) -> SamplingParams:
    """`sampling` with a max_tokens of REST settled. ContextLengthExceeded where prompt and reply do not fit `limit`
    tokens; with `at_most` a reply too long for them is granted what there is."""
    room = limit - prompt
    wanted = sampling.max_tokens
    if at_most and wanted > room:
        wanted = REST
    if room < (1 if wanted == REST else wanted):
        asked = "" if wanted == REST else f" and {wanted} are asked for the reply"
        raise ContextLengthExceeded(
            f"This model's context is {limit} tokens; the prompt has {prompt}{asked}.",
            param=param if room >= 1 else None,
        )
    granted = room if wanted == REST else wanted
    if sampling.min_tokens > granted:
        raise BadRequest(f"min_tokens is more than the {granted} tokens that the reply may have.", param="min_tokens")
    return msgspec.structs.replace(sampling, max_tokens=granted)


def check_length(texts: Sequence[str], limit: int, vocabulary: Vocabulary) -> None:
    """ContextLengthExceeded for texts that are beyond doubt longer than `limit` tokens, found out in a time that
    depends on the limit and not on the texts: encoding tens of megabytes takes a minute.

    Cut into pieces a text has at most a few more tokens, so that a fifth more than the limit is beyond doubt.
    """
    if sum(map(len, texts)) <= SURELY_QUICK:
        return
    count = 0
    for text in texts:
        for start in range(0, len(text), PIECE):
            count += len(vocabulary.encode(text[start : start + PIECE]))
            if count > limit * 1.2 + PIECE:
                raise ContextLengthExceeded(
                    f"This model's context is {limit} tokens; the prompt has more than {limit}."
                )


def with_seed(sampling: SamplingParams, place: int) -> SamplingParams:
    if sampling.seed is None or place == 0:
        return sampling
    return msgspec.structs.replace(sampling, seed=(sampling.seed + place + 2**63) % 2**64 - 2**63)


def new_id(prefix: str) -> str:
    """Globally unique."""
    return prefix + secrets.token_hex(12)
