"""Everything that reaches the service from the platform's side, in one object."""

from .member_actions import MemberActions
from .resident_actions import ResidentActions
from .servicer_actions import ServicerActions


class CallbackSender(MemberActions, ResidentActions, ServicerActions):
    """Members, residents and servicers act; the callbacks go to `target` as WeCom sends them."""
