"""The official codec as the oracle, and fresh random numbers."""

from __future__ import annotations

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
