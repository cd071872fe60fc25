"""Whole conversations as data, replayed on every channel: see `test_dialogs.py` for the format."""
