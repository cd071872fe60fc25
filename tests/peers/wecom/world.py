"""A furnished peer without its HTTP server: one corp, one app, staff, one account, one group."""

import copy

from .callbacks import CallbackSender
from .clock import VirtualClock
from .faults import Faults
from .model import AppMessage, Call, JsonObject, Violation
from .rules import Rules
from .state import State

STAFF = ("ZhangSan", "LiSi", "WangWu")
"""Members of the default corp; the first two serve the default account."""
AGENT_ID = 1000002


class World:
    """State, clock, faults and callbacks, and the questions that tests ask."""

    def __init__(self, clock: VirtualClock | None = None, rules: Rules | None = None) -> None:
        self.clock = clock or VirtualClock()
        self.rules = rules or Rules()
        self.state = State(self.clock, self.rules)
        self.faults = Faults()
        self.corp = self.state.add_corp()
        self.app = self.state.add_app(self.corp, AGENT_ID)
        self.state.add_members(self.corp, STAFF)
        self.kf = self.state.add_kf_account(self.corp, "legal aid")
        self.state.add_servicers(self.corp, self.kf, STAFF[:2])
        self.webhook = self.state.add_webhook()
        self.callbacks = CallbackSender(self.state, self.corp, self.app, self.kf)

    @property
    def violations(self) -> list[Violation]:
        """What a correct client would not have sent; assert that it is empty."""
        with self.state.lock:
            return list(self.state.violations)

    def clear_violations(self) -> None:
        """Forget the violations, after a test provoked them on purpose."""
        with self.state.lock:
            self.state.violations.clear()

    def calls(self, path: str | None = None) -> list[Call]:
        """The calls of one endpoint (``kf/send_msg``), or all, in order; faulted ones too."""
        with self.state.lock:
            found = [call for call in self.state.calls if path is None or call.path == path]
            return copy.deepcopy(found)

    @property
    def token_fetches(self) -> int:
        """How often gettoken was called."""
        return len(self.calls("gettoken"))

    def sent_to(self, external_userid: str) -> list[JsonObject]:
        """What the API sent to a resident, in order, with msgid, open_kfid, sent_at, via and fail_type."""
        with self.state.lock:
            accounts = [account for corp in self.state.corps.values() for account in corp.accounts.values()]
            found = [sent for account in accounts for sent in account.sent]
            found.sort(key=lambda sent: sent.sent_at)
            return [
                {
                    "msgid": sent.msgid,
                    "open_kfid": sent.open_kfid,
                    "msgtype": sent.msgtype,
                    sent.msgtype: copy.deepcopy(sent.body),
                    "sent_at": sent.sent_at,
                    "via": sent.via,
                    "fail_type": sent.fail_type,
                }
                for sent in found
                if sent.external_userid == external_userid
            ]

    def app_sent_to(self, userid: str) -> list[JsonObject]:
        """What a member sees of the app: bodies with msgid, sent_at, via, and the card as it is now."""
        with self.state.lock:
            messages = self.state.app_messages.values()
            return [self._seen(message, userid) for message in messages if userid in message.delivered]

    def _seen(self, message: AppMessage, userid: str) -> JsonObject:
        seen: JsonObject = copy.deepcopy(message.body)
        seen.update(msgid=message.msgid, sent_at=message.sent_at, via=message.via, recalled=message.recalled)
        view = message.views.get(userid)
        if view is not None:
            seen["card"] = {"card": copy.deepcopy(view.card), "replaced": view.replaced}
        return seen

    def dropped_for(self, userid: str) -> list[str]:
        """Why messages to a member vanished, in order: ``duplicate`` or ``rate``."""
        with self.state.lock:
            messages = self.state.app_messages.values()
            return [message.dropped[userid] for message in messages if userid in message.dropped]

    def group_sent(self) -> list[JsonObject]:
        """What the default group got through its webhook."""
        with self.state.lock:
            return copy.deepcopy(self.webhook.sent)
