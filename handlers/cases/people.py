"""The people of a case: sealed where they are kept, hashed where they are compared, opened for those who work on it."""

import json
from dataclasses import dataclass

from handlers.desk.identity import party
from handlers.personal import Seal
from storage.case_records import CaseRow
from storage.desk_records import PartyDraft

_VISIBLE = 3


@dataclass(frozen=True, slots=True)
class People:
    """What is known of the applicant and of the other side; "" where nothing was told, or the seal is damaged."""

    name: str
    phone: str
    address: str
    other_name: str
    other_phone: str


def seal_other(seal: Seal, name: str, phone: str) -> str | None:
    """The other side, sealed as one; None where nothing was told of them."""
    if not name and not phone:
        return None
    return seal.seal(json.dumps({"name": name, "phone": phone}, ensure_ascii=False))


def opened(seal: Seal, case: CaseRow) -> People:
    """The personal data of a case. Whoever shows it notes that in the audit log."""
    other = _open(seal, case.other_sealed)
    told = json.loads(other) if other else {}
    return People(
        name=_open(seal, case.name_sealed),
        phone=_open(seal, case.phone_sealed),
        address=_open(seal, case.address_sealed),
        other_name=str(told.get("name", "")),
        other_phone=str(told.get("phone", "")),
    )


def sides(seal: Seal, name: str, phone: str, other_name: str, other_phone: str) -> tuple[PartyDraft, ...]:
    """Who stands on which side, as hashes, to notice both sides of a quarrel at one member of staff."""
    known = (
        ("own", "name", name),
        ("own", "phone", phone),
        ("other", "name", other_name),
        ("other", "phone", other_phone),
    )
    found = (party(seal, side, kind, value) for side, kind, value in known if value)
    return tuple(one for one in found if one is not None)


def masked_phone(phone: str) -> str:
    """A telephone number as its owner recognises it and nobody else reads it: 138****5678."""
    if len(phone) <= _VISIBLE * 2:
        return "*" * len(phone)
    return f"{phone[:_VISIBLE]}{'*' * (len(phone) - 7 if len(phone) > 7 else 1)}{phone[-4:]}"  # noqa: PLR2004 - 3 and 4


def _open(seal: Seal, sealed: str | None) -> str:
    """A damaged seal hides the value from staff too, but must not hide the whole case."""
    try:
        return seal.open(sealed)
    except ValueError:
        return ""
