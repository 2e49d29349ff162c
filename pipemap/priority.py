"""Who is served first where there are more threads than processors."""

from __future__ import annotations

import os
import sys
import threading

A_LITTLE, MUCH = 10, 15
"""For work that a person waits for beside a window that should go on moving; for work that nobody waits for."""


def give_way(how_much: int = A_LITTLE) -> None:
    """Lower the priority of this thread alone, and of those it starts, where the system knows such a thing.

    The window, and the threads that draw for it where there is no graphics card, have the priority of the program.
    """
    if sys.platform.startswith("linux"):
        ours = os.getpriority(os.PRIO_PROCESS, os.getpid())
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ours + how_much)
