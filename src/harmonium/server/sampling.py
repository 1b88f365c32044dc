"""The sampling fields that all OpenAI-like bodies share, as SamplingParams."""

from __future__ import annotations

from typing import Final

from harmonium.errors import BadRequest
from harmonium.messages import SamplingParams
from harmonium.server.requests import Sampled, Sampling
from harmonium.vocabulary import SIZE

REST: Final = -1
"""A `max_tokens` that stands for all that the context leaves."""


def to_sampling(
    body: Sampling,
    *,
    max_tokens: int,
    logprobs: int | None = None,
    prompt_logprobs: int | None = None,
    endless: bool = False,
) -> SamplingParams:
    """With `endless` nothing but `max_tokens` ends the completion."""
    temperature = 1.0 if body.temperature is None else body.temperature
    top_p = 1.0 if body.top_p is None else body.top_p
    least = max(0, max_tokens) if endless else body.min_tokens or 0
    if max_tokens != REST and least > max_tokens:
        raise BadRequest(f"min_tokens ({least}) is more than max_tokens ({max_tokens}).", param="min_tokens")
    return SamplingParams(
        max_tokens=max_tokens,
        min_tokens=least,
        temperature=0.0 if top_p == 0 else temperature,
        top_p=top_p or 1.0,
        top_k=max(0, body.top_k or 0),
        min_p=body.min_p or 0.0,
        presence_penalty=body.presence_penalty or 0.0,
        frequency_penalty=body.frequency_penalty or 0.0,
        repetition_penalty=1.0 if body.repetition_penalty is None else body.repetition_penalty,
        logit_bias=to_logit_bias(body.logit_bias or {}),
        seed=body.seed,
        logprobs=logprobs,
        prompt_logprobs=prompt_logprobs,
    )


def to_logit_bias(given: dict[str, float]) -> dict[int, float]:
    biases: dict[int, float] = {}
    for key, bias in given.items():
        if not (key.isascii() and key.isdigit() and int(key[:10]) < SIZE and len(key) <= 10):
            raise BadRequest(
                f"logit_bias: {key[:40]!r} is not a token id; ids go from 0 to {SIZE - 1}.", param="logit_bias"
            )
        biases[int(key)] = bias
    return biases


def to_stops(stop: str | list[str] | None) -> tuple[str, ...]:
    if stop is None:
        return ()
    return (stop,) if isinstance(stop, str) else tuple(dict.fromkeys(stop))


def to_stop_tokens(given: list[int] | None) -> frozenset[int]:
    for token in given or ():
        if token >= SIZE:
            raise BadRequest(f"stop_token_ids: token ids go from 0 to {SIZE - 1}, not {token}.", param="stop_token_ids")
    return frozenset(given or ())


def check_streaming(body: Sampled) -> None:
    """`stream_options` say how to stream: without `stream` they are a mistake."""
    if body.stream_options is not None and not body.stream:
        raise BadRequest("stream_options needs stream: true.", param="stream_options")
