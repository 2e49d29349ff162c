"""One problem, or several that were chosen: why it matters, what solving it would change, and what can be done about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from pipemap.analysis.checks import checks
from pipemap.gui.parts import button, label, rule
from pipemap.gui.words import moment
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.session import Session
    from pipemap.jobs.fixes import Fix, Fixed
    from pipemap.progress import Progress
    from pipemap.store import StoredProblem, Survey

MOST_LINES = 60
"""Lines of a preview that are written out."""


class ProblemDetail(QScrollArea):
    """What is said of the chosen problems, with buttons."""

    decided = Signal()
    """Something was fixed, ignored or brought back."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._chosen: list[StoredProblem] = []
        self._alike: Sequence[StoredProblem] = ()
        self.reason = QLineEdit()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        self.setAccessibleName(_("The chosen problem"))
        self.show_problems([], [])

    def show_problems(self, chosen: Sequence[StoredProblem], alike: Sequence[StoredProblem]) -> None:
        """Show what was chosen; ``alike`` are all open problems of the same check in the list."""
        self._chosen, self._alike = list(chosen), alike
        self._session.checks.show_ghosts(())
        column = self._begin()
        if not self._chosen:
            column.addWidget(
                label(_("Choose a problem to see what solving it would change, and what can be done."), "quiet", wrap=True)
            )
        else:
            self._describe(column)
            if self._can_write:
                self._offer(column)
        column.addStretch(1)

    @property
    def _can_write(self) -> bool:
        return self._session.survey is not None and not self._session.survey.read_only

    def _begin(self) -> QVBoxLayout:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(6)
        self.setWidget(body)
        return column

    def _describe(self, column: QVBoxLayout) -> None:
        first, known = self._chosen[0], checks()
        check = known.get(first.problem.rule)
        if len(self._chosen) > 1:
            column.addWidget(label(_("{n} problems chosen").format(n=f"{len(self._chosen):,}"), "strong"))
            return
        column.addWidget(label(check.title if check is not None else first.problem.rule, "strong", wrap=True))
        column.addWidget(label(first.problem.message, wrap=True, selectable=True))
        if first.problem.effect is not None:
            column.addWidget(label(first.problem.effect.message, wrap=True))
        if check is not None:
            column.addWidget(label(check.why, "quiet", wrap=True))
        if first.problem.where:
            column.addWidget(label(_("Found in {where}").format(where=first.problem.where), "quiet", wrap=True))
        if first.status != "open" and first.reason:
            words = _("Ignored by {who}, {when}: {reason}") if first.status == "ignored" else _("Solved: {reason}")
            said = words.format(who=first.decided_by or "–", when=moment(first.decided), reason=first.reason)
            column.addWidget(label(said, "quiet", wrap=True))

    # -- what can be done ----------------------------------------------------------------------------------------------

    def _offer(self, column: QVBoxLayout) -> None:
        from pipemap.jobs.fixes import fixes_of

        open_ones = [one for one in self._chosen if one.status == "open"]
        rules = {one.problem.rule for one in open_ones}
        for fix in fixes_of(rules.pop()) if len(rules) == 1 else ():
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(button(fix.label, partial(self.preview, fix, open_ones), icon_name="wrench"), 1)
            if len(self._alike) > len(open_ones):
                title = _("All {n}").format(n=f"{len(self._alike):,}")
                every = button(title, partial(self.preview, fix, self._alike))
                every.setToolTip(_("Look at the same fix for all problems of this check that are listed."))
                row.addWidget(every)
            column.addLayout(row)
        column.addWidget(rule())
        if open_ones:
            self._offer_ignoring(column, open_ones)
        if closed := [one for one in self._chosen if one.is_decided]:
            column.addWidget(button(_("Bring back"), lambda: self._decide(closed, "open", "")))

    def _offer_ignoring(self, column: QVBoxLayout, problems: list[StoredProblem]) -> None:
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(_("Reason, such as: measured again, is so"))
        self.reason.setAccessibleName(_("Reason to ignore"))
        ignore = button(_("Ignore"), lambda: self._decide(problems, "ignored", self.reason.text()), icon_name="eye-slash")
        ignore.setEnabled(False)
        self.reason.textChanged.connect(lambda text: ignore.setEnabled(bool(text.strip())))
        self.reason.returnPressed.connect(ignore.click)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.reason, 1)
        row.addWidget(ignore)
        column.addLayout(row)

    def _decide(self, problems: Sequence[StoredProblem], status: str, reason: str) -> None:
        survey = self._session.survey
        if survey is None:
            return
        fids, author = [one.fid for one in problems], self._author

        def work(_progress: Progress) -> None:
            survey.decide_problems(fids, status, reason=reason, author=author)

        def done(_nothing: object) -> None:
            self._session.refresh()
            words = _("Ignored: {n}") if status == "ignored" else _("Brought back: {n}")
            self._session.say(words.format(n=f"{len(fids):,}"), undo=lambda: self._undo(survey))
            self.decided.emit()

        self._session.run(work, _("Keeping what was decided"), done)

    # -- fixes, looked at first ----------------------------------------------------------------------------------------

    def preview(self, fix: Fix, problems: Sequence[StoredProblem]) -> None:
        """Work out what a fix would change, then show it with a button to do it."""
        survey, chosen = self._session.survey, list(problems)
        if survey is None:
            return

        def work(progress: Progress) -> Fixed:
            from pipemap.jobs.fixes import preview_fix

            return preview_fix(survey, chosen, fix, progress=progress)

        self._session.run(work, _("Looking at what would change"), lambda found: self._show_preview(survey, fix, chosen, found))

    def _show_preview(self, survey: Survey, fix: Fix, problems: list[StoredProblem], found: Fixed) -> None:
        if survey is not self._session.survey:
            return
        column = self._begin()
        column.addWidget(label(found.label, "strong", wrap=True))
        if found.solved:
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(button(_("Apply"), lambda: self._apply(survey, fix, found), primary=True, icon_name="check"))
            row.addWidget(button(_("Back"), lambda: self.show_problems(self._chosen, self._alike)))
            row.addStretch(1)
            column.addLayout(row)
        else:
            column.addWidget(
                button(_("Back"), lambda: self.show_problems(self._chosen, self._alike)), 0, Qt.AlignmentFlag.AlignLeft
            )
        if found.refused:
            told = _("Cannot be mended this way: {n} of {total}").format(n=len(found.refused), total=len(problems))
            column.addWidget(label(told, "quiet", wrap=True))
            for stored, reason in found.refused[:5]:
                column.addWidget(label(f"{stored.problem.element}: {reason}", "quiet", wrap=True))
        for line in found.lines[:MOST_LINES]:
            column.addWidget(label(str(line), wrap=True, selectable=True))
        if len(found.lines) > MOST_LINES:
            column.addWidget(label(_("… and {n} more values").format(n=f"{len(found.lines) - MOST_LINES:,}"), "quiet"))
        column.addStretch(1)
        self._session.checks.show_ghosts(found.courses if found.solved else ())

    def _apply(self, survey: Survey, fix: Fix, found: Fixed) -> None:
        author = self._author

        def work(progress: Progress) -> Fixed:
            from pipemap.jobs.fixes import apply_fix

            made = apply_fix(survey, found.solved, fix, author=author, progress=progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return made

        def done(made: Fixed) -> None:
            self._session.checks.show_ghosts(())
            self._session.refresh()
            self._session.say(made.label, undo=lambda: self._undo(survey))
            self.decided.emit()

        self._session.run(work, fix.label, done)

    def _undo(self, survey: Survey) -> None:
        """Take back what was just done, beside the window."""

        def work(progress: Progress) -> None:
            survey.undo(author=self._author, progress=progress)
            survey.network  # noqa: B018

        if survey is self._session.survey:
            self._session.run(work, _("Undoing"), lambda _nothing: self._session.refresh())

    @property
    def _author(self) -> str:
        return str(self._session.settings.value("author") or "")
