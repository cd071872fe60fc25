"""What all pages of the console share: the desk's tools, the settings, the templates, and the bureau's mark."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.calendar import WorkCalendar
from bot.channels.wecom.sign_in import WeComSignIn
from bot.config import Settings
from bot.console import words
from bot.console.attempts import Attempts
from bot.console.passwords import Passwords
from bot.console.watch import Watch
from bot.live import Live
from handlers.desk.tools import Tools
from handlers.mask import mask
from storage.database import Database

ROOT = "/console"
_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Console:
    """One for each running service; page modules get it in their `routes(console)`."""

    def __init__(
        self, tools: Tools, settings: Settings, live: Live, calendar: WorkCalendar, wecom: WeComSignIn | None = None
    ) -> None:
        """`live` wakes pages that show what changes; `calendar` is told of days that were entered; `wecom` signs
        members in, where we have a public address.
        """
        self.tools = tools
        self.live = live
        self.calendar = calendar
        self.wecom = wecom if settings.service.public_url else None
        self.settings = settings
        self.watch = Watch(tools.database, live)
        self.passwords = Passwords()
        self.attempts = Attempts(tools, self.passwords, settings.zone)
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters |= {"moment": self.moment, "day": self.day, "township": words.township, "mask": mask}
        self._templates.globals |= {
            "service": settings.service.name,
            "county": settings.service.county,
            "root": ROOT,
            "version": _version(),
        }

    @property
    def database(self) -> Database:
        """The one database."""
        return self.tools.database

    @property
    def zone(self) -> ZoneInfo:
        """The zone of all times that people see."""
        return self.settings.zone

    @property
    def public_url(self) -> str:
        """The address under which the world knows us, without a slash at its end; "" where none is set."""
        return self.settings.service.public_url.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.public_url.startswith("https://")

    @property
    def idle(self) -> timedelta:
        """A session ends after so long without a click."""
        return timedelta(minutes=self.settings.console.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """A session ends after so long whatever happens."""
        return timedelta(hours=self.settings.console.session_hours)

    def moment(self, at: datetime | None) -> str:
        """A time as people read it beside a line: 今天 09:05, 11月3日 09:05; "" for None."""
        return words.moment(at, self.now(), self.zone)

    def day(self, at: datetime | None) -> str:
        """The day of a time, 2026-11-03; "" for None."""
        return words.day(at, self.zone)

    def now(self) -> datetime:
        """The present."""
        return self.tools.clock()

    def mark(self, purpose: str, *parts: str) -> str:
        """What only this bureau can have written for `purpose` about `parts`: 32 characters."""
        return self.tools.key("console", purpose, *parts)

    def is_mark(self, given: str, purpose: str, *parts: str) -> bool:
        """Whether `given` is that mark; takes the same time whatever is wrong with it."""
        return hmac.compare_digest(given.encode(), self.mark(purpose, *parts).encode())

    def add_filters(self, **filters: Callable[..., str]) -> None:
        """Let templates know more filters; a page module's `routes` is the place."""
        self._templates.filters |= filters

    def html(self, template: str, context: dict[str, Any], status: int = 200) -> HTMLResponse:
        """A template with its context as an answer; pages use `Visit.render`."""
        return HTMLResponse(self._templates.get_template(template).render(context), status_code=status)

    def stop(self) -> None:
        """End the streams of open pages, so that the server can stop."""
        self.watch.stop()

    def close(self) -> None:
        """Let go of what is held; no page is asked for any more."""
        self.passwords.close()


def _version() -> str:
    """Changes with the static files, so that a browser fetches them anew."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
