"""Responses that are made whether or not anybody listens, and the ways to listen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from harmonium.errors import EngineUnavailable
from harmonium.server.answer import Update
from harmonium.server.edge import as_error
from harmonium.server.responses.emitter import Emitter
from harmonium.server.responses.store import Store
from harmonium.server.responses.wire import ENDED, AnyEvent, Item, to_sse
from harmonium.server.service import Service

logger = logging.getLogger("harmonium.server")

SAVE_SECONDS: Final = 0.5
"""How often the events of a response in the making are saved, and its cancellation by other processes is seen."""

POLL_SECONDS: Final = 0.2
"""How often a response that another process makes is looked at."""


class Run:
    """One response in the making. `events` are those that listeners may see; the first `saved` of them are kept. The
    `last` ones are shown once they are kept."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.events: list[bytes] = []
        self.saved = 0
        self.last: list[AnyEvent] = []
        self.ended = False
        self.cancelled = False
        self.work: asyncio.Task[None] | None = None
        self.keeper: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def add(self, events: Sequence[AnyEvent], *, end: bool = False) -> None:
        self.events += map(to_sse, events)
        self.ended = self.ended or end
        self._changed.set()
        self._changed = asyncio.Event()

    def cancel(self) -> None:
        """The client gives the response up."""
        self.cancelled = True
        if self.work is not None:
            self.work.cancel()

    async def follow(self, start: int) -> AsyncGenerator[bytes, None]:
        """The events from number `start` on, those to come as they come."""
        while True:
            if start < len(self.events):
                fresh = self.events[start:]
                start += len(fresh)
                yield b"".join(fresh)
            elif self.ended:
                return
            else:
                await self._changed.wait()


class Background:
    """The responses that this process makes in the background, by their ids."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self.runs: dict[str, Run] = {}

    async def start(
        self, emitter: Emitter, updates: AsyncGenerator[Update, None], scope: str, inputs: list[Item]
    ) -> Run:
        """Returns once the response is kept as queued."""
        run = Run(emitter)
        response = emitter.response
        run.add(emitter.queue())
        await self._store.save(response, scope, inputs, events=run.events, first=0)
        run.saved = len(run.events)
        self.runs[response.id] = run
        run.work = asyncio.create_task(self._work(run, updates))
        run.keeper = asyncio.create_task(self._keep(run, run.work, scope, inputs))
        return run

    async def close(self) -> None:
        """End everything that is in the making; it is kept as failed."""
        runs = list(self.runs.values())
        for run in runs:
            if run.work is not None:
                run.work.cancel()
        await asyncio.gather(*(run.keeper for run in runs if run.keeper is not None))

    async def follow(self, identifier: str, scope: str, start: int) -> AsyncGenerator[bytes, None]:
        """The events of a response from number `start` on, wherever it is made."""
        run = self.runs.get(identifier)
        if run is not None:
            async with aclosing(run.follow(start)) as events:
                async for event in events:
                    yield event
            return
        while True:
            # Looked at first: what has ended has all its events.
            response = await self._store.load(identifier, scope)
            fresh = await self._store.events(identifier, start)
            start += len(fresh)
            if fresh:
                yield b"".join(fresh)
            if response is None or response.status in ENDED:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def cancel(self, identifier: str) -> None:
        """Returns when the response has ended, or is left to the process that makes it."""
        run = self.runs.get(identifier)
        if run is None:
            await self._store.cancel(identifier)
        else:
            run.cancel()
            assert run.keeper is not None
            await asyncio.shield(run.keeper)

    async def _work(self, run: Run, updates: AsyncGenerator[Update, None]) -> None:
        with self._service.admission():
            run.add(run.emitter.begin())
            async with aclosing(updates):
                async for update in updates:
                    self._take(run, update)

    @staticmethod
    def _take(run: Run, update: Update) -> None:
        if update.finish is None:
            run.add(run.emitter.events(update))
        else:
            run.last = run.emitter.events(update)

    async def _keep(self, run: Run, work: asyncio.Task[None], scope: str, inputs: list[Item]) -> None:
        """Never cancelled, so that the end of the response is always written down."""
        emitter = run.emitter
        identifier = emitter.response.id
        try:
            while not (await asyncio.wait((work,), timeout=SAVE_SECONDS))[0]:
                fresh = run.events[run.saved :]
                going = await self._store.progress(identifier, fresh, run.saved)
                run.saved += len(fresh)
                if not going:
                    run.cancel()
        except Exception:
            logger.exception("response %s could not be kept", identifier)
            await asyncio.wait((work,))
        if emitter.response.status == "queued":
            run.add(emitter.begin())
        last = run.last or self._end(run, work)
        try:
            events = [*run.events[run.saved :], *map(to_sse, last)]
            await self._store.save(emitter.response, scope, inputs, events=events, first=run.saved, known=True)
        except Exception:
            logger.exception("response %s could not be kept", identifier)
        run.add(last, end=True)
        del self.runs[identifier]

    @staticmethod
    def _end(run: Run, work: asyncio.Task[None]) -> list[AnyEvent]:
        """The end of a response whose work did not come to its own."""
        if run.cancelled:
            return run.emitter.cancel()
        if work.cancelled():
            return run.emitter.fail(EngineUnavailable("The server was shut down before this response was finished."))
        error = work.exception()
        assert isinstance(error, Exception), "work ends in a last update, a cancellation, or an exception"
        shown = as_error(error)
        if shown is not error:
            logger.error("a response in the background failed", exc_info=error)
        return run.emitter.fail(shown)
