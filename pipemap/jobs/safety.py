"""Backups that come by themselves: before the first change of a day, and before an import."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.progress import SILENT, Progress
from pipemap.settings import Settings
from pipemap.store import Backup, Survey, backups_of

if TYPE_CHECKING:
    from pathlib import Path


def back_up_when_due(survey: Survey, *, before_import: bool = False, progress: Progress = SILENT) -> Backup | None:
    """Make a backup where one is due; return it, or None.

    It is due when something was changed since the last one, and either that one is not of today or an import comes. How many
    are kept is a setting; 0 makes none. A survey that cannot be copied is no reason not to work: its notices say so.
    """
    keep = int(float(Settings().value("backups_kept")))
    if not keep or survey.read_only or not is_due(survey, before_import=before_import):
        return None
    try:
        return survey.back_up(keep=keep, progress=progress)
    except SurveyFileError as error:
        survey.notices += (error.message,)
        return None


def is_due(survey: Survey, *, before_import: bool = False) -> bool:
    """Whether a backup would hold something that no backup holds, and it is time for one."""
    newest = survey.history_page(limit=1)
    if not newest:
        return False
    made = backups_of(survey.path)
    if not made:
        return True
    changed = datetime.fromisoformat(newest[0].time)
    is_behind = changed.replace(microsecond=0) >= made[0].time
    return is_behind and (before_import or made[0].time.date() < datetime.now().astimezone().date())


def newest_backup(path: Path) -> Backup | None:
    """Return the newest backup of a survey, whether or not the survey itself is still there."""
    return next(iter(backups_of(path)), None)
