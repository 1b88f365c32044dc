"""Stop strings, found in text that arrives in pieces cut anywhere."""

from __future__ import annotations


class StopFinder:
    """Passes text on until one of `stops` is complete; what might yet become one is held back.

    The stop string that is complete first wins, the longest of those that end together: the result does not depend on
    how the text was cut.
    """

    def __init__(self, stops: tuple[str, ...], keep: bool = False) -> None:
        self.found: str | None = None
        self._stops = stops
        self._keep = keep
        self._held = ""

    def feed(self, text: str) -> str:
        """The text that may be shown now that `text` has come. Nothing more comes after `found`."""
        if not self._stops:
            return text
        if self.found is not None:
            return ""
        self._held += text
        ends = [(at + len(stop), at, stop) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            end, at, self.found = min(ends)
            shown, self._held = self._held[: end if self._keep else at], ""
            return shown
        keep = max(map(self._overlap, self._stops))
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def flush(self) -> str:
        """What was held back, once no more text can come."""
        shown, self._held = self._held, ""
        return shown

    def _overlap(self, stop: str) -> int:
        """Length of the longest proper prefix of `stop` that the held text ends with."""
        held = self._held
        at = held.find(stop[0], max(0, len(held) - len(stop) + 1))
        while at >= 0:
            if stop.startswith(held[at:]):
                return len(held) - at
            at = held.find(stop[0], at + 1)
        return 0
