"""An HTTP client for plain http on this machine."""

import ssl

import httpx

_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: loading the usual certificates takes longer than most tests."""


def loopback_client(*, base_url: str = "", limits: httpx.Limits | None = None) -> httpx.Client:
    """A client that heeds no proxy settings; https targets fail."""
    return httpx.Client(base_url=base_url, limits=limits or httpx.Limits(), verify=_NO_AUTHORITIES, trust_env=False)
