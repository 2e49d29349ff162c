"""A kept plan above its answer: how far it is, the steps that can be taken, and each valve with what was done at it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label, rule
from pipemap.gui.plan_keeper import Opened, keeper
from pipemap.gui.report_words import TIME_FORMAT, time_field
from pipemap.jobs.plans import Done, PlanWords, words_of
from pipemap.model.plans import OPERATIONS, STATE_TITLES, STEPS, KeptValve, Operation, Plan
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.session import Session

_MOST_VALVES = 60
"""Valves with buttons of their own; the rest are in the ticket and in the command line."""


class PlanStrip(QWidget):
    """One kept plan; made anew after each step."""

    def __init__(self, session: Session, opened: Opened) -> None:
        super().__init__()
        self._session, self._plan, self._opened = session, opened.plan, opened
        self._keeper, self._writes = keeper(session), can_write(session)
        self.cards: dict[str, PlanValve] = {}
        self.person = QLineEdit()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._add_head()
        self._add_stale()
        self._add_steps()
        self._add_words()
        self._add_valves()

    def _add_head(self) -> None:
        plan, column = self._plan, self._column
        title = _("Shut-off plan {n}, version {version}").format(n=plan.number, version=plan.now.number)
        column.addWidget(label(title, "heading", wrap=True, selectable=True))
        column.addWidget(label(_(STATE_TITLES.get(plan.state, plan.state)), "strong"))
        facts = [
            plan.name,
            plan.reason,
            _spans(_("Forecast"), plan.starts, plan.ends),
            _spans(_("Carried out"), plan.started, plan.finished),
            _("Approved by {name}").format(name=plan.approved_by) if plan.approved_by else "",
            plan.note,
        ]
        for text in filter(None, facts):
            column.addWidget(label(text, "quiet", wrap=True, selectable=True))
        if plan.emergency:
            column.addWidget(label(_("Emergency"), "note"))
        if plan.now.differences:
            told = "\n".join(plan.now.differences)
            new = _("New in version {n}").format(n=plan.now.number)
            column.addWidget(label(new, "caption"))
            column.addWidget(label(told, "quiet", wrap=True, selectable=True))

    def _add_stale(self) -> None:
        stale = self._opened.stale
        if not stale:
            return
        words = _("The network has changed in what it rests on: {what}.").format(what="; ".join(stale.differences))
        self._column.addWidget(label("\n".join((words, *stale.since)), "note", wrap=True, selectable=True))
        if self._writes:
            again = button(_("Run it again"), self._keeper.rerun, icon_name="arrows-clockwise")
            again.setObjectName("plan:rerun")
            self._column.addWidget(again)

    def _add_steps(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        possible = [one for one in STEPS if self._plan.state in one.comes_from]
        for place, one in enumerate(possible if self._writes else ()):
            made = button(_(one.title), partial(self.take, one.name), primary=place == 0 and one.name != "cancel")
            made.setAutoDefault(False)
            made.setObjectName(f"plan:{one.name}")
            row.addWidget(made)
        row.addStretch(1)
        if row.count() > 1:
            self._column.addLayout(row)

    def take(self, name: str) -> None:
        """Take a step; at the end with what was said of valves that stay as they are."""
        explained = {key: text for key, card in self.cards.items() if (text := card.why.text().strip())}
        self._keeper.step(name, explained if name in ("finish", "cancel") else None)

    # -- what is said of it ------------------------------------------------------------------------------------------

    def _add_words(self) -> None:
        if not (self._writes and self._plan.is_live):
            return
        self.words = PlanForm(self._plan, self._keeper.describe)
        self.words.hide()
        ask = button(_("Time, reason, crew …"), partial(_turn, self.words), icon_name="pencil-simple")
        ask.setObjectName("plan:words")
        row = QHBoxLayout()
        row.addWidget(ask)
        row.addStretch(1)
        self._column.addLayout(row)
        self._column.addWidget(self.words)

    # -- valves ------------------------------------------------------------------------------------------------------

    def _add_valves(self) -> None:
        plan = self._plan
        if plan.state == "in_progress" and self._writes:
            row = QHBoxLayout()
            row.addWidget(label(_("Reported by"), "quiet"))
            self.person.setText(str(self._session.settings.value("author")))
            self.person.setAccessibleName(_("Reported by"))
            row.addWidget(self.person, 1)
            self._column.addLayout(row)
        now = {one.key: one.task for one in plan.now.answer.valves}
        valves = plan.valves()
        titles = {
            "close": _("Close, in this order"),
            "already_closed": _("Already closed"),
            "reopen": _("Could be opened meanwhile"),
            "": _("Of an earlier version"),
        }
        shown = 0
        for task, title in titles.items():
            mine = [one for one in valves if (now.get(one.key, "") if one.key in now else "") == task]
            if mine:
                self._column.addWidget(rule())
                self._column.addWidget(label(title, "caption"))
            for number, one in enumerate(mine[: max(_MOST_VALVES - shown, 0)], start=1):
                self._column.addWidget(self._card(one, number if task == "close" else 0))
            shown += len(mine)
        if shown > _MOST_VALVES:
            self._column.addWidget(label(_("and {n} more, all in the ticket").format(n=shown - _MOST_VALVES), "quiet"))

    def _card(self, valve: KeptValve, number: int) -> PlanValve:
        made = PlanValve(self._session, self._plan, valve, number=number, writes=self._writes)
        made.report = partial(self._keeper.report, valve.key)
        made.person = self.person
        self.cards[valve.key] = made
        return made


class PlanValve(QFrame):
    """A valve of a kept plan: its id flies there, its buttons report what was done."""

    def __init__(self, session: Session, plan: Plan, valve: KeptValve, *, number: int, writes: bool) -> None:
        super().__init__()
        self._session, self._plan, self._valve = session, plan, valve
        self.report: Callable[[Done], None] = _nothing
        self.person, self.turns, self.why = QLineEdit(), QLineEdit(), QLineEdit()
        self.setAccessibleName(valve.id)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addLayout(self._head(number, asks=writes and plan.state == "in_progress"))
        done = plan.last(valve.key)
        if done is not None:
            column.addWidget(label(operation_words(done), "quiet", wrap=True, selectable=True))
        elif valve.road:
            column.addWidget(label(valve.road, "quiet", wrap=True))
        if writes and plan.state == "in_progress":
            column.addLayout(self._buttons())
            if valve in plan.to_return():
                self.why.setPlaceholderText(_("If it stays so: why"))
                self.why.setAccessibleName(f"{valve.id}: {_('If it stays so: why')}")
                column.addWidget(self.why)
        else:
            self.why.hide()

    def _head(self, number: int, *, asks: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        if number:
            row.addWidget(label(f"{number}.", "strong"))
        link = button(self._valve.id or _("Without an id"), self._fly, quiet=True)
        link.setProperty("flush", True)
        link.setToolTip(_("Show on the map"))
        row.addWidget(link)
        row.addStretch(1)
        if asks:
            self.turns.setPlaceholderText(_("Turns"))
            self.turns.setAccessibleName(f"{self._valve.id}: {_('Turns')}")
            self.turns.setMaximumWidth(56)
            row.addWidget(self.turns)
        state = self._plan.valve_state(self._valve)
        row.addWidget(label(_("Closed now") if state == "closed" else _("Open now"), "small"))
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        is_closed = self._plan.valve_state(self._valve) == "closed"
        first = {"close": "opened" if is_closed else "closed", "already_closed": "verified", "not_needed": "opened"}
        first["reopen"] = "closed" if not is_closed else "opened"
        fails = ("passing",) if is_closed else ("stuck", "missing")
        for what in (first.get(self._valve.task, "opened"), *fails):
            made = QPushButton(_(OPERATIONS[what].title))
            made.setProperty("chip", True)
            made.setAutoDefault(False)
            made.setObjectName(f"{what}:{self._valve.key}")
            made.setAccessibleName(f"{self._valve.id}: {_(OPERATIONS[what].title)}")
            made.clicked.connect(lambda _on=False, what=what: self._report(what))
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _report(self, what: str) -> None:
        text = self.turns.text().strip().replace(",", ".")
        try:
            turns = float(text) if text else None
        except ValueError:
            self._session.notice(_("“{text}” is no number of turns.").format(text=text))
            return
        self.report(Done(what, person=self.person.text().strip(), turns=turns))

    def _fly(self) -> None:
        network = self._session.network
        if network is None:
            return
        from pipemap.errors import PipemapError

        try:
            element = network.element(self._valve.key if "@" not in self._valve.key else self._valve.key.split("@")[-1])
        except PipemapError as error:
            self._session.complain(error)
            return
        self._session.select_element(element.layer, element.row, fly=True)


class PlanForm(QWidget):
    """Fields for what is said of a plan."""

    def __init__(self, plan: Plan, save: Callable[[PlanWords], None]) -> None:
        super().__init__()
        self._before = words_of(plan)
        self.fields = {name: QLineEdit(getattr(self._before, name)) for name in ("name", "reason", "phone", "crew", "note")}
        self.starts, self.ends = time_field(2), time_field(10)
        for field, text in ((self.starts, plan.starts), (self.ends, plan.ends)):
            if text:
                field.setDateTime(QDateTime.fromString(text, TIME_FORMAT))
        self.emergency = QCheckBox(_("Emergency: no notice period"))
        self.emergency.setChecked(plan.emergency)
        form = QFormLayout(self)
        form.setContentsMargins(0, 4, 0, 4)
        form.setVerticalSpacing(4)
        titles = {"name": _("Name"), "reason": _("Reason"), "phone": _("Telephone"), "crew": _("Crew"), "note": _("Note")}
        rows = [(_("Begins"), self.starts), (_("Ends"), self.ends), *((titles[name], part) for name, part in self.fields.items())]
        for title, part in rows:
            part.setAccessibleName(title)
            form.addRow(label(title, "quiet"), part)
        form.addRow("", self.emergency)
        self._save = save
        done = button(_("Save"), self._take)
        done.setObjectName("plan:save")
        form.addRow("", done)

    def _take(self) -> None:
        said = {name: part.text().strip() for name, part in self.fields.items()}
        starts, ends = (field.dateTime().toString(TIME_FORMAT) for field in (self.starts, self.ends))
        words = PlanWords(**said, starts=starts, ends=ends, emergency=self.emergency.isChecked())
        self._save(words)


def _turn(part: QWidget) -> None:
    part.setVisible(part.isHidden())


def _nothing(_done: Done) -> None:
    """Until the strip says what becomes of a report."""


def operation_words(one: Operation) -> str:
    """What was done at a valve, in a line."""
    kind = OPERATIONS.get(one.what)
    turns = "" if one.turns is None else _("{n} turns").format(n=f"{one.turns:g}")
    return " · ".join(filter(None, (one.time, _(kind.title) if kind is not None else one.what, turns, one.person, one.result)))


def _spans(title: str, starts: str, ends: str) -> str:
    span = " – ".join(filter(None, (starts, ends)))
    return f"{title}: {span}" if span else ""
