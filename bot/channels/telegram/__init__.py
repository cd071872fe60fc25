"""Telegram: our own polling loop over raw JSON, or a webhook; replies with inline keyboards."""

import os

# Without this, reading how long to wait after a 429 gives a number and a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")
