"""Data checks: what is wrong with a survey, found by named rules, each with its source or marked as our own."""

from __future__ import annotations

from pipemap.analysis.checks.registry import GROUPS, Check, check_named, checks
from pipemap.analysis.checks.running import Checked, check_network

__all__ = ["GROUPS", "Check", "Checked", "check_named", "check_network", "checks"]
