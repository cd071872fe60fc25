"""getUpdates, setWebhook, deleteWebhook, getWebhookInfo."""

import re
from typing import Any
from urllib.parse import urlsplit

from .arguments import Arguments
from .errors import WEBHOOK_IS_ACTIVE, WEBHOOK_TOOK_OVER, ApiError, bad_request
from .state import Described, State
from .webhook import Webhook

Json = dict[str, Any]

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PORTS = {80, 88, 443, 8443}
_MAX_SECRET = 256


async def get_updates(state: State, arguments: Arguments) -> list[Json]:
    if state.sender.webhook is not None:
        raise ApiError(409, WEBHOOK_IS_ACTIVE)
    state.queue.allow(_kinds(arguments))
    limit = arguments.clamped("limit", 100, 1, 100)
    timeout = arguments.clamped("timeout", 0, 0, 50)
    return await state.queue.poll(arguments.integer("offset"), limit, timeout)


async def set_webhook(state: State, arguments: Arguments) -> Described:
    if not arguments.text("url"):
        return await delete_webhook(state, arguments)
    webhook = _read_webhook(state, arguments)
    state.queue.allow(_kinds(arguments))
    state.queue.interrupt(ApiError(409, WEBHOOK_TOOK_OVER))
    if arguments.flag("drop_pending_updates"):
        state.queue.clear()
    elif state.sender.webhook == webhook:
        return Described(result=True, description="Webhook is already set")
    await state.sender.set(webhook)
    return Described(result=True, description="Webhook was set")


async def delete_webhook(state: State, arguments: Arguments) -> Described:
    was_set = state.sender.webhook is not None
    await state.sender.set(None)
    if arguments.flag("drop_pending_updates"):
        state.queue.clear()
    return Described(result=True, description="Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(state: State, arguments: Arguments) -> Json:
    info: Json = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(state.queue.pending),
    }
    webhook = state.sender.webhook
    if webhook is not None:
        info |= {"url": webhook.url, "max_connections": webhook.max_connections}
        info |= {"ip_address": webhook.ip_address or "127.0.0.1"}
        if state.sender.last_error is not None:
            date, text = state.sender.last_error
            info |= {"last_error_date": date, "last_error_message": text}
    if state.queue.allowed is not None:
        info["allowed_updates"] = sorted(state.queue.allowed)
    return info


def _read_webhook(state: State, arguments: Arguments) -> Webhook:
    secret = arguments.text("secret_token")
    if len(secret) > _MAX_SECRET:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    url = arguments.text("url")
    _check_address(url, redirected=bool(state.sender.options.deliver_to))
    most = arguments.clamped("max_connections", 40, 1, 100)
    return Webhook(url, secret, most, arguments.text("ip_address"))


def _check_address(url: str, *, redirected: bool) -> None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if parts.hostname in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not redirected:
        # A peer on loopback never calls out; deliver_to says where a public address really is.
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")


def _kinds(arguments: Arguments) -> list[str] | None:
    kinds = arguments.decoded("allowed_updates", "allowed updates")
    return kinds if isinstance(kinds, list) else None
