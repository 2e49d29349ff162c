"""What each check tolerates in this survey: on or off, its limit with unit, the rule's own, and where it comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap import catalog
from pipemap.analysis.checks import GROUPS, TABLES, Check, checks, entries_of, entry_title
from pipemap.errors import PipemapError
from pipemap.gui.parts import button, label
from pipemap.gui.severities import severity_icon
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.jobs.checking import Limits

ON, TITLE, LIMIT, UNIT, OWN, SOURCE = range(6)
_INDENT = "\u2003\u2003"
CERTAINTIES = {"found": N_("found"), "unverified": N_("unverified"), "own": N_("our own")}


def show_limits(session: Session, parent: QWidget) -> LimitsDialog | None:
    """Open the list of checks for the survey that is open."""
    if session.survey is None:
        return None
    dialog = LimitsDialog(session, parent)
    dialog.show()
    return dialog


class LimitsDialog(QDialog):
    """The list of checks, to be switched and set."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Limits of the checks"))
        self.resize(860, 560)
        self._session = session
        self._checks = list(checks().values())
        self._rows: list[tuple[Check, str]] = []
        self._told = label("", "quiet", wrap=True)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setAccessibleName(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.table = self._make_table()
        self.add_size = button(_("Add a size …"), self._ask_size)
        self.add_size.setEnabled(False)
        self.table.currentCellChanged.connect(lambda *_places: self.add_size.setEnabled(self._size_rule() != ""))
        self._fill()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        words = _("Settings of this survey, kept in its file. An empty limit is the rule's own; what is switched off is not run.")
        column.addWidget(label(words, "quiet", wrap=True))
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addWidget(self._told)
        row = QHBoxLayout()
        row.addWidget(self.add_size)
        row.addStretch(1)
        row.addWidget(button(_("Cancel"), self.reject))
        self.save = button(_("Save"), self._save, primary=True)
        self.save.setEnabled(not session.survey.read_only if session.survey is not None else False)
        row.addWidget(self.save)
        column.addLayout(row)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 6)
        table.setHorizontalHeaderLabels([_("On"), _("Check"), _("Limit"), _("Unit"), _("Rule's own"), _("Source")])
        table.setAccessibleName(_("Checks"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        for place, width in ((ON, 44), (LIMIT, 90), (UNIT, 56), (OWN, 90), (SOURCE, 230)):
            table.setColumnWidth(place, width)
        return table

    def _fill(self) -> None:
        from pipemap.jobs.checking import limits_of

        survey = self._session.survey
        if survey is None:
            return
        limits = limits_of(survey)
        for check in self._checks:
            self._add_check(check, limits)
            for word in entries_of(check.name, limits.numbers) if check.name in TABLES else ():
                self._add_entry(self.table.rowCount(), check, word, limits.set_to.get(f"{check.name}/{word}", ""))

    def _add_check(self, check: Check, limits: Limits) -> None:
        row = self._insert(self.table.rowCount(), check, "")
        on = QTableWidgetItem()
        on.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        on.setCheckState(Qt.CheckState.Checked if limits.is_on(check.name) else Qt.CheckState.Unchecked)
        self.table.setItem(row, ON, on)
        title = _fixed(check.title, f"{check.name}\n{_(GROUPS[check.group])}\n{check.why}")
        title.setIcon(severity_icon(check.severity))
        self.table.setItem(row, TITLE, title)
        set_to = limits.numbers.get(check.name)
        limit = QTableWidgetItem("" if set_to is None else f"{set_to:g}")
        if math.isnan(check.limit):
            limit = _fixed("–", _("There is nothing to set but on and off."))
        self.table.setItem(row, LIMIT, limit)
        self.table.setItem(row, UNIT, _fixed(check.unit))
        self.table.setItem(row, OWN, _fixed("" if math.isnan(check.limit) else f"{check.limit:g}"))
        self.table.setItem(row, SOURCE, _fixed(*_source_words(check)))

    def _add_entry(self, row: int, check: Check, word: str, set_to: str) -> None:
        """One line of a rule's table, below it."""
        self._insert(row, check, word)
        kept = TABLES[check.name]
        own = kept.entries.get(word, check.limit if kept.by == "carried" else math.nan)
        self.table.setItem(row, ON, _fixed(""))
        self.table.setItem(row, TITLE, _fixed(f"{_INDENT}{entry_title(check.name, word)}", f"{check.name}/{word}"))
        self.table.setItem(row, LIMIT, QTableWidgetItem(set_to))
        self.table.setItem(row, UNIT, _fixed(kept.unit))
        self.table.setItem(row, OWN, _fixed("" if math.isnan(own) else f"{own:g}"))
        self.table.setItem(row, SOURCE, _fixed(""))

    def _insert(self, row: int, check: Check, word: str) -> int:
        self.table.insertRow(row)
        self._rows.insert(row, (check, word))
        return row

    def _size_rule(self) -> str:
        """The rule of the current line, where its table goes by size."""
        row = self.table.currentRow()
        name = self._rows[row][0].name if 0 <= row < len(self._rows) else ""
        return name if name in TABLES and TABLES[name].by == "height" else ""

    def _ask_size(self) -> None:
        title = checks()[self._size_rule()].title
        size, chosen = QInputDialog.getInt(self, title, _("Up to which height, in mm"), 500, 1, 99_999)
        if chosen:
            self.add_entry(size)

    def add_entry(self, size: int) -> None:
        """Add a size to the table of the current line's rule; it counts once it has a limit."""
        rule, word = self._size_rule(), str(size)
        rows = [place for place, (check, one) in enumerate(self._rows) if check.name == rule and one]
        at = next((place for place in rows if self._rows[place][1] == word), None)
        if at is None:
            larger = (place for place in rows if not self._rows[place][1].isdecimal() or int(self._rows[place][1]) > size)
            at = next(larger, rows[-1] + 1)
            self._add_entry(at, checks()[rule], word, "")
        self.table.setCurrentCell(at, LIMIT)

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for row, (check, _word) in enumerate(self._rows):
            self.table.setRowHidden(row, wanted not in f"{check.title} {check.name} {_(GROUPS[check.group])}".casefold())

    def wanted(self) -> dict[str, str]:
        """Return what the table says, as the command line takes it: a number, ``off``, blank for the rule's own."""
        found = {}
        for row, (check, word) in enumerate(self._rows):
            on, limit = self.table.item(row, ON), self.table.item(row, LIMIT)
            if word:
                found[f"{check.name}/{word}"] = limit.text().strip() if limit is not None else ""
                continue
            is_off = on is not None and on.checkState() == Qt.CheckState.Unchecked
            text = limit.text().strip() if limit is not None and not math.isnan(check.limit) else ""
            found[check.name] = "off" if is_off else text
        return found

    def _save(self) -> None:
        from pipemap.jobs.checking import set_limits

        survey = self._session.survey
        if survey is None:
            return
        try:
            change = set_limits(survey, self.wanted(), author=str(self._session.settings.value("author") or ""))
        except PipemapError as error:
            self._told.setText(f"{error.message} {error.hint}".strip())
            return
        self._session.refresh()
        if len(change):
            self._session.say(_("Limits kept; run the checks to see what they change."))
        self.accept()


def _fixed(text: str, tip: str = "") -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    item.setToolTip(tip or text)
    return item


def _source_words(check: Check) -> tuple[str, str]:
    """Return how sure a rule is and where it comes from, short and in full."""
    certainty = _(CERTAINTIES[check.certainty])
    if check.certainty == "own":
        return certainty, certainty
    source = catalog.sources().get(check.source)
    return f"{certainty} ({check.source})", source.title if source is not None else check.source
