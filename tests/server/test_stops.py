from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harmonium.server.stops import StopFinder

TEXT = st.text(alphabet="ab<|柏", max_size=40)
STOPS = st.lists(st.text(alphabet="ab<|柏", min_size=1, max_size=5), min_size=1, max_size=4).map(tuple)


def plainly(text: str, stops: tuple[str, ...], keep: bool) -> tuple[str, str | None]:
    """Character by character: the first moment at which the text so far ends with a stop string."""
    for end in range(1, len(text) + 1):
        matching = [stop for stop in stops if text[:end].endswith(stop)]
        if matching:
            longest = max(matching, key=len)
            return text[: end if keep else end - len(longest)], longest
    return text, None


@given(TEXT, STOPS, st.booleans(), st.data())
def test_stop_strings_are_found_wherever_the_text_is_cut(
    text: str, stops: tuple[str, ...], keep: bool, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    finder = StopFinder(stops, keep)
    shown = ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        shown += finder.feed(text[start:end])
        wanted, found = plainly(text[:end], stops, keep)
        assert wanted.startswith(shown), "what is shown is never taken back"
        held = wanted[len(shown) :]
        assert found is not None or not held or any(stop.startswith(held) for stop in stops), "held without need"
    assert (shown + finder.flush(), finder.found) == plainly(text, stops, keep)


def test_without_stop_strings_text_passes() -> None:
    finder = StopFinder(())
    assert finder.feed("abc") == "abc"
    assert finder.flush() == ""
