"""Reports: which, in which form and language, and where to; written beside the window, which goes on meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pipemap.errors import Cancelled, PipemapError
from pipemap.gui.import_state import ImportState
from pipemap.gui.parts import button, label, rule
from pipemap.gui.report_words import ReportWords
from pipemap.gui.session import Message
from pipemap.jobs.exporting import HandOutWords, TargetTakenError
from pipemap.reports import FORMS
from pipemap.reports.kinds import KINDS
from pipemap.texts import _, language, speaking

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.jobs.reporting import ReportResult
    from pipemap.model.plans import Plan
    from pipemap.progress import Progress
    from pipemap.store import Survey

LANGUAGES = (("zh", "中文"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One paper that can be chosen: a kind of report with what it needs."""

    kind: str
    label: str
    options: Mapping[str, Any]


def show(context: Context) -> None:
    """Open the dialog."""
    show_report(context.session, context.window)


def show_report(
    session: Session, window: QWidget, *, plan: ShutoffPlan | None = None, kind: str = "", kept: Plan | None = None
) -> ReportDialog | None:
    """Open the dialog, for the papers of a shut-off plan too where one is given."""
    if session.survey is None:
        return None
    before = window.findChild(ReportDialog)
    same = before is not None and before.plan is plan and before.kept == kept
    if before is not None and (before.is_busy or same) and before.survey is session.survey:
        dialog = before
    else:
        if before is not None:
            before.close()
        dialog = ReportDialog(session, window, session.survey, plan, kept)
    if kind:
        dialog.kind.setCurrentIndex(max(dialog.kind.findData(kind), 0))
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def _choices(plan: ShutoffPlan | None, kept: Plan | None) -> dict[str, Choice]:
    """Every paper by a name of its own: those of the survey, and those of a plan where there is one."""
    found = {row.name: Choice(row.name, _(row.label), {}) for row in KINDS if not row.needs_options}
    if plan is not None:
        of = {"plan": plan} if kept is None else {"kept": kept.number}
        found["shutoff"] = Choice("shutoff", _("Shut-off ticket"), {**of, "way": "close"})
        found["return"] = Choice("shutoff", _("Return ticket"), {**of, "way": "return"})
        found["notice"] = Choice("notice", _("Notice to customers"), of)
    return found


class ReportDialog(QDialog):
    """Stays beside the window."""

    def __init__(
        self, session: Session, window: QWidget, survey: Survey, plan: ShutoffPlan | None = None, kept: Plan | None = None
    ) -> None:
        super().__init__(window)
        self._session, self.survey, self.plan, self.kept = session, survey, plan, kept
        self._task: Task | None = None
        self._may_replace: Path | None = None
        self._chosen_target = False
        self.choices = _choices(plan, kept)
        self.kind, self.form, self.tongue = QComboBox(), QComboBox(), QComboBox()
        self.target = QLineEdit()
        self.pictures, self.printed = QCheckBox(_("Pictures of the map")), QCheckBox(_("Show the time of printing"))
        self.recipient, self.purpose = QLineEdit(), QLineEdit()
        self.words = ReportWords(plan, kept)
        self.state = ImportState(lambda: None)
        self.write_button = button(_("Write the report"), self.write, primary=True, icon_name="file-text")
        self.replace_button = button(_("Replace it"), self._replace)
        self.setWindowTitle(_("Report"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill()
        self._lay_out()
        self._listen()
        self._follow_kind()

    @property
    def is_busy(self) -> bool:
        """Whether a report is being written."""
        return self._task is not None

    def _fill(self) -> None:
        for name, choice in self.choices.items():
            self.kind.addItem(choice.label, name)
        for form in FORMS:
            self.form.addItem(f"{_(form.label)} ({form.ending})", form.ending)
        for code, title in LANGUAGES:
            self.tongue.addItem(title, code)
        self.tongue.setCurrentIndex(self.tongue.findData(language()))
        self.pictures.setChecked(True)

    def _listen(self) -> None:
        self.kind.currentIndexChanged.connect(lambda _place: self._follow_kind())
        self.form.currentIndexChanged.connect(lambda _place: self._name_target())
        self.target.textEdited.connect(lambda _text: self._note_target())
        self._session.survey_changed.connect(self.close)

    # -- what it looks like ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        to = QHBoxLayout()
        to.addWidget(self.target, 1)
        self._choose = button(_("Choose …"), self._choose_target)
        to.addWidget(self._choose)
        for title, part in (
            (_("Report"), self.kind),
            (_("Form"), self.form),
            (_("Language"), self.tongue),
            (_("Recipient"), self.recipient),
            (_("Purpose"), self.purpose),
        ):
            part.setAccessibleName(title)
            form.addRow(label(title, "quiet"), part)
        form.addRow("", self.pictures)
        form.addRow("", self.printed)
        self.target.setAccessibleName(_("File to write"))
        form.addRow(label(_("File"), "quiet"), to)
        foot = QHBoxLayout()
        foot.addWidget(self.state, 1)
        self.state.setFixedHeight(84)
        for one in (button(_("Close"), self.close), self.replace_button, self.write_button):
            foot.addWidget(one, 0, Qt.AlignmentFlag.AlignBottom)
        self.replace_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        self._form = QWidget()
        sides = QHBoxLayout(self._form)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(24)
        sides.addLayout(form, 1)
        sides.addWidget(self.words, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._form)
        column.addStretch(1)
        column.addWidget(rule())
        column.addLayout(foot)

    def _follow_kind(self) -> None:
        choice = self.choices[self.kind.currentData()]
        self.words.follow(choice.kind)
        self.setMinimumWidth(560 if self.words.isHidden() else 900)
        self.pictures.setVisible(choice.kind != "notice")
        self.printed.setChecked(choice.kind in ("shutoff", "notice"))  # paper that goes into the street
        self._name_target()
        self.adjustSize()
        self._check()

    # -- where to ------------------------------------------------------------------------------------------------------

    def _name_target(self) -> None:
        """Propose a name that is free; a folder that the person has chosen is kept."""
        ending = str(self.form.currentData())
        folder = Path(self.target.text()).parent if self._chosen_target else self.survey.path.parent
        stem = f"{self.survey.path.stem}-{self.kind.currentData()}"
        wanted, number = folder / f"{stem}{ending}", 1
        while wanted.exists():
            number += 1
            wanted = folder / f"{stem}-{number}{ending}"
        self.target.setText(str(wanted))
        self._check()

    def _note_target(self) -> None:
        self._chosen_target = True
        self._check()

    def _choose_target(self) -> None:
        ending = str(self.form.currentData())
        name, _kind = QFileDialog.getSaveFileName(self, _("Report"), self.target.text(), f"{self.form.currentText()} (*{ending})")
        if name:
            self._chosen_target = True
            self.target.setText(name if name.lower().endswith(ending) else name + ending)
            self._may_replace = Path(self.target.text())
            self._check()

    def _check(self) -> None:
        if self.is_busy:
            return
        self.replace_button.hide()
        words = ""
        if self.survey.read_only:
            words = _("The survey is open for reading only, so that its hand-out register cannot be written: nothing can leave.")
        elif not self.target.text().strip():
            words = _("Name the file to write.")
        self.write_button.setEnabled(not words)
        self.state.show_words(words or _("Every report is entered into the hand-out register of the survey."))

    # -- writing -------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write it on another thread."""
        choice, survey, to = self.choices[self.kind.currentData()], self.survey, Path(self.target.text().strip())
        spoken, now = str(self.tongue.currentData()), f"{datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005 -- as the clock on the wall says
        options = {**choice.options, **self.words.options(choice.kind), "pictures": self.pictures.isChecked(), "issued": now}
        words = HandOutWords(self.recipient.text(), self.purpose.text(), author=str(self._session.settings.value("author")))
        printed, replace = now if self.printed.isChecked() else "", self._may_replace == to

        def work(progress: Progress) -> ReportResult | None:
            from pipemap.jobs.reporting import make_report

            try:
                with speaking(spoken):
                    return make_report(
                        survey,
                        choice.kind,
                        to,
                        options=options,
                        printed=printed,
                        hand_out=words,
                        overwrite=replace,
                        progress=progress,
                    )
            except Cancelled:
                return None

        self._task = self._session.run(work, _("Writing {file}").format(file=to.name), self._ended, self._failed)
        self.state.show_task(self._task)
        self._freeze(on=True)

    def _replace(self) -> None:
        self._may_replace = Path(self.target.text().strip())
        self.write()

    def _freeze(self, *, on: bool) -> None:
        for part in (self._form, self.write_button):
            part.setEnabled(not on)
        self.replace_button.hide()

    def _ended(self, result: ReportResult | None) -> None:
        self._task = None
        self._freeze(on=False)
        if result is None:
            self.state.show_words(_("Stopped; nothing has left."))
            return
        self._may_replace = None
        told = [_("Written: {file}").format(file=result.written.name)]
        told.append(_("Entered into the hand-out register as number {n}.").format(n=result.hand_out.number))
        if result.withheld:
            told.append(_("{n} elements that are marked secret stay in the survey.").format(n=f"{result.withheld:,}"))
        if result.unreadable:
            told.append(_("{n} characters are not in the font of this machine; they are boxes.").format(n=result.unreadable))
        self._session.message.emit(Message(told[0], action=_("Open it"), on_action=lambda: _open(result.written)))
        self._session.registered.emit()
        self._name_target()
        self.state.show_words("\n".join(told))

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._freeze(on=False)
        if isinstance(error, TargetTakenError):
            self.replace_button.show()
            self.state.show_error(PipemapError(error.message, _("Choose another name, or replace it.")))
        elif isinstance(error, PipemapError):
            self.state.show_error(error)
        else:
            self._session.complain(error)

    def done(self, result: int) -> None:
        """Stop writing when the dialog goes."""
        if self._task is not None:
            self._task.cancel()
        super().done(result)


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
