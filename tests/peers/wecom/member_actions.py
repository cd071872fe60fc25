"""What members do in the self-built app, as callbacks (wecom.md 3)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .app_messages import new_response_code
from .cards import keys_of
from .delivery import CallbackTransport, Delivery
from .model import AppMessage, CardView
from .passive import Expected
from .xml import Fields, Value


@dataclass(frozen=True)
class Click:
    """A card click: the callback, and the click's own response_code."""

    delivery: Delivery
    response_code: str


class MemberActions(CallbackTransport):
    """Messages, events and card clicks of staff."""

    def member_message(self, userid: str, msgtype: str, fields: Fields) -> Delivery:
        """Any message of a member, with a fresh MsgId."""
        msgid = str(secrets.randbelow(2**62))
        head = self._head(userid, msgtype)
        return self._send([*head, *fields, ("MsgId", int(msgid)), ("AgentID", self.app.agentid)])

    def member_text(self, userid: str, content: str) -> Delivery:
        """A member writes text."""
        return self.member_message(userid, "text", [("Content", content)])

    def member_location(
        self, userid: str, latitude: float, longitude: float, label: str = "", scale: int = 15
    ) -> Delivery:
        """A member sends a place."""
        fields: list[tuple[str, Value]] = [
            ("Location_X", latitude),
            ("Location_Y", longitude),
            ("Scale", scale),
            ("Label", label),
        ]
        return self.member_message(userid, "location", [*fields, ("AppType", "wxwork")])

    def member_event(
        self, userid: str, event: str, event_key: str = "", extra: Sequence[tuple[str, Value]] = ()
    ) -> Delivery:
        """An event such as enter_agent, subscribe, click, LOCATION; it has no MsgId."""
        fields: list[tuple[str, Value]] = [("Event", event), ("EventKey", event_key), *extra]
        return self._send([*self._head(userid, "event"), *fields, ("AgentID", self.app.agentid)])

    def system_event(self, event: str, extra: Sequence[tuple[str, Value]] = ()) -> Delivery:
        """An event from ``sys``: kf_account_auth_change, inactive_alert and their like; no reply is possible."""
        fields: list[tuple[str, Value]] = [*self._head("sys", "event"), ("Event", event), *extra]
        return self._send(fields)

    def click_button(
        self,
        userid: str,
        msgid: str,
        key: str,
        *,
        selected: Mapping[str, Sequence[str]] | None = None,
        menu: bool = False,
    ) -> Click:
        """A member presses a key of a card that was delivered, or of its top-right menu."""
        with self.state.lock:
            message, view = self._card(userid, msgid)
            if key not in keys_of(view.card, menu=menu):
                raise ValueError(f"card {msgid} shows no key {key!r}")
            if view.replaced is not None and not menu:
                raise ValueError(f"the button of card {msgid} is grey: {view.replaced}")
            code = new_response_code(self.state, message.msgid, userid)
            fields = self._click_fields(view, key, code, selected or {}, menu=menu)
        head = self._head(userid, "event")
        document = self.document([*head, *fields, ("AgentID", self.app.agentid)])
        expected = Expected(self.app.crypto, self.app.agentid, userid, view)
        return Click(self.raw(document, expected=expected), code)

    def _card(self, userid: str, msgid: str) -> tuple[AppMessage, CardView]:
        message = self.state.app_messages[msgid]
        view = message.views.get(userid)
        if view is None:
            raise ValueError(f"{userid} has no card {msgid}")
        return message, view

    def _click_fields(
        self, view: CardView, key: str, code: str, selected: Mapping[str, Sequence[str]], *, menu: bool
    ) -> list[tuple[str, Value]]:
        fields: list[tuple[str, Value]] = [
            ("Event", "template_card_menu_event" if menu else "template_card_event"),
            ("EventKey", key),
            ("TaskId", str(view.card.get("task_id", ""))),
            ("CardType", str(view.card.get("card_type", ""))),
            ("ResponseCode", code),
        ]
        if selected and not menu:
            items: list[tuple[str, Value]] = [
                (
                    "SelectedItem",
                    [("QuestionKey", question), ("OptionIds", [("OptionId", option) for option in options])],
                )
                for question, options in selected.items()
            ]
            fields.append(("SelectedItems", items))
        return fields

    def _head(self, userid: str, msgtype: str) -> list[tuple[str, Value]]:
        return [
            ("ToUserName", self.corp.corpid),
            ("FromUserName", userid),
            ("CreateTime", self.now()),
            ("MsgType", msgtype),
        ]

    def _send(self, fields: Fields) -> Delivery:
        return self.raw(self.document(fields))
