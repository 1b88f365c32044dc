"""Responses to keep; run as a program, a writer that keeps one after the other and prints the name of each."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from harmonium.server.responses.store import Store
from harmonium.server.responses.wire import (
    InputText,
    MessageItem,
    OutputText,
    ReasoningConfig,
    Response,
    TextConfig,
)


def kept(identifier: str, text: str = "x", *, previous: str | None = None, status: Any = "completed") -> Response:
    return Response(
        id=identifier,
        created_at=1,
        status=status,
        background=False,
        instructions=None,
        max_output_tokens=None,
        max_tool_calls=None,
        model="m",
        output=[MessageItem(id=f"msg_{identifier}", role="assistant", content=[OutputText(text)])],
        parallel_tool_calls=True,
        previous_response_id=previous,
        prompt_cache_key=None,
        reasoning=ReasoningConfig("low"),
        safety_identifier=None,
        store=True,
        temperature=1.0,
        presence_penalty=0.0,
        frequency_penalty=0.0,
        text=TextConfig({"type": "text"}),
        tool_choice="auto",
        tools=[],
        top_logprobs=0,
        top_p=1.0,
        truncation="disabled",
        user=None,
        metadata={},
    )


def asked(text: str) -> list[Any]:
    return [MessageItem(id=f"msg_in_{text[:20]}", role="user", content=[InputText(text)])]


async def write(path: Path, name: str) -> None:
    store = Store(path, capacity=1 << 30, seconds=1000.0)
    number = 0
    while True:
        identifier = f"{name}-{number}"
        await store.save(kept(identifier, identifier * 100), "s", asked(identifier))
        print(identifier, flush=True)
        number += 1


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
