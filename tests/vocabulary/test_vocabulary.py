"""The packaged vocabulary is the published one, encodes as tiktoken does, and bears hostile text."""

from __future__ import annotations

import base64
import hashlib
import random
import time

import pytest
import tiktoken

from harmonium import vocabulary as v
from harmonium.vocabulary import Vocabulary, load_vocabulary

PUBLISHED = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def plain(vocabulary: Vocabulary) -> tiktoken.Encoding:
    return tiktoken.Encoding(
        "plain", pat_str=v.PATTERN, mergeable_ranks=vocabulary.ranks, special_tokens=vocabulary.special_ids
    )


def test_is_the_published_file(vocabulary: Vocabulary) -> None:
    lines = (base64.b64encode(vocabulary.token_bytes(i)) + b" %d\n" % i for i in range(v.ORDINARY))
    assert hashlib.sha256(b"".join(lines)).hexdigest() == PUBLISHED


def test_loads_quickly() -> None:
    load_vocabulary.__wrapped__()
    seconds = min(_timed(load_vocabulary.__wrapped__) for _ in range(2))
    assert seconds < 2.0, seconds


def _timed(call: object) -> float:
    """Seconds of a core, whoever else wants it."""
    start = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - start


def test_every_row_has_bytes(vocabulary: Vocabulary) -> None:
    rows = [vocabulary.token_bytes(i) for i in range(v.SIZE)]
    assert all(rows)
    assert len(set(rows)) == v.SIZE
    assert rows[v.CALL] == b"<|call|>"
    assert rows[200_000] == b"<|reserved_200000|>"
    assert vocabulary.token_bytes(-1) == vocabulary.token_bytes(v.SIZE) == b""


def test_special_names_are_those_of_the_public_encoding(vocabulary: Vocabulary) -> None:
    from tiktoken_ext import openai_public

    published = {name: token for name, token in _public_specials(openai_public).items() if token != 200_018}
    assert published == {name: token for name, token in vocabulary.special_ids.items() if token != 200_018}


def _public_specials(module: object) -> dict[str, int]:
    class Ranks(dict[bytes, int]):
        pass

    loader = module.load_tiktoken_bpe  # type: ignore[attr-defined]
    try:
        module.load_tiktoken_bpe = lambda *_, **__: Ranks()  # type: ignore[attr-defined]
        return dict(module.o200k_harmony()["special_tokens"])  # type: ignore[attr-defined]
    finally:
        module.load_tiktoken_bpe = loader  # type: ignore[attr-defined]


ALPHABETS: list[str | list[str]] = [
    "abc ABC 'S 't",
    " \t\n\r\u3000\xa0",
    "汉字，柏林天气如何？",
    "0123456789.,",
    "👩‍👩‍👧‍👦🎉é\u0301ß\u200d",
    ["<|end|>", "<|start|>", "<|", "|>", "end", "<|chan|>", "<|reserved_200777|>", " "],
    '{}[]":,\\/\n ',
    "\u0000\ufeff\ufffd\U0010ffff",
]


def test_equals_tiktoken_on_ordinary_text(vocabulary: Vocabulary, plain: tiktoken.Encoding) -> None:
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    for _ in range(2_000):
        letters = [letter for alphabet in draw.sample(ALPHABETS, draw.randint(1, 3)) for letter in alphabet]
        text = "".join(draw.choices(letters, k=draw.randint(0, 200)))
        ids = vocabulary.encode(text)
        assert ids == plain.encode(text, disallowed_special=()), f"seed {seed}"
        assert vocabulary.decode(ids) == text
        assert all(token < v.ORDINARY for token in ids)
        assert vocabulary.encode_with_specials(text) == plain.encode(text, allowed_special="all"), f"seed {seed}"


def test_names_of_special_tokens(vocabulary: Vocabulary) -> None:
    text = "<|start|>assistant<|channel|>final<|message|>hi<|return|><|reserved_200500|><|nothing|><|reserved_7|>"
    ids = vocabulary.encode_with_specials(text)
    assert [token for token in ids if token >= v.ORDINARY] == [v.START, v.CHANNEL, v.MESSAGE, v.RETURN, 200_500]
    assert vocabulary.decode(ids) == text
    assert all(token < v.ORDINARY for token in vocabulary.encode(text))


def test_lone_surrogates_become_replacement_characters(vocabulary: Vocabulary) -> None:
    assert vocabulary.decode(vocabulary.encode("a\ud800b")) == "a\ufffdb"


@pytest.mark.parametrize("unit", ["a", " ", "\t", "汉", "\n", "!", " \n", "aB", "\u3000", "1", "/", "<|end|>", "🎉"])
def test_a_million_of_one_thing(vocabulary: Vocabulary, unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    start = time.process_time()
    ids = vocabulary.encode(text + "x")
    seconds = time.process_time() - start
    assert vocabulary.decode_bytes(ids) == (text + "x").encode()
    assert seconds < 5.0, seconds


def test_long_text_keeps_its_ids(vocabulary: Vocabulary, plain: tiktoken.Encoding) -> None:
    """Text over the length from which runs are looked at, with runs below the length from which they are cut."""
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    text = "".join(draw.choice(["word", " ", "\n", "  x", " " * draw.randint(1, 2_000)]) for _ in range(5_000))
    text += " " * 200_000 + "x" * 200_000
    assert len(text) > 600_000
    assert vocabulary.encode(text) == plain.encode_ordinary(text), f"seed {seed}"
