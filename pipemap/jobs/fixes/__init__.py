"""Solve data problems: first shown as what would change, then done as one Change."""

from __future__ import annotations

from pipemap.jobs.fixes.planning import Fixed, apply_fix, preview_fix
from pipemap.jobs.fixes.registry import CannotFixError, Fix, fix_named, fixes_of

__all__ = ["CannotFixError", "Fix", "Fixed", "apply_fix", "fix_named", "fixes_of", "preview_fix"]
