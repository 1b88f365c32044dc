"""A fixed code for every ordinary token, made from its text: what stands in for the rows of a vocabulary that a small
model never learned.

A row of the embedding of such a token is one shared vector plus a learned matrix times its code. Because the text is
coded in parts, ` Berlin`, `Berlin` and `.berlin` differ in the parts that say how a word is written and agree in the
part that says which word it is, so a model can copy the word and choose its spelling.

Most words are one token behind a blank but several where they stand alone: ` dive` in a sentence is `d`, `ive` in a
JSON string. What is read therefore has a further part, which says of what pieces the word consists without the
character before it.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from harmonium.vocabulary import ORDINARY, Vocabulary

CORE_BITS = 48
LEADER_BITS = 16
CASE_BITS = 16
BITS = CORE_BITS + LEADER_BITS + CASE_BITS
"""Elements of a code: the word in small letters, what stands before it, its capitals."""
PIECES = 3
PIECE_BITS = 24
READ_BITS = BITS + PIECES * PIECE_BITS
"""Elements of the code of what is read: also the first bits of each piece's word."""


def token_codes(vocabulary: Vocabulary) -> npt.NDArray[np.int8]:
    """int8 [ORDINARY, READ_BITS], the same on every machine. The first BITS elements, which rows of the unembedding are
    made from, are 1 or -1 and differ from token to token; the others are 0 where there are no pieces."""
    packed = b"".join(_code(vocabulary.token_bytes(token)) for token in range(ORDINARY))
    bits = np.unpackbits(np.frombuffer(packed, np.uint8)).reshape(ORDINARY, BITS)
    codes = np.zeros((ORDINARY, READ_BITS), np.int8)
    codes[:, :BITS] = 2 * bits.view(np.int8) - 1
    for number, piece in enumerate(token_pieces(vocabulary).T):
        of = np.flatnonzero(piece >= 0)
        start = BITS + number * PIECE_BITS
        codes[of, start : start + PIECE_BITS] = codes[piece[of], :PIECE_BITS]
    return codes


def token_pieces(vocabulary: Vocabulary) -> npt.NDArray[np.int32]:
    """int32 [ORDINARY, PIECES]: the tokens that a word consists of without the character before it, -1 where there are
    no more, or none. None for words that are one token also without it, and for those of more than PIECES."""
    pieces = np.full((ORDINARY, PIECES), -1, np.int32)
    for token in range(ORDINARY):
        try:
            leader, text = split_leader(vocabulary.token_bytes(token).decode())
        except UnicodeDecodeError:
            continue
        if leader and text.encode() not in vocabulary.ranks:
            parts = vocabulary.encode(text)
            if len(parts) <= PIECES:
                pieces[token, : len(parts)] = parts
    return pieces


def split_leader(text: str) -> tuple[str, str]:
    """A token's text as the ASCII character that stands before its word, "" where there is none, and the word."""
    if len(text) > 1 and text[0] < "\x80" and not text[0].isalnum():
        return text[0], text[1:]
    return "", text


def _code(token: bytes) -> bytes:
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return blake2b(token, digest_size=CORE_BITS // 8, person=b"bytes").digest() + _hashed("", "bytes")
    leader, text = split_leader(text)
    core = text.lower()
    return blake2b(core.encode(), digest_size=CORE_BITS // 8, person=b"core").digest() + _hashed(
        leader, _case(text, core)
    )


def _case(text: str, core: str) -> str:
    """How a word is capitalised; words that cannot be count as written in small letters."""
    if text == core:
        return "small"
    if text == core[:1].upper() + core[1:]:
        return "first"
    if text == core.upper():
        return "all"
    capitals = [character != small for character, small in zip(text, core, strict=False)]
    spelled = "".join(small.upper() if capital else small for capital, small in zip(capitals, core, strict=False))
    # The signs for ohm and kelvin, say, are capitals of letters that have another one.
    return "".join("ul"[not capital] for capital in capitals) if spelled == text else text


@cache
def _hashed(leader: str, case: str) -> bytes:
    return (
        blake2b(leader.encode(), digest_size=LEADER_BITS // 8, person=b"leader").digest()
        + blake2b(case.encode(), digest_size=CASE_BITS // 8, person=b"case").digest()
    )
