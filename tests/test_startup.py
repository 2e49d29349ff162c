"""What the program does before it does anything."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, threading
import numpy as np
from pipemap.startup import keep_memory
if sys.argv[1] == "kept":
    keep_memory()

def work():
    for _turn in range(40):
        np.ones(1_000_000)

work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
PAGES = 8_000_000 // 4096
"""Pages of one of the arrays."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems are left alone")
def test_memory_that_one_thread_let_go_another_takes_without_asking_the_system() -> None:
    found = {}
    for how in ("kept", "given back"):
        environment = {**os.environ, "NUMPY_MADVISE_HUGEPAGE": "0"}
        told = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True, env=environment)
        found[how] = int(told.stdout)
    assert found["kept"] < PAGES
    assert found["kept"] < found["given back"]
