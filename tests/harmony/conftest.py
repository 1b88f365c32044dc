"""The official codec, as the oracle, with its vocabulary file written from our own package."""

from __future__ import annotations

import base64
import os
import random

import openai_harmony as official
import pytest

from harmonium.vocabulary import Vocabulary, load_vocabulary


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def oracle(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> official.HarmonyEncoding:
    folder = tmp_path_factory.mktemp("encodings")
    lines = (base64.b64encode(vocabulary.token_bytes(i)) + b" %d\n" % i for i in range(vocabulary.ordinary))
    (folder / "o200k_base.tiktoken").write_bytes(b"".join(lines))
    before = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(folder)
    try:
        return official.load_harmony_encoding(official.HarmonyEncodingName.HARMONY_GPT_OSS)
    finally:
        if before is None:
            del os.environ["TIKTOKEN_ENCODINGS_BASE"]
        else:
            os.environ["TIKTOKEN_ENCODINGS_BASE"] = before


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> random.Random:
    """A source of fresh random numbers; a failing test shows the seed."""
    seed = random.randrange(2**32)
    print(f"{request.node.name}: seed {seed}")
    return random.Random(seed)
