"""Another copy of the survey beside this one: what was edited there, to choose from, taken in as one Change."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from pipemap.gui.comparison_page import ComparisonPage
from pipemap.gui.import_storing import take_back
from pipemap.gui.parts import button, label
from pipemap.jobs.merging import DEFAULT, merge_plan, plan_merge_of
from pipemap.store.merging import common_entry
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey
    from pipemap.store.merging import Merged, MergePlan

_KINDS = "GeoPackage (*.gpkg)"


def show(context: Context) -> None:
    """Ask for the other copy, and show what it has otherwise."""
    session = context.session
    if session.survey is None:
        return
    folder = str(session.survey.path.parent)
    name, _kind = QFileDialog.getOpenFileName(context.window, _("Merge survey"), folder, _KINDS)
    if name:
        show_merge(session, context.window, Path(name))


def show_merge(session: Session, window: QWidget, theirs: Path, base: Path | None = None) -> None:
    """Compare with another copy; where the two share no history, ask for what both started from."""
    survey = session.survey
    if survey is None:
        return

    def work(progress: Progress) -> MergePlan | None:
        from pipemap.store import open_survey

        if base is None:
            with open_survey(theirs, read_only=True) as other:
                if other.path.exists() and not other.path.samefile(survey.path) and common_entry(survey, other) is None:
                    return None
        return plan_merge_of(survey, theirs, base, progress=progress)

    def compared(plan: MergePlan | None) -> None:
        if session.survey is not survey:
            return
        if plan is None:
            _ask_base(session, window, theirs)
        elif plan.is_empty:
            session.say(_("There is nothing to merge."))
        else:
            MergeDialog(session, window, survey, theirs, plan).show()

    session.run(work, _("Comparing with {file}").format(file=theirs.name), compared)


def _ask_base(session: Session, window: QWidget, theirs: Path) -> None:
    title = _("They share no history: name the file from which both were copied")
    name, _kind = QFileDialog.getOpenFileName(window, title, str(theirs.parent), _KINDS)
    if name:
        show_merge(session, window, theirs, Path(name))


class MergeDialog(QDialog):
    """Stays beside the window until it is merged or closed; nothing is written before."""

    def __init__(self, session: Session, window: QWidget, survey: Survey, theirs: Path, plan: MergePlan) -> None:
        super().__init__(window)
        self._session, self._survey, self._theirs, self.plan = session, survey, theirs, plan
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Merge “{file}”").format(file=theirs.name))
        self.resize(1100, 720)
        self.page = ComparisonPage()
        self.page.name_sides(_("Both started from"), _("In this survey"), theirs.name)
        self.page.show_comparison(plan.comparison, DEFAULT)
        words = _("Compared with what both started from: {state}.").format(state=plan.base)
        words += " " + _("Conflicts that are not decided now are kept among the problems.")
        self.act = button(_("Merge"), self.merge, primary=True)
        foot = QHBoxLayout()
        foot.addWidget(label(words, "quiet", wrap=True), 1)
        foot.addWidget(button(_("Cancel"), self.close))
        foot.addWidget(self.act)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.page, 1)
        column.addLayout(foot)
        session.survey_changed.connect(self.close)

    def merge(self) -> None:
        """Take in what was chosen."""
        survey, plan, theirs, decisions = self._survey, self.plan, self._theirs, self.page.decisions
        author = str(self._session.settings.value("author"))
        self.act.setEnabled(False)

        def work(_progress: Progress) -> Merged:
            try:
                return merge_plan(survey, plan, theirs, decisions=decisions, author=author)
            finally:
                survey.network  # noqa: B018 -- read here, where it does not hold up the window

        self._session.run(work, _("Merging {file}").format(file=theirs.name), partial(self._merged, survey), self._failed)

    def _merged(self, survey: Survey, done: Merged) -> None:
        session = self._session
        self.close()
        if session.survey is not survey:
            return
        session.refresh()
        told = _("Merged. Added: {added}; changed: {changed}; removed: {removed}; in conflict: {conflicts}.").format(
            added=f"{done.added:,}", changed=f"{done.changed:,}", removed=f"{done.removed:,}", conflicts=f"{done.conflicts:,}"
        )
        change = done.change_id
        session.say(told, undo=None if change is None else lambda: take_back(session, survey, [change]))

    def _failed(self, error: Exception) -> None:
        self.act.setEnabled(True)
        self._session.complain(error)
