"""The vocabulary of gpt-oss, o200k_harmony: text to token ids and back. The ranks are in the package.

Ids 0 … `ORDINARY`-1 are byte strings in order of merge rank; the rest are special tokens, which have names and never
come from text: `Vocabulary.encode` reads the name of a special token as ordinary characters.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Final

import tiktoken

ORDINARY: Final = 199_998
SIZE: Final = 201_088

STARTOFTEXT: Final = 199_998
ENDOFTEXT: Final = 199_999
RETURN: Final = 200_002
CONSTRAIN: Final = 200_003
CHANNEL: Final = 200_005
START: Final = 200_006
END: Final = 200_007
MESSAGE: Final = 200_008
CALL: Final = 200_012

NAMED: Final = {
    STARTOFTEXT: "<|startoftext|>",
    ENDOFTEXT: "<|endoftext|>",
    RETURN: "<|return|>",
    CONSTRAIN: "<|constrain|>",
    CHANNEL: "<|channel|>",
    START: "<|start|>",
    END: "<|end|>",
    MESSAGE: "<|message|>",
    CALL: "<|call|>",
}
"""The special tokens that have a meaning. Other special ids are called `<|reserved_ID|>`."""

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space: what `\\s` means in `PATTERN`."""

PATTERN: Final = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
"""How text is cut into the pieces within which byte pairs merge."""

_BLOCK: Final = 1 << 18
_SPECIAL: Final = re.compile(r"<\|[a-z]{1,12}(?:_[0-9]{6})?\|>")


class Vocabulary:
    """Both directions of o200k_harmony. `ranks` maps the bytes of every ordinary token to its id."""

    ordinary: Final = ORDINARY

    def __init__(self, tokens: list[bytes]) -> None:
        self.ranks = {token: rank for rank, token in enumerate(tokens)}
        self.special_ids = {special_name(token): token for token in range(ORDINARY, SIZE)}
        self._tokens = tokens
        self._special_bytes = [name.encode() for name in self.special_ids]
        self._encoding = tiktoken.Encoding(
            "o200k_harmony", pat_str=PATTERN, mergeable_ranks=self.ranks, special_tokens={}
        )

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, in time that grows with its length (tiktoken before 0.13 took the square of the
        longest run without a break). Unpaired surrogates become U+FFFD."""
        if len(text) < 2 * _BLOCK:
            return self._encoding.encode_ordinary(text)
        return [token for part in _parts(text) for token in self._encoding.encode_ordinary(part)]

    def encode_with_specials(self, text: str) -> list[int]:
        """Token ids of text in which the names of special tokens mean those tokens."""
        ids: list[int] = []
        start = 0
        for name in _SPECIAL.finditer(text):
            special = self.special_ids.get(name.group())
            if special is not None:
                ids += self.encode(text[start : name.start()])
                ids.append(special)
                start = name.end()
        return ids + self.encode(text[start:])

    def token_bytes(self, token: int) -> bytes:
        """The bytes of one token: its name, for a special one. Outside of 0 … SIZE-1 there is nothing."""
        if 0 <= token < ORDINARY:
            return self._tokens[token]
        if ORDINARY <= token < SIZE:
            return self._special_bytes[token - ORDINARY]
        return b""

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of all tokens in a row; they need not be UTF-8 where a character was cut."""
        return b"".join(map(self.token_bytes, ids))

    def decode(self, ids: Iterable[int]) -> str:
        """Like `decode_bytes`, with U+FFFD for what is not UTF-8."""
        return self.decode_bytes(ids).decode(errors="replace")


def special_name(token: int) -> str:
    """The name of a special id."""
    return NAMED.get(token) or f"<|reserved_{token}|>"


@cache
def load_vocabulary() -> Vocabulary:
    """The one vocabulary of this process; half a second on the first call."""
    packed = lzma.decompress(files(__name__).joinpath("o200k_base.xz").read_bytes())
    ends = accumulate(packed[:ORDINARY], initial=ORDINARY)
    return Vocabulary([packed[start:end] for start, end in pairwise(ends)])


def _parts(text: str) -> Iterable[str]:
    """Cut text so that no run of white space exceeds two blocks: a run of a million exhausts the pattern's stack.

    Runs of under a block are never cut, so text that has none longer keeps its ids.
    """
    start = 0
    for end in range(_BLOCK, len(text), _BLOCK):
        if not text[end - _BLOCK : end].strip(WHITE_SPACE):
            yield text[start:end]
            start = end
    yield text[start:]
