"""Nothing that was confirmed is lost when the program is killed; ``python -m tests.crash --times 300`` is the long run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL, and no fork")
def test_a_killed_program_loses_nothing_that_was_confirmed() -> None:
    run = [sys.executable, "-m", "tests.crash", "--times", "6", "--longest", "0.1"]
    done = subprocess.run(run, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "killed 6 times" in done.stdout
