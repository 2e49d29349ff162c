"""What each check tolerates in this survey: on or off, its limit with unit, the rule's own, and where it comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.analysis.checks import GROUPS, Check, checks
from pipemap.errors import PipemapError
from pipemap.gui.parts import button, label
from pipemap.gui.severities import severity_icon
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session

ON, TITLE, LIMIT, UNIT, OWN, SOURCE = range(6)
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
        self._told = label("", "quiet", wrap=True)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setAccessibleName(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.table = self._make_table()
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
        row.addStretch(1)
        row.addWidget(button(_("Cancel"), self.reject))
        self.save = button(_("Save"), self._save, primary=True)
        self.save.setEnabled(not session.survey.read_only if session.survey is not None else False)
        row.addWidget(self.save)
        column.addLayout(row)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(len(self._checks), 6)
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
        for row, check in enumerate(self._checks):
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

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for row, check in enumerate(self._checks):
            self.table.setRowHidden(row, wanted not in f"{check.title} {check.name} {_(GROUPS[check.group])}".casefold())

    def wanted(self) -> dict[str, str]:
        """Return what the table says, as the command line takes it: a number, ``off``, blank for the rule's own."""
        found = {}
        for row, check in enumerate(self._checks):
            on, limit = self.table.item(row, ON), self.table.item(row, LIMIT)
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
