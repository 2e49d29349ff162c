"""The form of a reading at the selected element: kind, value with unit, when, by whom; it says at once what is beyond a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.catalog.readings import reading_kinds
from pipemap.formats.readings import WrittenReading
from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label
from pipemap.jobs.patrols import list_patrols
from pipemap.jobs.readings import Recorded, enter_reading, limits_of, value_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress


def show_form(session: Session, window: QWidget) -> ReadingForm | None:
    """Open the form, where one element is selected."""
    if session.survey is None or not can_write(session):
        return None
    element = _selected(session)
    if element is None:
        session.say(_("Select the node or pipe at which it was read."))
        return None
    form = ReadingForm(session, window, element)
    form.show()
    return form


def _selected(session: Session) -> str | None:
    """Return how to name the one element that is selected."""
    network, chosen = session.network, session.selection
    if network is None or len(chosen) != 1:
        return None
    if len(chosen.nodes):
        row = int(chosen.nodes[0])
        return f"node:{network.node_ids[row] or f'#{network.node_fid[row]}'}"
    row = int(chosen.pipes[0])
    return f"pipe:{network.pipe_ids[row] or f'#{network.pipe_fid[row]}'}"


class ReadingForm(QDialog):
    """Stays open for the next reading; Enter records."""

    def __init__(self, session: Session, window: QWidget, element: str) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Enter a reading"))
        self.setMinimumWidth(420)
        self._session, self._element = session, element
        survey = session.survey
        self._limits = limits_of(survey) if survey is not None else {}
        self.kind, self.patrol = QComboBox(), QComboBox()
        for row in reading_kinds().values():
            self.kind.addItem(f"{row.label} ({row.unit})", row.kind)
        self.patrol.addItem("–", None)
        for one in list_patrols(survey) if survey is not None else ():
            self.patrol.addItem(f"{one.fid} {one.name}", one.fid)
        self.value, self.by, self.instrument, self.note = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.taken = QDateTimeEdit(QDateTime.currentDateTime())
        self.taken.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.taken.setCalendarPopup(True)
        self.place = label(element.partition(":")[2], "strong", wrap=True)
        self.told = label("", "quiet", wrap=True)
        self.ok = button(_("Record"), self.record, primary=True)
        self.kind.currentIndexChanged.connect(lambda _index: self._look())
        self.value.textChanged.connect(lambda _text: self._look())
        session.selection_changed.connect(self._follow)
        self._lay_out()
        self._look()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (
            (_("Element"), self.place), (_("What was measured"), self.kind), (_("Value"), self.value), (_("Taken"), self.taken),
            (_("Who"), self.by), (_("Instrument"), self.instrument), (_("Patrol"), self.patrol), (_("Note"), self.note),
        )  # fmt: skip
        for title, part in rows:
            part.setAccessibleName(title)
            form.addRow(label(title, "quiet"), part)
        column.addLayout(form)
        column.addWidget(self.told)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(_("Close"), self.reject, quiet=True))
        foot.addWidget(self.ok)
        column.addLayout(foot)

    def _follow(self) -> None:
        """Go with the selection: the next chamber is clicked on the map."""
        element = _selected(self._session)
        if element is not None:
            self._element = element
            self.place.setText(element.partition(":")[2])

    def _look(self) -> None:
        """Say what the limit is, and whether the value is beyond it."""
        kind = reading_kinds()[str(self.kind.currentData())]
        limit = self._limits.get(kind.kind)
        number = value_of(kind, self.value.text()) if self.value.text().strip() else None
        self.ok.setEnabled(number is not None)
        words = _("Limit: {limit} {unit}").format(limit=limit.words, unit=kind.unit) if limit is not None else ""
        if limit is not None and limit.is_ours:
            words += " – " + _("our own starting value, not the law's")
        if self.value.text().strip() and number is None:
            words = _("“{text}” is no value of {kind}.").format(text=self.value.text(), kind=kind.label)
        elif limit is not None and limit.is_beyond(number):
            words += "\n" + _("Beyond the limit: a hazard will be raised.")
        self.told.setText(words)

    def record(self) -> None:
        """Record it as one Change, and be ready for the next."""
        from pipemap.gui.reading_table import tell

        session, survey = self._session, self._session.survey
        if survey is None:
            return
        typed = WrittenReading(
            self._element, str(self.kind.currentData()), self.value.text().strip(),
            taken=self.taken.dateTime().toString("yyyy-MM-dd HH:mm"), taken_by=self.by.text().strip(),
            instrument=self.instrument.text().strip(), note=self.note.text().strip(),
        )  # fmt: skip
        patrol, author = self.patrol.currentData(), str(session.settings.value("author"))

        def work(_progress: Progress) -> Recorded:
            made = enter_reading(survey, typed, patrol=patrol, author=author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return made

        def done(made: Recorded) -> None:
            self.value.clear()
            tell(session, made)

        session.run(work, _("Recording readings"), done, lambda error: self.told.setText(str(error)))
