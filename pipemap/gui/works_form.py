"""Works of others near pipes: who builds, notice, briefing, protection, and the visits day by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label, rule
from pipemap.gui.short_lists import ShortList
from pipemap.jobs.patrols import change_patrol, find_patrol
from pipemap.jobs.works import Works, add_visit, overdue_words, works_of
from pipemap.model.patrol import DAYS, VISIT_STATES, WORKS, Patrol
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

_MOST = 60
"""Visits that are listed, the newest."""


class WorksFields(QWidget):
    """A field for each thing that is told of works, two in a row."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        self.lines: dict[str, QLineEdit] = {}
        row, column = 0, 0
        for name, title in WORKS.items():
            line = self.lines[name] = QLineEdit()
            line.setAccessibleName(_(title))
            if name in DAYS:
                line.setPlaceholderText("2026-11-25")
            wide = name == "protection"
            if wide and column:
                row, column = row + 1, 0
            grid.addWidget(label(_(title), "quiet"), row, column * 2)
            grid.addWidget(line, row, column * 2 + 1, 1, 3 if wide else 1)
            row, column = (row + 1, 0) if wide or column else (row, 1)

    def show_works(self, patrol: Patrol) -> None:
        """Show what is known of works."""
        for name, line in self.lines.items():
            line.setText(patrol.works.get(name, ""))

    def entered(self) -> dict[str, str | None]:
        """Return what was typed; blank is unknown."""
        return {name: line.text().strip() or None for name, line in self.lines.items()}


class WorksDialog(QDialog):
    """Stays open beside the map while visits are entered."""

    def __init__(self, session: Session, window: QWidget, patrol: Patrol) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Works of others: {name}").format(name=patrol.name))
        self.setMinimumWidth(760)
        self._session, self._patrol = session, patrol
        self.fields = WorksFields()
        self.visitor, self.when, self.note = QLineEdit(patrol.crew), QLineEdit(), QLineEdit()
        self.when.setText(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}")
        self.state = QComboBox()
        for key, title in VISIT_STATES.items():
            self.state.addItem(_(title), key)
        self.late = label("", "error", wrap=True)
        self.complaint = label("", "note", wrap=True)
        self.complaint.setVisible(False)
        self._list = QVBoxLayout()
        self._lay_out()
        session.network_changed.connect(self.read)
        session.records_changed.connect(self.read)
        self.read()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(self.late)
        column.addWidget(self.fields)
        row = QHBoxLayout()
        row.addStretch(1)
        self.keep = button(_("Keep"), self.store, primary=True)
        row.addWidget(self.keep)
        column.addLayout(row)
        column.addWidget(rule())
        column.addWidget(label(_("Visits"), "caption"))
        visit = QHBoxLayout()
        visit.setSpacing(6)
        parts = ((_("When"), self.when), (_("Who"), self.visitor), (_("State"), self.state), (_("Note"), self.note))
        for title, part in parts:
            part.setAccessibleName(title)
            visit.addWidget(label(title, "quiet"))
            visit.addWidget(part, 3 if part is self.note else 2 if part is self.when else 1)
        self.enter = button(_("Enter the visit"), self.add, icon_name="plus")
        visit.addWidget(self.enter)
        column.addLayout(visit)
        column.addWidget(self.complaint)
        column.addLayout(self._list)
        for made in (self.keep, self.enter):
            made.setEnabled(can_write(self._session))

    def read(self) -> None:
        """Read the works again."""
        survey = self._session.survey
        if survey is None:
            self.reject()
            return
        number = self._patrol.fid
        self._session.run(lambda _progress: works_of(survey, find_patrol(survey, number)), _("Reading patrols"), self._show)

    def _show(self, works: Works) -> None:
        self._patrol = works.patrol
        self.fields.show_works(works.patrol)
        today = datetime.now().astimezone().date()
        late = overdue_words(works, today)
        if works.is_due(today):
            late.append(_("Nobody was there today."))
        self.late.setText("\n".join(late))
        self.late.setVisible(bool(late))
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        made = ShortList((_("When"), _("Who"), _("State"), _("Note")))
        for visit in reversed(works.visits[-_MOST:]):
            made.add(visit.visited.replace("T", " "), visit.visitor, _(VISIT_STATES[visit.state]), visit.note)
        self._list.addWidget(made.fitted() or label(_("Nobody was there yet."), "quiet"))

    def _complain(self, text: str) -> None:
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))

    def store(self) -> None:
        """Keep what is told of the works, as one Change."""
        self._run(partial(self._change, self.fields.entered()), _("Storing the works"))

    def _change(self, told: dict[str, str | None], author: str) -> None:
        if self._session.survey is not None:
            change_patrol(self._session.survey, self._patrol.fid, author=author, **told)

    def add(self) -> None:
        """Enter a visit, as one Change."""
        survey, number = self._session.survey, self._patrol.fid
        when, visitor, note = (line.text().strip() for line in (self.when, self.visitor, self.note))
        state = str(self.state.currentData())

        def work(author: str) -> None:
            if survey is not None:
                add_visit(survey, number, visited=_iso(when), visitor=visitor, state=state, note=note, author=author)

        self._run(work, _("Storing the visit"))

    def _run(self, work: Callable[[str], None], title: str) -> None:
        session, survey = self._session, self._session.survey
        author = str(session.settings.value("author"))

        def whole(_progress: Progress) -> None:
            work(author)
            survey.network if survey is not None else None  # noqa: B018 -- read here, where it does not hold up the window

        def done(_nothing: None) -> None:
            self._complain("")
            session.refresh()
            session.say(_("Works of others: {name}").format(name=self._patrol.name))

        session.run(whole, title, done, lambda error: self._complain(str(error)))


def _iso(text: str) -> str:
    """A day or time as people type it, as ISO text where it is one."""
    from pipemap.formats.readings import moment_of

    return moment_of(text) or text
