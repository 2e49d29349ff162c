"""The acceptance of one batch by sampling: draw, enter or read the check measurements, judge, print the forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.analysis.quality import KINDS, OUTCOMES, Judged, Kind
from pipemap.errors import PipemapError
from pipemap.gui import theme
from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label
from pipemap.gui.session import Selection
from pipemap.jobs import quality
from pipemap.jobs.exporting import HandOutWords
from pipemap.reports.kinds import report_kind
from pipemap.reports.quality import level_title
from pipemap.store.quality import MEASURED, TOLD, Sampled
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs.quality import Standing
    from pipemap.progress import Progress

_REPORTS = ("check-record", "check-problems", "quality")
_FIXED = ("kind", "id", "x", "y", "depth")
_OFF = ("plan_off", "depth_off")
_TITLES = {
    "kind": N_("Kind of check"),
    "id": N_("Point"),
    "x": N_("East"),
    "y": N_("North"),
    "depth": N_("Depth"),
    "check_x": N_("Check east"),
    "check_y": N_("Check north"),
    "check_depth": N_("Check depth"),
    "plan_off": N_("Off in plan"),
    "depth_off": N_("Off in depth"),
    "remark": N_("Comment"),
    "handling": N_("What was done"),
    "handled_by": N_("Done by"),
    "recheck": N_("Result of the recheck"),
}
_COLUMNS = (*_FIXED, *MEASURED, *_OFF, *TOLD)
_WIDE = {"kind": 220, "id": 110, "remark": 130, "handling": 130, "recheck": 150}
_SHEETS = "Excel (*.xlsx);;CSV (*.csv)"


class AcceptanceDialog(QDialog):
    """Stays beside the window; every step is one change of the survey."""

    def __init__(self, session: Session, window: QWidget, batch: str) -> None:
        super().__init__(window)
        self._session, self.batch = session, batch
        self.now: Standing | None = None
        self._filling = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Acceptance by sampling: {name}").format(name=batch))
        self.resize(1180, 640)
        self.level, self.levels = QComboBox(), QComboBox()
        self.words = label("", wrap=True)
        self.told = label("", "quiet", wrap=True)
        self.kinds, self.points = self._make_kinds(), self._make_points()
        self.draw_buttons: dict[Kind, QPushButton] = {}
        self.verdict_button = button(_("Give the verdict"), self.give_verdict, primary=True)
        self.verdict_button.setAutoDefault(False)
        self._lay_out()
        self.level.activated.connect(lambda _place: self.refresh())
        self.levels.activated.connect(lambda _place: self._set_levels())
        self.points.itemChanged.connect(self._enter)
        self.points.itemDoubleClicked.connect(self._fly)
        session.survey_changed.connect(self.close)
        session.records_changed.connect(self.refresh)
        self.refresh()

    # -- what it looks like -------------------------------------------------------------------------------------------

    def _make_kinds(self) -> QTableWidget:
        titles = [
            *(_("Kind of check"), _("Points"), _("Demanded"), _("Drawn"), _("Measured"), _("Over"), _("Mean error in plan")),
            *(_("Mean error in depth"), _("State"), ""),
        ]
        made = _table(titles, _("Samples"))
        made.setRowCount(len(KINDS))
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = made.horizontalHeader()
        for place, width in enumerate((220, 70, 96, 70, 92, 64, 150, 150, 190, 96)):
            made.setColumnWidth(place, width)
        header.setSectionResizeMode(8, QHeaderView.ResizeMode.Stretch)
        made.setFixedHeight(header.sizeHint().height() + len(KINDS) * 34 + 4)
        made.verticalHeader().setDefaultSectionSize(34)
        return made

    def _make_points(self) -> QTableWidget:
        made = _table([_(_TITLES[name]) for name in _COLUMNS], _("Check measurements"))
        for place, name in enumerate(_COLUMNS):
            made.setColumnWidth(place, _WIDE.get(name, 96))
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        for title, part in ((_("Level of checks"), self.level), (_("Levels demanded"), self.levels)):
            part.setAccessibleName(title)
            part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            head.addWidget(label(title, "quiet"))
            head.addWidget(part)
        self.levels.addItems(["2", "3"])
        head.addSpacing(16)
        head.addWidget(self.words, 1)
        for place, kind in enumerate(KINDS):
            made = self.draw_buttons[kind] = button(_("Draw"), partial(self.draw, kind))
            made.setAutoDefault(False)
            self.kinds.setCellWidget(place, 9, made)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addWidget(_plain(_("Save the sheet"), self.save_sheet, "export"))
        self._read_button = _plain(_("Read measurements"), self.read_sheet, "download-simple")
        foot.addWidget(self._read_button)
        foot.addSpacing(12)
        for name in _REPORTS:
            foot.addWidget(_plain(_(report_kind(name).label), partial(self.print_report, name), "file-text"))
        foot.addStretch(1)
        foot.addWidget(self.verdict_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        for one in (head, foot):
            column.addLayout(one)
        column.insertWidget(1, self.kinds)
        column.insertWidget(2, self.points, 1)
        column.insertWidget(3, self.told)

    # -- showing ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read how far it is, on another thread."""
        survey, chosen = self._session.survey, self.level.currentData()
        if survey is not None:
            self._run(lambda _progress: quality.standing(survey, self.batch, level=chosen), _("Reading batches"))

    def _run(self, work: Callable[[Progress], Standing], title: str, *, changes: bool = False) -> None:
        def done(now: Standing) -> None:
            if self._session.survey is not None:
                self._show(now)
                if changes:
                    self._session.refresh()

        self._session.run(work, title, done, self._failed)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, PipemapError):
            self.told.setText(f"{error.message} {error.hint}".strip())
            if self.now is not None:
                self._show_points(self.now)
        else:
            self._session.complain(error)

    def _show(self, now: Standing) -> None:
        self.now = now
        self.told.setText(_("Each step is one change; Undo takes it back. Limits and their sources stand in the report."))
        self.level.clear()
        for level in range(1, now.levels + 1):
            self.level.addItem(level_title(level, now.levels), level)
        self.level.setCurrentIndex(now.level - 1)
        self.levels.setCurrentText(str(now.levels))
        self.words.setText(_("State: {state}").format(state=_(OUTCOMES[now.outcome])))
        may = can_write(self._session)
        for place, one in enumerate(now.judged):
            self._show_kind(place, one)
            self.draw_buttons[one.kind].setEnabled(may and one.outcome in {"draw", "second", "extend"})
        self.verdict_button.setEnabled(may)
        self._read_button.setEnabled(may and bool(now.points))
        self.levels.setEnabled(may)
        self._show_points(now)

    def _show_kind(self, place: int, one: Judged) -> None:
        counts = (one.population, one.demanded, one.drawn, one.measured, one.over)
        means = (_of(one.mean_plan, one.allowed_plan), _of(one.mean_depth, one.allowed_depth))
        texts = (_(KINDS[one.kind]), *map(str, counts), *means, _(OUTCOMES[one.outcome]))
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if 0 < column <= len(counts):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if column == len(texts) - 1 and one.outcome == "failed":
                item.setForeground(theme.colour("error"))
            self.kinds.setItem(place, column, item)

    def _show_points(self, now: Standing) -> None:
        self._filling = True
        self.points.setRowCount(len(now.points))
        may = can_write(self._session)
        for row, point in enumerate(now.points):
            over = dict(zip(_OFF, quality.over_limit(point), strict=True))
            for column, name in enumerate(_COLUMNS):
                item = QTableWidgetItem(_text(point, name))
                if name in (*_FIXED, *_OFF) or not may:
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                if name not in ("kind", "id", *TOLD):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if over.get(name):
                    item.setForeground(theme.colour("error"))
                    item.setToolTip(_("Over the limit"))
                self.points.setItem(row, column, item)
        self._filling = False

    def _fly(self, item: QTableWidgetItem) -> None:
        network = self._session.network
        if self.now is None or network is None or _COLUMNS[item.column()] not in _FIXED:
            return
        point = self.now.points[item.row()]
        rows = [row for row in range(network.node_count) if network.node_fid[row] == point.node]
        self._session.select(Selection.of(nodes=rows), fly=True)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _author(self) -> str:
        return str(self._session.settings.value("author"))

    def draw(self, kind: Kind) -> None:
        """Draw what comes next of one kind."""
        survey, now = self._session.survey, self.now
        if survey is not None and now is not None:
            author = self._author()
            self._run(
                lambda _progress: quality.draw(survey, self.batch, kind, level=now.level, author=author), _("Draw"), changes=True
            )

    def _enter(self, item: QTableWidgetItem) -> None:
        survey, now, name = self._session.survey, self.now, _COLUMNS[item.column()]
        if self._filling or survey is None or now is None:
            return
        text, point, author = item.text().strip(), now.points[item.row()], self._author()

        def work(_progress: Progress) -> Standing:
            value: object = text if name in TOLD else quality.number_in(text) if text else None
            return quality.measure(survey, self.batch, point.id, {name: value}, kind=point.kind, level=now.level, author=author)

        self._run(work, _("Check measurements"), changes=True)

    def save_sheet(self, path: Path | None = None) -> None:
        """Write the sheet that the crew takes along."""
        survey, now = self._session.survey, self.now
        if survey is None or now is None:
            return
        if path is None:
            first = survey.path.with_name(f"{self.batch} {_('Check measurements')}.xlsx")
            name, _kind = QFileDialog.getSaveFileName(self, _("Save the sheet"), str(first), _SHEETS)
            path = Path(name) if name else None
        if path is not None:
            target = path if path.suffix else path.with_suffix(".xlsx")
            self._session.run(
                lambda _progress: quality.write_sheet(now, target),
                _("Check measurements"),
                lambda written: self.told.setText(_("Saved {file}").format(file=written.name)),
                self._failed,
            )

    def read_sheet(self, path: Path | None = None) -> None:
        """Take measurements in from a spreadsheet."""
        survey, now = self._session.survey, self.now
        if survey is None or now is None:
            return
        if path is None:
            name, _kind = QFileDialog.getOpenFileName(
                self, _("Read measurements"), str(survey.path.parent), "Excel, CSV (*.xlsx *.xls *.csv *.txt)"
            )
            path = Path(name) if name else None
        if path is not None:
            sheet, author = path, self._author()
            self._run(
                lambda _progress: quality.import_measurements(survey, self.batch, sheet, level=now.level, author=author)[0],
                _("Check measurements"),
                changes=True,
            )

    def give_verdict(self) -> None:
        """Judge, and keep the verdict."""
        survey, now = self._session.survey, self.now
        if survey is not None and now is not None:
            author = self._author()
            self._run(
                lambda _progress: quality.give_verdict(survey, self.batch, level=now.level, author=author),
                _("Give the verdict"),
                changes=True,
            )

    def _set_levels(self) -> None:
        from pipemap.store.quality import set_levels

        survey, count, author = self._session.survey, int(self.levels.currentText()), self._author()
        if survey is None:
            return

        def work(_progress: Progress) -> Standing:
            set_levels(survey, count, author=author)
            return quality.standing(survey, self.batch)

        self._run(work, _("Levels demanded"), changes=True)

    def print_report(self, kind: str, path: Path | None = None) -> None:
        """Write one of the forms."""
        survey, now, title = self._session.survey, self.now, _(report_kind(kind).label)
        if survey is None or now is None:
            return
        if path is None:
            kinds = "PDF (*.pdf);;Word (*.docx);;Excel (*.xlsx);;HTML (*.html)"
            name, _kind = QFileDialog.getSaveFileName(self, title, str(survey.path.with_name(f"{self.batch} {title}.pdf")), kinds)
            path = Path(name) if name else None
        if path is None:
            return
        target = path if path.suffix else path.with_suffix(".pdf")
        options, words = {"batch": self.batch, "level": now.level}, HandOutWords(author=self._author())

        def work(progress: Progress) -> Path:
            from pipemap.jobs.reporting import make_report

            return make_report(survey, kind, target, options=options, hand_out=words, overwrite=True, progress=progress).written

        self._session.run(
            work, title, lambda written: self.told.setText(_("Saved {file}").format(file=written.name)), self._failed
        )


def show_acceptance(session: Session, window: QWidget, batch: str) -> AcceptanceDialog:
    """Open the page of a batch."""
    dialog = AcceptanceDialog(session, window, batch)
    dialog.show()
    return dialog


def _plain(title: str, act: Callable[[], None], icon_name: str) -> QPushButton:
    made = button(title, act, icon_name=icon_name)
    made.setAutoDefault(False)
    return made


def _table(titles: list[str], name: str) -> QTableWidget:
    made = QTableWidget(0, len(titles))
    made.setHorizontalHeaderLabels(titles)
    made.setAccessibleName(name)
    made.setShowGrid(False)
    made.setAlternatingRowColors(True)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(28)
    made.horizontalHeader().setHighlightSections(False)
    made.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return made


def _text(point: Sampled, name: str) -> str:
    if name == "kind":
        return _(KINDS[quality.kind_named(point.kind)])
    value = getattr(point, name)
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def _of(mean: float, allowed: float) -> str:
    """Return a mean error beside what is allowed."""
    return "" if math.isnan(mean) else _("{mean} of {allowed} m").format(mean=f"{mean:.3f}", allowed=f"{allowed:.3f}")
