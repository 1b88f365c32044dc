"""The official codec as the oracle, and fresh random numbers."""

from __future__ import annotations

import random

import openai_harmony as official
import pytest
from official_codec import official_codec

from harmonium.vocabulary import Vocabulary, load_vocabulary


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> official.HarmonyEncoding:
    return official_codec(tmp_path_factory.mktemp("encodings"))


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> random.Random:
    """A source of fresh random numbers; a failing test shows the seed."""
    seed = random.randrange(2**32)
    print(f"{request.node.name}: seed {seed}")
    return random.Random(seed)
