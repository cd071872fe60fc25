"""The service and its peers as processes of their own, and what they cost."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[2]
FAWEN = Path(sys.executable).with_name("fawen")
PATIENCE = 60.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A process that serves HTTP on loopback; `said` is the line with its address."""

    pid: int
    port: int
    said: str = ""

    @property
    def cpu(self) -> float:
        """Processor seconds used so far."""
        used = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> float:
        """Megabytes (2**20) in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def served(arguments: Sequence[str | Path], settings: Mapping[str, str], folder: Path) -> Iterator[Served]:
    """Start a program, wait for the line that tells its address, and stop it at the end."""
    with (folder / "errors.log").open("a") as errors, _started(arguments, settings, folder, errors.fileno()) as process:
        impatience = threading.Timer(PATIENCE, process.kill)
        impatience.start()
        assert process.stdout is not None
        line = next((line for line in process.stdout if _ADDRESS.search(line)), "")
        impatience.cancel()
        found = _ADDRESS.search(line)
        if found is None:
            raise RuntimeError(f"{arguments} did not start:\n{(folder / 'errors.log').read_text()[-3000:]}")
        yield Served(process.pid, int(found[1]), line)


def fawen(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> AbstractContextManager[Served]:
    """`fawen run` with its data in `folder`."""
    return served([FAWEN, "run"], {**bot_settings(folder), **settings}, folder)


def bot_settings(folder: Path) -> dict[str, str]:
    """The environment of a service that keeps its data in `folder` and takes any free port."""
    return {"FAWEN__SERVICE__DATA_DIR": str(folder), "FAWEN__WEB__PORT": "0"}


def seconds_to_ready(folder: Path) -> tuple[float, float]:
    """Start `fawen run`, wait for /readyz to say 200, and stop it: seconds, and megabytes in memory by then."""
    port = _free_port()
    settings = bot_settings(folder) | {"FAWEN__WEB__PORT": str(port)}
    with (folder / "errors.log").open("a") as errors:
        began = time.perf_counter()
        with _started([FAWEN, "run"], settings, folder, errors.fileno()) as process:
            while not _is_ready(port):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"fawen run did not start: {(folder / 'errors.log').read_text()[-3000:]}")
                time.sleep(0.005)
            return time.perf_counter() - began, Served(process.pid, port).resident


@contextmanager
def _started(
    arguments: Sequence[str | Path], settings: Mapping[str, str], folder: Path, errors: int
) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAWEN")}
    environment |= {"PYTHONPATH": str(ROOT), **settings}
    with subprocess.Popen(
        list(map(str, arguments)), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
