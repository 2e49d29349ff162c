"""``pipemap bench``: how fast, how large, and beside what else. Every figure is measured in a process of its own.

``rows`` says what is measured and what is to be reached; ``ours`` and ``peers`` hold the work; ``child`` runs it in a fresh
process; ``running`` starts the children and gathers their figures; ``report`` and ``chart`` show them.
"""

from __future__ import annotations

from pipemap.bench.results import Bench, Figure, Measured
from pipemap.bench.rows import ROWS, Row
from pipemap.bench.running import run_bench

__all__ = ["ROWS", "Bench", "Figure", "Measured", "Row", "run_bench"]
