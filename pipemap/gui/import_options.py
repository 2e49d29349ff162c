"""What a person says about the files of an import: format, coordinate system, mapping, batch, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.gui.parts import ElidedLabel, button, label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs import ImportResult

AUTOMATIC = ""


class ImportOptions(QWidget):
    """A form; ``changed`` where the files have to be read again."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.mapping: Path | None = None
        self._before = ""
        self.format, self.crs, self.batch, self.target = QComboBox(), QComboBox(), QLineEdit(), QComboBox()
        self._fill()
        self._mapping_name = ElidedLabel()
        self._mapping_button = button(_("Choose …"), self._choose_mapping, quiet=True)
        self._show_mapping()
        self.crs_notice = self._make_notice()
        self._lay_out()

    def _fill(self) -> None:
        from pipemap.formats import formats

        self.format.addItem(_("Recognised from the file"), AUTOMATIC)
        for row in formats():
            self.format.addItem(_(row.label), row.name)
        self.crs.setEditable(True)
        self.crs.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.crs.addItem(_("As the source says"), AUTOMATIC)
        self.crs.setToolTip(_("Coordinate system of the source, such as EPSG:4547"))
        self.batch.setPlaceholderText(_("Name of the file"))
        self.batch.setToolTip(_("What this delivery is called; the same name again updates what it brought"))
        self.target.addItem(_("A new survey …"), AUTOMATIC)
        survey = self._session.survey
        if survey is not None and not survey.read_only:
            self.target.addItem(_("The open survey: {name}").format(name=survey.path.name), str(survey.path))
            self.target.setCurrentIndex(1)
        for combo in (self.format, self.crs, self.target):
            combo.setMinimumContentsLength(8)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.crs.view().setMinimumWidth(340)
        self.format.activated.connect(lambda _place: self.changed.emit())
        self.crs.activated.connect(lambda _place: self._typed())
        line = self.crs.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._typed)

    def _lay_out(self) -> None:
        mapping = QHBoxLayout()
        mapping.setContentsMargins(0, 0, 0, 0)
        mapping.addWidget(self._mapping_name, 1)
        mapping.addWidget(self._mapping_button)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, control in (
            (_("Format"), self.format),
            (_("Coordinate system"), self.crs),
            ("", self.crs_notice),
            (_("Columns"), mapping),
            (_("Batch"), self.batch),
            (_("Store in"), self.target),
        ):
            if isinstance(control, QWidget):
                control.setAccessibleName(title)
            if control is self.crs_notice:
                form.addRow(self.crs_notice)
            else:
                form.addRow(label(title, "quiet"), control)

    def _make_notice(self) -> QFrame:
        made = QFrame()
        made.setObjectName("notice")
        column = QVBoxLayout(made)
        column.setContentsMargins(12, 6, 8, 6)
        self._notice_words = label("", wrap=True)
        column.addWidget(self._notice_words)
        made.hide()
        return made

    # -- what is chosen ---------------------------------------------------------------------------------------------

    def chosen_format(self) -> str | None:
        """Name of the format; None: whichever fits."""
        return str(self.format.currentData()) or None

    def chosen_crs(self) -> str:
        """What stands in the field of the coordinate system: ``EPSG:N``, or nothing for "as the source says"."""
        place = self.crs.findText(self.crs.currentText())
        return str(self.crs.itemData(place)) if place >= 0 else self.crs.currentText().strip()

    def chosen_batch(self) -> str:
        """Name of the batch; empty: that of the file."""
        return self.batch.text().strip()

    def into_open(self) -> bool:
        """Whether the open survey is to take it."""
        survey = self._session.survey
        return survey is not None and self.target.currentData() == str(survey.path)

    def show_result(self, result: ImportResult) -> None:
        """Say which coordinate system the source names; else offer those that its coordinates look like."""
        from pipemap import catalog

        found, chosen = result.summary, self.chosen_crs()
        if found.crs and not chosen:
            self.crs.setItemText(0, _("As the source says: {crs}").format(crs=found.crs))
        self.crs_notice.setVisible(not found.crs and found.extent is not None)
        if found.crs or found.extent is None or self.crs.count() > 1:
            return
        west, south, east, north = found.extent
        fitting = catalog.suggest_crs((west + east) / 2, (south + north) / 2)
        for zone in fitting:
            self.crs.addItem(f"{zone.authority_code} {zone.label}", zone.authority_code)
        self._notice_words.setText(
            _("The source does not name its coordinate system. {n} fit its coordinates: choose one above.").format(n=len(fitting))
            if fitting
            else _("The source does not name its coordinate system, and its coordinates fit none of China's: a local grid?")
        )

    # -- changes ----------------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        """Read again only where something is different: a field also tells when it is merely left."""
        now = self.chosen_crs()
        if now != self._before:
            self._before = now
            self.changed.emit()

    def _choose_mapping(self) -> None:
        if self.mapping is not None:
            self.set_mapping(None)
            return
        name, _kind = QFileDialog.getOpenFileName(self, _("Choose a mapping of columns"), "", "JSON (*.json)")
        if name:
            self.set_mapping(Path(name))

    def set_mapping(self, path: Path | None) -> None:
        """Correct what is understood of the columns by a JSON file, ``{table: {column: field}}``; None: as understood."""
        self.mapping = path
        self._show_mapping()
        self.changed.emit()

    def _show_mapping(self) -> None:
        self._mapping_name.setText(self.mapping.name if self.mapping is not None else _("As understood"))
        self._mapping_button.setText(_("Take away") if self.mapping is not None else _("Mapping file …"))
        self._mapping_button.setToolTip(
            _("A JSON file that says which column is which field: {example}").format(example='{"*": {"管底标高": "from_level"}}')
        )
