"""A WeCom callback accepted durably, beside a route that only verifies and decrypts it."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.client import Load, as_fast_as_possible, at_rate, run
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.benchmarks.members import Corp, Writers
from tests.benchmarks.processes import Served, bot_settings, served
from tests.benchmarks.questions import answered

CONNECTIONS = 24
PER_SECOND = 200
LONGEST_DRAIN = 120.0
_REAL = ("accept", "working")


@contextmanager
def platform(folder: Path) -> Iterator[Corp]:
    """The WeCom peer in a process of its own."""
    with served([sys.executable, "-m", "tests.benchmarks.peer"], {}, folder) as peer:
        told = json.loads(peer.said)
        names = ("corp_id", "agent_id", "secret", "token", "aes_key", "base_url")
        yield Corp(**{name: told[name] for name in names})


def throughput(
    folder: Path,
    corp: Corp,
    *,
    rounds: int = 5,
    requests: int = 4000,
    parts: Sequence[str] = ("nothing", "bare", "accept", "working"),
) -> list[Figure]:
    """As many callbacks as go through, the parts by turns; ratios to `bare`, which only verifies and decrypts."""
    writers = Writers(corp, answered(200))
    seen: dict[str, list[tuple[Load, float]]] = {name: [] for name in parts}
    with ExitStack() as stack:
        running = {name: stack.enter_context(_part(name, folder, corp)) for name in parts}
        for name in parts:
            run(as_fast_as_possible(running[name].port, writers.requests(200), CONNECTIONS))  # warm
            _drain(folder / name)
        for _ in range(rounds):
            for name in parts:
                seen[name].append(_one_round(running[name], writers.requests(requests)))
                _drain(folder / name)
    return [*(_rate(name, seen[name]) for name in parts), *(_ratio(name, seen) for name in _REAL if name in parts)]


def latency(bot: Served, folder: Path, corp: Corp, *, seconds: float = 15) -> list[Figure]:
    """200 callbacks a second, on time, to the whole service: it answers them and sends replies meanwhile."""
    requests = Writers(corp, answered(200)).requests(round(PER_SECOND * seconds))
    cpu = bot.cpu
    load = run(at_rate(bot.port, requests, PER_SECOND, 64)).only(200)
    cpu = bot.cpu - cpu
    behind = _waiting(folder)
    note = f"server {cpu / load.took:.0%} of a processor, client {load.busy:.0%}"
    return [
        Figure(f"whole service, {PER_SECOND}/s: p50", load.milliseconds(0.5), "ms", note=note),
        at_most(f"whole service, {PER_SECOND}/s: p99", load.milliseconds(0.99), 50, "ms"),
        Figure("slowest", load.milliseconds(1), "ms"),
        Figure("accepted and not yet handled at the end", behind, note=f"of {len(requests)}"),
        Figure("worked off after", _drain(folder), "s"),
    ]


@contextmanager
def _part(name: str, folder: Path, corp: Corp) -> Iterator[Served]:
    data = folder / name
    data.mkdir()
    arguments = [sys.executable, "-m", f"tests.benchmarks.{'real' if name in _REAL else 'bare'}", name]
    with served(arguments, corp.settings() | bot_settings(data), data) as part:
        yield part


def _one_round(server: Served, requests: Sequence[bytes]) -> tuple[Load, float]:
    cpu = server.cpu
    load = run(as_fast_as_possible(server.port, requests, CONNECTIONS)).only(200)
    return load, server.cpu - cpu


def _rate(name: str, rounds: Sequence[tuple[Load, float]]) -> Figure:
    rates = [load.rate for load, _ in rounds]
    cost = median(cpu / len(load.seconds) for load, cpu in rounds) * 1e6
    busy = median(cpu / load.took for load, cpu in rounds)
    client = median(load.busy for load, _ in rounds)
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    note = f"{spread}; {cost:,.0f} us of processor each; server {busy:.0%}, client {client:.0%}"
    return Figure(name, median(rates), "/s", note=note)


def _ratio(name: str, seen: dict[str, list[tuple[Load, float]]]) -> Figure:
    pairs = list(zip(seen[name], seen["bare"], strict=True))
    ratios = [load.rate / bare.rate for (load, _), (bare, _) in pairs]
    cost = median(bare_cpu / cpu for (_, cpu), (_, bare_cpu) in pairs)
    note = f"{min(ratios):.2f} to {max(ratios):.2f}; by processor time {cost:.2f}"
    if name == "accept":
        return at_least(f"{name} / bare", median(ratios), 0.5, note=note)
    return Figure(f"{name} / bare", median(ratios), "x", note=note)


def _drain(folder: Path) -> float:
    """Wait until the inbox is empty where somebody works on it; the seconds that took."""
    began = time.perf_counter()
    while folder.name != "accept" and _waiting(folder):
        if time.perf_counter() - began > LONGEST_DRAIN:
            raise RuntimeError(f"{_waiting(folder)} messages still wait after {LONGEST_DRAIN} s")
        time.sleep(0.1)
    return time.perf_counter() - began


def _waiting(folder: Path) -> int:
    file = folder / "fawen.db"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM inbox WHERE state = 'new'").fetchone()[0])
