"""Chat Completions: the body as a Turn, Updates as chunks, and chunks folded into one reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from harmonium.errors import BadRequest
from harmonium.harmony.types import (
    CallArguments,
    CallStart,
    Conversation,
    Effort,
    Reasoning,
    ResponseFormat,
    Text,
    Tool,
    ToolChoice,
)
from harmonium.messages import TokenLogprobs
from harmonium.server.answer import AnyEvent, Paragraphs, Ran, Update, Usage
from harmonium.server.builtin import MCP, NO_BUILTINS, Builtins
from harmonium.server.mcp import MCPError
from harmonium.server.messages import to_messages
from harmonium.server.requests import ChatMessage, ChatRequest, JSONSchemaFormat, ToolChoiceObject, ToolSpec
from harmonium.server.sampling import REST, check_streaming, to_sampling, to_stop_tokens, to_stops
from harmonium.server.turn import DateOf, Turn
from harmonium.vocabulary import Vocabulary

EFFORTS: dict[str, Effort] = {
    "none": "low",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def to_effort(given: str | None, default: Effort) -> Effort:
    """The effort that a client's word for it means."""
    return default if given is None else EFFORTS[given]


def to_turn(body: ChatRequest, date_of: DateOf, effort: Effort = "medium", builtins: Builtins = NO_BUILTINS) -> Turn:
    """What `body` asks for, with `effort` where it does not say and `builtins` beside the client's tools; BadRequest
    where it makes no sense."""
    check_streaming(body)
    if body.functions or body.function_call not in (None, "none", "auto"):
        raise BadRequest(
            "functions and function_call are gone from this API: use tools and tool_choice.", param="functions"
        )
    if body.modalities is not None and set(body.modalities) != {"text"}:
        raise BadRequest("The only modality is text.", param="modalities")
    if body.top_logprobs is not None and not body.logprobs:
        raise BadRequest("top_logprobs needs logprobs: true.", param="top_logprobs")
    if body.max_tokens == 0:
        raise BadRequest("max_tokens must be at least 1.", param="max_tokens")
    tools = to_tools(body.tools, builtins=bool(builtins.listings))
    if builtins and (body.n or 1) > 1:
        raise BadRequest("With tools of MCP servers there is one completion: n must be 1.", param="n")
    choice, callable_ = to_tool_choice(body.tool_choice, tools)
    response_format, format_param = to_response_format(body)
    max_tokens = body.max_completion_tokens or body.max_tokens or REST
    return Turn(
        conversation=to_conversation(
            body.messages,
            tools + builtins.tools,
            response_format=response_format,
            effort=to_effort(body.reasoning_effort, effort),
            date_of=date_of,
        ),
        sampling=to_sampling(
            body,
            max_tokens=max_tokens,
            logprobs=(body.top_logprobs or 0) if body.logprobs else None,
            endless=bool(body.ignore_eos),
        ),
        choice=choice,
        callable=callable_,
        parallel=body.parallel_tool_calls is not False,
        n=body.n or 1,
        stop=to_stops(body.stop),
        keep_stop=bool(body.include_stop_str_in_output),
        stop_tokens=to_stop_tokens(body.stop_token_ids),
        priority=body.priority or 0,
        cache_salt=body.cache_salt or "",
        format_param=format_param,
    )


def to_conversation(
    given: Sequence[ChatMessage],
    tools: tuple[Tool, ...],
    *,
    response_format: ResponseFormat | None = None,
    effort: Effort = "medium",
    date_of: DateOf,
) -> Conversation:
    instructions, messages = to_messages(given)
    beginning = "\0".join([instructions, *(message.content for message in messages[:1])])
    return Conversation(
        messages=messages,
        instructions=instructions,
        tools=tools,
        response_format=response_format,
        effort=effort,
        date=date_of(beginning),
    )


def to_tools(given: Sequence[ToolSpec] | None, *, builtins: bool = False) -> tuple[Tool, ...]:
    """The client's functions; with `builtins` there may be tools of MCP servers among them, which are passed over."""
    tools: list[Tool] = []
    for at, spec in enumerate(given or ()):
        if spec.type == MCP and builtins:
            continue
        if spec.type != "function":
            raise BadRequest(
                f"Tools of type {spec.type[:40]!r} are not supported; use function.", param=f"tools[{at}].type"
            )
        function = spec.function
        if function is None:
            raise BadRequest(
                "A tool needs a function.", param=f"tools[{at}].function", code="missing_required_parameter"
            )
        tools.append(
            Tool(name=function.name, description=function.description or "", parameters=function.parameters or None)
        )
    return tuple(tools)


def to_tool_choice(
    given: Literal["none", "auto", "required"] | ToolChoiceObject | None, tools: tuple[Tool, ...]
) -> tuple[ToolChoice, frozenset[str] | None]:
    """The choice, and the names that may be called where not all may."""
    names = {tool.name for tool in tools}

    def known(name: str, param: str) -> str:
        if tools and name not in names:
            raise BadRequest(f"tool_choice names {name[:80]!r}, which is not among the tools.", param=param)
        return name

    match given:
        case None:
            return ToolChoice(), None
        case ToolChoiceObject(type="function", function=function):
            if function is None:
                raise BadRequest(
                    "tool_choice needs a function.", param="tool_choice.function", code="missing_required_parameter"
                )
            return ToolChoice(mode="required", name=known(function.name, "tool_choice.function.name")), None
        case ToolChoiceObject(allowed_tools=allowed):
            if allowed is None:
                raise BadRequest(
                    "tool_choice needs allowed_tools.",
                    param="tool_choice.allowed_tools",
                    code="missing_required_parameter",
                )
            where = "tool_choice.allowed_tools.tools"
            callable_ = frozenset(
                known(tool.function.name, f"{where}[{at}].function.name") for at, tool in enumerate(allowed.tools)
            )
            return ToolChoice(mode=allowed.mode), callable_
        case mode:
            return ToolChoice(mode=mode), None


def to_response_format(body: ChatRequest) -> tuple[ResponseFormat | None, str]:
    """The form of the answer, and the field that asked for it. `response_format` goes before vLLM's extensions."""
    given = body.response_format
    if given is not None and given.type != "text":
        if given.type == "json_object":
            return ResponseFormat(), "response_format"
        if given.json_schema is None:
            raise BadRequest(
                "response_format needs a json_schema.",
                param="response_format.json_schema",
                code="missing_required_parameter",
            )
        return _schema_format(given.json_schema), "response_format.json_schema.schema"
    outputs = body.structured_outputs
    if outputs is not None:
        for name in ("regex", "choice", "grammar", "structural_tag"):
            if getattr(outputs, name) is not None:
                raise BadRequest(
                    f"structured_outputs.{name} is not supported; use json.", param=f"structured_outputs.{name}"
                )
        if outputs.json_ is not None:
            return ResponseFormat(schema=_schema(outputs.json_, "structured_outputs.json")), "structured_outputs.json"
        if outputs.json_object:
            return ResponseFormat(), "structured_outputs"
    if body.guided_json is not None:
        return ResponseFormat(schema=_schema(body.guided_json, "guided_json")), "guided_json"
    return None, "response_format"


def _schema_format(given: JSONSchemaFormat) -> ResponseFormat:
    return ResponseFormat(name=given.name, description=given.description or "", schema=given.schema_)


def _schema(given: dict[str, Any] | str, param: str) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    try:
        schema = json.loads(given)
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise BadRequest(f"{param} is not a JSON Schema.", param=param, code="invalid_json_schema")
    return schema


# ---- the wire -------------------------------------------------------------------------------------------------------


class FunctionDelta(msgspec.Struct):
    name: str | UnsetType = UNSET
    arguments: str = ""


class ToolCallDelta(msgspec.Struct):
    index: int
    id: str | UnsetType = UNSET
    type: Literal["function"] | UnsetType = UNSET
    function: FunctionDelta = msgspec.field(default_factory=FunctionDelta)


class ExecutedTool(msgspec.Struct):
    """A call of an MCP server's tool that was made here. `output` is what the model was told, also of a failure."""

    index: int
    server_label: str
    name: str
    arguments: str
    output: str
    error: MCPError | None
    type: Literal["mcp"] = "mcp"


class ChatDelta(msgspec.Struct):
    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    tool_calls: list[ToolCallDelta] | UnsetType = UNSET
    executed_tools: list[ExecutedTool] | UnsetType = UNSET


class TopLogprob(msgspec.Struct):
    token: str
    logprob: float
    bytes: list[int]


class ChatLogprob(msgspec.Struct):
    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[TopLogprob]


class ChatLogprobs(msgspec.Struct):
    content: list[ChatLogprob]
    refusal: None = None


class ChunkChoice(msgspec.Struct):
    index: int
    delta: ChatDelta
    logprobs: ChatLogprobs | None = None
    finish_reason: str | None = None
    token_ids: list[int] | UnsetType = UNSET


class PromptDetails(msgspec.Struct):
    cached_tokens: int
    audio_tokens: int = 0


class CompletionDetails(msgspec.Struct):
    reasoning_tokens: int
    audio_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class UsageReply(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails


class ChatChunk(msgspec.Struct):
    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    system_fingerprint: str | None = None
    usage: UsageReply | UnsetType | None = UNSET
    prompt_token_ids: list[int] | UnsetType = UNSET


class FunctionReply(msgspec.Struct):
    name: str
    arguments: str


class ToolCallReply(msgspec.Struct):
    id: str
    function: FunctionReply
    type: Literal["function"] = "function"


class ChatReplyMessage(msgspec.Struct):
    role: Literal["assistant"]
    content: str | None
    refusal: None = None
    reasoning_content: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    tool_calls: list[ToolCallReply] | UnsetType = UNSET
    executed_tools: list[ExecutedTool] | UnsetType = UNSET


class ChatReplyChoice(msgspec.Struct):
    index: int
    message: ChatReplyMessage
    logprobs: ChatLogprobs | None = None
    finish_reason: str | None = None
    token_ids: list[int] | UnsetType = UNSET


class ChatReply(msgspec.Struct):
    id: str
    created: int
    model: str
    choices: list[ChatReplyChoice]
    usage: UsageReply
    object: Literal["chat.completion"] = "chat.completion"
    system_fingerprint: str | None = None
    prompt_token_ids: list[int] | UnsetType = UNSET


def to_usage(usage: Usage) -> UsageReply:
    return UsageReply(
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        total_tokens=usage.prompt + usage.completion,
        prompt_tokens_details=PromptDetails(cached_tokens=usage.cached),
        completion_tokens_details=CompletionDetails(reasoning_tokens=usage.reasoning),
    )


def to_logprobs(given: Iterable[TokenLogprobs], vocabulary: Vocabulary) -> list[ChatLogprob]:
    def text(token: int) -> str:
        return vocabulary.token_bytes(token).decode(errors="replace")

    return [
        ChatLogprob(
            token=text(each.token),
            logprob=each.logprob,
            bytes=list(vocabulary.token_bytes(each.token)),
            top_logprobs=[
                TopLogprob(token=text(token), logprob=logprob, bytes=list(vocabulary.token_bytes(token)))
                for token, logprob in zip(each.top_ids, each.top_logprobs, strict=True)
            ],
        )
        for each in given
    ]


class Chunker:
    """Updates as chunks, in order. The first chunk of a choice carries the role, each chunk one kind of content, and
    the last of a choice the finish_reason alone."""

    def __init__(
        self,
        head: ChatChunk,
        vocabulary: Vocabulary,
        call_id: Callable[[int, int], str],
        *,
        reasoning: bool = True,
        logprobs: bool = False,
        token_ids: bool = False,
        builtins: Builtins = NO_BUILTINS,
    ) -> None:
        self.head = msgspec.structs.replace(head, prompt_token_ids=UNSET)
        self._first = head
        self._vocabulary = vocabulary
        self._call_id = call_id
        self._reasoning = reasoning
        self._logprobs = logprobs
        self._token_ids = token_ids
        self._builtins = builtins
        self._built: dict[int, ExecutedTool] = {}
        self._shown: dict[tuple[int, int], int] = {}
        self._begun: set[int] = set()
        self._paragraphs: dict[int, Paragraphs] = {}
        self._unsent_logprobs: dict[int, list[ChatLogprob]] = {}
        self._unsent_tokens: dict[int, list[int]] = {}

    def chunks(self, update: Update) -> list[ChatChunk]:
        index = update.choice
        unsent = self._unsent_logprobs.setdefault(index, [])
        unsent += to_logprobs(update.logprobs, self._vocabulary)
        self._unsent_tokens.setdefault(index, []).extend(update.tokens)
        deltas = [delta for event in update.events if (delta := self._delta(index, event)) is not None]
        chunks = [self._chunk(index, delta) for delta in deltas]
        if update.finish is not None:
            if index not in self._begun or (self._logprobs and unsent):
                chunks.append(self._chunk(index, ChatDelta(content="")))
            chunks.append(self._chunk(index, ChatDelta(), update.finish))
        return chunks

    def _delta(self, choice: int, event: AnyEvent) -> ChatDelta | None:
        match event:
            case Reasoning(text):
                return ChatDelta(reasoning_content=text, reasoning=text) if self._reasoning else None
            case Text():
                return ChatDelta(content=self._paragraphs.setdefault(choice, Paragraphs()).text(event))
            case CallStart(index, name) if (builtin := self._builtins.by_name.get(name)) is not None:
                call = ExecutedTool(len(self._built), builtin.server.label, builtin.tool.name, "", "", None)
                self._built[index] = call
                return None
            case CallStart(index, name):
                place = sum(1 for of, _ in self._shown if of == choice)
                self._shown[choice, index] = place
                delta = ToolCallDelta(place, self._call_id(choice, index), "function", FunctionDelta(name))
                return ChatDelta(tool_calls=[delta])
            case CallArguments(index, text) if index in self._built:
                self._built[index].arguments += text
                return None
            case CallArguments(index, text):
                place = self._shown[choice, index]
                return ChatDelta(tool_calls=[ToolCallDelta(place, function=FunctionDelta(arguments=text))])
            case Ran(index, text, error):
                self._built[index].output = text
                self._built[index].error = error
                return ChatDelta(executed_tools=[self._built[index]])
            case _:
                return None

    def _chunk(self, index: int, delta: ChatDelta, finish: str | None = None) -> ChatChunk:
        choice = ChunkChoice(index, delta, finish_reason=finish)
        chunk = msgspec.structs.replace(self.head if self._begun else self._first, choices=[choice])
        if index not in self._begun:
            self._begun.add(index)
            delta.role = "assistant"
        if self._logprobs and delta.content is not UNSET:
            choice.logprobs = ChatLogprobs(self._unsent_logprobs[index])
            self._unsent_logprobs[index] = []
        if self._token_ids:
            choice.token_ids = self._unsent_tokens[index]
            self._unsent_tokens[index] = []
        return chunk


class Fold:
    """The reply that a stream of chunks adds up to."""

    def __init__(self, *, logprobs: bool = False) -> None:
        self._logprobs = logprobs
        self._head: ChatChunk | None = None
        self._choices: dict[int, _Folded] = {}

    def add(self, chunk: ChatChunk) -> None:
        self._head = self._head or chunk
        for choice in chunk.choices:
            self._choices.setdefault(choice.index, _Folded()).add(choice)

    def reply(self, usage: Usage) -> ChatReply:
        head = self._head
        assert head is not None, "every choice has at least the chunk with its finish_reason"
        return ChatReply(
            id=head.id,
            created=head.created,
            model=head.model,
            choices=[self._choices[index].reply(index, self._logprobs) for index in sorted(self._choices)],
            usage=to_usage(usage),
            system_fingerprint=head.system_fingerprint,
            prompt_token_ids=head.prompt_token_ids,
        )


class _Folded:
    def __init__(self) -> None:
        self.content: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[tuple[str, str, list[str]]] = []
        self.executed: list[ExecutedTool] = []
        self.logprobs: list[ChatLogprob] = []
        self.tokens: list[int] | UnsetType = UNSET
        self.finish: str | None = None

    def add(self, choice: ChunkChoice) -> None:
        delta = choice.delta
        if delta.content:
            self.content.append(delta.content)
        if delta.reasoning_content:
            self.reasoning.append(delta.reasoning_content)
        self.executed += delta.executed_tools or ()
        for call in delta.tool_calls or ():
            if call.id is not UNSET and call.function.name is not UNSET:
                self.calls.append((call.id, call.function.name, []))
            self.calls[call.index][2].append(call.function.arguments)
        if choice.logprobs is not None:
            self.logprobs += choice.logprobs.content
        if choice.token_ids is not UNSET:
            self.tokens = self.tokens or []
            self.tokens += choice.token_ids
        self.finish = choice.finish_reason or self.finish

    def reply(self, index: int, logprobs: bool) -> ChatReplyChoice:
        message = ChatReplyMessage("assistant", "".join(self.content))
        if self.calls:
            message.content = message.content or None
            message.tool_calls = [
                ToolCallReply(identifier, FunctionReply(name, "".join(arguments)))
                for identifier, name, arguments in self.calls
            ]
        if self.executed:
            message.executed_tools = self.executed
        if self.reasoning:
            message.reasoning_content = message.reasoning = "".join(self.reasoning)
        return ChatReplyChoice(
            index, message, ChatLogprobs(self.logprobs) if logprobs else None, self.finish, self.tokens
        )
