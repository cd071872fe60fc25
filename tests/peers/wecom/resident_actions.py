"""What residents do in personal WeChat: entries in the log, and bells (wecom.md 6.2)."""

from .bells import Arrival, Bell, Bells
from .kf_access import in_window, new_code
from .kf_log import append, append_event
from .kf_model import CodeKind, KfAccount, Session
from .media import KF_SIZES, store
from .model import JsonObject
from .transitions import SessionState

_NOTICE = "[the file is too large to be shown here]"


class ResidentActions(Bells):
    """Residents write, enter, recall; `account` is the peer's first account unless given."""

    def resident_text(
        self,
        external_userid: str,
        text: str,
        menu_id: str | None = None,
        *,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A resident writes, or presses the menu item `menu_id` whose content is `text`."""
        body: JsonObject = {"content": text}
        if menu_id is not None:
            body["menu_id"] = menu_id
        return self.resident_sends(external_userid, "text", body, bell=bell, account=account)

    def resident_sends(
        self,
        external_userid: str,
        msgtype: str,
        body: JsonObject,
        *,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A message of any type; it opens the session and gives 48 hours and 5 messages anew."""
        account = account or self.kf
        with self.state.lock:
            self._wrote(account, external_userid)
            msgid = append(
                self.state,
                account,
                {
                    "open_kfid": account.open_kfid,
                    "external_userid": external_userid,
                    "origin": 3,
                    "msgtype": msgtype,
                    msgtype: body,
                },
            )
        return self.announce(account, msgid, bell)

    def _wrote(self, account: KfAccount, external_userid: str) -> None:
        session = account.sessions.setdefault(external_userid, Session())
        # Whoever writes after the end, or after 48 hours, begins a new session (wecom.md 6.5).
        if session.state is SessionState.ENDED or not in_window(self.state, session):
            session.state, session.servicer = SessionState.NEW, None
            session.coded.clear()
        session.last_message_at = self.state.clock.now()
        session.sent_since = 0

    def resident_media(
        self, external_userid: str, msgtype: str, file_name: str, data: bytes, *, bell: Bell = Bell.RING
    ) -> Arrival:
        """An image, voice, video or file; above the limits it arrives as a text notice."""
        if len(data) > KF_SIZES[msgtype]:
            return self.resident_text(external_userid, _NOTICE, bell=bell)
        media = store(self.state, self.corp.corpid, msgtype, file_name, data)
        return self.resident_sends(external_userid, msgtype, {"media_id": media.media_id}, bell=bell)

    def enter_session(
        self,
        external_userid: str,
        scene: str = "",
        scene_param: str = "",
        *,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A resident comes through a link; a welcome_code is given as the rules allow."""
        account = account or self.kf
        with self.state.lock:
            session = account.sessions.setdefault(external_userid, Session())
            session.scene, session.scene_param = scene, scene_param
            event: JsonObject = {
                "event_type": "enter_session",
                "external_userid": external_userid,
                "scene": scene,
                "scene_param": scene_param,
            }
            if self._may_welcome(session):
                event["welcome_code"] = new_code(self.state, CodeKind.WELCOME, account, external_userid)
            msgid = append_event(self.state, account, event)
        return self.announce(account, msgid, bell)

    def _may_welcome(self, session: Session) -> bool:
        """No welcome in 48 hours, and the resident has not written in them."""
        last, window = session.last_welcome_at, self.state.rules.kf_window
        welcomed = last is not None and self.state.clock.now() < last + window
        return not welcomed and not in_window(self.state, session)

    def resident_recalls(
        self, external_userid: str, msgid: str, *, bell: Bell = Bell.RING, account: KfAccount | None = None
    ) -> Arrival:
        """A resident takes a message back; our copy is to be blanked."""
        return self.kf_event(
            "user_recall_msg",
            {"external_userid": external_userid, "recall_msgid": msgid},
            bell=bell,
            account=account,
        )

    def kf_event(
        self, event_type: str, fields: JsonObject, *, bell: Bell = Bell.RING, account: KfAccount | None = None
    ) -> Arrival:
        """Any event in the log, also of a type that no client knows."""
        account = account or self.kf
        event = {"event_type": event_type, **fields}
        return self.announce(account, append_event(self.state, account, event), bell)

    def send_fails(self, msgid: str, fail_type: int = 10, *, bell: Bell = Bell.RING) -> Arrival:
        """A message that send_msg accepted fails late: errcode 0 is not delivery (wecom.md 6.3)."""
        with self.state.lock:
            accounts = self.corp.accounts.values()
            found = [(account, sent) for account in accounts for sent in account.sent if sent.msgid == msgid]
            if not found:
                raise ValueError(f"no message {msgid} was sent")
            account, sent = found[0]
            sent.fail_type = fail_type
        fields = {"external_userid": sent.external_userid, "fail_msgid": msgid, "fail_type": fail_type}
        return self.kf_event("msg_send_fail", fields, bell=bell, account=account)
