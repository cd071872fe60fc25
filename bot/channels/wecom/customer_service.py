"""The calls of 微信客服 that wechatpy 1.8 does not have (wecom.md 6). Bodies are plain dicts."""

from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

PAGE = 1000
ACCOUNTS = 100
UNKNOWN = -1
NOT_YET, BOT, POOL, SERVICER, OVER = range(5)  # service_state (wecom.md 6.5)
Json = dict[str, Any]


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

    def service_state(self, open_kfid: str, external_userid: str) -> int:
        """Who has the session: 0 nobody yet, 1 the bot, 2 the pool, 3 a servicer, 4 it is over (wecom.md 6.5)."""
        body = {"open_kfid": open_kfid, "external_userid": external_userid}
        return int(self._json("kf/service_state/get", body).get("service_state", UNKNOWN))

    def move_to_bot(self, open_kfid: str, external_userid: str) -> None:
        """Tell the platform that the bot serves this session; only possible from state 0 (wecom.md 6.5)."""
        body = {"open_kfid": open_kfid, "external_userid": external_userid, "service_state": 1}
        self._json("kf/service_state/trans", body)

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
