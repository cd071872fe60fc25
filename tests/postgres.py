"""A private PostgreSQL cluster for tests: on a free loopback port, in a folder that goes away with it."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

USER = "fawen"
# Tests that survive a power cut are not about PostgreSQL's own flushing. Its zone is not UTC on purpose.
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "timezone=Asia/Shanghai")
_TRIES = 3


class Missing(Exception):
    """PostgreSQL's programs are not installed."""


class Cluster:
    """Starts on entering, stops and removes everything on leaving."""

    def __init__(self) -> None:
        self._bin = _programs()
        # PostgreSQL refuses to run as root.
        self._become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._password = secrets.token_hex(16)
        self._port = 0
        self._count = 0

    def __enter__(self) -> Self:
        # Not in the private folder of pytest, which PostgreSQL's own user cannot enter.
        self._folder = Path(tempfile.mkdtemp(prefix="fawen-pg-", dir="/tmp"))
        self._warden = self._watch()
        try:
            self._initialize()
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def create_database(self) -> str:
        """A new empty database; returns its address for SQLAlchemy."""
        self._count += 1
        name = f"fawen_{self._count}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self._address(name).replace("postgresql://", "postgresql+psycopg://")

    def _address(self, name: str) -> str:
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/{name}"

    def _initialize(self) -> None:
        word = self._folder / "word"
        word.write_text(self._password)
        if os.geteuid() == 0:
            for path in (self._folder, word):
                shutil.chown(path, "postgres", "postgres")
        options = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={word}", "--encoding=UTF8", "--no-locale"]
        self._run("initdb", f"--pgdata={self._folder / 'data'}", *options, "--no-sync")

    def _start(self) -> None:
        for last in range(_TRIES):
            self._port = _free_port()
            listen = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
            settings = " ".join(f"-c {setting}" for setting in _FAST)
            try:
                data, log = f"--pgdata={self._folder / 'data'}", f"--log={self._folder / 'log'}"
                self._run("pg_ctl", "start", data, "--wait", log, f"--options={listen} {settings}")
            except subprocess.CalledProcessError:
                if last == _TRIES - 1:
                    raise
            else:
                return

    def _watch(self) -> subprocess.Popen[bytes]:
        """Stops and removes the cluster when its input ends, which it does however the tests end."""
        stop = [*self._become, str(self._bin / "pg_ctl"), "stop", "--mode=immediate", f"--pgdata={self._folder}/data"]
        arguments = ["sh", "-c", 'read -r _; "$@"; rm -rf "$0"', str(self._folder), *stop]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, cwd="/", start_new_session=True
        )

    def _remove(self) -> None:
        self._warden.communicate()

    def _run(self, program: str, *arguments: str) -> None:
        with (self._folder / "output").open("ab") as output:
            command = [*self._become, str(self._bin / program), *arguments]
            subprocess.run(command, check=True, cwd="/", stdout=output, stderr=output)


def _programs() -> Path:
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*newest_first, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise Missing("PostgreSQL is not installed (no initdb under /usr/lib/postgresql or on PATH)")


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
