"""A desk of three people on a working morning, each in a browser of their own, and residents who come to them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import expect
from sqlalchemy import Connection, select

from handlers.desk.staff import Role
from storage import conversations, sessions
from storage.account_records import Account
from storage.records import Conversation
from storage.schema import outbox
from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, Desk
from tests.browser.desk_people import Day, claimed, on_the_web
from tests.console.client import make_account
from tests.running import Apart, running_apart

T = TypeVar("T")
ASKED = "老板拖欠工资三个月不给，怎么办"


@dataclass
class Office:
    """A service with 王敏, 冉小兰 and their supervisor 李强, all of the county centre."""

    app: Apart
    open: OpenDesk
    wang: Account
    ran: Account
    li: Account
    opened: list[Desk] = field(default_factory=list)

    def desk(self, login: str, path: str, size: tuple[int, int] = DESKTOP) -> Desk:
        """A browser in which somebody looks at a page, whose colours do not fade."""
        found = self.open(size, base_url=self.app.base_url, reduced_motion="reduce")
        self.opened.append(found)
        found.sign_in(login)
        found.go(path)
        return found

    def waits(self) -> int:
        """Somebody on the web asks for a person."""
        return self.app.do(on_the_web(self.app.running, ASKED, "", "转人工"))

    def held(self) -> int:
        """A conversation of hers on the web."""
        talk = self.waits()
        self.app.do(claimed(self.app.running, talk, self.wang))
        return talk

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.app.do(self.app.app.database.write(work))

    def talk(self, number: int) -> Conversation:
        found = self.write(lambda c: conversations.read_by_id(c, number))
        assert found is not None
        return found

    def resident_says(self, number: int, text: str) -> None:
        self.app.do(self.app.running.say(text, conversation=self.talk(number).key.chat))

    def said_by_staff(self, number: int) -> list[str]:
        """What went to the resident from the desk, but the greeting."""
        mine = select(outbox.c.body).where(outbox.c.conversation_id == number)
        rows = self.write(lambda c: list(c.execute(mine.where(outbox.c.purpose == "staff"))))
        return [row.body["text"] for row in rows if "我来接着办" not in row.body["text"]]

    def sign_out(self, account: Account) -> None:
        """Their session ends, as it does when they have been away for too long."""
        self.write(lambda c: sessions.close_all(c, account.id))


@contextmanager
def open_office(folder: Path, desk: OpenDesk) -> Iterator[Office]:
    """The service at ten in the morning."""
    day = Day()
    day.at(10)
    with running_apart(folder, clock=day) as app:
        wang = app.do(make_account(app.running, "wang", Role.DESK, name="王敏"))
        ran = app.do(make_account(app.running, "ran", Role.DESK, name="冉小兰"))
        li = app.do(make_account(app.running, "li", Role.SUPERVISOR, name="李强"))
        office = Office(app, desk, wang, ran, li)
        yield office
        # Before the service goes: an open stream would be asked for again, in vain and aloud.
        for one in office.opened:
            one.page.context.close()


def page_of(number: int) -> str:
    return f"/conversations/{number}"


def send(at: Desk, text: str) -> None:
    at.page.get_by_label("写给来访人").fill(text)
    at.page.get_by_role("button", name="发送").click()


def through(at: Desk) -> None:
    """Wait until what was sent is through: the box is empty and the button may be used again."""
    expect(at.page.get_by_role("button", name="发送")).to_be_enabled()
    expect(at.page.get_by_label("写给来访人")).to_have_value("")
    expect(at.page.locator("#say .fault")).to_be_hidden()
