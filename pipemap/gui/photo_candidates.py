"""Photos of a patrol before they are stored: what each would become and where, which of them to take, and why not the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.catalog.findings import finding_codes
from pipemap.formats.tracks import DATUMS
from pipemap.gui.parts import button, label
from pipemap.jobs.patrol_photos import WITHIN, ZONE_HOURS, Candidate, Candidates, clock_of, find_candidates, store_candidates
from pipemap.jobs.patrols import list_patrols
from pipemap.model.finding import SEVERITIES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.patrol import Patrol
    from pipemap.progress import Progress

TAKE, PHOTO, TAKEN, PLACE, KIND, SEVERITY, NOTE = range(7)
_KINDS = "(*.jpg *.jpeg *.png *.tif *.tiff *.webp *.gpx)"
_SMALL = 56


def start(context: Context) -> None:
    """Ask for photos, and show what they may become."""
    show_photos(context.session, context.window)


def show_photos(session: Session, window: QWidget, paths: Sequence[Path] | None = None, patrol: Patrol | None = None) -> None:
    """Open the dialog on photos; without paths it asks for them."""
    survey = session.survey
    if survey is None:
        return
    if paths is None:
        kinds = _("Photos and marked places") + " " + _KINDS
        names, _kind = QFileDialog.getOpenFileNames(window, _("Photos of a patrol"), str(survey.path.parent), kinds)
        paths = [Path(name) for name in names]
    if paths:
        PhotoDialog(session, window, paths, patrol).show()


class PhotoDialog(QDialog):
    """One row a photo; changing datum, distance or zone looks again."""

    def __init__(self, session: Session, window: QWidget, paths: Sequence[Path], patrol: Patrol | None = None) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Hazards from photos"))
        self.resize(1040, 560)
        self._session, self._paths = session, list(paths)
        self.rows: tuple[Candidate, ...] = ()
        self.datum, self.patrol = QComboBox(), QComboBox()
        for key, title in DATUMS.items():
            self.datum.addItem(_(title), key)
        self.patrol.addItem(_("No patrol"), None)
        for one in list_patrols(session.survey) if session.survey is not None else ():
            self.patrol.addItem(f"{one.fid} {one.name}", one)
            if patrol is not None and one.fid == patrol.fid:
                self.patrol.setCurrentIndex(self.patrol.count() - 1)
        self.within, self.zone = _spin(WITHIN, 0, 500, " m"), _spin(ZONE_HOURS, -14, 14, " h")
        self.notes = label("", "note", wrap=True)
        self.notes.setVisible(False)
        self.sums = label("", "quiet", wrap=True)
        self.store = button(_("Store as hazards"), self.accept, primary=True)
        self.table = self._make_table()
        self._lay_out()
        for box in (self.datum, self.patrol):
            box.currentIndexChanged.connect(lambda _index: self.look())
        for spin in (self.within, self.zone):
            spin.editingFinished.connect(self.look)
        self.look()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 7)
        heads = ["", _("Photo"), _("Taken"), _("Where"), _("What it shows"), _("Severity"), _("Remark")]
        table.setHorizontalHeaderLabels(heads)
        table.setAccessibleName(_("Photos"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_SMALL + 6)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setWordWrap(True)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(NOTE, QHeaderView.ResizeMode.Stretch)
        for place, width in ((TAKE, 34), (PHOTO, 180), (TAKEN, 150), (PLACE, 130), (KIND, 190), (SEVERITY, 160)):
            table.setColumnWidth(place, width)
        table.cellClicked.connect(lambda row, _column: self._fly(row))
        table.itemChanged.connect(lambda _item: self._count())
        return table

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        words = _(
            "A click on a row shows it on the map. Nothing is stored before you say so; then it is one change, and undone as one."
        )
        column.addWidget(label(words, "quiet", wrap=True))
        asked = QHBoxLayout()
        asked.setSpacing(8)
        parts = (
            (_("Datum of the photos"), self.datum), (_("Patrol"), self.patrol), (_("At most away"), self.within),
            (_("Clock before UTC"), self.zone),
        )  # fmt: skip
        for title, part in parts:
            part.setAccessibleName(title)
            asked.addWidget(label(title, "quiet"))
            asked.addWidget(part)
        asked.addStretch(1)
        column.addLayout(asked)
        column.addWidget(self.notes)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.sums, 1)
        foot.addWidget(button(_("Cancel"), self.reject, quiet=True))
        foot.addWidget(self.store)
        column.addLayout(foot)

    # -- looking -------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the photos, and find what each lies at."""
        survey, session = self._session.survey, self._session
        if survey is None:
            return
        patrol: Patrol | None = self.patrol.currentData()
        paths, datum, within, zone = self._paths, str(self.datum.currentData()), self.within.value(), self.zone.value()
        self.store.setEnabled(False)

        def work(progress: Progress) -> tuple[Candidates, list[bytes | None]]:
            found = find_candidates(survey, paths, patrol=patrol, datum=datum, within=within, zone_hours=zone, progress=progress)
            return found, [_small(one) for one in found.rows]

        session.run(work, _("Reading photos"), lambda made: self._show(*made), lambda error: self.notes.setText(str(error)))

    def _show(self, found: Candidates, pictures: list[bytes | None]) -> None:
        self.rows = found.rows
        self.notes.setText("\n".join(found.notes))
        self.notes.setVisible(bool(found.notes))
        self.table.blockSignals(True)
        self.table.setRowCount(len(found.rows))
        for row, (one, content) in enumerate(zip(found.rows, pictures, strict=True)):
            self._fill(row, one, content)
        self.table.blockSignals(False)
        self._count()

    def _fill(self, row: int, one: Candidate, content: bytes | None) -> None:
        take = QTableWidgetItem()
        take.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable if one.is_good else Qt.ItemFlag.NoItemFlags)
        take.setCheckState(Qt.CheckState.Checked if one.is_good else Qt.CheckState.Unchecked)
        self.table.setItem(row, TAKE, take)
        photo = _cell(one.name)
        picture = QPixmap()
        if content is not None and picture.loadFromData(content):
            photo.setIcon(QIcon(picture))
        self.table.setIconSize(
            picture.size().scaled(_SMALL, _SMALL, Qt.AspectRatioMode.KeepAspectRatio) if content else self.table.iconSize()
        )
        self.table.setItem(row, PHOTO, photo)
        self.table.setItem(row, TAKEN, _cell(clock_of(one, self.zone.value())))
        self.table.setItem(row, PLACE, _cell(_place(one)))
        self.table.setItem(row, NOTE, _cell(" ".join([one.problem, one.note, *one.remarks]).strip()))
        for column, choices in ((KIND, {code.code: code.label for code in finding_codes("hazard").values()}),
                                (SEVERITY, {name: _(title) for name, title in SEVERITIES.items()})):  # fmt: skip
            if not one.is_good:
                self.table.removeCellWidget(row, column)
                continue
            box = QComboBox()
            box.setAccessibleName(_("What it shows") if column == KIND else _("Severity"))
            for key, title in choices.items():
                box.addItem(title, key)
            box.setCurrentIndex(max(box.findData(one.code if column == KIND else one.severity), 0))
            self.table.setCellWidget(row, column, box)

    def _count(self) -> None:
        taken = len(self.chosen())
        refused = sum(not one.is_good for one in self.rows)
        self.sums.setText(
            _("To be stored: {n} of {all}; cannot be: {refused}").format(n=taken, all=len(self.rows), refused=refused)
        )
        self.store.setEnabled(taken > 0)

    def chosen(self) -> list[Candidate]:
        """Return the candidates that are ticked, as what the person says that they show."""
        found = []
        for row, one in enumerate(self.rows):
            take, kind, severity = (
                self.table.item(row, TAKE),
                self.table.cellWidget(row, KIND),
                self.table.cellWidget(row, SEVERITY),
            )
            if one.is_good and take is not None and take.checkState() == Qt.CheckState.Checked:
                given = {
                    name: str(box.currentData())
                    for name, box in (("code", kind), ("severity", severity))
                    if isinstance(box, QComboBox)
                }
                found.append(replace(one, **given))  # type: ignore[arg-type]
        return found

    def _fly(self, row: int) -> None:
        network, one = self._session.network, self.rows[row]
        if network is None:
            return
        for layer, key, fids in (("pipe", one.pipe, network.pipe_fid), ("node", one.node, network.node_fid)):
            at = np.flatnonzero(fids == (-1 if key is None else key))
            if len(at):
                self._session.select_element("pipe" if layer == "pipe" else "node", int(at[0]), fly=True)

    # -- storing -------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Store what is ticked as one Change."""
        session, survey, chosen = self._session, self._session.survey, self.chosen()
        if survey is None or not chosen:
            return
        patrol: Patrol | None = self.patrol.currentData()
        author, zone = str(session.settings.value("author")), self.zone.value()

        def work(progress: Progress) -> tuple[int, ...]:
            number, who = (patrol.fid, patrol.crew) if patrol is not None else (None, author)
            return store_candidates(
                survey, chosen, patrol=number, found_by=who, zone_hours=zone, author=author, progress=progress
            )

        def done(keys: tuple[int, ...]) -> None:
            session.refresh()
            session.show_panel("findings")
            session.say(_("Hazards stored: {n}").format(n=len(keys)))

        session.run(work, _("Storing hazards"), done)
        super().accept()


def _small(one: Candidate) -> bytes | None:
    from pipemap.errors import PipemapError
    from pipemap.store.attachments import read_file, thumbnail_of

    if one.file is None or not one.is_good:
        return None
    try:
        return thumbnail_of(read_file(one.file), one.name, side=2 * _SMALL)
    except PipemapError:
        return None


def _place(one: Candidate) -> str:
    if not one.is_good:
        return ""
    where = one.element or _("the ground")
    away = _("{m} m away").format(m=f"{one.distance:.1f}") if np.isfinite(one.distance) else ""
    return "\n".join(part for part in (where, away, _("by the track") if one.by_track else "") if part)


def _cell(text: str) -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    made.setToolTip(text)
    return made


def _spin(value: float, least: float, most: float, suffix: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setDecimals(1)
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(suffix)
    return made
