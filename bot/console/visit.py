"""One request with all that a page needs: who asks, what was filled in, and how to answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import cookies
from bot.console.console import ROOT, Console
from bot.console.navigation import Item, items_for
from bot.text import storable
from handlers.desk.accounts import staff_of
from handlers.desk.staff import Staff
from storage.account_records import Account, SignedIn
from storage.audit import write_audit
from storage.desk_records import AuditEntry

T = TypeVar("T")
SEE_OTHER = 303


class Guest:
    """A request before anybody signed in. `seed` is the secret of this browser to which its forms are bound."""

    def __init__(self, console: Console, request: Request) -> None:
        self.console = console
        self.request = request
        self.form = FormData()
        self._fresh_seed = ""

    @property
    def seed(self) -> str:
        """From the browser's cookie; made, and given with the next answer, where it has none."""
        known = self.request.cookies.get(cookies.SESSION) or self.request.cookies.get(cookies.GUEST)
        if not known and not self._fresh_seed:
            self._fresh_seed = cookies.new_token()
        return known or self._fresh_seed

    @property
    def csrf(self) -> str:
        """What a form of this browser brings back as `csrf`."""
        return self.console.mark("csrf", self.seed)

    @property
    def now(self) -> datetime:
        """The present."""
        return self.console.now()

    def text(self, name: str, longest: int = 200) -> str:
        """A field of the form, else of the address: without blanks around it, cut to `longest`; "" if missing.

        Browsers send the end of a line as CR LF; it comes back as LF.
        """
        value = self.form.get(name)
        if value is None:
            value = self.request.query_params.get(name, "")
        return storable(value).replace("\r\n", "\n").strip()[:longest] if isinstance(value, str) else ""

    def secret(self, name: str) -> str:
        """A field of the form to the letter, as passwords want it; "" if missing."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        """A whole number out of the path, the form or the address; None if it is none."""
        word = str(self.request.path_params.get(name, "")) or self.text(name)
        return int(word) if word.isascii() and word.isdigit() and len(word) <= 18 else None  # noqa: PLR2004

    def render(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """A page. Templates also know `staff`, `navigation`, `csrf`, `notice` and `path`."""
        notice = cookies.said_before(self.console, self.request, self.seed)
        shared = {
            "staff": self._staff(),
            "navigation": self._navigation(),
            "csrf": self.csrf,
            "notice": notice,
            "path": self.request.url.path,
        }
        answer = self.console.html(template, {**shared, **context}, status)
        if cookies.FLASH in self.request.cookies:
            cookies.take(self.console, answer, cookies.FLASH)
        return self._with_seed(answer)

    def go(self, path: str, text: str = "", kind: str = "good") -> Response:
        """On to another page of the console ("/queue"), which begins with `text`; `kind` is good, warn or bad."""
        answer = RedirectResponse(ROOT + path, status_code=SEE_OTHER)
        if text:
            cookies.say_next(self.console, answer, self.seed, text, kind)
        return self._with_seed(answer)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reader's connection."""
        return await self.console.database.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of the writer; it may run twice."""
        return await self.console.database.write(work)

    def _staff(self) -> Staff | None:
        return None

    def _navigation(self) -> list[Item]:
        return []

    def _with_seed(self, answer: Response) -> Response:
        if self._fresh_seed:
            cookies.give(self.console, answer, cookies.GUEST, self._fresh_seed)
        return answer


class Visit(Guest):
    """A request of a signed-in member of staff."""

    def __init__(self, console: Console, request: Request, session: SignedIn) -> None:
        super().__init__(console, request)
        self.session = session
        self.staff = staff_of(session.account)

    @property
    def account(self) -> Account:
        """The account behind `staff`."""
        return self.session.account

    def entry(self, action: str, object_: str, *, unit: str = "", **detail: Any) -> AuditEntry:
        """A line for the audit log about this member of staff, now; `object_` is kind:id. No personal data."""
        return AuditEntry(self.now, self.staff.id, self.staff.name, action, object_, unit, detail or None)

    async def record(self, action: str, object_: str, *, unit: str = "", **detail: Any) -> None:
        """Write such a line: for what is only looked at. What is changed writes it in the same transaction."""
        entry = self.entry(action, object_, unit=unit, **detail)
        await self.write(lambda connection: write_audit(connection, entry))

    def _staff(self) -> Staff | None:
        return self.staff

    def _navigation(self) -> list[Item]:
        return items_for(self.staff, self.request.url.path)
