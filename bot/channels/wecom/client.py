"""The WeCom API: wechatpy's client with its faults mended (wecom-libraries.md 1.3), called from threads of its own.

wechatpy is synchronous. In the event loop it would stop every conversation for as long as one answer takes.
"""

import asyncio
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import requests
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.channels.wecom.customer_service import CustomerService
from bot.channels.wecom.errors import BAD_TOKEN, CONFIGURATION, RATE, CallFailed

T = TypeVar("T")

OFFICIAL = "https://qyapi.weixin.qq.com/cgi-bin/"
TIMEOUT = (3, 8)  # seconds to connect, and between two pieces of an answer
THREADS = 8
EARLY = 300.0  # a token is renewed this long before its end
_IP = re.compile(r"from ip: *([0-9a-fA-F.:]+)")
# urllib3 would write each address with corpsecret or access_token where somebody turns on debug logging.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class WeComClient(WeChatClient):  # type: ignore[misc] # wechatpy publishes no types
    """One self-built app's access to the API; shared by both channels and safe to use from several threads.

    Every call raises CallFailed and nothing else; its text holds no token and no secret.
    """

    kf = CustomerService()

    def __init__(self, corp_id: str, secret: str, api_base: str, seconds: Callable[[], float] = time.monotonic) -> None:
        """`api_base` stands in for https://qyapi.weixin.qq.com; `seconds` never goes back."""
        self._base = f"{api_base.rstrip('/')}/cgi-bin/"
        self._seconds = seconds
        self._lock = threading.RLock()
        self._renew_at = 0.0
        self._fault: tuple[CallFailed, float] | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="wecom")
        super().__init__(corp_id, secret, timeout=TIMEOUT, auto_retry=False)

    async def ask(self, call: Callable[..., T], *args: Any, **more: Any) -> T:
        """Run one of this client's methods in a thread.

        Raises:
            CallFailed: the platform refused, or there is no knowing.
        """
        try:
            future = self._threads.submit(call, *args, **more)
        except RuntimeError as error:
            raise CallFailed(None, "the client is closed") from error
        return await asyncio.wrap_future(future)

    async def aclose(self) -> None:
        """Close without stopping the loop while calls under way end."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Wait for the calls under way, then let go of threads and connections."""
        self._threads.shutdown(cancel_futures=True)
        self._http.close()

    @property
    def access_token_key(self) -> str:
        """Wechatpy takes ten characters of the secret, so that two apps may share a key (wecom-libraries.md 1.3.5)."""
        return hashlib.sha256(f"{self.corp_id}\0{self.secret}".encode()).hexdigest()

    @property
    def access_token(self) -> str:
        """The token, fetched when it is missing or near its end; many threads fetch it once.

        Raises:
            CallFailed: there is none to be had.
        """
        with self._lock:
            token = self.session.get(self.access_token_key)
            if not token or self._seconds() >= self._renew_at:
                token = self.fetch_access_token()["access_token"]
            return str(token)

    def fetch_access_token(self) -> dict[str, Any]:
        """Fetch a token now.

        A refusal is remembered for a while: repeating a wrong secret gets the address banned for an hour (wecom.md 1).
        """
        with self._lock:
            if self._fault is not None and self._seconds() < self._fault[1]:
                raise CallFailed(self._fault[0].errcode, self._fault[0].text, self._fault[0].ip)
            try:
                query = {"corpid": self.corp_id, "corpsecret": self.secret}
                answer = self._call("get", "gettoken", params={**query, "access_token": None})
                token, lasts = str(answer["access_token"]), float(answer["expires_in"])
            except CallFailed as error:
                self._fault = error, self._seconds() + _pause_after(error)
                raise
            except (KeyError, TypeError, ValueError):
                # The answer itself is never shown: it may hold a token.
                raise CallFailed(None, "gettoken gave no token") from None
            self._fault = None
            self.session.set(self.access_token_key, token, lasts)
            # Near its end the platform gives the same token again, so the margin shrinks with it.
            self._renew_at = self._seconds() + lasts - min(EARLY, lasts / 2)
            return {"access_token": token}

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """One call with the token."""
        return self._renewing(lambda token: self._with_token(token, method, url_or_endpoint, kwargs))

    def streamed(self, endpoint: str, query: dict[str, str], read: Callable[[requests.Response], T]) -> T:
        """A call whose answer is no JSON: `read` takes it piece by piece, and raises CallFailed for a refusal in it."""

        def call(token: str) -> T:
            query_with_token = {**query, "access_token": token}
            try:
                with self._http.get(
                    self._base + endpoint, params=query_with_token, timeout=TIMEOUT, stream=True, allow_redirects=False
                ) as answer:
                    if answer.status_code != requests.codes.ok:
                        raise CallFailed(None, f"HTTP status {answer.status_code}")
                    return read(answer)
            except requests.RequestException as error:
                raise CallFailed(None, type(error).__name__) from None

        return self._renewing(call)

    def _renewing(self, call: Callable[[str], T]) -> T:
        """A call with the token; one that was taken away early is fetched anew, once (wecom.md 1)."""
        token = self.access_token
        try:
            return call(token)
        except CallFailed as error:
            if error.errcode not in BAD_TOKEN:
                raise
        with self._lock:
            # Of many calls that failed with one token only the first fetches another.
            if self.session.get(self.access_token_key) == token:
                self.session.delete(self.access_token_key)
        return call(self.access_token)

    def _with_token(self, token: str, method: str, endpoint: str, kwargs: dict[str, Any]) -> Any:
        return self._call(method, endpoint, **{**kwargs, "params": {**kwargs.get("params", {}), "access_token": token}})

    def _call(self, method: str, endpoint: str, **kwargs: Any) -> Any:
        """Wechatpy's request, with errors that can be shown: theirs hold addresses with secrets."""
        # Some of wechatpy's endpoints are absolute, which would go round a gateway (wecom-libraries.md 1.3.6).
        url = self._base + endpoint.removeprefix(OFFICIAL)
        try:
            answer = super()._request(method, url, allow_redirects=False, **kwargs)
        except WeChatClientException as error:
            if error.errcode is None:
                raise CallFailed(None, f"HTTP status {getattr(error.response, 'status_code', '?')}") from None
            raise self._refusal(error) from None
        except requests.RequestException as error:
            raise CallFailed(None, type(error).__name__) from None
        except (TypeError, ValueError):
            raise CallFailed(None, "an answer without sense") from None
        if not isinstance(answer, dict):
            raise CallFailed(None, "an answer that is not JSON")
        return answer

    def _refusal(self, error: WeChatClientException) -> CallFailed:
        message = str(error.errmsg)
        text = (
            message.split(", hint", maxsplit=1)[0].split(", from ip", maxsplit=1)[0].replace(self.secret, "***")[:100]
        )
        ip = _IP.search(message)
        return CallFailed(int(error.errcode), text, ip[1] if ip else None)


def _pause_after(error: CallFailed) -> float:
    if error.errcode in CONFIGURATION:
        return 300.0
    return 60.0 if error.errcode in RATE else 1.0
