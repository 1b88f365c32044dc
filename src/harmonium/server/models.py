"""What /v1/models says."""

from __future__ import annotations

from typing import Literal

import msgspec


class ModelCard(msgspec.Struct):
    """OpenAI's fields, vLLM's `root` and `max_model_len`, and the fields from which LobeChat's Xinference provider
    reads what a model can do."""

    id: str
    created: int
    root: str
    name: str
    max_model_len: int
    context_length: int
    description: str | None = None
    model_description: str | None = None
    object: Literal["model"] = "model"
    owned_by: str = "harmonium"
    parent: str | None = None
    model_ability: tuple[str, ...] = ("tools", "reasoning")


class ModelList(msgspec.Struct):
    data: list[ModelCard]
    object: Literal["list"] = "list"
