"""Cycles of patrols by category, and limits of readings: settings of the survey; our own values are shown as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QTabWidget, QVBoxLayout, QWidget

from pipemap.catalog.patrols import patrol_cycles
from pipemap.catalog.readings import reading_kinds
from pipemap.errors import PipemapError, SettingsError
from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label
from pipemap.jobs.patrol_cycles import cycles_of, set_cycle
from pipemap.jobs.readings import limits_of, set_reading_limit
from pipemap.model.reading import ReadingLimit
from pipemap.model.wording import category_label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session

PAGES = ("cycles", "limits")


def start(context: Context) -> None:
    """Open the settings of patrols."""
    show_settings(context.session, context.window)


def show_settings(session: Session, window: QWidget, *, page: str = "cycles") -> PatrolSettings | None:
    """Open the dialog for the survey that is open."""
    if session.survey is None:
        return None
    dialog = PatrolSettings(session, window)
    dialog.tabs.setCurrentIndex(PAGES.index(page))
    dialog.show()
    return dialog


class PatrolSettings(QDialog):
    """Two tables; a blank cell is our own value again."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Cycles and limits"))
        self.resize(760, 480)
        self._session = session
        self.cycles = _table([_("Category"), _("Days"), _("Our own"), _("From")], _("Cycles of patrols"))
        self.limits = _table(
            [_("What was measured"), _("Unit"), _("At least"), _("At most"), _("Our own"), _("From")], _("Limits of readings")
        )
        self.tabs = QTabWidget()
        self.tabs.addTab(self.cycles, _("Cycles of patrols"))
        self.tabs.addTab(self.limits, _("Limits of readings"))
        self._told = label("", "error", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        words = _("Settings of this survey. Our own values are starting values after common practice, unverified, and not the "
                  "law's; a blank cell takes them again.")  # fmt: skip
        column.addWidget(label(words, "quiet", wrap=True))
        column.addWidget(self.tabs, 1)
        column.addWidget(self._told)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(_("Cancel"), self.reject, quiet=True))
        self.ok = button(_("Save"), self.accept, primary=True)
        self.ok.setEnabled(can_write(session))
        row.addWidget(self.ok)
        column.addLayout(row)
        self._fill()

    def _fill(self) -> None:
        survey = self._session.survey
        if survey is None:
            return
        own = patrol_cycles()
        for code, (days, ours) in cycles_of(survey).items():
            _add(self.cycles, code, category_label(code), "" if ours else f"{days:g}", f"{own[code].days:g}", _from(ours=ours))
        kinds = reading_kinds()
        for name, limit in limits_of(survey).items():
            kind = kinds[name]
            sides = ("", "") if limit.is_ours else tuple("–" if side is None else f"{side:g}" for side in (limit.low, limit.high))
            own_words = ReadingLimit(kind.low, kind.high).words
            _add(self.limits, name, kind.label, kind.unit, *sides, own_words, _from(ours=limit.is_ours))
        for table, places in ((self.cycles, (1,)), (self.limits, (2, 3))):
            for row in range(table.rowCount()):
                for place in places:
                    cell = table.item(row, place)
                    if cell is not None:
                        cell.setFlags(cell.flags() | Qt.ItemFlag.ItemIsEditable)

    def accept(self) -> None:
        """Keep what was typed: a Change for each that differs."""
        survey, author = self._session.survey, str(self._session.settings.value("author"))
        if survey is None:
            return
        try:
            cycles, limits = self._wanted_cycles(), self._wanted_limits()
            for code, (days, ours) in cycles_of(survey).items():
                if cycles[code] != (None if ours else days):
                    set_cycle(survey, code, cycles[code], author=author)
            for name, limit in limits_of(survey).items():
                wanted = limits[name]
                if wanted != (None if limit.is_ours else (limit.low, limit.high)):
                    low, high = wanted or (None, None)
                    set_reading_limit(survey, name, low, high, ours=wanted is None, author=author)
        except PipemapError as error:
            self._told.setText(str(error))
            return
        self._session.refresh()
        super().accept()

    def _wanted_cycles(self) -> dict[str, float | None]:
        found = {}
        for row in range(self.cycles.rowCount()):
            found[_key(self.cycles, row)] = _number(_text(self.cycles, row, 1))
        return found

    def _wanted_limits(self) -> dict[str, tuple[float | None, float | None] | None]:
        found: dict[str, tuple[float | None, float | None] | None] = {}
        for row in range(self.limits.rowCount()):
            texts = [_text(self.limits, row, place) for place in (2, 3)]
            low, high = (_number(text) for text in texts)
            found[_key(self.limits, row)] = (low, high) if any(texts) else None
        return found


def _number(text: str) -> float | None:
    """Return a number; None where there is nothing, or a dash: no limit on that side."""
    if text in {"", "–", "-"}:
        return None
    try:
        return float(text.replace(",", ".").replace("−", "-"))
    except ValueError as error:
        raise SettingsError(_("“{text}” is no number.").format(text=text)) from error


def _from(*, ours: bool) -> str:
    return _("our own, unverified") if ours else _("set here")


def _table(heads: list[str], name: str) -> QTableWidget:
    made = QTableWidget(0, len(heads))
    made.setHorizontalHeaderLabels(heads)
    made.setAccessibleName(name)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(28)
    made.setShowGrid(False)
    made.setAlternatingRowColors(True)
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    made.setColumnWidth(len(heads) - 1, 150)
    return made


def _add(table: QTableWidget, key: str, *texts: str) -> None:
    row = table.rowCount()
    table.insertRow(row)
    for place, text in enumerate(texts):
        cell = QTableWidgetItem(text)
        cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        cell.setToolTip(text)
        if not place:
            cell.setData(Qt.ItemDataRole.UserRole, key)
        table.setItem(row, place, cell)


def _text(table: QTableWidget, row: int, place: int) -> str:
    cell = table.item(row, place)
    return cell.text().strip() if cell is not None else ""


def _key(table: QTableWidget, row: int) -> str:
    cell = table.item(row, 0)
    return str(cell.data(Qt.ItemDataRole.UserRole)) if cell is not None else ""
