from __future__ import annotations

from datetime import datetime, timedelta

from harmonium.server.dates import KEPT, REMEMBERED, Dates


def test_a_conversation_keeps_its_date_past_midnight_and_a_new_one_gets_todays() -> None:
    now = datetime(2026, 3, 31, 23, 59)
    dates = Dates(lambda: now)
    assert dates.of("one") == "2026-03-31"
    now += timedelta(minutes=2)
    assert dates.of("one") == "2026-03-31"
    assert dates.of("two") == "2026-04-01"


def test_no_date_is_older_than_a_day_however_often_it_is_asked_for() -> None:
    now = datetime(2026, 3, 31, 12)
    dates = Dates(lambda: now)
    for _ in range(72):
        given = datetime.strptime(dates.of("hello"), "%Y-%m-%d")
        assert now - given <= KEPT + timedelta(days=1)
        now += timedelta(hours=1)
    assert dates.of("hello") in ("2026-04-02", "2026-04-03")


def test_memory_is_bounded() -> None:
    dates = Dates(lambda: datetime(2026, 1, 1))
    for number in range(REMEMBERED + 10):
        dates.of(str(number))
    assert len(dates._begun) == REMEMBERED
