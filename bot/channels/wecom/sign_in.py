"""Members sign in at the console with their WeCom (网页授权登录, OAuth 2: the code is good once, for five minutes)."""

import logging
import re
from urllib.parse import urlencode

from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.errors import CallFailed, report
from bot.channels.wecom.members import member_id
from bot.config import WeCom

BAD_CODE = 40029  # used before, too old, or made up
_CODE = re.compile(r"[\x21-\x7e]{1,512}")
_log = logging.getLogger(__name__)


class NotAMember(Exception):
    """The code proves nothing: it is not good any more, or whoever came with it does not belong to the corp."""


class Unavailable(Exception):
    """The platform did not answer, or does not serve us; the log says why."""


class WeComSignIn:
    """The way to the platform's page, and what it proves."""

    def __init__(self, settings: WeCom, client: WeComClient) -> None:
        self._corp_id = settings.corp_id
        self._agent_id = settings.agent_id
        self._base = settings.oauth_base.rstrip("/")
        self._client = client

    def address(self, callback: str, state: str) -> str:
        """The platform's page, which sends the browser back to `callback` with a code and `state` ([A-Za-z0-9]).

        The host of `callback` has to be a trusted domain 可信域名 of the app.
        """
        asked = {
            "appid": self._corp_id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
            "agentid": str(self._agent_id),
        }
        return f"{self._base}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"

    async def member(self, code: str) -> str:
        """The account, in lower case, of the member who came back with this code.

        Raises:
            NotAMember: the code is no good, or is that of somebody outside the corp.
            Unavailable: nobody knows.
        """
        if not _CODE.fullmatch(code):
            raise NotAMember
        try:
            answer = await self._client.ask(self._client.get, "auth/getuserinfo", params={"code": code})
        except CallFailed as error:
            if error.errcode == BAD_CODE:
                raise NotAMember from error
            report(error)
            _log.warning("a sign-in through WeCom failed: %s", error)
            raise Unavailable from error
        userid = answer.get("userid")
        if not isinstance(userid, str) or not userid:
            raise NotAMember  # the platform gives an openid for people outside
        return member_id(userid)

    def is_inside(self, user_agent: str) -> bool:
        """Whether the page is open in WeCom itself, where the platform answers without asking anything."""
        return "wxwork" in user_agent.lower()
