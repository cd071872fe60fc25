"""Cases and those who work on them, for tests of the pages of the console: straight through the use cases."""

import html
import re
import secrets
from collections.abc import Mapping
from typing import Any

from handlers.cases.act import Acted, act
from handlers.cases.kinds import KINDS
from handlers.cases.open import Opened, open_case
from handlers.desk.accounts import staff_of
from handlers.desk.staff import Role
from storage import cases
from storage.account_records import Account
from storage.case_records import CaseRow
from storage.schema import conversations
from tests.case_tools import FORM
from tests.console.client import Client, Page, make_account
from tests.running import Running

LONGTAN, MAWANG = "龙潭镇", "麻旺镇"
STORY = "两家屋基挨到起，对门修屋把滴水檐伸过来"
APPLICANT = {"name": "杨再兴", "phone": "13700001111", "address": "五育村3组", "consent": "是"}
OTHER = {"other_name": "田大有", "other_phone": "13998765432"}
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


async def crew(app: Running) -> dict[str, Account]:
    """A desk and a supervisor at Longtan and at the county centre, a desk at Mawang, an administrator, an auditor."""
    return {
        "ann": await make_account(app, "ann", Role.DESK, unit=LONGTAN, name="王敏"),
        "bo": await make_account(app, "bo", Role.DESK, unit=LONGTAN, name="李小龙"),
        "boss": await make_account(app, "boss", Role.SUPERVISOR, unit=LONGTAN, name="冉主任"),
        "cai": await make_account(app, "cai", Role.DESK, unit=MAWANG, name="蔡麻旺"),
        "du": await make_account(app, "du", Role.DESK, name="杜县中心"),
        "head": await make_account(app, "head", Role.SUPERVISOR, name="田科长"),
        "root": await make_account(app, "root", Role.ADMINISTRATOR, name="陈管理"),
        "eye": await make_account(app, "eye", Role.AUDITOR, name="审计员"),
    }


async def opened(
    app: Running, who: Account, kind: str = "mediation", talk: int | None = None, /, **form: Any
) -> CaseRow:
    """A case that a member of staff opened."""
    typed = {"once": secrets.token_hex(8), "story": STORY, "township": LONGTAN, **form}
    done = await open_case(app.app.tools, staff_of(who), talk, kind, typed)
    assert isinstance(done, Opened), done
    return done.case


async def stepped(app: Running, who: Account, case: CaseRow, action: str, **form: str) -> CaseRow:
    """A step that goes well; the case after it."""
    typed = {**FORM, "result": KINDS[case.kind].results[0], **form}
    done = await act(app.app.tools, staff_of(who), case.id, case.version, action, typed)
    assert isinstance(done, Acted), done
    return done.case


async def read(app: Running, case_id: int) -> CaseRow:
    """A case as it stands."""
    found = await app.app.database.read(lambda c: cases.read(c, case_id))
    assert found is not None
    return found


def hidden(page: Page, action: str) -> Mapping[str, str]:
    """What the form of this address brings along without being typed; the mark is each browser's own."""
    form = page.html.partition(f'action="/console{action}"')[2].partition("</form>")[0]
    assert form, f"no form for {action} on this page: {page.text}"
    return {name: value for name, value in _HIDDEN.findall(form) if name != "csrf"}


def words(piece: str) -> str:
    """A piece of a page as it is read, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", piece)).split())


def steps(page: Page) -> list[str]:
    """The steps that a case's page offers, in their order."""
    return re.findall(r'id="step-([a-z_]+)"', page.html)


async def take(client: Client, case: CaseRow, action: str, **form: str) -> Page:
    """Take a step from the page as it stands."""
    here = f"/cases/{case.id}"
    page = await client.get(here)
    step = f"{here}/steps/{action}"
    return await client.post(step, {**hidden(page, step), **form})


async def asks(app: Running, text: str = "老板拖欠工资三个月不给，怎么办") -> tuple[str, int]:
    """A resident asks for a person: the name of the conversation on the web, and its number."""
    told = await app.say(text)
    await app.say("转人工", conversation=told["conversation"])
    rows = await app.rows(conversations)
    return str(told["conversation"]), int(rows[-1].id)


async def heard(app: Running, conversation: str) -> str:
    """The newest words to the resident."""
    return str((await app.later(conversation))["replies"][-1]["text"])
