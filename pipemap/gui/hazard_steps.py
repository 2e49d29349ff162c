"""The way of a hazard: reported, assigned, fixed, checked again, closed; who, when, with what photos, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label, rule
from pipemap.jobs.hazards import Hazard, advance_hazard, list_hazards, steps_from
from pipemap.model.finding import STATUSES, StoredFinding
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey

_AHEAD = 7
"""Days until a hazard is to be fixed, unless a person says otherwise."""
_WHO = {"assigned": N_("Assigned to"), "fixed": N_("Fixed by"), "rechecked": N_("Checked again by"), "closed": N_("Closed by")}
_PAPERS = "PDF (*.pdf);;Word (*.docx);;HTML (*.html)"


@dataclass(frozen=True, slots=True)
class HazardState:
    """A hazard with how many photos each of its steps has."""

    hazard: Hazard
    photos: dict[str, int]


def state_of(survey: Survey, finding: int) -> HazardState | None:
    """Read a hazard; None where it is none."""
    from pipemap.jobs.findings import attachments_of

    hazard = next((one for one in list_hazards(survey) if one.fid == finding), None)
    if hazard is None:
        return None
    photos: dict[str, int] = {}
    for one in attachments_of(survey, [finding]).get(finding, ()):
        photos[one.step or "reported"] = photos.get(one.step or "reported", 0) + 1
    return HazardState(hazard, photos)


class HazardSteps(QWidget):
    """Shown with a hazard that is stored; ``advanced`` gives the finding as it is after a step."""

    advanced = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._hazard: Hazard | None = None
        self._photos: list[Path] = []
        self._told = QVBoxLayout()
        self._told.setSpacing(2)
        self.to, self.by = QComboBox(), QLineEdit()
        self.on, self.due = (_day_edit(days) for days in (0, _AHEAD))
        self.has_due = QCheckBox(_("To be fixed by"))
        self.has_due.setChecked(True)
        self.photo_words = label("", "quiet", wrap=True)
        self.complaint = label("", "note", wrap=True)
        self.to.setAccessibleName(_("Next step"))
        self.to.currentIndexChanged.connect(lambda _index: self._show_fields())
        self._who = label("", "quiet")
        self._next = QWidget()
        self._lay_out()
        self.complaint.setVisible(False)
        self.setVisible(False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(rule())
        column.addWidget(label(_("Steps of the hazard"), "caption"))
        column.addLayout(self._told)
        form = QFormLayout(self._next)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(5)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(label(_("Next step"), "quiet"), self.to)
        form.addRow(self._who, self.by)
        form.addRow(label(_("On the day"), "quiet"), self.on)
        form.addRow(self.has_due, self.due)
        photos = QHBoxLayout()
        photos.addWidget(button(_("Photos of this step"), self.choose_photos, icon_name="camera"))
        photos.addWidget(self.photo_words, 1)
        form.addRow(photos)
        self.take = button(_("Take the step"), self.advance, primary=True)
        form.addRow(self.take)
        column.addWidget(self._next)
        column.addWidget(self.complaint)
        self.notice = button(_("Rectification notice"), self.print_notice, icon_name="file-text")
        column.addWidget(self.notice)

    # -- what it shows ---------------------------------------------------------------------------------------------------

    def show_finding(self, finding: int) -> None:
        """Show the steps of a finding by its key; 0, or one that is no hazard, shows nothing."""
        survey = self._session.survey
        self._hazard = None
        self.setVisible(False)
        if finding and survey is not None:
            work = partial(state_of, survey, finding)
            self._session.run(lambda _progress: work(), _("Reading the steps of the hazard"), self._show)

    def _show(self, found: HazardState | None) -> None:
        if found is None:
            return
        hazard = self._hazard = found.hazard
        self._photos = []
        self.photo_words.setText("")
        self._complain("")
        while (item := self._told.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for state, title in STATUSES.items():
            self._told.addWidget(self._line(state, _(title), found))
        today = datetime.now().astimezone().date().isoformat()
        if hazard.due:
            late = hazard.is_overdue(today)
            words = _("To be fixed by {day}").format(day=hazard.due[:10]) + (f" – {_('overdue')}" if late else "")
            self._told.addWidget(label(words, "error" if late else "quiet", wrap=True))
        self._offer(hazard)
        self.setVisible(True)

    def _line(self, state: str, title: str, found: HazardState) -> QWidget:
        day, person = found.hazard.steps.get(state, ("", ""))
        photos = found.photos.get(state, 0)
        count = _("photos: {n}").format(n=photos) if photos else ""
        is_done = list(STATUSES).index(state) <= list(STATUSES).index(found.hazard.status)
        mark = "●" if state == found.hazard.status else "✓" if is_done else "○"
        words = "  ".join(part for part in (f"{mark} {title}", day[:10], person, count) if part)
        return label(words, "strong" if state == found.hazard.status else "" if is_done else "quiet", wrap=True)

    def _complain(self, text: str) -> None:
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))

    def _offer(self, hazard: Hazard) -> None:
        states = steps_from(hazard.status)
        self._next.setVisible(bool(states) and can_write(self._session))
        self.to.clear()
        ahead = [state for state in states if list(STATUSES).index(state) > list(STATUSES).index(hazard.status)]
        for state in (*ahead, *(one for one in states if one not in ahead)):
            back = _("{state} again").format(state=_(STATUSES[state])) if state not in ahead else _(STATUSES[state])
            self.to.addItem(back, state)
        self.by.setText("")
        self.on.setDate(QDate.currentDate())
        self._show_fields()

    def _show_fields(self) -> None:
        state = self.to.currentData()
        self._who.setText(_(_WHO[state]) if state in _WHO else "")
        self.by.setAccessibleName(self._who.text())
        for part in (self.has_due, self.due):
            part.setVisible(state == "assigned")

    # -- what a person does --------------------------------------------------------------------------------------------

    def choose_photos(self, paths: list[Path] | None = None) -> None:
        """Take photos that show the hazard as it is now."""
        if paths is None:
            names, _kind = QFileDialog.getOpenFileNames(self, _("Photos of this step"))
            paths = [Path(name) for name in names]
        self._photos += paths
        self.photo_words.setText(", ".join(path.name for path in self._photos))

    def advance(self) -> None:
        """Bring the hazard further, as one Change."""
        session, survey, hazard = self._session, self._session.survey, self._hazard
        if survey is None or hazard is None:
            return
        to, by, on = str(self.to.currentData()), self.by.text().strip(), _iso(self.on)
        due = _iso(self.due) if to == "assigned" and self.has_due.isChecked() else None
        photos, author = tuple(self._photos), str(session.settings.value("author"))
        if to == "assigned" and not by:
            self._complain(_("Say who is to fix it."))
            return

        def work(_progress: Progress) -> StoredFinding | None:
            from pipemap.jobs.findings import list_findings

            advance_hazard(survey, hazard.fid, to, by=by, on=on, due=due, photos=photos, author=author)
            return next((one for one in list_findings(survey) if one.fid == hazard.fid), None)

        def done(stored: StoredFinding | None) -> None:
            session.refresh()
            session.say(_("Hazard {n}: {state}").format(n=hazard.fid, state=_(STATUSES[to])))
            if stored is not None:
                self.advanced.emit(stored)

        session.run(work, _("Storing the step"), done, lambda error: self._complain(str(error)))

    def print_notice(self, path: Path | None = None) -> None:
        """Write the rectification notice of the hazard."""
        survey, hazard, session = self._session.survey, self._hazard, self._session
        if survey is None or hazard is None:
            return
        if path is None:
            start = survey.path.with_name(_("Rectification notice {n}").format(n=hazard.fid) + ".pdf")
            name, _kind = QFileDialog.getSaveFileName(self, _("Rectification notice"), str(start), _PAPERS)
            if not name:
                return
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".pdf")
        from pipemap.jobs.exporting import HandOutWords
        from pipemap.jobs.reporting import make_report

        target, author = path, str(session.settings.value("author"))
        options: dict[str, object] = {"way": "notice", "finding": hazard.fid}

        def work(progress: Progress) -> Path:
            words = HandOutWords(author=author)
            return make_report(
                survey, "patrol", target, options=options, hand_out=words, overwrite=True, progress=progress
            ).written

        def done(written: Path) -> None:
            session.registered.emit()
            session.say(_("Saved {file}").format(file=written.name))

        session.run(work, _("Rectification notice"), done)


def _day_edit(ahead: int) -> QDateEdit:
    made = QDateEdit(QDate.currentDate().addDays(ahead))
    made.setDisplayFormat("yyyy-MM-dd")
    made.setCalendarPopup(True)
    made.setAccessibleName(_("To be fixed by") if ahead else _("On the day"))
    return made


def _iso(edit: QDateEdit) -> str:
    day = edit.date()
    return date(day.year(), day.month(), day.day()).isoformat()
