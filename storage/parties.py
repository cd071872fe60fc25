"""Who stands on which side, as keyed hashes; and where both sides of one quarrel came to the same member of staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Row, Select, and_, delete, insert, or_, select, union

from storage.case_lists import ENDED
from storage.desk_records import PartyDraft
from storage.schema import cases, consultations, conversations, handovers, parties


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another matter of the same member of staff in which this person seems to be the other side.

    `kind` says who names whom: `named_there` (the other matter names this person), `names_them` (this person names the
    one who came with the other matter) or `each_other`. `by` says by what they were known: phone, or only the name.
    `conversation_id` is None for a case that came without a conversation.
    """

    conversation_id: int | None
    case_id: int | None
    case_number: str | None
    kind: str
    by: str


def note(
    connection: Connection,
    conversation_id: int | None,
    case_id: int | None,
    drafts: Iterable[PartyDraft],
    now: datetime,
) -> None:
    """Write down who stands on which side of a matter; what is known already is passed over.

    A unique constraint takes two rows with an empty case for different ones, so what is there is looked up first.
    """
    known = {(row.side, row.kind, row.hash) for row in connection.execute(_of(conversation_id, case_id))}
    fresh = [draft for draft in dict.fromkeys(drafts) if (draft.side, draft.kind, draft.hash) not in known]
    if not fresh:
        return
    place = {"conversation_id": conversation_id, "case_id": case_id, "created_at": now}
    connection.execute(insert(parties), [{**place, "side": d.side, "kind": d.kind, "hash": d.hash} for d in fresh])


def conflicts(
    connection: Connection,
    staff_id: int,
    conversation_id: int | None,
    since: datetime,
    *,
    case_id: int | None = None,
) -> list[Conflict]:
    """Where a member of staff meets the other side of this matter: in what they hold, or have held since `since`.

    The matter is a conversation with all its cases, or a case that came without one. Somebody who comes twice with the
    same telephone number is no conflict with themselves.
    """
    ours = _sides(connection.execute(_of_matter(conversation_id, case_id)))
    hashes = [hash_ for side in ours.values() for _, hash_ in side]
    if not hashes:
        return []
    found = connection.execute(_theirs(staff_id, hashes, since))
    matters: dict[tuple[int | None, int | None], list[Row[Any]]] = {}
    for row in found:
        talk = row.conversation_id or row.case_conversation_id
        if (talk is None or talk != conversation_id) and (row.case_id is None or row.case_id != case_id):
            matters.setdefault((talk, None if talk else row.case_id), []).append(row)
    return [conflict for rows in matters.values() if (conflict := _conflict(ours, rows)) is not None]


def forget(connection: Connection, conversation_id: int) -> None:
    """Remove what a conversation told; what belongs to a case stays with the case."""
    connection.execute(delete(parties).where(parties.c.conversation_id == conversation_id, parties.c.case_id.is_(None)))


def purge(connection: Connection, before: datetime) -> int:
    """Delete what was noted before then, but of cases that are open or were changed since; how many rows went."""
    kept = select(cases.c.id).where(or_(cases.c.state.not_in(ENDED), cases.c.updated_at >= before))
    old = delete(parties).where(
        parties.c.created_at < before, or_(parties.c.case_id.is_(None), parties.c.case_id.not_in(kept))
    )
    return len(connection.execute(old.returning(parties.c.id)).all())


def _of(conversation_id: int | None, case_id: int | None) -> Select[Any]:
    return select(parties).where(
        parties.c.conversation_id.is_(None)
        if conversation_id is None
        else parties.c.conversation_id == conversation_id,
        parties.c.case_id.is_(None) if case_id is None else parties.c.case_id == case_id,
    )


def _of_matter(conversation_id: int | None, case_id: int | None) -> Select[Any]:
    belongs = []
    if conversation_id is not None:
        its_cases = select(cases.c.id).where(cases.c.conversation_id == conversation_id)
        belongs += [parties.c.conversation_id == conversation_id, parties.c.case_id.in_(its_cases)]
    if case_id is not None:
        belongs.append(parties.c.case_id == case_id)
    return select(parties).where(or_(*belongs))


def _theirs(staff_id: int, hashes: list[str], since: datetime) -> Select[Any]:
    held_cases = select(cases.c.id).where(_held_case(staff_id, since))
    return (
        select(parties, cases.c.number, cases.c.conversation_id.label("case_conversation_id"))
        .outerjoin(cases, cases.c.id == parties.c.case_id)
        .where(parties.c.hash.in_(hashes))
        .where(or_(parties.c.conversation_id.in_(_held_talks(staff_id, since)), parties.c.case_id.in_(held_cases)))
        .order_by(parties.c.id)
    )


def _held_talks(staff_id: int, since: datetime) -> CompoundSelect[Any]:
    """The conversations that a member of staff holds, or has held since then."""
    return union(
        select(conversations.c.id).where(conversations.c.holder_id == staff_id),
        select(handovers.c.conversation_id).where(
            handovers.c.claimed_by == staff_id, or_(handovers.c.closed_at.is_(None), handovers.c.closed_at >= since)
        ),
        select(consultations.c.conversation_id).where(
            consultations.c.responder_id == staff_id,
            consultations.c.last_at >= since,
            consultations.c.conversation_id.is_not(None),
        ),
        select(cases.c.conversation_id).where(_held_case(staff_id, since), cases.c.conversation_id.is_not(None)),
    )


def _held_case(staff_id: int, since: datetime) -> Any:
    return and_(cases.c.assignee_id == staff_id, or_(cases.c.state.not_in(ENDED), cases.c.updated_at >= since))


def _sides(rows: Iterable[Row[Any]]) -> dict[str, set[tuple[str, str]]]:
    sides: dict[str, set[tuple[str, str]]] = {"own": set(), "other": set()}
    for row in rows:
        sides[row.side].add((row.kind, row.hash))
    return sides


def _conflict(ours: dict[str, set[tuple[str, str]]], rows: list[Row[Any]]) -> Conflict | None:
    theirs = _sides(rows)
    if any(kind == "phone" for kind, _ in ours["own"] & theirs["own"]):
        return None
    named_there, names_them = ours["own"] & theirs["other"], ours["other"] & theirs["own"]
    if not named_there and not names_them:
        return None
    kind = "each_other" if named_there and names_them else "named_there" if named_there else "names_them"
    case = next((row for row in rows if row.case_id is not None), None)
    return Conflict(
        conversation_id=rows[0].conversation_id or rows[0].case_conversation_id,
        case_id=None if case is None else case.case_id,
        case_number=None if case is None else case.number,
        kind=kind,
        by="phone" if any(kind == "phone" for kind, _ in named_there | names_them) else "name",
    )
