"""Pictures of the console for the documents, taken of the real service on the day of `desk_scene`, at both sizes.

Run by hand after the pages have changed: `python -m tests.browser.desk_screenshots docs/images`.
It needs Chromium and a Chinese font; on Debian:
`apt-get install chromium fonts-noto-cjk`.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, Desk
from tests.browser.desk_people import Day
from tests.browser.desk_scene import Scene, fill
from tests.browser.screenshots import LARGEST
from tests.running import running_apart

SIZES = {"phone": PHONE_OF_STAFF, "desktop": DESKTOP}


def _work(at: Desk, _: Scene) -> None:
    at.go("/")


def _queue(at: Desk, _: Scene) -> None:
    at.go("/queue")


def _talk(at: Desk, scene: Scene) -> None:
    at.go(f"/conversations/{scene.held}")


def _case(at: Desk, _: Scene) -> None:
    at.go("/cases")
    at.page.get_by_role("link", name="TJ").first.click()
    at.page.get_by_role("heading", name="现在和下一步").wait_for()


def _cases(at: Desk, _: Scene) -> None:
    at.go("/cases")


PICTURES: dict[str, Callable[[Desk, Scene], None]] = {
    "work": _work,
    "queue": _queue,
    "talk": _talk,
    "case": _case,
    "cases": _cases,
}


def take(browser: Browser, base_url: str, scene: Scene, folder: Path, size: str) -> None:
    """All pictures of one size, signed in as 王敏."""
    width, height = SIZES[size]
    phone = size == "phone"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        device_scale_factor=1,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    at = Desk(context.new_page(), base_url)
    at.sign_in("wang.min")
    for name, show in PICTURES.items():
        show(at, scene)
        at.page.wait_for_timeout(300)
        path = folder / f"desk-{name}-{size}.png"
        at.page.screenshot(path=path)
        if path.stat().st_size > LARGEST:
            sys.exit(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}")
    context.close()


def main(folder: Path) -> None:
    """All pictures, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    day = Day()
    with (
        tempfile.TemporaryDirectory() as data,
        running_apart(Path(data), clock=day) as app,
        chromium() as browser,
    ):
        scene = app.do(fill(app.running, day))
        for size in SIZES:
            take(browser, app.base_url, scene, folder, size)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.browser.desk_screenshots FOLDER")
    main(Path(sys.argv[1]))
