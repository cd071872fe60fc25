"""A faithful loopback fake of the WeCom API server and callback sender (wecom.md 9)."""

from .bells import Arrival, Bell
from .clock import VirtualClock
from .delivery import Attempt, Delivery
from .member_actions import Click
from .model import Call, Violation
from .peer import WeComPeer
from .rules import Rules
from .state import new_external_userid
from .xml import Style

__all__ = [
    "Arrival",
    "Attempt",
    "Bell",
    "Call",
    "Click",
    "Delivery",
    "Rules",
    "Style",
    "Violation",
    "VirtualClock",
    "WeComPeer",
    "new_external_userid",
]
