"""The command `fawen run` as a process of its own: ``with fawen_run(tmp_path) as process: …``."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fawen_run(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """The command `fawen run` in a process of its own, on a free port; killed at the end if it still runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAWEN")}
    here = {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
    own = {"FAWEN__WEB__PORT": "0", "FAWEN__SERVICE__DATA_DIR": str(folder / "data")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env=kept | here | own | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
