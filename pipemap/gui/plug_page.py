"""How drains are laid dry, in words: the plugs in the order of placing, what stands behind them, what is pumped over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pipemap.gui.parts import button, label, rule
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.gui.valve_card import fly
from pipemap.jobs.trades import PLUG_ROLES, Row, plug_rows, plug_sentences
from pipemap.model.lookup import Element
from pipemap.model.wording import metres
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.shutoff_answers import Plugging

_MOST_NAMED = 3
_MOST_CARDS = 60


class PlugPage(QWidget):
    """One plan; made anew for each. Every id in it can be clicked."""

    def __init__(self, session: Session, answer: Plugging) -> None:
        super().__init__()
        self._session, self._answer, self._plan = session, answer, answer.plan
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(8)
        self._add_head()
        self._add_plugs()
        self._add_wet()
        self._column.addStretch(1)

    def _add_head(self) -> None:
        column, run = self._column, self._plan.contained
        column.addWidget(label(self._title(), "heading", wrap=True, selectable=True))
        if not self._answer.is_kept:
            column.addWidget(label(_("Follows the pointer; a click keeps this plan."), "quiet", wrap=True))
        words = _("{n} pipes, {m} manholes, {length}")
        told = words.format(n=f"{len(run.pipe_rows):,}", m=f"{len(run.node_rows):,}", length=metres(run.length))
        column.addWidget(label(told, "strong", wrap=True))
        for text in plug_sentences(self._plan):
            column.addWidget(label(text, "note", wrap=True, selectable=True))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(button(_("Copy"), self._copy, icon_name="copy"))
        row.addWidget(button(_("Clear"), lambda: self._session.set_result(None), quiet=True))
        row.addStretch(1)
        column.addLayout(row)

    def _title(self) -> str:
        names = [self._plan.network.element_id(one) or _("Without an id") for one in self._plan.broken]
        what = ", ".join(names[:_MOST_NAMED])
        if len(names) > _MOST_NAMED:
            what = _("{start} and {n} more").format(start=what, n=len(names) - _MOST_NAMED)
        return _("Plugging of {what}").format(what=what)

    def _add_plugs(self) -> None:
        rows = plug_rows(self._plan)
        if not rows:
            return
        self._column.addWidget(rule())
        self._column.addWidget(label(_("Plug, in this order"), "caption"))
        for number, (role, one) in enumerate(rows[:_MOST_CARDS], start=1):
            self._column.addWidget(_PlugCard(self._session, number, role, one))
        if len(rows) > _MOST_CARDS:
            self._column.addWidget(label(_("and {n} more").format(n=len(rows) - _MOST_CARDS), "quiet"))

    def _add_wet(self) -> None:
        """The manholes in which water stands until it leaves."""
        nodes, _pipes = self._answer.wet
        if not len(nodes):
            return
        self._column.addWidget(rule())
        self._column.addWidget(label(_("Water stands in"), "caption"))
        words = _("When it dams up behind the plugs to where it first leaves.")
        self._column.addWidget(label(words, "quiet", wrap=True))
        made = ShortList((_("Node"),))
        for row in nodes[:MOST_LISTED].tolist():
            name = self._plan.network.node_ids[row] or _("Without an id")
            made.add(name, click=partial(fly, self._session, Element("node", row)))
        made.add_rest(len(nodes) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            self._column.addWidget(fitted)

    def _copy(self) -> None:
        """Copy the plan as lines that can be read out or sent."""
        lines = [self._title(), *plug_sentences(self._plan)]
        for place, (role, one) in enumerate(plug_rows(self._plan), start=1):
            lines.append("\t".join((f"{place}. {_(PLUG_ROLES[role])}", one.id, one.where, one.words)))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._session.say(_("Copied"))


class _PlugCard(QFrame):
    """One plug: its pipe flies there, and what stands behind it."""

    def __init__(self, session: Session, number: int, role: str, one: Row) -> None:
        super().__init__()
        self.setAccessibleName(one.id)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(label(f"{number}.", "strong"))
        link = button(one.id, partial(fly, session, one.element), quiet=True)
        link.setObjectName(f"plug:{one.id}")
        link.setProperty("flush", True)
        link.setToolTip(_("Show on the map"))
        row.addWidget(link)
        row.addWidget(label(one.where, "small"))
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(label(_(PLUG_ROLES[role]), "small", wrap=True))
        column.addWidget(label(one.words, "quiet", wrap=True, selectable=True))
