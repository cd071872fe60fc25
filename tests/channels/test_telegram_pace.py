"""How fast a chat is written to: never more than the platform allows, and no slower than that."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.pace import Pace
from tests.peers.telegram.rates import Limits, RateWatch

PERSON, GROUP = "5000", "-1001"
_GAPS = st.lists(st.floats(0, 4), min_size=1, max_size=60)


def written(chat: str, gaps: list[float], patience: float = 1000.0) -> list[float]:
    """When messages go that are wanted with these gaps between them."""
    pace, now, times = Pace(), 0.0, []
    for gap in gaps:
        now += gap
        wait = pace.reserve(chat, now, patience)
        if wait <= patience:
            times.append(now + wait)
    return times


def most_within(times: list[float], span: float) -> int:
    return max(sum(start <= time < start + span for time in times) for start in times)


@given(_GAPS)
def test_a_group_gets_one_a_second_and_twenty_a_minute(gaps: list[float]) -> None:
    times = written(GROUP, gaps)
    assert most_within(times, 1.0) == 1
    assert most_within(times, 60.0) <= 20


@given(_GAPS)
def test_a_person_gets_one_a_second_but_for_short_bursts(gaps: list[float]) -> None:
    assert most_within(written(PERSON, gaps), 3.0) <= 3


@given(_GAPS)
def test_the_peer_that_watches_the_limits_has_nothing_to_say(gaps: list[float]) -> None:
    times = written(GROUP, gaps)
    left = iter(times)
    watch = RateWatch(strict=True, limits=Limits(), clock=lambda: next(left))
    for _ in times:
        watch.sent("sendMessage", int(GROUP))
    assert watch.violations == []


def test_nobody_waits_without_need() -> None:
    assert written(GROUP, [0, 2, 2, 2]) == [0, 2, 4, 6]
    assert written(PERSON, [0, 0, 0]) == [0, 0, 0]
    assert 3 <= written(PERSON, [0, 0, 0, 0])[-1] < 3.2


def test_a_wait_that_is_too_long_takes_no_place() -> None:
    pace = Pace()
    assert pace.reserve(GROUP, 0, 1.5) == 0
    assert 1 <= pace.reserve(GROUP, 0, 1.5) < 1.2
    assert pace.reserve(GROUP, 0, 1.5) > 2, "goes back to the outbox"
    assert pace.reserve(GROUP, 2.2, 1.5) == 0, "and left its place to the next"


def test_chats_do_not_wait_for_each_other() -> None:
    pace = Pace()
    assert [pace.reserve(f"-{number}", 0, 0) for number in range(500)] == [0] * 500
    pace.reserve(PERSON, 1000, 0)
    assert pace.reserve("-1", 1000, 0) == 0
