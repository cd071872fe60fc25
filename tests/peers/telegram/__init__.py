"""A Telegram Bot API server on loopback."""
