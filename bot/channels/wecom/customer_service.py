"""The calls of 微信客服 that wechatpy 1.8 does not have (wecom.md 6). Bodies are plain dicts."""

from dataclasses import dataclass
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

from bot.channels.wecom.members import member_id

PAGE = 1000
ACCOUNTS = 100
UNKNOWN = -1
NOT_YET, BOT, POOL, SERVICER, OVER = range(5)  # service_state (wecom.md 6.5)
_ON_DUTY = 0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a session: `state` 0 nobody yet, 1 the bot, 2 the pool, 3 the member `servicer`, 4 it is over."""

    state: int
    servicer: str | None = None


@dataclass(frozen=True, slots=True)
class Servicers:
    """Who serves an account: members with whether they are on duty; of departments the platform tells nothing more."""

    on_duty: dict[str, bool]
    departments: bool


class CustomerService(BaseWeChatAPI):  # type: ignore[misc] # wechatpy publishes no types
    """`client.kf`; each method raises CallFailed."""

    def sync_msg(self, open_kfid: str, cursor: str, token: str | None) -> Json:
        """One page of what happened after `cursor`; without the bell's token under a strict limit (wecom.md 6.2)."""
        body: Json = {"open_kfid": open_kfid, "limit": PAGE, "voice_format": 0}
        if cursor:
            body["cursor"] = cursor
        if token:
            body["token"] = token
        return self._json("kf/sync_msg", body)

    def send_msg(self, body: Json) -> Json:
        """Say something within the window of 48 hours and 5 messages (wecom.md 6.3)."""
        return self._json("kf/send_msg", body)

    def send_msg_on_event(self, body: Json) -> Json:
        """Say something with a one-shot code (wecom.md 6.4)."""
        return self._json("kf/send_msg_on_event", body)

    def standing(self, open_kfid: str, external_userid: str) -> Standing:
        """Who has the session (wecom.md 6.5)."""
        answer = self._json("kf/service_state/get", {"open_kfid": open_kfid, "external_userid": external_userid})
        servicer = answer.get("servicer_userid")
        return Standing(int(answer.get("service_state", UNKNOWN)), member_id(servicer) if servicer else None)

    def move(self, open_kfid: str, external_userid: str, state: int, servicer: str | None = None) -> str | None:
        """Move the session; state 3 wants the `servicer`. Returns the one-shot code that comes with it, if one does."""
        body = {"open_kfid": open_kfid, "external_userid": external_userid, "service_state": state}
        if servicer is not None:
            body["servicer_userid"] = servicer
        code = self._json("kf/service_state/trans", body).get("msg_code")
        return str(code) if code else None

    def servicers(self, open_kfid: str) -> Servicers:
        """Who serves the account: rows of members and rows of departments stand side by side (wecom.md 10)."""
        answer: Json = self._get("kf/servicer/list", params={"open_kfid": open_kfid})
        rows = answer.get("servicer_list", [])
        return Servicers(
            on_duty={member_id(str(row["userid"])): row.get("status") == _ON_DUTY for row in rows if row.get("userid")},
            departments=any("department_id" in row and not row.get("userid") for row in rows),
        )

    def accounts(self) -> list[str]:
        """The accounts that the app manages, all pages of them (wecom.md 6.6)."""
        found: list[str] = []
        offset = 0
        while True:
            page = self._json("kf/account/list", {"offset": offset, "limit": ACCOUNTS}).get("account_list", [])
            found += [str(account["open_kfid"]) for account in page if "open_kfid" in account]
            if len(page) < ACCOUNTS:
                return found
            offset += len(page)

    def _json(self, endpoint: str, body: Json) -> Json:
        answer: Json = self._post(endpoint, data=body)
        return answer
