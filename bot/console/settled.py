"""What the desk answered to an act, told in the form in which it was asked for: to a script, or as the next page."""

from starlette.responses import JSONResponse, Response

from bot.console.console import ROOT
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from handlers.desk.refused import Refused, Why

_STATUS = {Why.NOT_FOUND: 404, Why.FORBIDDEN: 403, Why.INPUT: 422}
_CHANGED = 409
_TITLES = {Why.INPUT: "还差一点", Why.PLATFORM: "平台没有同意", Why.WINDOW: "现在发不了"}


def settled(visit: Visit, refused: Refused | None, words: str = "", *, back: str, to: str = "") -> Response:
    """Done: `words` on the page `to` (else `back`), or as JSON to a script.

    Raises:
        Refusal: it was refused; its page leads `back`.
    """
    if refused is not None:
        status, title = _STATUS.get(refused.why, _CHANGED), _TITLES.get(refused.why, "")
        raise Refusal(status, refused.words, title=title, back=back)
    if for_script(visit):
        return JSONResponse({"words": words, "to": f"{ROOT}{to or back}"})
    return visit.go(to or back, words)


def for_script(visit: Visit) -> bool:
    """Whether a script asked, which wants JSON."""
    return "application/json" in visit.request.headers.get("accept", "")
