"""Ollama's bodies as Turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from harmonium.errors import BadRequest
from harmonium.harmony.types import Conversation, Effort, Message, ResponseFormat, ToolChoice
from harmonium.messages import SamplingParams
from harmonium.server.chat import to_conversation, to_effort, to_tools
from harmonium.server.ollama.requests import Asked, GenerateRequest, OllamaChatRequest, OllamaMessage, Options
from harmonium.server.requests import ChatMessage
from harmonium.server.sampling import REST, to_sampling, to_stop_tokens, to_stops
from harmonium.server.turn import DateOf, Turn
from harmonium.vocabulary import SIZE

RANDOM_SEED = -1


def to_chat_turn(body: OllamaChatRequest, date_of: DateOf, effort: Effort) -> Turn:
    """What `body` asks for, with `effort` where it does not say; BadRequest where it makes no sense."""
    conversation = to_conversation(
        to_chat_messages(body.messages or []),
        to_tools(body.tools),
        response_format=to_response_format(body),
        effort=effort_of(body, effort),
        date_of=date_of,
    )
    return _turn(body, conversation, ToolChoice())


def to_generate_turn(body: GenerateRequest, date_of: DateOf, effort: Effort) -> Turn:
    """The same for a prompt without tools. With `context` the conversation is only what is new."""
    _refuse_images(body.images, "images")
    for name in ("suffix", "template"):
        if getattr(body, name):
            raise BadRequest(f"{name} is not supported.", param=name)
    if body.raw and (body.system or body.context or body.format):
        raise BadRequest("raw mode does not support system, context, or format.", param="raw")
    if max(body.context or [0]) >= SIZE:
        raise BadRequest(f"context: token ids go from 0 to {SIZE - 1}.", param="context")
    given = [("system", body.system), ("user", body.prompt)]
    conversation = to_conversation(
        [ChatMessage.model_validate({"role": role, "content": content}) for role, content in given if content],
        (),
        response_format=to_response_format(body),
        effort=effort_of(body, effort),
        date_of=date_of,
    )
    if body.context and body.system:
        # The head of the conversation stands in the context already.
        later = Message(role="developer", content=f"# Instructions\n\n{body.system}")
        conversation = msgspec.structs.replace(conversation, messages=(later, *conversation.messages))
    return _turn(body, conversation, ToolChoice(mode="none"))


def _turn(body: Asked, conversation: Conversation, choice: ToolChoice) -> Turn:
    options = body.options or Options.model_validate({})
    return Turn(
        conversation=conversation,
        sampling=sampling_of(options),
        choice=choice,
        stop=to_stops(options.stop),
        stop_tokens=to_stop_tokens(options.stop_token_ids),
        priority=options.priority or 0,
        cache_salt=options.cache_salt or "",
        format_param="format",
        length_param="options.num_predict",
        at_most=True,
    )


def sampling_of(options: Options) -> SamplingParams:
    wanted = options.num_predict or 0
    sampling = to_sampling(options, max_tokens=wanted if wanted > 0 else REST)
    return msgspec.structs.replace(sampling, seed=None) if sampling.seed == RANDOM_SEED else sampling


def effort_of(body: Asked, default: Effort) -> Effort:
    """gpt-oss always thinks: `think: false` makes it short."""
    if isinstance(body.think, str):
        return to_effort(body.think, default)
    return "low" if body.think is False else default


def to_response_format(body: Asked) -> ResponseFormat | None:
    if not body.format:
        return None
    return ResponseFormat(schema=body.format if isinstance(body.format, dict) else None)


def to_chat_messages(given: Sequence[OllamaMessage]) -> list[ChatMessage]:
    """With Ollama's fields under OpenAI's names."""
    for at, message in enumerate(given):
        _refuse_images(message.images, f"messages[{at}].images")
    return [
        message.model_copy(
            update={
                "reasoning_content": message.thinking or message.reasoning_content,
                "name": message.tool_name or message.name,
            }
        )
        for message in given
    ]


def _refuse_images(images: list[Any] | None, param: str) -> None:
    if images:
        raise BadRequest(
            "Images are not supported: gpt-oss reads text only.", param=param, code="unsupported_content_type"
        )
