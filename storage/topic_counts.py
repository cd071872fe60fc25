"""What each entry of the knowledge answered in a period, and what residents thought of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from storage.schema import consultations

_WITH_A_PERSON = consultations.c.responder_id.is_not(None) | (consultations.c.status == "待人工")


@dataclass(frozen=True, slots=True)
class TopicCount:
    """Consultations 人次 on a topic; of these, those that went on to a person, and what was said of the answer."""

    consultations: int
    to_person: int
    useful: int
    useless: int
    other_case: int


def of_period(connection: Connection, start: datetime, end: datetime) -> Mapping[str, TopicCount]:
    """By topic, from `start` (included) to `end` (excluded); topics that nobody asked about are left out."""
    rows = connection.execute(
        select(
            consultations.c.topic,
            func.count(),
            _how_many(_WITH_A_PERSON),
            *(_how_many(consultations.c.feedback == word) for word in ("useful", "useless", "other_case")),
        )
        .where(consultations.c.opened_at >= start, consultations.c.opened_at < end)
        .where(consultations.c.people > 0, consultations.c.topic != "")
        .group_by(consultations.c.topic)
    )
    return {topic: TopicCount(*(int(number) for number in numbers)) for topic, *numbers in rows}


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
