"""One valve of a plan as a person at the telephone reads it out: number, id, road, size, state, turns, and what became of it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from pipemap.analysis.shutoff import reason_text
from pipemap.gui.parts import button, label
from pipemap.gui.shutoff_tools import planner
from pipemap.model.fields import values
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.analysis.steps import Step
    from pipemap.gui.session import Session
    from pipemap.gui.shutoff_answers import Shutoff
    from pipemap.model.lookup import Element

MOST_CARDS = 60
"""Valves shown with buttons of their own."""


class ValveCard(QFrame):
    """A valve: its id flies there, its buttons say that it does not turn, is not found, or is opened."""

    def __init__(self, session: Session, one: Step, answer: Shutoff, *, number: int = 0) -> None:
        super().__init__()
        self._session, self._step, self._answer = session, one, answer
        self.setAccessibleName(one.id)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addLayout(self._head(number))
        facts = facts_of(one)
        if facts:
            column.addWidget(label(facts, "quiet", wrap=True, selectable=True))
        if one.reason not in ("", "close", "already-closed", "inoperable"):
            column.addWidget(label(reason_text(one.reason), "small", wrap=True))
        if answer.is_kept:
            column.addLayout(self._chips())

    def _head(self, number: int) -> QHBoxLayout:
        one = self._step
        row = QHBoxLayout()
        row.setSpacing(4)
        if number:
            row.addWidget(label(f"{number}.", "strong"))
        link = button(one.id or _("Without an id"), partial(fly, self._session, one.element), quiet=True)
        link.setObjectName(f"fly:{one.key}")
        link.setProperty("flush", True)
        link.setToolTip(_("Show on the map"))
        row.addWidget(link)
        row.addStretch(1)
        row.addWidget(label(state_words(one), "small"), 0, Qt.AlignmentFlag.AlignRight)
        return row

    def _chips(self) -> QHBoxLayout:
        one, plans, question = self._step, planner(self._session), self._answer.question
        row = QHBoxLayout()
        row.setSpacing(4)
        if one.task == "already_closed" or one.key in question.opened:
            row.addWidget(self._chip("open", _("Open it"), one.key in question.opened, partial(plans.toggle_opened, one.key)))
        else:
            now = question.failure(one.key)
            row.addWidget(self._chip("stuck", _("Does not turn"), now == "stuck", partial(plans.report, one.key, "stuck")))
            row.addWidget(self._chip("missing", _("Not found"), now == "missing", partial(plans.report, one.key, "missing")))
        row.addStretch(1)
        return row

    def _chip(self, kind: str, words: str, on: bool, act: Callable[[], None]) -> QPushButton:  # noqa: FBT001 -- its state
        made = QPushButton(words)
        made.setProperty("chip", True)
        made.setCheckable(True)
        made.setChecked(on)
        made.setAutoDefault(False)
        made.setObjectName(f"{kind}:{self._step.key}")
        made.setAccessibleName(f"{self._step.id}: {words}")
        made.clicked.connect(lambda _on: act())
        return made


def facts_of(one: Step) -> str:
    """Road, size, turns: what is recorded of a valve, in one line."""
    turns = ""
    if math.isfinite(one.turns):
        way = values("turn_direction").get(one.turn_direction)
        turns = _("{n} turns").format(n=f"{one.turns:g}") + (f" · {way.label.lower()}" if way is not None else "")
    size = f"DN{one.size * 1000:.0f}" if math.isfinite(one.size) else ""
    return " · ".join(part for part in (one.road, size, turns) if part)


def state_words(one: Step) -> str:
    """Its state as recorded, in the words of the list."""
    return values("state")[one.state or "unknown"].label


def fly(session: Session, element: Element) -> None:
    """Select an element and look at it."""
    session.select_element(element.layer, element.row, fly=True)
