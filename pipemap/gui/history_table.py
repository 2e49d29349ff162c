"""What changed, when, and by whom; newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.gui.parts import EmptyState
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.words import moment
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.store.history import Entry


class HistoryTable(QWidget):
    """Every Change of the survey."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[Entry] = RecordTable(
            session,
            [
                Column(_("When"), lambda one: moment(one.time), 170, key=lambda one: one.time),
                Column(_("What"), lambda one: one.label, 320),
                Column(_("Who"), lambda one: one.author, 140),
                Column(_("Rows"), lambda one: f"{one.rows:,}", 90, right=True, key=lambda one: one.rows),
                Column(_("State"), _state, 140),
                Column(_("Hash"), lambda one: one.hash[:12], 120),
            ],
            name=_("History"),
        )
        self._pages = QStackedLayout(self)
        words = _("Every import and edit is listed here, with who did it and when, and can be taken back.")
        self._pages.addWidget(EmptyState("clock-counter-clockwise", _("Nothing has changed yet"), words))
        self._pages.addWidget(self.table)
        session.network_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        survey = self._session.survey
        entries = list(reversed(survey.history())) if survey is not None else []
        self.table.show_records(entries)
        self._pages.setCurrentIndex(1 if entries else 0)


def _state(entry: Entry) -> str:
    if entry.undoes is not None:
        return _("Takes back {n}").format(n=entry.undoes)
    return _("Taken back") if entry.undone else ""
