"""[desk]: when people are at work, how soon they look at a handover, what happens when nobody does."""

import re
from datetime import date, time
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from handlers.hours import OfficeHours, Span

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEBHOOK_KEY = re.compile(r"[0-9A-Za-z_-]{8,128}")
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class Desk(BaseModel):
    """[desk]"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: tuple[str, ...] = ("09:00-12:00", "14:00-18:00")
    week: dict[Weekday, tuple[str, ...]] = Field(default_factory=dict)
    working_days: tuple[date, ...] = ()
    days_off: tuple[date, ...] = ()
    answer_within_minutes: int = Field(240, ge=1)
    waiting_minutes: tuple[int, ...] = Field((10, 60, 180), max_length=3)
    take_back_minutes: int = Field(60, ge=5)
    group_webhooks: tuple[SecretStr, ...] = ()

    @field_validator("hours")
    @classmethod
    def _some_spans(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        if not hours:
            raise ValueError("wants at least one span such as 09:00-12:00")
        spans_of(hours)
        return hours

    @field_validator("week")
    @classmethod
    def _spans_of_days(cls, week: dict[Weekday, tuple[str, ...]]) -> dict[Weekday, tuple[str, ...]]:
        for day, hours in week.items():
            try:
                spans_of(hours)
            except ValueError as error:
                raise ValueError(f"{day}: {error}") from error
        if all(day in week and not week[day] for day in _WEEKDAYS[:5]):
            raise ValueError("wants at least one day from mon to fri on which somebody works")
        return week

    @field_validator("waiting_minutes")
    @classmethod
    def _in_order(cls, minutes: tuple[int, ...]) -> tuple[int, ...]:
        if any(minute < 1 for minute in minutes) or any(later <= earlier for earlier, later in pairwise(minutes)):
            raise ValueError("wants up to three numbers of minutes, each larger than the one before, such as [10, 60]")
        return minutes

    @field_validator("group_webhooks")
    @classmethod
    def _have_keys(cls, webhooks: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for webhook in webhooks:
            _webhook_key(webhook.get_secret_value())
        return webhooks

    def webhook_keys(self) -> tuple[str, ...]:
        """The keys of the staff groups' webhooks."""
        return tuple(_webhook_key(webhook.get_secret_value()) for webhook in self.group_webhooks)

    def office_hours(self, zone: ZoneInfo) -> OfficeHours:
        """The hours as the settings have them; what administrators enter in the console goes before."""
        overrides = dict.fromkeys(self.days_off, False) | dict.fromkeys(self.working_days, True)
        week = {_WEEKDAYS.index(day): spans_of(hours) for day, hours in self.week.items()}
        return OfficeHours(zone, spans_of(self.hours), overrides, week)


def spans_of(texts: tuple[str, ...]) -> tuple[Span, ...]:
    """Spans such as 09:00-12:00, in their order.

    Raises:
        ValueError: one is none, or they overlap.
    """
    spans = tuple(_span_of(text) for text in texts)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise ValueError("wants spans that do not overlap, in their order")
    return spans


def _webhook_key(setting: str) -> str:
    """The key of a webhook's address, or the key itself. The error does not repeat it: it is a secret."""
    key = setting.strip().rpartition("key=")[2].partition("&")[0]
    if not _WEBHOOK_KEY.fullmatch(key):
        raise ValueError("wants the Webhook address that the group's robot shows, or the key at its end")
    return key


def _span_of(text: str) -> Span:
    start, _, end = text.partition("-")
    try:
        span = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no span; write it like 09:00-12:00") from error
    if span[0] >= span[1]:
        raise ValueError(f"{text!r} ends before it begins")
    return span
