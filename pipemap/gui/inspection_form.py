"""An inspection written down by hand: which section, how, when, by whom, how it stood in the pipe, or why it was not made."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.errors import EditError, PipemapError
from pipemap.gui.parts import button, label, rule
from pipemap.jobs.inspection_entry import enter_inspection
from pipemap.model.finding import DIRECTIONS, INSPECTION_KINDS, Inspection
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.jobs.inspection_entry import ListedInspection

_REMEMBERED = ("kind", "inspected", "inspector", "company", "equipment", "calibration", "weather")
"""What is mostly the same from one inspection of a day to the next."""
_LINES: dict[str, str] = {
    "section": N_("Section"),
    "inspected": N_("Date"),
    "inspector": N_("Operator"),
    "company": N_("Company"),
    "equipment": N_("Equipment"),
    "calibration": N_("Calibration"),
    "weather": N_("Weather"),
    "water_percent": N_("Water level (%)"),
    "inspected_length": N_("Inspected (m)"),
    "video": N_("Video"),
    "note": N_("Comment"),
}
_FIGURES = ("water_percent", "inspected_length")
_FLAGS: dict[str, str] = {"cleaned": N_("Cleaned before"), "plugged": N_("Plugged"), "aborted": N_("Broken off before the end")}
_HINTS = {"calibration": N_("Certificate, valid until"), "equipment": N_("Robot and camera")}
_COLUMNS = 2


def show(context: Context) -> None:
    """Open the form for the section that is selected."""
    show_form(context.session, context.window)


def show_form(session: Session, window: QWidget, listed: ListedInspection | None = None) -> InspectionForm | None:
    """Open the form: for a new inspection of what is selected, or to change one that is in the survey."""
    if session.survey is None:
        return None
    dialog = InspectionForm(session, window, listed)
    dialog.show()
    return dialog


class InspectionForm(QDialog):
    """Stays beside the window, so that the pipe can be looked for meanwhile."""

    def __init__(self, session: Session, window: QWidget, listed: ListedInspection | None) -> None:
        super().__init__(window)
        self._session = session
        self._before = listed.inspection if listed is not None else Inspection()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Change inspection") if listed is not None else _("New inspection"))
        self.setMinimumWidth(620)
        self.pipe, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind, self.direction = (_choice(words) for words in (INSPECTION_KINDS, {"": N_("not recorded"), **DIRECTIONS}))
        self.lines = {name: QLineEdit() for name in _LINES}
        self.flags = {name: QCheckBox(_(title)) for name, title in _FLAGS.items()}
        self.not_done = QLineEdit()
        self.complaint = label("", "strong", wrap=True)
        self.ok = button(_("Store"), self.keep, primary=True)
        self._lay_out()
        self._fill(listed)
        session.survey_changed.connect(self.close)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(7)
        parts: list[tuple[str, QWidget]] = [
            (_("Pipe"), self.pipe),
            (_("Method"), self.kind),
            (_("Start node"), self.start),
            (_("Direction"), self.direction),
            (_("End node"), self.end),
            *((_(title), self.lines[name]) for name, title in _LINES.items()),
        ]
        for place, (title, part) in enumerate(parts):
            part.setAccessibleName(title)
            row, column = divmod(place, _COLUMNS)
            grid.addWidget(label(title, "quiet"), row, 2 * column)
            grid.addWidget(part, row, 2 * column + 1)
        for name, hint in _HINTS.items():
            self.lines[name].setPlaceholderText(_(hint))
        self.lines["inspected"].setPlaceholderText("2026-05-31")
        self.start.setPlaceholderText(_("where the camera set out"))
        self.end.setPlaceholderText(_("of several pipes"))
        self.not_done.setPlaceholderText(_("Leave empty where it was inspected"))
        self.not_done.setAccessibleName(_("Not done because"))
        flags, foot, why = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for flag in self.flags.values():
            flags.addWidget(flag)
        flags.addStretch(1)
        why.addWidget(label(_("Not done because"), "quiet"))
        why.addWidget(self.not_done, 1)
        foot.addWidget(self.complaint, 1)
        foot.addWidget(button(_("Cancel"), self.reject, quiet=True))
        foot.addWidget(self.ok)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        words = _("A pipe with its direction, or the nodes at both ends of a section; a start node alone is a manhole.")
        whole.addWidget(label(words, "quiet", wrap=True))
        for layout in (grid, flags, why):
            whole.addLayout(layout)
        whole.addWidget(rule())
        whole.addLayout(foot)

    # -- what it shows -------------------------------------------------------------------------------------------------

    def _fill(self, listed: ListedInspection | None) -> None:
        one = self._before
        if listed is None:
            today = QDate.currentDate().toString("yyyy-MM-dd")
            one = self._before = replace(one, **({"inspected": today} | _remembered(self._session)))
            self._fill_place_of_selection()
        elif len(listed.ids) == 1:
            self.pipe.setText(listed.ids[0])
            self.start.setText(listed.start)
        else:
            self.start.setText(listed.start)
            self.end.setText(listed.end)
        self.kind.setCurrentIndex(max(self.kind.findData(one.kind), 0))
        self.direction.setCurrentIndex(max(self.direction.findData(one.direction), 0))
        for name, line in self.lines.items():
            value = getattr(one, name)
            line.setText("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
        for name, flag in self.flags.items():
            flag.setChecked(getattr(one, name))
        self.not_done.setText(one.not_done)

    def _fill_place_of_selection(self) -> None:
        """Take the pipe that is selected; of several the outer ends of their run; or the node."""
        network, chosen = self._session.network, self._session.selection
        if network is None:
            return
        if len(chosen.pipes) == 1:
            self.pipe.setText(network.pipe_ids[int(chosen.pipes[0])] or f"#{network.pipe_fid[int(chosen.pipes[0])]}")
        elif len(chosen.pipes) > 1:
            ends = _outer_ends(network.pipe_ends[chosen.pipes].ravel().tolist())
            names = [network.node_ids[row] or f"#{network.node_fid[row]}" for row in ends]
            for field, name in zip((self.start, self.end), names, strict=False):
                field.setText(name)
        elif len(chosen.nodes) == 1:
            self.start.setText(network.node_ids[int(chosen.nodes[0])] or f"#{network.node_fid[int(chosen.nodes[0])]}")

    # -- what a person does --------------------------------------------------------------------------------------------

    def entered(self) -> Inspection:
        """Return what the form holds, without its place.

        Raises
        ------
        EditError
            A figure is none.
        """
        values: dict[str, Any] = {name: line.text().strip() for name, line in self.lines.items()}
        values |= {name: _figure(values[name], _(_LINES[name])) for name in _FIGURES}
        values |= {name: flag.isChecked() for name, flag in self.flags.items()}
        return replace(
            self._before,
            kind=self.kind.currentData(),
            direction=self.direction.currentData(),
            not_done=self.not_done.text().strip(),
            **values,
        )

    def keep(self) -> None:
        """Store it beside the window; what cannot stand is said here."""
        session, survey = self._session, self._session.survey
        if survey is None:
            return
        try:
            one = self.entered()
        except PipemapError as error:
            self.complaint.setText(str(error))
            return
        place = {"pipe": self.pipe.text().strip(), "start": self.start.text().strip(), "end": self.end.text().strip()}
        author = str(session.settings.value("author"))
        self.ok.setEnabled(False)

        def kept(fid: int) -> None:
            _remember(session, one)
            session.say(_("Inspection {n} is in the survey.").format(n=fid))
            session.refresh()
            session.show_panel("inspections")
            self.accept()

        def failed(error: Exception) -> None:
            self.ok.setEnabled(True)
            if isinstance(error, PipemapError):
                self.complaint.setText(" ".join(filter(None, (error.message, error.hint))))
            else:
                session.complain(error)

        work = partial(enter_inspection, survey, one, **place, author=author)
        session.run(lambda _progress: work(), _("Storing the inspection"), kept, failed)


def _choice(words: dict[str, str]) -> QComboBox:
    made = QComboBox()
    for value, title in words.items():
        made.addItem(_(title), value)
    return made


def _figure(text: str, name: str) -> float | None:
    plain = text.rstrip("%").strip()
    if not plain:
        return None
    try:
        return float(plain.replace(",", "."))
    except ValueError as error:
        raise EditError(_("“{name}” takes a number, not “{value}”.").format(name=name, value=text)) from error


def _outer_ends(nodes: list[int]) -> list[int]:
    """Return the nodes at which only one of some pipes ends."""
    return [node for node in dict.fromkeys(nodes) if nodes.count(node) == 1]


def _remembered(session: Session) -> dict[str, Any]:
    held = session.property("last_inspection")
    return {name: held[name] for name in _REMEMBERED} if isinstance(held, dict) else {}


def _remember(session: Session, one: Inspection) -> None:
    session.setProperty("last_inspection", {name: getattr(one, name) for name in _REMEMBERED})
