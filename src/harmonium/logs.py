"""Log records as lines: for people, or as JSON. Prompts and replies are never logged.

The id of the request that a record belongs to is found in the context of its task, not passed: so a record made deep
inside a stream, or by a library, bears it too.
"""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal

request_id: ContextVar[str] = ContextVar("request_id", default="")

NOISY: Final = ("uvicorn", "httpx", "httpcore", "httpx2", "httpcore2", "mcp", "client", "opentelemetry")
"""Loggers of libraries that tell at INFO what is no news."""

_OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "request_id"}


class RequestId(logging.Filter):
    """Gives every record `request_id`, empty outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            record.request_id = request_id.get()
        return True


class Lines(logging.Formatter):
    """`2026-01-31 12:00:00,000 INFO harmonium.server what happened [req-…] name=value …`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        if getattr(record, "request_id", ""):
            line += f" [{record.request_id}]"  # type: ignore[attr-defined]
        return " ".join([line, *(f"{name}={value}" for name, value in more(record).items())])


class JSONLines(logging.Formatter):
    """One object a line: time (RFC 3339), level, logger, message, request_id where there is one, exception where there
    is one, and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if getattr(record, "request_id", ""):
            line["request_id"] = record.request_id  # type: ignore[attr-defined]
        line |= more(record)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def more(record: logging.LogRecord) -> dict[str, Any]:
    """What was given to the record in `extra`."""
    return {name: value for name, value in record.__dict__.items() if name not in _OWN}


def configure_logging(level: str, form: Literal["text", "json"] = "text") -> None:
    """One line per record on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines() if form == "json" else Lines())
    handler.addFilter(RequestId())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
