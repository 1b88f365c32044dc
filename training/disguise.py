"""Words in disguise: in some conversations, the words without rows of their own get codes that no word has.

A model that meets the same thirty thousand rare words a thousand times each learns to know them, and then copies only
those. What it should learn is to copy any word, from the code that it reads. So the word part of a word's code is made
anew for a conversation, the same in all its spellings and in the pieces that it is cut into: nothing can be known of
such a word but where it stands.

Conversations in which rare words mean something are left as they are: those of families that are not named, and those
with a rare word in the reply that is not in the prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harmonium.checkpoints.codes import BITS, CORE_BITS, PIECE_BITS, PIECES, token_codes, token_pieces
from harmonium.vocabulary import ORDINARY, SIZE, load_vocabulary
from training.stream import Rows

Ints = npt.NDArray[np.int64]
SIGNS = 1 << 14
COPIED = 0.2
"""Weights up to this are those of prompts."""


@dataclass(frozen=True)
class Disguised:
    """A batch after disguise.

    tokens [n]: ids, those of SIZE + i being disguised ones; of [m]: the token that each of these is; signs int8
    [m, N]: what its code is multiplied with; weights [n] without those of prompt words that cannot be foreseen.
    """

    tokens: Ints
    of: Ints
    signs: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float32]


class Disguise:
    """Disguises batches for one set of active tokens. `families`: numbers of those whose conversations may be."""

    def __init__(self, active: Ints, families: npt.NDArray[Any], share: float, seed: int) -> None:
        vocabulary = load_vocabulary()
        self.codes = token_codes(vocabulary)
        words = np.ascontiguousarray(np.packbits(self.codes[:, :CORE_BITS] > 0, axis=1))
        padded = np.zeros((ORDINARY, 8), np.uint8)
        padded[:, : words.shape[1]] = words
        _, word = np.unique(padded.view(np.int64).reshape(-1), return_inverse=True)
        self.words = int(word.max()) + 1
        self.word = np.full(SIZE, -1, np.int64)
        self.word[:ORDINARY] = word
        pieces = token_pieces(vocabulary)
        self.pieces = np.full((SIZE, PIECES), -1, np.int64)
        self.pieces[:ORDINARY] = np.where(pieces >= 0, word[pieces], -1)
        known = np.zeros(self.words, bool)
        ordinary = active[active < ORDINARY]
        known[word[ordinary]] = True
        self.known = known
        self.inactive = np.zeros(SIZE, bool)
        self.inactive[:ORDINARY] = True
        self.inactive[active] = False
        free_pieces = (self.pieces >= 0) & ~known[self.pieces]
        self.free = self.inactive & (self.word >= 0) & ~known[self.word]
        self.changed = self.inactive & (self.free | free_pieces.any(1))
        self.families = np.zeros(256, bool)
        self.families[families] = True
        self.share = share
        self._random = np.random.default_rng(seed)
        self._signs = (2 * self._random.integers(0, 2, (SIGNS, CORE_BITS)) - 1).astype(np.int8)

    def apply(self, packed: Rows, most: int) -> Disguised:
        """`most`: of disguised and plain inactive tokens together; if need be, fewer conversations are disguised."""
        tokens = packed.tokens.reshape(-1).astype(np.int64)
        weights = packed.weights.reshape(-1).astype(np.float32)
        document = (packed.positions.reshape(-1) == 0).cumsum() - 1
        documents = int(document[-1]) + 1
        predicted = np.concatenate((weights[-1:], weights[:-1]))

        at = np.flatnonzero(self.free[tokens])
        _, first = np.unique(document[at] * self.words + self.word[tokens[at]], return_index=True)
        first = at[first]
        unseen = first[predicted[first] <= COPIED]
        weights[unseen - 1] = 0.0

        recalled = first[predicted[first] > COPIED]
        spelled = self.pieces[tokens]
        has = spelled[:, 0] >= 0
        offered = (document[has][:, None] * self.words + spelled[has])[spelled[has] >= 0]
        recalled = recalled[~np.isin(document[recalled] * self.words + self.word[tokens[recalled]], offered)]
        may = self._random.random(documents) < self.share
        start = np.flatnonzero(np.diff(document, prepend=-1))
        may &= self.families[packed.families.reshape(-1)[start]]
        may[document[recalled]] = False

        at = np.flatnonzero(self.changed[tokens] & may[document])
        keys = document[at] * SIZE + tokens[at]
        pairs, index = np.unique(keys, return_inverse=True)
        plain = np.unique(tokens[self.inactive[tokens] & ~may[document]])
        room = max(0, most - len(plain))
        if len(pairs) > room:
            counts = np.bincount(pairs // SIZE, minlength=documents)
            kept = np.flatnonzero(may)
            self._random.shuffle(kept)
            may[kept[np.cumsum(counts[kept]) > room // 2]] = False
            stays = may[document[at]]
            at = at[stays]
            pairs, index = np.unique(keys[stays], return_inverse=True)
        tokens[at] = SIZE + index
        of, where = pairs % SIZE, pairs // SIZE
        return Disguised(tokens, of, self._signs_of(of, where), weights)

    def _signs_of(self, of: Ints, document: Ints) -> npt.NDArray[np.int8]:
        salt = int(self._random.integers(1 << 30))
        signs = np.ones((len(of), self.codes.shape[1]), np.int8)
        signs[:, :CORE_BITS] = self._row(document, self.word[of], salt)
        for piece in range(PIECES):
            start = BITS + piece * PIECE_BITS
            signs[:, start : start + PIECE_BITS] = self._row(document, self.pieces[of, piece], salt)[:, :PIECE_BITS]
        return signs

    def _row(self, document: Ints, word: Ints, salt: int) -> npt.NDArray[np.int8]:
        """The signs of a word in a conversation: all 1 for one that is known, or none."""
        mixed = (document * 1_000_003 + word * 7_919 + salt) * 2_654_435_761
        signs = self._signs[(mixed >> 20) % SIGNS]
        signs[(word < 0) | self.known[word]] = 1
        return signs
