"""`python -m bot` is the same as `fawen`."""

from bot.cli import main

main()
