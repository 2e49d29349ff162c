"""Do a fix for one problem or for many, as one Change; or only see what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.analysis.checks import check_named, checks
from pipemap.errors import PipemapError
from pipemap.jobs.fixes.registry import Case, Fix
from pipemap.jobs.fixes.words import Line, lines_of
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.store import StoredProblem, Survey
    from pipemap.store.edits import Edit

MOST_SHOWN = 200
"""Courses that a preview holds for the map."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """What a fix did, or would do.

    Attributes
    ----------
    label
        Of the Change.
    solved
        Problems that it mends.
    refused
        Problems that it cannot, each with the reason.
    lines
        What changes, in words, one line a value.
    courses
        (k, 3) vertices of pipes, and single places (1, 3) of points, as they will lie.
    change_id
        In the history; None for a preview, and where nothing changed.
    """

    label: str
    solved: tuple[StoredProblem, ...]
    refused: tuple[tuple[StoredProblem, str], ...]
    lines: tuple[Line, ...]
    courses: tuple[NDArray[np.float64], ...] = ()
    change_id: int | None = None


def preview_fix(survey: Survey, problems: Sequence[StoredProblem], fix: Fix, *, progress: Progress = SILENT) -> Fixed:
    """Say what a fix would change, and change nothing."""
    return _run(survey, problems, fix, author="", dry_run=True, progress=progress)


def apply_fix(
    survey: Survey, problems: Sequence[StoredProblem], fix: Fix, *, author: str = "", progress: Progress = SILENT
) -> Fixed:
    """Mend problems as one Change; those that cannot be mended are told, and nothing is changed of them."""
    return _run(survey, problems, fix, author=author, dry_run=False, progress=progress)


def _run(survey: Survey, problems: Sequence[StoredProblem], fix: Fix, *, author: str, dry_run: bool, progress: Progress) -> Fixed:
    solved: list[StoredProblem] = []
    refused: list[tuple[StoredProblem, str]] = []
    label = _label(problems, fix)
    with survey.edit(label, author=author, dry_run=dry_run) as edit:
        for place, stored in enumerate(problems):
            progress(place, len(problems), label)
            try:
                fix.mend(edit, Case.of(stored))
            except PipemapError as error:
                refused.append((stored, error.message))
            else:
                solved.append(stored)
        effects = edit.effects()
        courses = _courses(edit, [(effect.table, effect.fid) for effect in effects if effect.after is not None])
    progress(len(problems), len(problems))
    return Fixed(label, tuple(solved), tuple(refused), lines_of(effects), courses, edit.change_id)


def _label(problems: Sequence[StoredProblem], fix: Fix) -> str:
    rules = {stored.problem.rule for stored in problems}
    about = ", ".join(check_named(rule).title if rule in checks() else rule for rule in sorted(rules))
    if len(problems) == 1:
        return _("{fix}: {element} ({about})").format(fix=fix.label, element=problems[0].problem.element, about=about)
    return _("{fix}: {count} problems ({about})").format(fix=fix.label, count=len(problems), about=about)


def _courses(edit: Edit, rows: Sequence[tuple[str, int]]) -> tuple[NDArray[np.float64], ...]:
    found = []
    for table, fid in rows[:MOST_SHOWN]:
        if table == "pipe":
            found.append(edit.course(edit.row("pipe", fid)))
        elif table == "node":
            found.append(edit.place(edit.row("node", fid))[None])
    return tuple(course for course in found if len(course))
