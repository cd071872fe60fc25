"""What servicers do in the WeCom client; unlike API moves these raise events (wecom.md 6.2, 6.5)."""

from .bells import Arrival, Bell, Bells
from .kf_access import new_code
from .kf_log import append, append_event
from .kf_model import CodeKind, KfAccount, Servicer, Session
from .model import JsonObject
from .transitions import CLIENT, ChangeType, SessionState

_CODES = {ChangeType.TOOK: CodeKind.HUMAN, ChangeType.ENDED: CodeKind.ENDED}


class ServicerActions(Bells):
    """Servicers take, transfer, write, end, and go off duty; `account` is the first one unless given."""

    def servicer_takes(
        self, userid: str, external_userid: str, *, bell: Bell = Bell.RING, account: KfAccount | None = None
    ) -> Arrival:
        """A servicer takes a resident out of the pool."""
        return self._change(ChangeType.TOOK, external_userid, userid, bell, account or self.kf)

    def servicer_transfers(
        self, external_userid: str, to: str, *, bell: Bell = Bell.RING, account: KfAccount | None = None
    ) -> Arrival:
        """The serving member hands the resident to another."""
        return self._change(ChangeType.TRANSFERRED, external_userid, to, bell, account or self.kf)

    def servicer_ends(
        self, userid: str, external_userid: str, *, bell: Bell = Bell.RING, account: KfAccount | None = None
    ) -> Arrival:
        """The serving member ends the session."""
        account = account or self.kf
        self._require_serving(account, userid, external_userid)
        return self._change(ChangeType.ENDED, external_userid, None, bell, account)

    def servicer_says(
        self,
        userid: str,
        external_userid: str,
        text: str,
        *,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A servicer writes in the client (origin 5); in an ended session this opens it again."""
        account = account or self.kf
        with self.state.lock:
            if self._session(account, external_userid).state is SessionState.ENDED:
                self._move(ChangeType.REOPENED, account, external_userid, userid)
            self._require_serving(account, userid, external_userid)
            item: JsonObject = {
                "open_kfid": account.open_kfid,
                "external_userid": external_userid,
                "origin": 5,
                "servicer_userid": userid,
                "msgtype": "text",
                "text": {"content": text},
            }
            msgid = append(self.state, account, item)
        return self.announce(account, msgid, bell)

    def servicer_recalls(
        self,
        userid: str,
        external_userid: str,
        msgid: str,
        *,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A servicer takes a message back (wecom.md 6.2)."""
        account = account or self.kf
        event: JsonObject = {
            "event_type": "servicer_recall_msg",
            "external_userid": external_userid,
            "recall_msgid": msgid,
            "servicer_userid": userid,
        }
        return self.announce(account, append_event(self.state, account, event), bell)

    def servicer_duty(
        self,
        userid: str,
        *,
        on: bool,
        paused: bool = False,
        bell: Bell = Bell.RING,
        account: KfAccount | None = None,
    ) -> Arrival:
        """A servicer goes on or off duty; the event's status is 1 or 2, the list's 0 or 1."""
        account = account or self.kf
        with self.state.lock:
            servicer = self._servicer(account, userid)
            servicer.on_duty, servicer.paused = on, paused and not on
            event: JsonObject = {
                "event_type": "servicer_status_change",
                "servicer_userid": servicer.userid,
                "status": 1 if on else 2,
                "stop_type": 1 if servicer.paused else 0,
            }
            msgid = append_event(self.state, account, event)
        return self.announce(account, msgid, bell)

    def _session(self, account: KfAccount, external_userid: str) -> Session:
        session = account.sessions.get(external_userid)
        if session is None:
            raise ValueError(f"resident {external_userid} is unknown")
        return session

    def _servicer(self, account: KfAccount, userid: str) -> Servicer:
        servicer = account.servicers.get(userid.lower())
        if servicer is None:
            raise ValueError(f"{userid} does not serve {account.name}")
        return servicer

    def _require_serving(self, account: KfAccount, userid: str, external_userid: str) -> None:
        session = self._session(account, external_userid)
        if session.state is not SessionState.HUMAN or session.servicer != userid:
            raise ValueError(f"{userid} does not serve the resident (state {session.state:d})")

    def _change(
        self, change: ChangeType, external_userid: str, userid: str | None, bell: Bell, account: KfAccount
    ) -> Arrival:
        with self.state.lock:
            msgid = self._move(change, account, external_userid, userid)
        return self.announce(account, msgid, bell)

    def _move(self, change: ChangeType, account: KfAccount, external_userid: str, userid: str | None) -> str:
        """Change the session by the table and put the event in the log."""
        session = self._session(account, external_userid)
        before, after = CLIENT[change]
        if session.state is not before:
            raise ValueError(f"the client cannot do {change.name} in state {session.state:d}")
        event: JsonObject = {
            "event_type": "session_status_change",
            "external_userid": external_userid,
            "change_type": int(change),
        }
        if change is not ChangeType.TOOK:
            event["old_servicer_userid"] = session.servicer or ""
        if userid is not None:
            event["new_servicer_userid"] = self._servicer(account, userid).userid
        session.state = after
        # An ended session remembers who served it, for the event of re-opening.
        session.servicer = event.get("new_servicer_userid", session.servicer)
        kind = _CODES.get(change)
        if kind is not None:
            session.coded.add(kind)
            event["msg_code"] = new_code(self.state, kind, account, external_userid)
        return append_event(self.state, account, event)
