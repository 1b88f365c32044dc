"""What every chat-like API asks for, in one shape."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harmonium.harmony.types import Conversation, ToolChoice
from harmonium.messages import SamplingParams


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One assistant reply to make, whichever API asked.

    `sampling.max_tokens` may be REST: as many as the context leaves; with `at_most` it may also be more than that, and
    fewer are granted. `callable` names the tools that may be called, None for all that are declared. The text of the
    reply ends before any of `stop` (or after it, with `keep_stop`). `tool_param` and `format_param` say which fields of
    the request the schemas came from, `length_param` which one asks for a length, for error messages. `scope` says
    whose turn it is: the digest of the API key that came with the request.
    """

    conversation: Conversation
    sampling: SamplingParams
    choice: ToolChoice = ToolChoice()
    callable: frozenset[str] | None = None
    parallel: bool = True
    n: int = 1
    stop: tuple[str, ...] = ()
    keep_stop: bool = False
    stop_tokens: frozenset[int] = frozenset()
    priority: int = 0
    cache_salt: str = ""
    scope: str = ""
    tool_param: str = "tools[{index}].function.parameters"
    format_param: str = "response_format"
    length_param: str = "max_tokens"
    at_most: bool = False


DateOf = Callable[[str], str]
"""Gives the date (YYYY-MM-DD) of the conversation that begins with this text."""
