"""The shut-off plans that are kept: how far each is, and the days ahead with those that stand at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.following import follow
from pipemap.gui.overlaps import OverlapList
from pipemap.gui.parts import EmptyState, label, tool_button
from pipemap.gui.plan_keeper import keeper
from pipemap.gui.record_table import Column, RecordTable
from pipemap.jobs.plan_overlaps import Span, find_overlaps, span_of
from pipemap.model.plans import STATE_TITLES, Overlap
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.session import Session
    from pipemap.store import Survey

_DAYS = 7
_BAR, _GAP, _HEAD, _NAMES = 16, 4, 22, 40


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A kept plan as the list shows it; ``span`` is when it stands."""

    number: int
    words: dict[str, Any]
    span: Span | None

    def word(self, name: str) -> str:
        """A column as text."""
        return str(self.words.get(name) or "")

    def number_of(self, name: str) -> int:
        """A column as a number."""
        return int(self.words.get(name) or 0)


class PlanTable(QWidget):
    """Every kept plan, and beside it a week with a bar for each."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[PlanRow] = RecordTable(
            session,
            [
                Column(_("Plan no."), lambda one: str(one.number), 72, right=True, key=lambda one: one.number),
                Column(_("State"), lambda one: _(STATE_TITLES.get(one.word("status"), one.word("status"))), 96),
                Column(_("Begins"), lambda one: one.word("started") or one.word("planned_from"), 140),
                Column(_("Ends"), lambda one: one.word("finished") or one.word("planned_to"), 140),
                Column(
                    _("Valves"),
                    partial(_figure, "valves"),
                    64,
                    right=True,
                    key=lambda one: one.number_of("valves"),
                ),
                Column(
                    _("Customers"),
                    partial(_figure, "customers"),
                    84,
                    right=True,
                    key=lambda one: one.number_of("customers"),
                ),
                Column(_("Streets"), lambda one: one.word("roads"), 150),
                Column(_("Reason"), lambda one: " · ".join(filter(None, (one.word("name"), one.word("reason")))), 160),
            ],
            name=_("Plans"),
        )
        self.table.chosen.connect(lambda one: keeper(session).open(one.number))
        self.table.activated.connect(lambda one: keeper(session).open(one.number, fly=True))
        self.week = Week(lambda number: keeper(session).open(number, fly=True))
        self.told = OverlapList(session)
        self._pages = QStackedLayout(self)
        words = _("Plan a shut-off (key G) and choose “Keep this plan”: it is listed here, approved, carried out and ended.")
        self._pages.addWidget(EmptyState("calendar-blank", _("No plan is kept yet"), words))
        self._pages.addWidget(self._lay_out())
        follow(self, session, "plans", _("Reading shut-off plans"), _read, self._show, also=session.records_changed)

    def _lay_out(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.table, 3)
        side = QVBoxLayout()
        side.setContentsMargins(0, 4, 8, 4)
        side.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(tool_button("caret-left", _("A week earlier"), lambda: self.week.turn(-_DAYS)))
        head.addWidget(label(_("Calendar"), "caption"))
        head.addWidget(tool_button("caret-right", _("A week later"), lambda: self.week.turn(_DAYS)))
        head.addStretch(1)
        side.addLayout(head)
        inner = QWidget()
        both = QVBoxLayout(inner)
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(self.week)
        both.addWidget(self.told)
        both.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        side.addWidget(area, 1)
        row.addLayout(side, 2)
        return page

    def _show(self, found: Sequence[tuple[list[PlanRow], list[Overlap]]]) -> None:
        rows, overlaps = found[0] if found else ([], [])
        self.table.show_records(rows)
        self._pages.setCurrentIndex(1 if rows else 0)
        self.week.show_plans([one.span for one in rows if one.span is not None], overlaps)
        self.told.show_overlaps(overlaps)


def _read(survey: Survey) -> list[tuple[list[PlanRow], list[Overlap]]]:
    names = ("status", "planned_from", "planned_to", "started")
    rows = [
        PlanRow(row["fid"], row, span_of(row["fid"], *(str(row[name] or "") for name in names))) for row in survey.plan_rows()
    ]
    return [(rows, find_overlaps(survey))]


def _figure(name: str, one: PlanRow) -> str:
    return f"{one.number_of(name):,}"


class Week(QWidget):
    """Seven days, a bar for each plan that stands in them; where bars overlap the time is marked."""

    def __init__(self, opens: Any) -> None:  # noqa: ANN401 -- takes the number of a plan
        super().__init__()
        self._opens = opens
        self._spans: Sequence[Span] = ()
        self._overlaps: Sequence[Overlap] = ()
        today = datetime.now()  # noqa: DTZ005 -- as the clock on the wall says
        self._first = datetime(today.year, today.month, today.day)  # noqa: DTZ001
        self.setAccessibleName(_("Calendar"))
        self.setMinimumWidth(240)

    def show_plans(self, spans: Sequence[Span], overlaps: Sequence[Overlap]) -> None:
        """Show these."""
        self._spans, self._overlaps = sorted(spans, key=lambda one: one.starts), overlaps
        self.updateGeometry()
        self.update()

    def turn(self, days: int) -> None:
        """Show other days."""
        self._first += timedelta(days=days)
        self.updateGeometry()
        self.update()

    @property
    def shown(self) -> list[Span]:
        """The plans that stand in the days shown."""
        first, last = (f"{self._first + timedelta(days=days):%Y-%m-%d %H:%M}" for days in (0, _DAYS))
        return [one for one in self._spans if one.starts < last and one.ends > first]

    def sizeHint(self) -> QSize:
        """As high as its bars."""
        return QSize(320, _HEAD + max(len(self.shown), 1) * (_BAR + _GAP) + _GAP)

    def minimumSizeHint(self) -> QSize:
        """As high as its bars."""
        return QSize(240, self.sizeHint().height())

    def _x(self, text: str) -> float:
        """Where a time lies; what is before or after the days shown at their edges."""
        width = self.width() - _NAMES
        try:
            moment = datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007
        except ValueError:
            return _NAMES
        days = (moment - self._first).total_seconds() / 86400
        return _NAMES + min(max(days / _DAYS, 0.0), 1.0) * width

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw days, bars, and the times at which plans stand together."""
        painter = QPainter(self)
        self._paint_days(painter)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        shown = self.shown
        if not shown:
            painter.setPen(theme.colour("text_2"))
            painter.drawText(QRectF(_NAMES + 4, _HEAD, self.width(), _BAR), flags, _("No plan stands in these days."))
        for place, one in enumerate(shown):
            top = _HEAD + _GAP + place * (_BAR + _GAP)
            painter.setPen(theme.colour("text"))
            painter.drawText(QRectF(0, top, _NAMES - 4, _BAR), flags, str(one.number))
            left, right = self._x(one.starts), self._x(one.ends)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(left, top, max(right - left, 3.0), _BAR), 3, 3)
            self._paint_overlaps(painter, one, top)
        painter.end()

    def _paint_overlaps(self, painter: QPainter, one: Span, top: float) -> None:
        """The time that it shares: a border, and filled where together they strand somebody more."""
        for overlap in self._overlaps:
            if one.number in overlap.plans:
                left, right = self._x(overlap.starts), self._x(overlap.ends or one.ends)
                painter.setPen(QPen(theme.colour("warning"), 2))
                is_worse = bool(overlap.pipes or overlap.nodes or overlap.note)
                painter.setBrush(theme.colour("warning") if is_worse else Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(left, top, max(right - left, 3.0), _BAR - 1))

    def _paint_days(self, painter: QPainter) -> None:
        width = (self.width() - _NAMES) / _DAYS
        for day in range(_DAYS):
            left = _NAMES + day * width
            painter.setPen(theme.colour("line"))
            painter.drawLine(int(left), 0, int(left), self.height())
            painter.setPen(theme.colour("text_2"))
            name = f"{self._first + timedelta(days=day):%m-%d}"
            painter.drawText(QRectF(left + 3, 0, width, _HEAD), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the plan whose bar was clicked."""
        place = int((event.position().y() - _HEAD - _GAP) // (_BAR + _GAP))
        if 0 <= place < len(self.shown):
            self._opens(self.shown[place].number)
