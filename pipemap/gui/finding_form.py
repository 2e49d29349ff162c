"""The form of one finding: code with completion in both languages, grade with its criterion, place, size, remarks, photos."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from pipemap.catalog.findings import complete_code, finding_code, finding_system, finding_systems
from pipemap.errors import PipemapError
from pipemap.gui.parts import button, label
from pipemap.model.finding import SEVERITIES, STATUSES, Finding, remarks_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.network import Network

_NUMBERS = ("station", "length")
_NARROWEST = 170
"""Pixels that a criterion has at least; it says in time how many lines it needs."""
_LINES = ("station", "length", "clock", "quantity_1", "found", "found_by")


class FindingForm(QWidget):
    """Fields of a finding; ``kept`` and ``dropped`` tell what the person wants."""

    kept = Signal(object)
    """The finding, as it was entered."""
    dropped = Signal()
    deleted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._finding = Finding()
        self._pipe_length: float | None = None
        self._photos: list[Path] = []
        self.goes_on = False
        """Another finding follows when this one is stored."""
        self.place = label("", "strong", wrap=True)
        self.system = _choice({row.name: row.label for row in finding_systems().values()}, _("Coding system"))
        self.code = QLineEdit()
        self.code.setPlaceholderText(_("Code, or its name in Chinese or English"))
        self.code.setAccessibleName(_("Code"))
        self._words = QStringListModel(self)
        self._completer()
        self.code_name = label("", "quiet", wrap=True)
        self.grade = _choice({}, _("Grade"))
        self.criterion = label("", "quiet", wrap=True)
        self.status = _choice({name: _(title) for name, title in STATUSES.items()}, _("Status"))
        self.lines = {name: QLineEdit() for name in _LINES}
        self.note = QPlainTextEdit()
        self.note.setMaximumHeight(56)
        self.note.setAccessibleName(_("Comment"))
        self.photo_words = label("", "quiet", wrap=True)
        self.complaint = label("", "strong", wrap=True)
        self._lay_out()
        self.system.currentIndexChanged.connect(self._show_system)
        self.code.textChanged.connect(self._show_code)
        self.grade.currentIndexChanged.connect(self._show_criterion)
        self._show_system()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Enter belongs to who writes here, and not to the command that has it elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _goes_on(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Store by Ctrl+Enter, and begin the next."""
        if _goes_on(event):
            self.keep(goes_on=True)
        else:
            super().keyPressEvent(event)

    def _completer(self) -> None:
        made = QCompleter(self._words, self)
        made.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        made.activated.connect(lambda text: self.code.setText(str(text).split(" ", maxsplit=1)[0]))
        self.code.setCompleter(made)
        self.code.textEdited.connect(self._offer)

    def _offer(self, text: str) -> None:
        rows = complete_code(self.system.currentData(), text)
        self._words.setStringList([f"{row.code}  {row.name_zh}  {row.name_en}" for row in rows])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.place)
        form = QFormLayout()
        form.setSpacing(5)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(_("System"), self.system)
        form.addRow(_("Station (m)"), self.lines["station"])
        form.addRow(_("Code"), self.code)
        form.addRow("", self.code_name)
        form.addRow(_("Grade"), self.grade)
        form.addRow("", self.criterion)
        titles = {
            "station": _("Station (m)"), "length": _("Length (m)"), "clock": _("Clock (FFTT)"), "quantity_1": _("Size"),
            "found": _("Date"), "found_by": _("Found by"),
        }  # fmt: skip
        for name, field in self.lines.items():
            field.setAccessibleName(titles[name])
            if name != "station":  # it stands above the code, as it is read from the screen
                form.addRow(titles[name], field)
        self.lines["clock"].setPlaceholderText("0507")
        self.lines["found"].setPlaceholderText("2026-05-31")
        form.addRow(_("Status"), self.status)
        form.addRow(_("Comment"), self.note)
        column.addLayout(form)
        photos = QHBoxLayout()
        photos.addWidget(button(_("Add photos"), self.choose_photos, icon_name="camera"))
        photos.addWidget(self.photo_words, 1)
        column.addLayout(photos)
        column.addWidget(self.complaint)
        row = QHBoxLayout()
        row.addWidget(button(_("Store"), self.keep, primary=True))
        self.next_button = button(_("Store, next"), partial(self.keep, goes_on=True))
        self.next_button.setToolTip(_("Store it and begin the next of the same inspection (Ctrl+Enter)"))
        row.addWidget(self.next_button)
        row.addWidget(button(_("Clear"), self.dropped.emit, quiet=True))
        row.addStretch(1)
        self.delete = button(_("Delete"), self.deleted.emit, icon_name="trash")
        row.addWidget(self.delete)
        column.addLayout(row)

    # -- what it shows ---------------------------------------------------------------------------------------------------

    def show_finding(self, finding: Finding, place: str, *, pipe_length: float | None, stored: bool) -> None:
        """Show a finding; what was typed of it and not stored is replaced."""
        self._finding, self._pipe_length, self._photos = finding, pipe_length, []
        self.place.setText(place)
        self.system.setCurrentIndex(max(self.system.findData(finding.system), 0))
        self.code.setText(finding.code)
        self._show_code()
        wanted = finding.severity or finding.grade
        self.grade.setCurrentIndex(max(self.grade.findData(wanted), 0))
        self.status.setCurrentIndex(max(self.status.findData(finding.status), 0))
        for name, field in self.lines.items():
            value = getattr(finding, name)
            field.setText("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
            field.setEnabled(name not in _NUMBERS or finding.pipe is not None)
        self.note.setPlainText(finding.note)
        self.delete.setVisible(stored)
        self._say_photos()
        self.complaint.setText("")

    def _show_system(self) -> None:
        self._offer(self.code.text())
        self._show_code()

    def _show_code(self) -> None:
        system = self.system.currentData()
        known = finding_code(system, self.code.text())
        words = known.label if known is not None else _("This code is not known here; it is kept as written.")
        if known is not None and known.certainty == "unverified":
            words = _("{name} (unverified)").format(name=words)
        self.code_name.setText(words if self.code.text().strip() else "")
        chosen = self.grade.currentData()
        self.grade.blockSignals(True)
        self.grade.clear()
        self.grade.addItem("–", None)
        if system == "hazard":
            for name, title in SEVERITIES.items():
                self.grade.addItem(_(title), name)
        for grade in known.grades if known is not None else finding_system(system).grades:
            self.grade.addItem(str(grade), grade)
        self.grade.setCurrentIndex(max(self.grade.findData(chosen), 0))
        self.grade.blockSignals(False)
        self._show_criterion()

    def _show_criterion(self) -> None:
        known = finding_code(self.system.currentData(), self.code.text())
        grade = self.grade.currentData()
        told = "\n".join(known.criteria(grade)) if known is not None and isinstance(grade, int) else ""
        self.criterion.setText(told)
        self.criterion.setVisible(bool(told))
        self.criterion.setMinimumHeight(self.criterion.heightForWidth(max(self.criterion.width(), _NARROWEST)) if told else 0)

    # -- what a person does --------------------------------------------------------------------------------------------

    def choose_photos(self, paths: list[Path] | None = None) -> None:
        """Take more photos or files."""
        if paths is None:
            names, _kind = QFileDialog.getOpenFileNames(self, _("Add photos"))
            paths = [Path(name) for name in names]
        self._photos += paths
        self._say_photos()

    def _say_photos(self) -> None:
        self.photo_words.setText(", ".join(path.name for path in self._photos))

    def entered(self) -> Finding:
        """Return what the form holds.

        Raises
        ------
        EditError
            A number is none.
        """
        values: dict[str, Any] = {name: field.text().strip() for name, field in self.lines.items()}
        for name in _NUMBERS:
            values[name] = _number(values[name], self.lines[name].accessibleName())
        grade, system = self.grade.currentData(), self.system.currentData()
        return replace(
            self._finding,
            system=system,
            code=self.code.text().strip(),
            kind="hazard" if system == "hazard" else "defect",
            grade=grade if isinstance(grade, int) else None,
            severity=grade if isinstance(grade, str) else "",
            status=self.status.currentData(),
            note=self.note.toPlainText().strip(),
            photos=tuple(self._photos),
            **values,
        )

    def begin(self) -> None:
        """Put the cursor where typing begins: the station of a pipe where it is not known, else the code."""
        station = self.lines["station"]
        wanted = station if station.isEnabled() and not station.text() else self.code
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep(self, *, goes_on: bool = False) -> None:
        """Give the finding away, unless it could not stand.

        Parameters
        ----------
        goes_on
            The next one of the same inspection is begun then.
        """
        self.goes_on = goes_on
        try:
            finding = self.entered()
        except PipemapError as error:
            self.complaint.setText(str(error))
            return
        wrong = [remark.text for remark in remarks_of(finding, self._pipe_length) if remark.refused]
        if finding.pipe is None and finding.node is None and finding.x is None:
            wrong = [_("Click where it is first.")]
        self.complaint.setText("\n".join(wrong))
        if not wrong:
            self.kept.emit(finding)


def place_words(finding: Finding, network: Network) -> str:
    """Say where a finding lies."""
    import numpy as np

    if finding.pipe is not None:
        rows = np.flatnonzero(network.pipe_fid == finding.pipe)
        ends = np.flatnonzero(network.node_fid == (-1 if finding.from_node is None else finding.from_node))
        name = network.pipe_ids[int(rows[0])] if len(rows) else f"#{finding.pipe}"
        if not len(ends):
            return _("Pipe {id}").format(id=name)
        return _("Pipe {id}, from {node}").format(id=name, node=network.node_ids[int(ends[0])] or f"#{finding.from_node}")
    if finding.node is not None:
        rows = np.flatnonzero(network.node_fid == finding.node)
        return _("Node {id}").format(id=network.node_ids[int(rows[0])] if len(rows) else f"#{finding.node}")
    if finding.x is not None and finding.y is not None:
        return _("On the ground, east {x}, north {y}").format(x=f"{finding.x:.2f}", y=f"{finding.y:.2f}")
    return _("Click the wall of a pipe, a node, or the ground.")


def _goes_on(event: QKeyEvent) -> bool:
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return is_enter and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


def _number(text: str, name: str) -> float | None:
    from pipemap.errors import EditError

    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise EditError(_("“{name}” takes a number, not “{value}”.").format(name=name, value=text)) from error


def _choice(items: dict[str, str], name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setMinimumContentsLength(6)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    for value, title in items.items():
        made.addItem(title, value)
    return made
