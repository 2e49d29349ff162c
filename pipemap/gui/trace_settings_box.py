"""The settings of a trace above its result: type, conditions, limit; each asks again at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from pipemap.analysis.trace import TraceType
from pipemap.gui.parts import label, tool_button
from pipemap.gui.trace_configurations import Configurations
from pipemap.gui.trace_tools import TWO_PLACES, tracer
from pipemap.model.trace_settings import LEAK, MOST_WAYS, WAYS, TraceSettings
from pipemap.model.wording import heading
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.session import Session

TYPES: dict[str, str] = {
    TraceType.UPSTREAM: N_("Upstream"),
    TraceType.DOWNSTREAM: N_("Downstream"),
    TraceType.CONNECTED: N_("Connected"),
    TraceType.SUBNETWORK: N_("Supply area"),
    TraceType.LOOPS: N_("Loops"),
    TraceType.SHORTEST_PATH: N_("Shortest path"),
    WAYS: N_("Several ways"),
    TraceType.BETWEEN: N_("What lies between"),
    LEAK: N_("Where a leak can spread"),
}
"""What each type is called where one is chosen."""

_COSTS = ("length", "pipes", "diameter_mm")


class TraceSettingsBox(QWidget):
    """Shown while a trace is; folded to one line until it is opened or something is set."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._tracer = session, tracer(session)
        self._filling = False
        self.type, self.limit_by, self.cost = QComboBox(), QComboBox(), QComboBox()
        self.where, self.barrier_where, self.limit, self.count = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.ground, self.along = QLineEdit(), QLineEdit()
        self.along_flow, self.all_lifecycles = QCheckBox(_("Only along the flow")), QCheckBox(_("Also what is not in use"))
        self.configurations = Configurations(session)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 4)
        column.setSpacing(4)
        column.addLayout(self._head())
        self._more = QWidget()
        self._grid = QGridLayout(self._more)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: dict[str, list[QWidget]] = {}
        self._fill_grid()
        self._more.hide()
        column.addWidget(self._more)
        self._listen()
        self._tracer.changed.connect(self._show)
        session.result_changed.connect(self._show)
        self._show()

    # -- what stands in it -------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.type.setAccessibleName(_("Type of trace"))
        row.addWidget(self.type, 1)
        self.fold: QToolButton = tool_button("sliders-horizontal", _("Conditions, limits and saved configurations"), self.unfold)
        self.fold.setCheckable(True)
        row.addWidget(self.fold)
        return row

    def _fill_grid(self) -> None:
        for box in (self.limit_by, self.cost):
            box.setEditable(True)
            for name in _COSTS:
                box.addItem(_cost_label(name), name)
        rows: tuple[tuple[str, str, tuple[QWidget, ...]], ...] = (
            ("where", _("Show only"), (self.where,)),
            ("barrier_where", _("Closed where"), (self.barrier_where,)),
            ("limit", _("No farther than"), (self.limit, self.limit_by)),
            ("cost", _("Ways"), (self.count, self.cost)),
            ("leak", _("Ground, inside (m)"), (self.ground, self.along)),
        )
        for place, (name, title, parts) in enumerate(rows):
            caption, line = label(title, "small"), QHBoxLayout()
            line.setSpacing(4)
            for part in parts:
                part.setAccessibleName(title)
                line.addWidget(part, 1)
            self._grid.addWidget(caption, place, 0)
            self._grid.addLayout(line, place, 1)
            self._rows[name] = [caption, *parts]
        for part, words in (
            (self.where, "diameter_mm >= 300"),
            (self.barrier_where, "material = PE"),
            (self.limit, _("No limit")),
        ):
            part.setPlaceholderText(words)
        self._grid.addWidget(self.along_flow, len(rows), 1)
        self._grid.addWidget(self.all_lifecycles, len(rows) + 1, 1)
        self._grid.addWidget(label(_("Configuration"), "small"), len(rows) + 2, 0)
        self._grid.addWidget(self.configurations, len(rows) + 2, 1)

    def _listen(self) -> None:
        self.type.activated.connect(lambda _place: self._ask())
        for box in (self.limit_by, self.cost):
            box.activated.connect(lambda _place: self._ask())
            line = box.lineEdit()
            if line is not None:
                line.editingFinished.connect(self._ask)
        for line in (self.where, self.barrier_where, self.limit, self.count, self.ground, self.along):
            line.editingFinished.connect(self._ask)
        for check in (self.along_flow, self.all_lifecycles):
            check.clicked.connect(lambda _on: self._ask())

    # -- following and asking ----------------------------------------------------------------------------------------

    def unfold(self) -> None:
        """Show the settings, or fold them away."""
        self._more.setVisible(self.fold.isChecked())

    def open(self) -> None:
        """Show the settings."""
        self.fold.setChecked(True)
        self.unfold()

    def _show(self) -> None:
        """Show what the trace is asked with."""
        question = self._tracer.question
        self.setVisible(question is not None and self._session.result is not None)
        if question is None:
            return
        self._filling = True
        self._offer_types(question.type)
        asked = question.settings
        for line, text in (
            *((self.where, asked.where), (self.barrier_where, asked.barrier_where), (self.limit, _number(asked.limit))),
            *(
                (self.count, str(asked.alternatives)),
                (self.ground, _number(asked.through_ground)),
                (self.along, _number(asked.along)),
            ),
        ):
            if not line.hasFocus() or line.text() != text:
                line.setText(text)
        for box, name in ((self.limit_by, asked.limit_by), (self.cost, asked.cost)):
            box.setEditText(_cost_label(name))
        self.along_flow.setChecked(asked.along_flow)
        self.all_lifecycles.setChecked(asked.all_lifecycles)
        self._suit(question.type)
        self._filling = False

    def _offer_types(self, now: str) -> None:
        """The types that can be asked of the places that there are: one, or two."""
        fitting = [name for name in TYPES if (name in TWO_PLACES) == (now in TWO_PLACES)]
        self.type.clear()
        for name in fitting:
            self.type.addItem(_(TYPES[name]), str(name))
        self.type.setCurrentIndex(fitting.index(now))

    def _suit(self, kind: str) -> None:
        shown = {
            "where": kind not in {WAYS, LEAK},
            "barrier_where": kind not in {WAYS, LEAK},
            "limit": kind not in {*TWO_PLACES, TraceType.LOOPS, LEAK},
            "cost": kind == WAYS,
            "leak": kind == LEAK,
        }
        for name, parts in self._rows.items():
            for part in parts:
                part.setVisible(shown[name])
        self.along_flow.setVisible(kind == WAYS)
        self.all_lifecycles.setVisible(kind != LEAK)

    def _ask(self) -> None:
        question = self._tracer.question
        if self._filling or question is None:
            return
        settings, kind = self._read(question.settings), self.type.currentData() or question.type
        if settings is None:
            self._session.notice(
                _("A distance or limit is a number from 0 on, and the ways are at most {most}.").format(most=MOST_WAYS)
            )
            self._show()
        elif settings != question.settings or kind != question.type:
            self._tracer.set_settings(settings, kind)

    def _read(self, before: TraceSettings) -> TraceSettings | None:
        """What stands in the fields; None when a number is none."""
        try:
            limit = float(self.limit.text()) if self.limit.text().strip() else None
            count, ground, along = int(self.count.text()), float(self.ground.text()), float(self.along.text())
        except ValueError:
            return None
        if not (1 <= count <= MOST_WAYS and 0 <= ground < _FAR and 0 <= along < _FAR and 0 <= (limit or 0.0) < _FAR):
            return None
        return replace(
            before,
            where=self.where.text().strip(),
            barrier_where=self.barrier_where.text().strip(),
            limit=limit,
            limit_by=_cost_name(self.limit_by.currentText()),
            alternatives=count,
            cost=_cost_name(self.cost.currentText()),
            along_flow=self.along_flow.isChecked(),
            all_lifecycles=self.all_lifecycles.isChecked(),
            through_ground=ground,
            along=along,
        )


_FAR = 1e7


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _cost_label(name: str) -> str:
    if name == "length":
        return _("Metres")
    return _("Number of pipes") if name == "pipes" else _field_label(name)


def _field_label(name: str) -> str:
    from pipemap.model.fields import fields

    known = fields("pipe")
    return heading(known[name]) if name in known else name


def _cost_name(text: str) -> str:
    """The name of what was chosen or typed; a field goes by its name or its label."""
    names: Callable[[str], str] = {_cost_label(name): name for name in _COSTS}.get  # type: ignore[assignment]
    return names(text.strip()) or text.strip() or "length"
