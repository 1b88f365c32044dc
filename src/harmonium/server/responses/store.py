"""Where responses are kept: one SQLite file, bounded in bytes and in age, that several server processes may share.

What is bounded goes by its last use: reading a response, or continuing it, keeps it and all that it continues. Every
method does its work in the store's own thread, in one transaction that is on disk when the method returns.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from harmonium.errors import ConfigError
from harmonium.server.responses.wire import ENDED, Failed, Failure, Item, Response, to_sse

T = TypeVar("T")

VERSION: Final = 1
BUSY_SECONDS: Final = 30.0

LEASE_SECONDS: Final = 30.0
"""How long a response in the making is believed in after the process that makes it was last heard of."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS responses (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL, previous TEXT, status TEXT NOT NULL, body BLOB NOT NULL,
    used REAL NOT NULL, size INTEGER NOT NULL, lease REAL, cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS responses_by_use ON responses (used, size);
CREATE TABLE IF NOT EXISTS items (
    response TEXT NOT NULL REFERENCES responses (id) ON DELETE CASCADE, place INTEGER NOT NULL, made INTEGER NOT NULL,
    id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (response, place)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_id ON items (id);
CREATE TABLE IF NOT EXISTS events (
    response TEXT NOT NULL REFERENCES responses (id) ON DELETE CASCADE, first INTEGER NOT NULL, count INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (response, first)
) WITHOUT ROWID;
"""
"""`scope`: whose it is. `lease`: until when a response in the making is alive, NULL once it has ended. `made`: the item
is output. An event row holds `count` server-sent events, numbered from `first`."""

_encode: Final = msgspec.json.encode
_item: Final[msgspec.json.Decoder[Item]] = msgspec.json.Decoder(Item)
_response: Final = msgspec.json.Decoder(Response)


class Page(msgspec.Struct):
    items: list[Item]
    more: bool


class Store:
    """`path` is opened, and made, at the first use. `seconds` is the greatest age since the last use."""

    def __init__(self, path: Path, *, capacity: int, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._capacity = capacity
        self._seconds = seconds
        self._clock = clock
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="harmonium-responses")
        self._connection: sqlite3.Connection | None = None

    async def save(
        self,
        response: Response,
        scope: str,
        inputs: Sequence[Item],
        *,
        events: Sequence[bytes] = (),
        first: int = 0,
        known: bool = False,
    ) -> None:
        """Keep a response with its items as they stand now, and the `events` that were made since, numbered from
        `first`. With `known`, nothing is kept of what was deleted meanwhile."""
        now = self._clock()
        lease = None if response.status in ENDED else now + LEASE_SECONDS
        body = _encode(msgspec.structs.replace(response, output=[]))
        rows = [
            (response.id, place, made, item.id, _encode(item))
            for place, (made, item) in enumerate(
                [*((False, item) for item in inputs), *((True, item) for item in response.output)]
            )
        ]
        size = len(body) + sum(len(row[-1]) for row in rows)

        def work(connection: sqlite3.Connection) -> None:
            if known and connection.execute("SELECT 1 FROM responses WHERE id=?", (response.id,)).fetchone() is None:
                return
            connection.execute(
                "INSERT INTO responses (id, scope, previous, status, body, used, size, lease) VALUES (?,?,?,?,?,?,?,?)"
                " ON CONFLICT (id) DO UPDATE SET status=excluded.status, body=excluded.body, used=excluded.used,"
                " size=excluded.size, lease=excluded.lease",
                (response.id, scope, response.previous_response_id, response.status, body, now, size, lease),
            )
            connection.execute("DELETE FROM items WHERE response=?", (response.id,))
            connection.executemany("INSERT INTO items VALUES (?,?,?,?,?)", rows)
            _add_events(connection, response.id, events, first)
            connection.execute(
                "UPDATE responses SET size = ? + (SELECT coalesce(sum(length(body)), 0) FROM events WHERE response=?)"
                " WHERE id=?",
                (size, response.id, response.id),
            )
            self._trim(connection, now)

        await self._do(work)

    async def load(self, identifier: str, scope: str) -> Response | None:
        def work(connection: sqlite3.Connection) -> Response | None:
            return self._load(connection, identifier, scope)

        return await self._do(work)

    async def delete(self, identifier: str, scope: str) -> bool:
        """Whether there was such a response."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute("DELETE FROM responses WHERE id=? AND scope=?", (identifier, scope))
            return cursor.rowcount > 0

        return await self._do(work)

    async def inputs(
        self, identifier: str, scope: str, *, limit: int, order: Literal["asc", "desc"], after: str | None
    ) -> Page | None:
        """Input items, those after the item called `after`; None where there is no such response or item."""
        # Ids are the client's and may come twice: pages end nevertheless.
        later, direction, furthest = (">", "ASC", "max") if order == "asc" else ("<", "DESC", "min")

        def work(connection: sqlite3.Connection) -> Page | None:
            if self._load(connection, identifier, scope) is None:
                return None
            start = -1 if order == "asc" else 1 << 60
            if after is not None:
                row = connection.execute(
                    f"SELECT {furthest}(place) FROM items WHERE response=? AND id=? AND NOT made", (identifier, after)
                ).fetchone()
                if row[0] is None:
                    return None
                (start,) = row
            rows = connection.execute(
                f"SELECT body FROM items WHERE response=? AND NOT made AND place {later} ?"
                f" ORDER BY place {direction} LIMIT ?",
                (identifier, start, limit + 1),
            ).fetchall()
            return Page([_item.decode(body) for (body,) in rows[:limit]], len(rows) > limit)

        return await self._do(work)

    async def history(self, identifier: str, scope: str) -> list[Item] | None:
        """All items up to the end of a response, with those of the responses before it; None where one is missing."""

        def work(connection: sqlite3.Connection) -> list[Item] | None:
            now = self._clock()
            parts: list[list[Item]] = []
            here: str | None = identifier
            while here is not None:
                row = connection.execute(
                    "SELECT previous FROM responses WHERE id=? AND scope=? AND used>=?",
                    (here, scope, now - self._seconds),
                ).fetchone()
                if row is None:
                    return None
                connection.execute("UPDATE responses SET used=? WHERE id=?", (now, here))
                rows = connection.execute("SELECT body FROM items WHERE response=? ORDER BY place", (here,))
                parts.append([_item.decode(body) for (body,) in rows])
                (here,) = row
            return [item for part in reversed(parts) for item in part]

        return await self._do(work)

    async def items(self, identifiers: Sequence[str], scope: str) -> dict[str, Item]:
        """Kept items by their ids, as far as they are there."""
        if not identifiers:
            return {}

        def work(connection: sqlite3.Connection) -> dict[str, Item]:
            found = {}
            for identifier in dict.fromkeys(identifiers):
                row = connection.execute(
                    "SELECT items.body FROM items JOIN responses ON responses.id = items.response"
                    " WHERE items.id=? AND scope=? AND used>=? LIMIT 1",
                    (identifier, scope, self._clock() - self._seconds),
                ).fetchone()
                if row is not None:
                    found[identifier] = _item.decode(row[0])
            return found

        return await self._do(work)

    # ---- responses in the making ----

    async def progress(self, identifier: str, events: Sequence[bytes], first: int) -> bool:
        """Add events and stay alive. Whether to go on: not where the response was cancelled or deleted."""

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT cancelled FROM responses WHERE id=?", (identifier,)).fetchone()
            if row is None:
                return False
            _add_events(connection, identifier, events, first)
            connection.execute(
                "UPDATE responses SET lease=?, used=?, size=size+? WHERE id=?",
                (self._clock() + LEASE_SECONDS, self._clock(), sum(map(len, events)), identifier),
            )
            return not row[0]

        return await self._do(work)

    async def cancel(self, identifier: str) -> None:
        """Ask the process that makes the response to stop."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE responses SET cancelled=1 WHERE id=?", (identifier,))

        await self._do(work)

    async def events(self, identifier: str, start: int) -> list[bytes]:
        """The kept events from number `start` on."""

        def work(connection: sqlite3.Connection) -> list[bytes]:
            rows = connection.execute(
                "SELECT first, body FROM events WHERE response=? AND first+count>? ORDER BY first", (identifier, start)
            )
            numbered = [(first + at, event) for first, body in rows for at, event in enumerate(_split(body))]
            return [event for number, event in numbered if number >= start]

        return await self._do(work)

    # ---- inside ----

    async def close(self) -> None:
        def work() -> None:
            if self._connection is not None:
                self._connection.close()

        await asyncio.get_running_loop().run_in_executor(self._executor, work)
        self._executor.shutdown()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def run() -> T:
            if self._connection is None:
                self._connection = self._opened()
            with _transaction(self._connection):
                return work(self._connection)

        return await asyncio.get_running_loop().run_in_executor(self._executor, run)

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA auto_vacuum=FULL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        with _transaction(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise ConfigError(f"{self._path} was written by another version of this server.")
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        return connection

    def _load(self, connection: sqlite3.Connection, identifier: str, scope: str) -> Response | None:
        now = self._clock()
        row = connection.execute(
            "SELECT body, lease FROM responses WHERE id=? AND scope=? AND used>=?",
            (identifier, scope, now - self._seconds),
        ).fetchone()
        if row is None:
            return None
        body, lease = row
        connection.execute("UPDATE responses SET used=? WHERE id=?", (now, identifier))
        rows = connection.execute("SELECT body FROM items WHERE response=? AND made ORDER BY place", (identifier,))
        output = [_item.decode(each) for (each,) in rows]
        response = _response.decode(body)
        response.output = output  # type: ignore[assignment]
        if lease is not None and lease < now:
            return _abandoned(connection, response)
        return response

    def _trim(self, connection: sqlite3.Connection, now: float) -> None:
        connection.execute("DELETE FROM responses WHERE used<?", (now - self._seconds,))
        (size,) = connection.execute("SELECT coalesce(sum(size), 0) FROM responses").fetchone()
        if size <= self._capacity:
            return
        for identifier, each in connection.execute("SELECT id, size FROM responses ORDER BY used").fetchall():
            if size <= self._capacity:
                return
            connection.execute("DELETE FROM responses WHERE id=?", (identifier,))
            size -= each


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _add_events(connection: sqlite3.Connection, identifier: str, events: Sequence[bytes], first: int) -> None:
    if events:
        connection.execute("INSERT INTO events VALUES (?,?,?,?)", (identifier, first, len(events), b"".join(events)))


def _split(body: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in body.split(b"\n\n")[:-1]]


def _abandoned(connection: sqlite3.Connection, response: Response) -> Response:
    """The response whose maker has died, from now on a failed one."""
    failure = Failure("server_error", "The server stopped before this response was finished.")
    failed = msgspec.structs.replace(response, status="failed", error=failure)
    (count,) = connection.execute(
        "SELECT coalesce(max(first + count), 0) FROM events WHERE response=?", (response.id,)
    ).fetchone()
    _add_events(connection, response.id, [to_sse(Failed(sequence_number=count, response=failed))], count)
    connection.execute(
        "UPDATE responses SET status='failed', lease=NULL, body=? WHERE id=?",
        (_encode(msgspec.structs.replace(failed, output=[])), response.id),
    )
    return failed
