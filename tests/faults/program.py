"""The service as a process of its own, which can be killed at any moment."""

import json
import os
import re
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from knowledge.load import packaged_folder
from tests.forked import Forked
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer

Sections = Mapping[str, Mapping[str, Any]]
_ADDRESS = re.compile(r"居民网页\s+(http://\S+?)/?\s*\n")
_START_SECONDS = 60.0
_ROOT = Path(__file__).parents[2]


class Program:
    """`fawen run` with a settings file; leaving the block kills it.

    `listening` is told of its address each time it is up.
    """

    def __init__(self, folder: Path, sections: Sections, listening: Callable[[str], None] = lambda _: None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "config.toml"
        self._config.write_text(_toml(sections), "utf-8")
        self._listening = listening
        self._process: Forked | None = None
        self._reader: threading.Thread | None = None
        self._up = threading.Event()
        self._log_file = folder / "log"
        self.base_url = "http://127.0.0.1:9"  # the discard port: nobody listens
        self.starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What all processes so far wrote to their error stream."""
        return self._log_file.read_text("utf-8", errors="replace") if self._log_file.exists() else ""

    def start(self) -> None:
        """Begin to start; see `wait_until_up`."""
        self._up.clear()
        self.starts += 1
        out = self._log_file.with_name(f"out{self.starts}")
        out.touch()
        self._process = Forked(["--config", str(self._config), "run"], _ROOT, out=out, errors=self._log_file)
        self._reader = threading.Thread(target=self._look_for_address, args=(self._process, out), name="program")
        self._reader.start()

    def wait_until_up(self, seconds: float = _START_SECONDS) -> None:
        """Until it listens."""
        deadline = time.monotonic() + seconds
        while not self._up.wait(0.05):
            assert self._process is not None
            assert self._process.code is None, f"the program ended by itself:\n{self.log[-3000:]}"
            assert time.monotonic() < deadline, f"the program did not start:\n{self.log[-3000:]}"

    def kill(self) -> None:
        """SIGKILL: no handler, no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as a service manager stops it; returns the exit code."""
        return self._end(signal.SIGTERM)

    def limit_files(self, size: int | None) -> None:
        """No file may grow beyond this many bytes, as if the disk were full; None lifts it again."""
        soft = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))

    def metrics(self) -> dict[str, int]:
        """The numbers of /metrics."""
        lines = httpx.get(f"{self.base_url}/metrics", trust_env=False).raise_for_status().text.splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}

    def _look_for_address(self, process: Forked, out: Path) -> None:
        while process.code is None:
            found = _ADDRESS.search(out.read_text("utf-8"))
            if found is not None:
                self.base_url = found[1]
                self._listening(self.base_url)
                self._up.set()
                return
            time.sleep(0.02)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None or self._reader is None:
            return 0
        if self._process.code is None:
            os.kill(self._process.pid, number)
        code = self._process.wait(30)
        self._reader.join()
        self._process = self._reader = None
        return code


def sections_for(
    data_dir: Path,
    *peers: TelegramPeer | WeComPeer,
    knowledge: Path | None = None,
    more: Sections | None = None,
) -> dict[str, dict[str, Any]]:
    """The settings of a service that knows these peers, on a port that the system chooses."""
    sections: dict[str, dict[str, Any]] = {
        "service": {"data_dir": str(data_dir)},
        "web": {"port": 0},
        "knowledge": {"dir": str(knowledge) if knowledge else ""},
    }
    for peer in peers:
        if isinstance(peer, TelegramPeer):
            sections["telegram"] = {"enabled": True, "token": peer.token, "api_base": peer.base_url}
        else:
            sections["wecom"] = _wecom(peer)
    for name, values in (more or {}).items():
        sections[name] = {**sections.get(name, {}), **values}
    return sections


def small_knowledge(folder: Path) -> Path:
    """The packaged knowledge about work alone: thirty starts with all of it would take minutes."""
    shutil.copytree(packaged_folder(), folder)
    for file in (folder / "faq").glob("*.toml"):
        if file.stem != "labor":
            file.unlink()
    (folder / "outlines.toml").write_text("")
    return folder


def _wecom(peer: WeComPeer) -> dict[str, Any]:
    return {
        "enabled": True,
        "corp_id": peer.corp.corpid,
        "agent_id": peer.app.agentid,
        "secret": peer.app.secret,
        "token": peer.app.callback_token,
        "aes_key": peer.app.aes_key,
        "api_base": peer.base_url,
    }


def _toml(sections: Sections) -> str:
    """TOML's strings, numbers and lists are JSON's, as far as they are used here."""
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"
