"""Data checks: what is wrong with a survey, found by named rules, each with its source or marked as our own."""

from __future__ import annotations

from pipemap.analysis.checks.registry import GROUPS, Check, check_named, checks
from pipemap.analysis.checks.running import Checked, Spot, check_network, weighed
from pipemap.analysis.checks.tables import TABLES, entries_of, entry_named, entry_title, is_entry
from pipemap.analysis.checks.touched import Looked, Touched, check_touched

__all__ = [
    "GROUPS",
    "TABLES",
    "Check",
    "Checked",
    "Looked",
    "Spot",
    "Touched",
    "check_named",
    "check_network",
    "check_touched",
    "checks",
    "entries_of",
    "entry_named",
    "entry_title",
    "is_entry",
    "weighed",
]
