"""Webhook delivery: one update after the other, again and again until the bot takes it."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from .updates import Pending, UpdateQueue

_MAX_DELAY = 60.0


@dataclass(frozen=True)
class Webhook:
    """Where updates go, as set by the bot."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""


@dataclass(frozen=True)
class Delivery:
    """One attempt: ``status`` is what the bot answered, None when it did not answer."""

    update_id: int
    attempt: int
    status: int | None
    error: str
    at: float


@dataclass(frozen=True)
class DeliveryOptions:
    """How the peer differs from the real server.

    ``time_scale`` shortens the waiting between attempts, ``timeout`` is the patience for one answer in real
    seconds, ``parallel`` sends different chats at the same time (as the real server does; the default keeps
    one strict order), ``deliver_to`` replaces scheme, host and port of the address that the bot registered.
    """

    time_scale: float = 0.01
    timeout: float = 5.0
    parallel: bool = False
    deliver_to: str = ""

    def target(self, url: str) -> str:
        if not self.deliver_to:
            return url
        base, wanted = urlsplit(self.deliver_to), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, wanted.path, wanted.query, ""))


@dataclass
class WebhookSender:
    """Sends what is pending while a webhook is set."""

    queue: UpdateQueue
    options: DeliveryOptions
    on_method: Callable[[dict[str, Any]], Awaitable[None]]
    webhook: Webhook | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    last_error: tuple[int, str] | None = None
    _busy: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _client: httpx.AsyncClient | None = None

    async def set(self, webhook: Webhook | None) -> None:
        await self.pause()
        self.last_error = None
        self.webhook = webhook
        self.resume()

    def resume(self) -> None:
        """Deliver again; needs a running loop."""
        if self.webhook is not None:
            # trust_env: a proxy from the environment must never see what belongs on loopback.
            self._client = httpx.AsyncClient(timeout=self.options.timeout, trust_env=False)
            self.pump()

    async def pause(self) -> None:
        """Stop delivering; what is under way counts as not delivered."""
        tasks = list(self._busy.values())
        self._busy.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def pump(self) -> None:
        """Start what may start: one update at a time per lane, lanes up to ``max_connections``."""
        if self.webhook is None or self._client is None:
            return
        most = self.webhook.max_connections if self.options.parallel else 1
        for item in self.queue.pending:
            if len(self._busy) >= most:
                return
            lane = item.chat_id if self.options.parallel else 0
            if lane not in self._busy:
                self._busy[lane] = asyncio.create_task(self._deliver(item, lane, self.webhook, self._client))

    async def _deliver(self, item: Pending, lane: int, webhook: Webhook, client: httpx.AsyncClient) -> None:
        delay, attempt = 1.0, 1
        while (wait := await self._attempt(item, attempt, webhook, client)) is not None:
            # As in the real server: the first repetition comes at once, then after 2, 4, 8 … seconds.
            if attempt > 1:
                delay = min(_MAX_DELAY, delay * 2)
            pause = wait or (delay if attempt > 1 else 0.0)
            attempt += 1
            await asyncio.sleep(pause * self.options.time_scale)
        self.queue.done(item)
        del self._busy[lane]
        self.pump()

    async def _attempt(self, item: Pending, attempt: int, webhook: Webhook, client: httpx.AsyncClient) -> float | None:
        """None when the bot took it, otherwise the seconds it asked to wait (0: it did not say)."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            answer = await client.post(self.options.target(webhook.url), json=item.update, headers=headers)
        except httpx.TimeoutException:
            return self._failed(item, attempt, None, "Read timeout expired")
        except httpx.TransportError as error:
            return self._failed(item, attempt, None, f"Connection failed: {type(error).__name__}")
        if not answer.is_success:
            text = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
            self._failed(item, attempt, answer.status_code, text)
            asked = answer.headers.get("retry-after", "")
            return float(asked) if asked.isdigit() else 0.0
        self.deliveries.append(Delivery(item.update_id, attempt, answer.status_code, "", time.monotonic()))
        await self._obey(answer)
        return None

    def _failed(self, item: Pending, attempt: int, status: int | None, error: str) -> float:
        self.deliveries.append(Delivery(item.update_id, attempt, status, error, time.monotonic()))
        self.last_error = (int(time.time()), error)
        return 0.0

    async def _obey(self, answer: httpx.Response) -> None:
        """A bot may put one method into its answer; the real server calls it and ignores what comes of it."""
        with contextlib.suppress(ValueError):
            body = answer.json()
            if isinstance(body, dict) and isinstance(body.get("method"), str):
                await self.on_method(body)
