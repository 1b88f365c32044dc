"""One pool of equal KV blocks, the block tables of the sequences over it, and the prefix cache.

gpt-oss has layers of two kinds. A *group* is the layers of one kind; all layers of a group use one block table. The KV
tensors are allocated per *pair*: one sliding layer and one full layer share a tensor, and each block of it belongs to
whichever group took it, so that one pool serves both in any proportion:

    pair p's tensor:   [ null | sliding of A | full of A | full of A | sliding of B | … ]

Block 0 is the null block: a sliding table points to it for the blocks that its window has passed.
"""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from harmonium.messages import PREFIX_MISSES

NULL = 0

Key = tuple[int, bytes]
"""Names the content of a full block: its group, and the digest of all tokens up to its end."""


class BlockPool:
    """Reference counts, the free blocks in the order in which they are to be taken, and the cached contents by key.

    A block that nobody holds is free. If its content has a key it can still be found, until it is taken anew: blocks
    without a key are taken first, then fresh ones (never taken yet: `_fresh` and all after it), then the least recently
    released.
    """

    def __init__(self, num_blocks: int) -> None:
        self.num_blocks = num_blocks
        self._holders = [0] * num_blocks
        self._free: OrderedDict[int, None] = OrderedDict()
        self._fresh = 1
        self._keys: list[Key | None] = [None] * num_blocks
        self._blocks: dict[Key, int] = {}
        self._evicted: OrderedDict[Key, None] = OrderedDict()

    @property
    def free(self) -> int:
        """Blocks that could be taken now, cached ones included."""
        return len(self._free) + self.num_blocks - self._fresh

    @property
    def used(self) -> int:
        """Blocks that someone holds."""
        return self._fresh - 1 - len(self._free)

    def take(self) -> int:
        """A block for a first holder; what was cached in it is forgotten. KeyError when none is free."""
        first = next(iter(self._free), NULL)
        if self._fresh < self.num_blocks and (first == NULL or self._keys[first] is not None):
            block = self._fresh
            self._fresh += 1
        else:
            block, _ = self._free.popitem(last=False)
            self._forget(block)
        self._holders[block] = 1
        return block

    def share(self, block: int) -> None:
        """One more holder of a block that was found in the cache."""
        if self._holders[block] == 0:
            del self._free[block]
        self._holders[block] += 1

    def release(self, block: int) -> None:
        """One holder fewer."""
        self._holders[block] -= 1
        if self._holders[block] == 0:
            self._free[block] = None
            if self._keys[block] is None:
                self._free.move_to_end(block, last=False)

    def find(self, key: Key) -> int | None:
        """The block with this content, held or free."""
        return self._blocks.get(key)

    def was_evicted(self, key: Key) -> bool:
        """Whether this content was here and its block has been taken: known of as many as there are blocks."""
        return key in self._evicted

    def remember(self, block: int, key: Key) -> None:
        """Let a held block be found by `key`, unless it has a key or another block has this content already."""
        if self._keys[block] is None and key not in self._blocks:
            self._keys[block] = key
            self._blocks[key] = block
            self._evicted.pop(key, None)

    def forget_all(self) -> None:
        """Empty the prefix cache."""
        for block in list(self._blocks.values()):
            self._forget(block)

    def check(self, tables: Iterable[Sequence[int]] | None = None) -> None:
        """AssertionError unless every invariant holds; `tables`, all there are, must account for every holder."""
        assert len(self._holders) == len(self._keys) == self.num_blocks
        assert NULL not in self._free
        assert self._keys[NULL] is None
        assert self._holders[NULL] == 0
        assert all(count >= 0 for count in self._holders)
        assert 1 <= self._fresh <= max(1, self.num_blocks)
        assert not any(self._holders[self._fresh :])
        assert set(self._free) == {block for block in range(1, self._fresh) if self._holders[block] == 0}
        assert self._blocks == {key: block for block, key in enumerate(self._keys) if key is not None}
        if tables is not None:
            counts = Counter(block for table in tables for block in table if block != NULL)
            assert counts == Counter({block: count for block, count in enumerate(self._holders) if count})

    def _forget(self, block: int) -> None:
        key = self._keys[block]
        if key is not None:
            del self._blocks[key]
            self._keys[block] = None
            self._evicted[key] = None
            if len(self._evicted) > self.num_blocks:
                self._evicted.popitem(last=False)


@dataclass
class BlockTables:
    """One sequence's block tables, one per group (int32 arrays), and the digests of its full blocks, as far as known.

    `remembered`: how many leading blocks have been offered to the prefix cache. `trimmed`: what `computed` was at the
    last trim.
    """

    tables: tuple[array[int], ...]
    salt: str = ""
    digests: list[bytes] = field(default_factory=list)
    remembered: int = 0
    trimmed: int = 0


class BlockSpace:
    """What the scheduler does with block tables. `windows` has one entry per group: its window, or None for no window.

    A sequence that has `computed` tokens in the cache attends next from position `computed`, which sees the last
    window-1 positions before it: blocks before `first_kept(computed)` are not read again.
    """

    def __init__(self, pool: BlockPool, block_size: int, windows: tuple[int | None, ...]) -> None:
        self.pool = pool
        self.block_size = block_size
        self.windows = windows
        self.missed = dict.fromkeys(PREFIX_MISSES, 0)

    def tables(self, salt: str) -> BlockTables:
        """Empty tables for a new sequence."""
        return BlockTables(tuple(array("i") for _ in self.windows), salt)

    def most_blocks(self, length: int, chunk: int) -> int:
        """The most blocks that one sequence of up to `length` tokens can hold, computed in chunks of up to `chunk`."""
        every = -(-length // self.block_size)
        total = 0
        for window in self.windows:
            # A run of n tokens touches at most ceil((n - 1) / B) + 1 blocks, wherever it begins.
            run = every if window is None else -(-(window + chunk - 2) // self.block_size) + 1
            total += min(every, run)
        return total

    def missing(self, tables: BlockTables, end: int) -> int:
        """How many blocks `grow` to `end` would take."""
        blocks = -(-end // self.block_size)
        return sum(max(0, blocks - len(table)) for table in tables.tables)

    def grow(self, tables: BlockTables, end: int) -> bool:
        """Make room for the tokens before position `end`; False, and nothing taken, when the pool has not enough."""
        if self.missing(tables, end) > self.pool.free:
            return False
        blocks = -(-end // self.block_size)
        for table in tables.tables:
            while len(table) < blocks:
                table.append(self.pool.take())
        return True

    def first_kept(self, window: int | None, computed: int) -> int:
        """Index of the first block that a query at position `computed` reads."""
        return 0 if window is None else max(0, computed - window + 1) // self.block_size

    def trim(self, tables: BlockTables, computed: int) -> None:
        """Give back the blocks that the window has passed, once `computed` tokens are in the cache."""
        tables.trimmed = computed
        for window, table in zip(self.windows, tables.tables, strict=True):
            index = min(self.first_kept(window, computed), len(table)) - 1
            passed = []
            while index >= 0 and table[index] != NULL:
                passed.append(table[index])
                table[index] = NULL
                index -= 1
            for block in reversed(passed):
                self.pool.release(block)

    def release(self, tables: BlockTables) -> None:
        """Give everything back, ends first: what many prompts share, their beginning, is to stay cached longest."""
        for table in tables.tables:
            for block in reversed(table):
                if block != NULL:
                    self.pool.release(block)
            del table[:]
        tables.remembered = tables.trimmed = 0

    def digest(self, tables: BlockTables, tokens: Sequence[int], blocks: int) -> None:
        """Extend the chain of digests to the first `blocks` blocks: SHA-256 over the parent's digest and the tokens."""
        digests = tables.digests
        while len(digests) < blocks:
            start = len(digests) * self.block_size
            parent = digests[-1] if digests else sha256(b"harmonium\0" + tables.salt.encode()).digest()
            content = array("i", tokens[start : start + self.block_size]).tobytes()
            digests.append(sha256(parent + content).digest())

    def remember(self, tables: BlockTables, tokens: Sequence[int], computed: int) -> None:
        """Offer the blocks that `computed` tokens fill to the prefix cache. Their content must be written before any
        later step reads them: work on the device is in the order of its launch."""
        blocks = min(computed, len(tokens)) // self.block_size
        self.digest(tables, tokens, blocks)
        for index in range(tables.remembered, blocks):
            for group, table in enumerate(tables.tables):
                if table[index] != NULL:
                    self.pool.remember(table[index], (group, tables.digests[index]))
        tables.remembered = max(tables.remembered, blocks)

    def adopt(self, tables: BlockTables, tokens: Sequence[int]) -> int:
        """Fill empty tables with the longest cached prefix of `tokens` and return its length in tokens.

        At least one token is left to compute. A group with a window needs only the blocks that the next query reads.
        `missed` then says, by reason, how many tokens were not found.
        """
        most = (len(tokens) - 1) // self.block_size
        self.digest(tables, tokens, most)
        hit = most
        for group, window in enumerate(self.windows):
            if window is None:
                hit = next((i for i in range(hit) if self.pool.find((group, tables.digests[i])) is None), hit)
        whole = hit
        while not all(self._covers(tables, group, window, hit) for group, window in enumerate(self.windows)):
            hit -= 1
        self.missed = dict.fromkeys(PREFIX_MISSES, 0)
        self.missed["window"] = (whole - hit) * self.block_size
        self.missed["tail"] = len(tokens) - most * self.block_size
        if whole < most:
            gone = any(
                self.pool.was_evicted((group, tables.digests[whole]))
                for group, window in enumerate(self.windows)
                if window is None
            )
            self.missed["evicted" if gone else "new"] = (most - whole) * self.block_size
        for group, (window, table) in enumerate(zip(self.windows, tables.tables, strict=True)):
            first = self.first_kept(window, hit * self.block_size)
            table.extend([NULL] * min(first, hit))
            for digest in tables.digests[first:hit]:
                block = self.pool.find((group, digest))
                assert block is not None
                self.pool.share(block)
                table.append(block)
        tables.remembered = hit
        return hit * self.block_size

    def _covers(self, tables: BlockTables, group: int, window: int | None, hit: int) -> bool:
        """Whether a windowed group has what a hit of `hit` blocks needs; the others were asked before."""
        if window is None:
            return True
        first = self.first_kept(window, hit * self.block_size)
        return all(self.pool.find((group, digest)) is not None for digest in tables.digests[first:hit])
