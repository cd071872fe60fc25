"""`fawen run`: every channel that the settings enable, with the scheduler and the sender, in one process."""

import asyncio
import logging
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from bot.app import App, build
from bot.channels.web import WebChannel
from bot.commands.common import ConfigOption, settings
from bot.commands.user import first_administrator
from bot.config import Settings

# Libraries put addresses with tokens into their messages.
_SECRETS = re.compile(r"((?:access_token|corpsecret|key|token|secret)=)[^&\s\"']+|(/bot\d+:)[\w-]+")
_QUIET = ("httpx", "httpcore", "urllib3", "apscheduler", "telegram", "uvicorn.error", "alembic")


def run(config: ConfigOption = None) -> None:
    """启动服务：网页、Telegram、企业微信（按设置），直到按 Ctrl+C。"""
    chosen = settings(config)
    set_up_logging()
    app = build(chosen)
    password = first_administrator(app.database)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(app, chosen, password))


async def _serve(app: App, chosen: Settings, password: str | None) -> None:
    server = _Server(app, chosen, password)
    await app.start()
    try:
        await server.serve()
    finally:
        await app.stop()


class _Server(uvicorn.Server):
    """Uvicorn that tells its addresses, and ends open streams before it waits for connections to close."""

    def __init__(self, app: App, chosen: Settings, password: str | None) -> None:
        """`password` is the first administrator's, to be told once."""
        super().__init__(
            uvicorn.Config(
                app.web,
                host=chosen.web.host,
                port=chosen.web.port,
                http="httptools",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._fawen = app
        self._chosen = chosen
        self._password = password

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal. Uvicorn raises it once more afterwards, which would cut off the stopping of the rest."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(_addresses(self._chosen, host, port, self._fawen, self._password), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        web = self._fawen.channels.get(WebChannel.name)
        if web is not None:
            await web.stop()
        self._fawen.console.stop()
        await super().shutdown(sockets)


def _addresses(chosen: Settings, host: str, port: int, app: App, password: str | None) -> str:
    here = f"http://{host}:{port}/"
    lines = [f"{chosen.service.name} 已启动，知识版本 {app.matcher.knowledge.version}"]
    if chosen.web.enabled:
        lines.append(f"  居民网页  {here}")
    lines.append(f"  工作台    {here}console/")
    if password is not None:
        lines.append(f"  第一次登录工作台：登录名 admin，一次性密码 {password}（只显示这一次，登录后要换）")
    lines += [f"  {name}" for name in app.channels if name != WebChannel.name]
    lines.append("  按 Ctrl+C 停止；fawen check 看哪里还要填")
    return "\n".join(lines)


def set_up_logging() -> None:
    """Log lines to the error stream, with every secret made unreadable."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # A faulty answer of Telegram is told by us in one line, there with a stack trace.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub(r"\1\2***", super().format(record))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return None
    return uvloop.Loop
