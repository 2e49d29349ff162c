"""Two surveys that were edited apart, merged into one of them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import EditError
from pipemap.model.comparison import Decisions
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey
    from pipemap.store.merging import Merged, MergePlan

DEFAULT = Decisions({"missing": "remove"})
"""What comes of a merge when nobody chooses: everything but conflicts, which are kept among the problems."""


def plan_merge_of(
    survey: Survey, theirs: Path | str, base: Path | str | None = None, *, progress: Progress = SILENT
) -> MergePlan:
    """Compare a survey with another file, from the state that both share or from ``base``.

    Raises
    ------
    SurveyFileError
        A file cannot be read.
    EditError
        It is the same file, they share no history and no base is given, or their coordinate systems differ.
    """
    from pipemap import store
    from pipemap.store.merging import plan_merge

    if Path(theirs).exists() and Path(theirs).samefile(survey.path):
        raise EditError(_("{file} is the survey itself.").format(file=Path(theirs).name), _("Name the other copy."))
    with ExitStack() as open_:
        other = open_.enter_context(store.open_survey(theirs, read_only=True))
        start = None if base is None else open_.enter_context(store.open_survey(base, read_only=True))
        return plan_merge(survey, other, start, progress=progress)


def merge_plan(
    survey: Survey,
    plan: MergePlan,
    theirs: Path | str,
    *,
    decisions: Decisions = DEFAULT,
    author: str = "",
    dry_run: bool = False,
) -> Merged:
    """Do what was planned, as one Change, with a backup before; errors as for :func:`pipemap.store.merging.merge`."""
    from pipemap.jobs.safety import back_up_when_due
    from pipemap.store.merging import merge

    if not dry_run:
        back_up_when_due(survey, before_import=True)
    label = _("Merge “{file}”").format(file=Path(theirs).name)
    return merge(survey, plan, decisions, label=label, author=author, dry_run=dry_run)


def merge_surveys(
    survey: Survey,
    theirs: Path | str,
    *,
    base: Path | str | None = None,
    decisions: Decisions = DEFAULT,
    author: str = "",
    progress: Progress = SILENT,
) -> Merged:
    """Merge another file into a survey; errors as for :func:`plan_merge_of`."""
    plan = plan_merge_of(survey, theirs, base, progress=progress)
    return merge_plan(survey, plan, theirs, decisions=decisions, author=author)
