"""What is due this week: rounds, visits to works, hazards to be fixed; what is overdue first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui.findings import findings_of
from pipemap.gui.following import follow
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState, button
from pipemap.gui.record_table import Column, RecordTable
from pipemap.jobs.patrol_due import WHATS, DueTask, due_tasks
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session


class DueTable(QWidget):
    """A click on a hazard opens it; a double click on works or a round opens its panel."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[DueTask] = RecordTable(
            session,
            [
                Column(_("Day"), lambda one: one.day, 130, icon=_mark),
                Column(_("What"), lambda one: _(WHATS[one.what]), 160),
                Column(_("Name"), lambda one: one.name, 220),
                Column(_("Who"), lambda one: one.person, 120),
                Column(_("Note"), lambda one: one.words, 320),
            ],
            name=_("Due this week"),
        )
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(lambda one: session.show_panel("findings" if one.finding is not None else "patrols"))
        self._pages = QStackedLayout(self)
        words = _(
            "Rounds by their day or cycle, visits to works of others, and hazards with a day by which they are to be fixed."
        )
        self._pages.addWidget(EmptyState("calendar-check", _("Nothing is due this week"), words))
        self._pages.addWidget(self._lay_out())
        follow(self, session, "due", _("Looking for what is due"), due_tasks, self._show, also=session.records_changed)

    def _lay_out(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 0)
        bar.addWidget(button(_("Cycles and limits"), self._settings, icon_name="sliders-horizontal"))
        bar.addStretch(1)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        return page

    def _show(self, found: Sequence[DueTask]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)

    def _settings(self) -> None:
        from pipemap.gui.patrol_settings import show_settings

        show_settings(self._session, self.window())

    def _choose(self, one: DueTask) -> None:
        if one.finding is None:
            return
        known = findings_of(self._session)
        stored = next((found for found in known.stored if found.fid == one.finding), None)
        if stored is not None:
            known.show(stored, fly=False)


def _today() -> date:
    return datetime.now().astimezone().date()


def _mark(one: DueTask) -> QIcon:
    return icon("warning-circle", tint="error") if one.is_overdue(_today()) else icon("calendar-blank")
