"""Faults on demand, by endpoint path (wecom.md 9.10)."""

import threading
from dataclasses import dataclass
from enum import Enum

ANY = "*"
"""Stands for every path."""


class FaultKind(Enum):
    """What goes wrong."""

    ERRCODE = "errcode"
    STATUS = "status"
    SLOW = "slow"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"


@dataclass
class Fault:
    """A fault for the next `times` calls of `path`; with `after_work` the work is done and then denied."""

    path: str
    kind: FaultKind
    times: int
    errcode: int = 0
    status: int = 0
    seconds: float = 0.0
    after_work: bool = False


class Faults:
    """The faults that wait; paths are as in ``kf/send_msg``, `ANY` fits all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def _add(self, fault: Fault) -> None:
        if fault.times < 1:
            raise ValueError("times must be at least 1")
        with self._lock:
            self._waiting.append(fault)

    def errcode(self, path: str, errcode: int, times: int = 1, *, after_work: bool = False) -> None:
        """Answer `errcode` (-1, 45009, 45033, 60020, 42001, ...) to the next calls."""
        self._add(Fault(path, FaultKind.ERRCODE, times, errcode=errcode, after_work=after_work))

    def status(self, path: str, status: int = 502, times: int = 1) -> None:
        """Answer an HTML page with this HTTP status, as a gateway does."""
        self._add(Fault(path, FaultKind.STATUS, times, status=status))

    def slow(self, path: str, seconds: float, times: int = 1) -> None:
        """Do the work, send half of the body, and the rest after `seconds` of real time."""
        self._add(Fault(path, FaultKind.SLOW, times, seconds=seconds))

    def reset_before(self, path: str, times: int = 1) -> None:
        """Reset the connection without doing the work."""
        self._add(Fault(path, FaultKind.RESET_BEFORE, times))

    def reset_after(self, path: str, times: int = 1) -> None:
        """Do the work, then reset the connection: only idempotent clients survive this."""
        self._add(Fault(path, FaultKind.RESET_AFTER, times))

    def add(self, kind: str, path: str, times: int = 1, *, errcode: int = -1, seconds: float = 1.0) -> None:
        """A fault by the name of its kind, for the control interface; a status goes in `errcode`."""
        wanted = FaultKind(kind)
        status = errcode if errcode > 0 else 502
        self._add(Fault(path, wanted, times, errcode=errcode, status=status, seconds=seconds))

    def take(self, path: str) -> Fault | None:
        """The next fault for a call of `path`, used up once."""
        with self._lock:
            for fault in self._waiting:
                if fault.path in (path, ANY):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> int:
        """How many calls are still to fail."""
        with self._lock:
            return sum(fault.times for fault in self._waiting)
