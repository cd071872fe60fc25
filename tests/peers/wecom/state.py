"""The server's whole memory, and the ways to furnish it before a test."""

import secrets
import string
import threading
from collections.abc import Iterable

from .clock import VirtualClock
from .errors import ApiError
from .kf_model import KfAccount, OneShotCode, Servicer, Session
from .limits import Windows
from .model import (
    AccessToken,
    App,
    AppMessage,
    Call,
    Corp,
    Media,
    Member,
    ResponseCode,
    SignInCode,
    Violation,
    Webhook,
)
from .rules import Rules

_ALPHABET = string.ascii_letters + string.digits


def random_id(prefix: str, length: int) -> str:
    """An id as long as the real ones, so that length bugs of a client show (wecom.md 10)."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length - len(prefix)))


def new_external_userid() -> str:
    """An id for one more resident, of the real form."""
    return random_id("wm", 32)


class State:
    """Everything the peer knows. Hold `lock` while reading or changing it from a test's thread."""

    def __init__(self, clock: VirtualClock, rules: Rules) -> None:
        self.clock = clock
        self.rules = rules
        self.lock = threading.RLock()
        self.corps: dict[str, Corp] = {}
        self.tokens: dict[str, AccessToken] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.media: dict[str, Media] = {}
        self.codes: dict[str, OneShotCode] = {}
        self.response_codes: dict[str, ResponseCode] = {}
        self.app_messages: dict[str, AppMessage] = {}
        self.sign_in_codes: dict[str, SignInCode] = {}
        self.visitor = ""
        self.trusted_domains: set[str] = set()
        self.sent_bodies: dict[str, float] = {}
        self.windows = Windows()
        self.banned_until = 0.0
        self.callback_ips = ["127.0.0.1", "101.226.103.*"]
        self.calls: list[Call] = []
        self.violations: list[Violation] = []

    def note(self, path: str, where: str, problem: str) -> None:
        """Record a violation."""
        with self.lock:
            self.violations.append(Violation(path, where, problem))

    def add_corp(self, corpid: str | None = None) -> Corp:
        """A new corp."""
        with self.lock:
            corp = Corp(corpid or random_id("ww", 18))
            self.corps[corp.corpid] = corp
            return corp

    def add_app(self, corp: Corp, agentid: int, secret: str | None = None) -> App:
        """A new self-built app with its own secret and callback keys."""
        with self.lock:
            app = App(
                corp.corpid,
                agentid,
                secret or random_id("", 43),
                callback_token=random_id("", 24),
                aes_key=random_id("", 42) + "A",
            )
            corp.apps[agentid] = app
            return app

    def add_members(self, corp: Corp, userids: Iterable[str]) -> None:
        """New members of the corp."""
        with self.lock:
            for userid in userids:
                corp.members[userid.lower()] = Member(userid)

    def add_kf_account(self, corp: Corp, name: str, open_kfid: str | None = None) -> KfAccount:
        """A new customer-service account, managed by API."""
        with self.lock:
            account = KfAccount(open_kfid or random_id("wk", 32), name)
            corp.accounts[account.open_kfid] = account
            return account

    def add_servicers(self, corp: Corp, account: KfAccount, userids: Iterable[str]) -> None:
        """Members who serve the account; they are on duty."""
        with self.lock:
            for userid in userids:
                corp.members.setdefault(userid.lower(), Member(userid))
                account.servicers[userid.lower()] = Servicer(userid)

    def add_webhook(self, key: str | None = None) -> Webhook:
        """A new group robot."""
        with self.lock:
            webhook = Webhook(key or secrets.token_hex(16))
            self.webhooks[webhook.key] = webhook
            return webhook

    def plan_pages(self, account: KfAccount, sizes: Iterable[int]) -> None:
        """Let the next sync_msg pages hold at most these numbers of items; 0 is an empty page with more."""
        with self.lock:
            account.page_plan.extend(sizes)

    def revoke_token(self, app: App, errcode: int = 40014) -> None:
        """Take the app's token away early; calls with it then get `errcode` (40014 or 42001, wecom.md 1)."""
        with self.lock:
            if app.token:
                app.token.refusal = errcode
                app.token = None

    def session(self, account: KfAccount, external_userid: str) -> Session:
        """The session of a resident who is known; 40096 otherwise."""
        session = account.sessions.get(external_userid)
        if session is None:
            raise ApiError(40096, "no such resident")
        return session

    def live_media(self, owner: str, media_id: str, kind: str | None = None) -> Media:
        """The media if it belongs to `owner`, is of the kind and not older than 3 days; 40007 otherwise."""
        media = self.media.get(media_id)
        if media is None or media.owner != owner:
            raise ApiError(40007, "unknown media_id")
        if self.clock.now() >= media.created_at + self.rules.media_seconds:
            raise ApiError(40007, "media expired")
        if kind is not None and media.kind != kind:
            raise ApiError(40007, f"media is {media.kind}, wanted {kind}")
        return media
