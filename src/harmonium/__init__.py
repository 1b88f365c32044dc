"""Harmonium: an inference server for OpenAI's open-weight gpt-oss models.

    from harmonium import LLM, SamplingParams
    llm = LLM("openai/gpt-oss-20b")

Importing this package imports neither torch nor the server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harmonium.client import AsyncEngine
    from harmonium.config import EngineConfig, ServerConfig
    from harmonium.errors import HarmoniumError
    from harmonium.llm import LLM
    from harmonium.messages import Request, SamplingParams

__version__ = "0.1.0"

_HOMES = {
    "AsyncEngine": "harmonium.client",
    "EngineConfig": "harmonium.config",
    "HarmoniumError": "harmonium.errors",
    "LLM": "harmonium.llm",
    "Request": "harmonium.messages",
    "SamplingParams": "harmonium.messages",
    "ServerConfig": "harmonium.config",
}

__all__ = ["LLM", "AsyncEngine", "EngineConfig", "HarmoniumError", "Request", "SamplingParams", "ServerConfig"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'harmonium' has no attribute {name!r}")
