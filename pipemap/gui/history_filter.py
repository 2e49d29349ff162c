"""What of the history is listed: by words, person, day, kind, and by what is selected or lies in the drawn area."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.store import Asked
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from pipemap.gui.session import Session

NARROW = 620
"""Pixels of width below which the choices stand in a second row."""

WAIT = 250
"""Milliseconds after the last key before the history is asked."""

WHERE = (("", N_("All elements")), ("selected", N_("Selected elements")), ("area", N_("In the drawn area")))
KINDS = (("", N_("All kinds")), ("node", N_("Nodes")), ("pipe", N_("Pipes")), ("other", N_("Other records")))
WHEN = (("", N_("Any time")), ("0", N_("Today")), ("6", N_("Last 7 days")), ("29", N_("Last 30 days")), ("day", N_("On a day")))


class HistoryFilter(QWidget):
    """One row of controls above the list."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._timer = QTimer(self, singleShot=True, interval=WAIT)
        self._timer.timeout.connect(self.changed)
        self.text = self._line(_("Filter"), 130)
        self.author = self._line(_("Who"), 90)
        self.when = self._choice(WHEN, _("When"))
        self.day = QDateEdit(QDate.currentDate())
        self.day.setCalendarPopup(True)
        self.day.setAccessibleName(_("On a day"))
        self.day.dateChanged.connect(self.changed)
        self.day.hide()
        self.when.currentIndexChanged.connect(lambda: self.day.setVisible(self.when.currentData() == "day"))
        self.kind = self._choice(KINDS, _("Kind"))
        self.where = self._choice(WHERE, _("Which elements"))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(8, 4, 8, 4)
        self._rows.setSpacing(4)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        for row in (self._first, self._second):
            row.setSpacing(4)
            self._rows.addLayout(row)
        self._is_narrow: bool | None = None
        self._arrange(narrow=False)
        session.selection_changed.connect(self._follow_selection)
        session.area_changed.connect(self._follow_area)

    def asked(self) -> Asked:
        """What is asked for now."""
        since, until = self._span()
        elements = self._elements() if self.where.currentData() else None
        if elements == {}:
            elements = {"node": (-1,)}  # nothing is selected: nothing fits
        return Asked(
            text=self.text.text().strip(),
            author=self.author.text().strip(),
            since=since,
            until=until,
            kind=self.kind.currentData(),
            elements=elements or {},
        )

    @property
    def is_set(self) -> bool:
        """Whether something is filtered."""
        return self.asked() != Asked()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take a second row where one is too narrow."""
        super().resizeEvent(event)
        self._arrange(narrow=event.size().width() < NARROW)

    def _arrange(self, *, narrow: bool) -> None:
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        for row in (self._first, self._second):
            while row.takeAt(0) is not None:
                pass
        choices = (self.when, self.day, self.kind, self.where)
        for part in (self.text, self.author):
            part.setMaximumWidth(400 if narrow else part.minimumWidth())
            self._first.addWidget(part, 1 if narrow else 0)
        for choice in choices:
            (self._second if narrow else self._first).addWidget(choice, 1 if narrow else 0)
        if not narrow:
            self._first.addStretch(1)

    def _span(self) -> tuple[str, str]:
        choice, survey = self.when.currentData(), self._session.survey
        if not choice or survey is None:
            return "", ""
        if choice == "day":
            day = self.day.date().toString("yyyy-MM-dd")
            return survey.span(day, day)
        first = datetime.now().astimezone().date() - timedelta(days=int(choice))
        return survey.span(first.isoformat(), "")

    def _elements(self) -> dict[str, Sequence[int]]:
        network = self._session.network
        if network is None:
            return {}
        nodes, pipes = self._session.selection.nodes, self._session.selection.pipes
        if self.where.currentData() == "area":
            import shapely

            from pipemap.analysis.area import elements_within

            corners = [corner[:2] for corner in self._session.area]
            if len(corners) < 3:  # noqa: PLR2004 -- no area
                return {}
            within = elements_within(network, shapely.Polygon(corners).buffer(0))
            nodes, pipes = within.nodes, within.pipes
        found = {"node": network.node_fid[nodes].tolist(), "pipe": network.pipe_fid[pipes].tolist()}
        return {layer: keys for layer, keys in found.items() if keys}

    def _follow_selection(self) -> None:
        if self.where.currentData() == "selected":
            self._timer.start()

    def _follow_area(self) -> None:
        if self.where.currentData() == "area":
            self._timer.start()

    def _line(self, words: str, width: int) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(words)
        made.setAccessibleName(words)
        made.setClearButtonEnabled(True)
        made.setMinimumWidth(width)
        made.textChanged.connect(self._timer.start)
        return made

    def _choice(self, rows: Sequence[tuple[str, str]], name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        for value, title in rows:
            made.addItem(_(title), value)
        made.currentIndexChanged.connect(self.changed)
        return made
