"""Programs that tests need and a machine may lack: a skip that says why, and a failure where they are required."""

import os
from typing import NoReturn

import pytest

REQUIRE = "FAWEN_TEST_REQUIRE"  # names separated by commas, such as "postgresql,chromium"; `.ci/run` sets it


def skip_or_fail(name: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where the environment says that `name` has to be here."""
    required = {word.strip() for word in os.environ.get(REQUIRE, "").split(",")}
    if name in required:
        pytest.fail(f"{reason}; {REQUIRE} requires {name}", pytrace=False)
    pytest.skip(reason)
