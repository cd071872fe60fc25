"""Row types of 好差评: frozen. All times are aware; grades go from 5 很满意 to 1 很不满意."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

GRADES: Mapping[int, str] = {5: "很满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "很不满意"}
WORST_GOOD = 3


@dataclass(frozen=True, slots=True)
class AskedRating:
    """A rating as it stands; `grade` is None while the resident has not answered.

    `object_kind` is handover or case; `account_id` is whose work is rated; `follow_up` is none, open or closed.
    """

    id: int
    object_kind: str
    object_id: int
    conversation_id: int | None
    consultation_id: int | None
    case_id: int | None
    account_id: int | None
    asked_at: datetime
    graded_at: datetime | None
    grade: int | None
    reason: str | None
    follow_up: str


@dataclass(frozen=True, slots=True)
class RatingLine:
    """A line of the register. `number` is that of the handover or case, `unit` the township in charge, "" the county.

    `staff` is whose work is rated. `safe_mode`: show no more of the matter than its number.
    """

    rating: AskedRating
    number: str
    unit: str
    staff: str
    channel: str
    safe_mode: bool
    follow_up_by: str
    follow_up_at: datetime | None
    follow_up_result: str


@dataclass(frozen=True, slots=True)
class RatingCounts:
    """What came of asking in a period: `grades` by grade; nobody who did not answer counts as content."""

    asked: int
    graded: int
    grades: Mapping[int, int] = field(default_factory=dict)
    follow_ups_open: int = 0

    @property
    def good(self) -> int:
        """很满意, 满意 and 基本满意."""
        return sum(count for grade, count in self.grades.items() if grade >= WORST_GOOD)
