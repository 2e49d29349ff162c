"""What is written down of a batch, and how its files are read where the program should not decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.parts import ElidedLabel, button, label
from pipemap.model.wording import UNKNOWN, category_label, metres
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.import_drafts import Choices, Draft

FIELDS: tuple[tuple[str, str, str], ...] = (
    ("name", N_("Batch"), N_("What this delivery is called; the same name again updates what it brought")),
    ("project", N_("Project"), ""),
    ("surveyor", N_("Surveyed by"), ""),
    ("supervisor", N_("Supervised by"), ""),
    ("started", N_("Started"), N_("Year, month and day, such as 2026-05-01")),
    ("finished", N_("Finished"), N_("Year, month and day, such as 2026-05-01")),
    ("height_system", N_("Height system"), N_("Such as the 1985 national height datum")),
    ("instruments", N_("Instruments"), ""),
    ("note", N_("Note"), ""),
)
"""Fields of a batch that a person writes, their titles and what they are for."""


class DetailsPage(QScrollArea):
    """Two short forms side by side."""

    named = Signal()
    """A field of the batch was written."""
    chosen = Signal(object)
    """Other :class:`Choices`."""

    def __init__(self) -> None:
        super().__init__()
        self._draft: Draft | None = None
        self.edits = {name: QLineEdit() for name, _title, _tip in FIELDS}
        self.format = QComboBox()
        self.valve_name = ElidedLabel()
        self.valve_button = button(_("Choose …"), self._choose_valves, quiet=True)
        self._valve_row = QWidget()
        self.snap = _snap_field()
        self.join_tees = QCheckBox(_("Join lines that end on the middle of another"))
        self.setWidgetResizable(True)
        self.setFrameShape(self.Shape.NoFrame)
        self._fill_formats()
        self._lay_out()
        for name, edit in self.edits.items():
            edit.editingFinished.connect(lambda name=name: self._write(name))
        self.snap.editingFinished.connect(self._snap_written)
        self.join_tees.clicked.connect(lambda on: self._choose(join_tees=on))
        self.format.activated.connect(lambda _place: self._choose(format=str(self.format.currentData())))

    def _fill_formats(self) -> None:
        from pipemap.formats import formats

        self.format.addItem("", "")
        for row in formats():
            self.format.addItem(_(row.label), row.name)

    def _lay_out(self) -> None:
        batch, reading = _form(), _form()
        for name, title, tip in FIELDS:
            edit = self.edits[name]
            edit.setAccessibleName(_(title))
            edit.setToolTip(_(tip) if tip else "")
            batch.addRow(label(_(title), "quiet"), edit)
        self.format.setAccessibleName(_("Format"))
        reading.addRow(label(_("Format"), "quiet"), self.format)
        row = QHBoxLayout(self._valve_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.valve_name, 1)
        row.addWidget(self.valve_button)
        self._valve_title = label(_("Valve layer"), "quiet")
        self._valve_row.setToolTip(_("CSV file, link and node: isolation valves beside a hydraulic model"))
        reading.addRow(self._valve_title, self._valve_row)
        self._snap_title = label(_("Tolerance"), "quiet")
        reading.addRow(self._snap_title, self.snap)
        reading.addRow(self.join_tees)
        self._figures = _form()
        whole = QWidget()
        columns = QHBoxLayout(whole)
        columns.setContentsMargins(16, 16, 16, 8)
        columns.setSpacing(32)
        right = ((_("How the files are read"), reading), (_("What they hold"), self._figures))
        for forms in (((_("What is written down of the batch"), batch),), right):
            side = QVBoxLayout()
            side.setSpacing(12)
            for title, form in forms:
                side.addWidget(label(title, "strong"))
                side.addLayout(form)
                side.addSpacing(12)
            side.addStretch(1)
            columns.addLayout(side, 1)
        self.setWidget(whole)

    def show_draft(self, draft: Draft | None) -> None:
        """Show another delivery."""
        from pipemap.formats.registry import format_named

        self._draft = draft
        self.setEnabled(draft is not None)
        delivery = draft.delivery if draft is not None else None
        for name, edit in self.edits.items():
            edit.setText(str(getattr(delivery.batch, name)) if delivery is not None else "")
        if draft is None:
            return
        self._show_figures(draft)
        self.edits["name"].setText(draft.name)
        self.format.setItemText(0, _("Recognised: {format}").format(format=_(draft.format.label)))
        self.format.setCurrentIndex(max(0, self.format.findData(draft.choices.format)))
        takes = format_named(draft.chosen_format).takes
        for option, parts in (
            ("valve_layer", (self._valve_row, self._valve_title)),
            ("snap", (self.snap, self._snap_title)),
            ("join_tees", (self.join_tees,)),
        ):
            for part in parts:
                part.setVisible(option in takes)
        self.snap.setValue(self.snap.minimum() if draft.choices.snap is None else draft.choices.snap)
        self.join_tees.setChecked(draft.choices.join_tees)
        chosen = draft.choices.valve_layer
        self.valve_name.setText(chosen.name if chosen is not None else _("None"))
        self.valve_button.setText(_("Take away") if chosen is not None else _("Choose …"))

    def _show_figures(self, draft: Draft) -> None:
        while self._figures.rowCount():
            self._figures.removeRow(0)
        result = draft.reading.result if draft.reading is not None else None
        if result is None:
            self._figures.addRow(label(_("Nothing could be read"), "quiet"))
            return
        total = result.summary
        categories = ", ".join(f"{category_label(code)} {count:,}" for code, count in total.by_category.items())
        for title, text in (
            (_("Contents"), _("{nodes} nodes, {pipes} pipes").format(nodes=f"{total.nodes:,}", pipes=f"{total.pipes:,}")),
            (_("Length"), metres(total.length_m)),
            (_("Categories"), categories or UNKNOWN),
            (_("Valves"), f"{total.valves:,}"),
            (_("Sources"), _("{n} known, {m} possible").format(n=total.sources, m=total.possible_sources)),
        ):
            self._figures.addRow(label(title, "quiet"), label(text, wrap=True, selectable=True))

    def _write(self, name: str) -> None:
        draft, text = self._draft, self.edits[name].text().strip()
        if draft is None or draft.delivery is None or text == getattr(draft.delivery.batch, name):
            return
        if name == "name" and not text:
            self.edits[name].setText(draft.name)
            return
        draft.details[name] = text
        self.named.emit()

    def _choose(self, **changes: object) -> None:
        if self._draft is not None:
            choices: Choices = replace(self._draft.choices, **changes)  # type: ignore[arg-type]
            self.chosen.emit(choices)

    def _snap_written(self) -> None:
        at_least = self.snap.value() == self.snap.minimum()
        self._choose(snap=None if at_least else round(self.snap.value(), 3))

    def _choose_valves(self) -> None:
        if self._draft is not None and self._draft.choices.valve_layer is not None:
            self._choose(valve_layer=None)
            return
        name, _kind = QFileDialog.getOpenFileName(self, _("Choose a valve layer"), "", "CSV (*.csv)")
        if name:
            self._choose(valve_layer=Path(name))


def _snap_field() -> QDoubleSpinBox:
    """Metres; its lowest value stands for what the format takes by itself."""
    from pipemap.formats.registry import LARGEST_SNAP

    made = QDoubleSpinBox()
    made.setRange(-0.05, LARGEST_SNAP)
    made.setSingleStep(0.05)
    made.setDecimals(2)
    made.setSuffix(" m")
    made.lineEdit().setTextMargins(6, 0, 0, 0)
    made.setSpecialValueText(_("As the format takes by itself"))
    made.setAccessibleName(_("Tolerance"))
    made.setToolTip(_("How far apart ends of lines and points may be and still meet"))
    return made


def _form() -> QFormLayout:
    made = QFormLayout()
    made.setHorizontalSpacing(12)
    made.setVerticalSpacing(8)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return made
