"""The date in the system message. It stands at the head of every prompt, so that a new day would empty every prefix
cache in the middle of conversations: a conversation keeps the date of its first request, for a day at most.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

REMEMBERED: Final = 65_536
KEPT: Final = timedelta(hours=24)


class Dates:
    """Remembers, for a bounded number of conversations, the date on which each began."""

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        self._now = now
        self._begun: OrderedDict[bytes, datetime] = OrderedDict()

    def of(self, beginning: str) -> str:
        """The date, YYYY-MM-DD, of the conversation whose first messages are `beginning`."""
        key = sha256(beginning.encode(errors="surrogatepass")).digest()
        now = self._now()
        begun = self._begun.get(key)
        if begun is None or now - begun > KEPT:
            self._begun[key] = begun = now
            self._begun.move_to_end(key)
            if len(self._begun) > REMEMBERED:
                self._begun.popitem(last=False)
        return begun.strftime("%Y-%m-%d")
