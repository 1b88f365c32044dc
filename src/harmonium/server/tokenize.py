"""Text or messages to token ids and back, with vLLM's fields."""

from __future__ import annotations

import msgspec

from harmonium.errors import BadRequest
from harmonium.harmony.render import render
from harmonium.harmony.types import Conversation, Effort
from harmonium.server.chat import to_conversation, to_effort, to_tools
from harmonium.server.requests import TokenizeRequest
from harmonium.server.turn import DateOf
from harmonium.vocabulary import START, Vocabulary


class TokenizeReply(msgspec.Struct):
    count: int
    max_model_len: int
    tokens: list[int]
    token_strs: list[str] | None = None


class DetokenizeReply(msgspec.Struct):
    prompt: str


def to_tokenize_turn(body: TokenizeRequest, date_of: DateOf, effort: Effort) -> Conversation | str:
    """What is to be tokenized."""
    if (body.prompt is None) == (body.messages is None):
        raise BadRequest("Give either prompt or messages.", param="prompt")
    if body.prompt is not None:
        return body.prompt
    return to_conversation(
        body.messages or [],
        to_tools(body.tools),
        effort=to_effort(body.reasoning_effort, effort),
        date_of=date_of,
    )


def to_tokenize_reply(
    body: TokenizeRequest, given: Conversation | str, vocabulary: Vocabulary, max_model_len: int
) -> TokenizeReply:
    if isinstance(given, str):
        encode = vocabulary.encode if body.add_special_tokens is False else vocabulary.encode_with_specials
        tokens = encode(given)
    else:
        tokens = render(given)
        if body.add_generation_prompt is False:
            tokens = tokens[: len(tokens) - tokens[::-1].index(START) - 1]
    strings = [vocabulary.decode([token]) for token in tokens] if body.return_token_strs else None
    return TokenizeReply(len(tokens), max_model_len, tokens, strings)
