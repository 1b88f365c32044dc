"""The pool, its prefix cache, and the tables over it, against a plain model of what they mean."""

from __future__ import annotations

import random
from array import array

import pytest

from harmonium.engine.blocks import NULL, BlockPool, BlockSpace
from harmonium.messages import PREFIX_MISSES


def test_random_operations_on_the_pool(draw: random.Random) -> None:
    """Blocks are taken, shared, remembered, found and released at random; a found block was never taken since."""
    for _ in range(20):
        pool = BlockPool(draw.randrange(2, 30))
        held: list[int] = []
        contents: dict[int, bytes] = {}
        for name in range(300):
            match draw.randrange(4):
                case 0 if pool.free:
                    block = pool.take()
                    assert block not in held
                    contents.pop(block, None)
                    held.append(block)
                case 1 if held:
                    held.remove(block := draw.choice(held))
                    pool.release(block)
                case 2 if held:
                    block = draw.choice(held)
                    content = bytes([name % 7])
                    known = pool.find((0, content))
                    pool.remember(block, (0, content))
                    if known is None and block not in contents:
                        contents[block] = content
                case _:
                    content = bytes([draw.randrange(7)])
                    found = pool.find((0, content))
                    assert (found is None) == (content not in contents.values())
                    if found is not None:
                        assert contents[found] == content
                        pool.share(found)
                        held.append(found)
            pool.check([held])
        assert pool.used == len(set(held))
        for block in held:
            pool.release(block)
        pool.forget_all()
        pool.check([])
        assert pool.free == pool.num_blocks - 1


def test_taken_in_order_of_least_regret() -> None:
    pool = BlockPool(5)
    old, new, plain = pool.take(), pool.take(), pool.take()
    pool.remember(old, (0, b"old"))
    pool.remember(new, (0, b"new"))
    for block in (new, plain, old):
        pool.release(block)
    assert [pool.take() for _ in range(4)] == [plain, 4, new, old]
    assert pool.find((0, b"old")) is None
    with pytest.raises(KeyError):
        pool.take()


def test_check_finds_a_leak() -> None:
    pool = BlockPool(4)
    block = pool.take()
    with pytest.raises(AssertionError):
        pool.check([])
    pool.check([[block, NULL]])


@pytest.mark.parametrize("window", [1, 2, 4, 5, 7, 8, 9, 30])
def test_a_hit_has_all_that_the_next_query_reads(window: int, draw: random.Random) -> None:
    """Blocks of a finished sequence are taken away at random; the hit is the longest prefix that can still be read."""
    size = 4
    tokens = [draw.randrange(9) for _ in range(60)]
    for _ in range(50):
        space = BlockSpace(BlockPool(64), size, (window, None))
        first = space.tables("")
        assert space.grow(first, len(tokens))
        space.remember(first, tokens, len(tokens))
        owners = {
            (group, block): index for group, table in enumerate(first.tables) for index, block in enumerate(table)
        }
        gone: set[tuple[int, int]] = set()
        for (group, block), index in owners.items():
            if draw.random() < 0.1:
                space.pool._forget(block)
                gone.add((group, index))
        space.release(first)

        def readable(blocks: int, gone: set[tuple[int, int]] = gone) -> bool:
            seen = range(max(0, blocks * size - window + 1), blocks * size)
            return all((1, index) not in gone for index in range(blocks)) and all(
                (0, position // size) not in gone for position in seen
            )

        second = space.tables("")
        hit = space.adopt(second, tokens)
        assert hit == size * max(blocks for blocks in range(len(tokens) // size) if readable(blocks))
        space.pool.check(second.tables)
        for group, table in enumerate(second.tables):
            for index, block in enumerate(table):
                assert block == NULL or owners[group, block] == index
        space.release(second)
        space.pool.check([])


def test_never_a_hit_of_the_whole_prompt() -> None:
    space = BlockSpace(BlockPool(64), 4, (4, None))
    first = space.tables("")
    space.grow(first, 8)
    space.remember(first, list(range(8)), 8)
    second = space.tables("")
    assert space.adopt(second, list(range(8))) == 4
    third = space.tables("")
    assert space.adopt(third, list(range(9))) == 8


class CountingPool(BlockPool):
    forgotten = 0

    def _forget(self, block: int) -> None:
        self.forgotten += self._keys[block] is not None
        super()._forget(block)


@pytest.mark.parametrize("seed", range(5))
def test_every_token_that_is_not_found_has_a_reason(seed: int) -> None:
    draw = random.Random(seed)
    size, window = 4, 9
    pool = CountingPool(40)
    space = BlockSpace(pool, size, (window, None))
    written: set[tuple[int, ...]] = set()
    reasons: set[str] = set()
    for _ in range(300):
        tokens = [draw.randrange(2) for _ in range(draw.randrange(1, 60))]
        tables = space.tables("")
        hit = space.adopt(tables, tokens)
        missed = dict(space.missed)
        assert hit + sum(missed.values()) == len(tokens)
        assert 1 <= missed["tail"] <= size
        assert not (missed["new"] and missed["evicted"])
        first = hit + missed["window"]
        there = tuple(tokens[: first + size]) in written
        if missed["evicted"]:
            assert there
        if missed["new"]:
            # What was evicted long ago counts as new: no more is remembered than there are blocks.
            assert not there or pool.forgotten > pool.num_blocks
        reasons |= {reason for reason, count in missed.items() if count}
        if space.grow(tables, len(tokens)):
            space.remember(tables, tokens, len(tokens))
            written |= {tuple(tokens[:end]) for end in range(size, len(tokens) + 1, size)}
        space.trim(tables, len(tokens))
        space.release(tables)
    assert reasons == set(PREFIX_MISSES)


def test_the_chain_holds_parents_salt_and_group() -> None:
    space = BlockSpace(BlockPool(64), 2, (None, None))
    one, other, salted = space.tables(""), space.tables(""), space.tables("salt")
    space.digest(one, [1, 2, 3, 4], 2)
    space.digest(other, [9, 2, 3, 4], 2)
    space.digest(salted, [1, 2, 3, 4], 2)
    assert len({*one.digests, *other.digests, *salted.digests}) == 6
    space.grow(one, 4)
    space.remember(one, [1, 2, 3, 4], 4)
    assert space.pool.find((0, one.digests[1])) == one.tables[0][1]
    assert space.pool.find((1, one.digests[1])) == one.tables[1][1]


@pytest.mark.parametrize("chunk", [1, 3, 16])
@pytest.mark.parametrize("window", [1, 2, 5, 16])
def test_most_blocks_is_never_exceeded_and_is_reached(window: int, chunk: int) -> None:
    for size in (1, 3, 4):
        reached = 0
        length = 80
        for offset in range(size + chunk):
            space = BlockSpace(BlockPool(400), size, (window, None))
            tables = space.tables("")
            computed = 0
            while computed < length:
                end = min(length, computed + (chunk if computed else min(chunk, 1 + offset)))
                space.trim(tables, computed)
                assert space.grow(tables, end)
                reached = max(reached, space.pool.used)
                computed = end
        most = BlockSpace(BlockPool(1), size, (window, None)).most_blocks(length, chunk)
        assert reached <= most
        assert most - reached <= 1


def test_what_is_computed_anew_is_remembered_anew() -> None:
    space = BlockSpace(BlockPool(16), 4, (None,))
    tables = space.tables("")
    for _ in range(2):
        space.grow(tables, 8)
        space.remember(tables, list(range(8)), 8)
        assert space.pool.find((0, tables.digests[1])) == tables.tables[0][1]
        space.release(tables)
        space.pool.forget_all()


def test_a_failed_grow_takes_nothing() -> None:
    space = BlockSpace(BlockPool(6), 4, (None, None))
    tables = space.tables("")
    assert not space.grow(tables, 12)
    assert space.pool.used == 0
    assert tables.tables == (array("i"), array("i"))
    assert space.grow(tables, 8)
