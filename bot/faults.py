"""Telling a fault in the log without what a resident wrote, which the text of an error may repeat."""

import traceback


def told(error: BaseException) -> str:
    """The kind of an error and where it came from, frame by frame; never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([type(error).__name__, *places])


def in_short(error: BaseException) -> str:
    """The kind of an error and its last place, for a column of a table."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__
