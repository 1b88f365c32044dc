"""The body of a request: bytes, counted as they come, then JSON, then a model. Every failure is one BadRequest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from harmonium.errors import BadRequest, PayloadTooLarge, RequestTimeout

M = TypeVar("M", bound=BaseModel)

LARGE: Final = 256 * 1024
"""Bodies from this size on are parsed in a thread, so that other streams go on meanwhile."""


async def read_model(request: Request, model: type[M], limit: int, seconds: float = 0) -> M:
    """The body of `request`, of at most `limit` bytes, as `model`. RequestTimeout where it takes more than `seconds` to
    come; 0 waits for as long as it takes."""
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() and len(length) < 20 else None
    try:
        async with asyncio.timeout(seconds or None):
            body = await read_body(request.receive, limit, announced)
    except TimeoutError:
        raise RequestTimeout(f"The request body did not come within {seconds:g} seconds.") from None
    return await parse(model, body)


async def read_body(receive: Receive, limit: int, announced: int | None = None) -> bytes:
    """All bytes of the body; PayloadTooLarge past `limit` received bytes, or at once where more were `announced`.

    A body that is little too large is read to its end (and dropped), since many clients read no reply before.
    """
    parts: list[bytes] = []
    received = 0
    if announced is not None and announced > 2 * limit:
        raise _too_large(limit)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        received += len(part)
        if received <= limit:
            parts.append(part)
        elif received > 2 * limit:
            raise _too_large(limit)
        else:
            parts.clear()
        if not message.get("more_body", False):
            break
    if received > limit:
        raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The request body is larger than {limit} bytes.")


async def parse(model: type[M], body: bytes) -> M:
    """`body` as `model`; BadRequest names the first field that is wrong."""
    if len(body) < LARGE:
        return parse_now(model, body)
    return await asyncio.to_thread(parse_now, model, body)


def parse_now(model: type[M], body: bytes) -> M:
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"The request body is not JSON: {str(error)[:200]}", code="invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("The request body must be a JSON object.", code="invalid_json")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        if not make_whole(error, value):
            raise explain(error, value) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise explain(error, value) from None


def make_whole(error: ValidationError, body: dict[str, Any]) -> bool:
    """Numbers like 2.0 are integers, as JSON Schema has it: those that were refused are written as integers. Returns
    whether there were any."""
    found = False
    for detail in error.errors(include_url=False, include_context=False):
        number = detail["input"]
        if detail["type"] == "int_type" and isinstance(number, float) and number.is_integer():
            *path, last = _path(detail, body)
            here: Any = body
            for step in path:
                here = here[step]
            here[last] = int(number)
            found = True
    return found


def explain(error: ValidationError, body: Mapping[str, Any]) -> BadRequest:
    """What is wrong, of several things the one that most likely was meant: where alternatives are allowed, a value of
    the right type that breaks a rule goes before one of the wrong type, and what is deeper in the body goes first."""
    details = error.errors(include_url=False, include_context=False)
    places = [(_path(detail, body), detail) for detail in details]
    path, first = max(places, key=lambda place: (not _is_type_error(place[1]), len(place[0])))
    param = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    if first["type"] == "missing":
        return BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
    wrong_type = _is_type_error(first)
    alternatives = [each["msg"] for place, each in places if place == path and _is_type_error(each) == wrong_type]
    message = " or ".join(dict.fromkeys(alternatives))
    return BadRequest(f"{param}: {message}.", param=param, code="invalid_type" if wrong_type else "invalid_value")


def _is_type_error(detail: ErrorDetails) -> bool:
    return detail["type"].endswith("_type")


def _path(detail: ErrorDetails, body: Any) -> Sequence[str | int]:
    """The place in the body, without the names of union members that pydantic puts between."""
    path: list[str | int] = []
    here = body
    steps = detail["loc"]
    for at, step in enumerate(steps):
        inside = step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int)
        if inside:
            here = here[step]
        elif detail["type"] != "missing" or at < len(steps) - 1:
            continue
        path.append(step if isinstance(step, int) else step[:80])
    return path
