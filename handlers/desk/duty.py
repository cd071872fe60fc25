"""Who is called for a matter: who is on duty at its workstation, else all who receive people there, else the county."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from handlers.desk.staff import COUNTY, Role, Staff
from storage.roster import Duty

Roster = Sequence[Duty]


def on_call(staff: Iterable[Staff], roster: Roster, township: str | None, local: datetime) -> list[Staff]:
    """Whom a handover of this township is brought to; one of no township is the county centre's.

    `staff` are all who may act; `roster` is the day's of `units_of(township)`; `local` is now in the bureau's zone.
    Nobody is lost: where a workstation has nobody, the county centre is called, and where that has nobody either, the
    supervisors are.
    """
    members = [member for member in staff if member.covers(township)]
    for unit in units_of(township):
        found = _of_unit(members, roster, unit, local)
        if found:
            return found
    return supervisors(members, township, 100)


def supervisors(staff: Iterable[Staff], township: str | None, level: int) -> list[Staff]:
    """Who is told that a matter of this township goes past its time: its own supervisors, or where it has none the
    county's; from 100 % on the county's too.
    """
    able = [member for member in staff if Role.SUPERVISOR in member.roles]
    own = [member for member in able if member.unit == (township or COUNTY)]
    county = [member for member in able if member.unit == COUNTY and member not in own]
    return [*own, *county] if level >= 100 or not own else own  # noqa: PLR2004 - percent


def units_of(township: str | None) -> tuple[str, ...]:
    """The units that are asked for a matter of this township, in their order."""
    return (township, COUNTY) if township else (COUNTY,)


def _of_unit(members: Sequence[Staff], roster: Roster, unit: str, local: datetime) -> list[Staff]:
    """Those on duty now; outside all shifts those of the day; on a day without a roster all who receive people."""
    able = {member.id: member for member in members if Role.DESK in member.roles}
    duties = [duty for duty in roster if duty.shift.unit == unit and duty.shift.account_id in able]
    now = [duty for duty in duties if duty.covers(local)]
    called = dict.fromkeys(duty.shift.account_id for duty in now or duties)
    return [able[number] for number in called] if called else [m for m in able.values() if m.unit == unit]
