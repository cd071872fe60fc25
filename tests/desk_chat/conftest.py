"""One service for the conversations of a file; at the end no platform had anything to complain of."""

from collections.abc import Iterator

import pytest

from tests.desk_chat.stage import Stage, stage


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("chat")) as running:
        yield running
        running.quiet()
        assert running.telegram.violations == []
        assert running.wecom.violations == []


@pytest.fixture(autouse=True)
def nobody_else(scene: Stage) -> Iterator[None]:
    """Only the staff of a test are called in it."""
    yield
    scene.leave()


@pytest.fixture(params=["telegram", "wecom_app"])
def channel(request: pytest.FixtureRequest) -> str:
    """Where the staff of the test work: it is the same on both."""
    name: str = request.param
    return name
