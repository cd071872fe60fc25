"""The benchmarks run, on so little that their figures mean nothing: the bounds only catch what is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import callbacks, commits, desk, matching, queue, start, web
from tests.benchmarks.figures import Figure, quantile, table
from tests.benchmarks.members import Corp
from tests.benchmarks.processes import Served, fawen, seconds_to_ready


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def corp(folder: Path) -> Iterator[Corp]:
    with callbacks.platform(folder) as found:
        yield found


@pytest.fixture(scope="module")
def bot(folder: Path, corp: Corp) -> Iterator[Served]:
    with fawen(folder, corp.settings()) as running:
        yield running


def values(figures: list[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def test_callbacks_are_accepted_beside_a_bare_route(folder: Path, corp: Corp) -> None:
    found = values(callbacks.throughput(folder, corp, rounds=1, requests=200, parts=("bare", "accept")))
    assert found["bare"] > 100
    assert found["accept"] > 20
    assert 0.01 < found["accept / bare"] < 3


def test_callbacks_on_time_are_accepted_and_worked_off(bot: Served, folder: Path, corp: Corp) -> None:
    found = values(callbacks.latency(bot, folder, corp, seconds=0.25))
    assert 0 < found["whole service, 200/s: p50"] <= found["whole service, 200/s: p99"] < 5000


def test_web_questions_are_on_record_before_the_reply(bot: Served, folder: Path) -> None:
    found = values(web.latency(bot, folder, per_second=20, seconds=1))
    assert found["records when the reply came"] == found["records in all"] == 20
    assert found["20/s: p99"] < 5000


def test_memory_stays_within_reason(bot: Served) -> None:
    for megabytes in values(start.memory(bot, questions=20)).values():
        assert 30 < megabytes < 400


def test_the_queue_page_is_shown_to_who_signed_in(tmp_path: Path) -> None:
    queue.fill(tmp_path, 200)
    with fawen(tmp_path) as running:
        found = values(queue.latency(running, per_second=10, seconds=1, waiting=200))
    assert 0 < found["queue page, 200 wait, 10/s: p50"] <= found["queue page, 200 wait, 10/s: p99"] < 5000


def test_service_starts(tmp_path: Path) -> None:
    seconds, megabytes = seconds_to_ready(tmp_path)
    assert 0 < seconds < 30
    assert 30 < megabytes < 400


def test_commits_in_groups_are_faster(tmp_path: Path) -> None:
    found = values(commits.measure(tmp_path, rounds=1, messages=320))
    assert found["in groups / a commit each, 32 threads"] > 1


def test_racing_claims_are_answered(tmp_path: Path) -> None:
    found = values(desk.racing(tmp_path, rounds=2, racing=10))
    assert all(0 < value < 5000 for value in found.values())


def test_matching_takes_milliseconds() -> None:
    found = values(matching.measure(rounds=1, most=20))
    assert 0 < found["match: p50"] < 100


def test_quantiles_are_values_that_occurred() -> None:
    assert [quantile(range(1, 101), share) for share in (0.5, 0.99, 1)] == [50, 99, 100]
    assert quantile([7.0], 0.99) == 7.0


def test_a_missed_figure_is_said() -> None:
    told = table("title", [Figure("a", 3.0, "ms", "< 2", good=False), Figure("b", 1234.5, "/s")])
    assert [line.split() for line in told.strip().splitlines()] == [
        ["title"],
        ["a", "3", "ms", "<", "2", "MISSED"],
        ["b", "1,234", "/s"],
    ]
