"""A shut-off plan in words: what to close in which order, what to verify, who is without supply, and what else could be done."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pipemap.analysis.affected import customers_by_need
from pipemap.analysis.alternatives import cost
from pipemap.analysis.backup import Backup, backups
from pipemap.analysis.measures import measures_of
from pipemap.analysis.shutoff import reason_text
from pipemap.gui.commands import can_write
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import button, label, rule
from pipemap.gui.plan_keeper import keeper
from pipemap.gui.plan_strip import PlanStrip
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.gui.shutoff_answers import Shutoff
from pipemap.gui.shutoff_tools import planner, print_papers
from pipemap.gui.simulation import compute_plan
from pipemap.gui.tasks import asked
from pipemap.gui.valve_card import MOST_CARDS, ValveCard, fly, state_words
from pipemap.jobs.trades import Row, squeeze_limits, squeeze_rows, squeeze_sentences
from pipemap.model.lookup import Element
from pipemap.model.wording import UNKNOWN, customer_label, metres
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipemap.analysis.affected import Customer
    from pipemap.analysis.shutoff import Part, ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.gui.session import Rows, Session
    from pipemap.progress import Progress

_RIGHT = Qt.AlignmentFlag.AlignRight
_MOST_NAMED = 3


class ShutoffPage(QWidget):
    """One plan; made anew for each. Every id can be clicked, and everything in it is also in the export."""

    def __init__(self, session: Session, answer: Shutoff) -> None:
        super().__init__()
        self._session, self._answer, self._plan = session, answer, answer.plan
        self._planner, self._opened = planner(session), keeper(session).of(answer)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(8)
        if self._opened is not None:
            self._column.addWidget(PlanStrip(session, self._opened))
            self._column.addWidget(rule())
        self._add_head()
        if self._opened is None:
            self._add_steps()
        self._add_measures()
        self._add_squeezes()
        self._add_zone()
        self._add_people()
        self._add_reopenings()
        if answer.is_kept:
            self._add_other_ways()
        self._column.addStretch(1)

    # -- head ------------------------------------------------------------------------------------------------------

    def _add_head(self) -> None:
        column = self._column
        column.addWidget(label(_title(self._plan), "heading", wrap=True, selectable=True))
        if not self._answer.is_kept:
            column.addWidget(label(_("Follows the pointer; a click keeps this plan."), "quiet", wrap=True))
        for note in self._plan.notes:
            column.addWidget(label(note, "note", wrap=True, selectable=True))
        column.addLayout(self._figures())
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(button(_("Copy"), self._copy, icon_name="copy"))
        row.addWidget(button(_("Export"), partial(export_plan, self._session, self), icon_name="export"))
        row.addWidget(button(_("Clear"), lambda: self._session.set_result(None), quiet=True))
        row.addStretch(1)
        column.addLayout(row)
        if self._answer.is_kept:
            papers = QHBoxLayout()
            papers.setSpacing(4)
            for name, title, icon in (("shutoff", _("Ticket"), "printer"), ("notice", _("Notice"), "megaphone")):
                made = button(title, partial(self._print, name), icon_name=icon)
                made.setObjectName(f"print:{name}")
                papers.addWidget(made)
            papers.addStretch(1)
            below = QHBoxLayout()
            below.setSpacing(4)
            check = button(_("Check pressures"), partial(compute_plan, self._session), icon_name="gauge")
            check.setObjectName("pressures")
            below.addWidget(check)
            below.addStretch(1)
            if self._opened is None and can_write(self._session):
                keep = button(_("Keep this plan"), keeper(self._session).keep, primary=True, icon_name="bookmark-simple")
                keep.setObjectName("keep")
                below.addWidget(keep)
            column.addLayout(papers)
            column.addLayout(below)

    def _print(self, kind: str) -> None:
        print_papers(self._session, self.window(), kind)

    def _figures(self) -> QGridLayout:
        plan = self._plan
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for place, title in enumerate((_("Contained"), _("Supply lost")), start=1):
            grid.addWidget(label(title, "caption"), 0, place, _RIGHT)
        lost = _words_of(plan.lost) if plan.supply_known else [_("unknown")] + [UNKNOWN] * 4
        titles = (_("Customers"), _("of them tied by a guess"), _("Households"), _("Pipes"), _("Length"))
        for row, words in enumerate(zip(titles, _words_of(plan.contained), lost, strict=True), start=1):
            grid.addWidget(label(words[0], "quiet"), row, 0)
            for place in (1, 2):
                grid.addWidget(label(words[place], "strong" if row == 1 else ""), row, place, _RIGHT)
        grid.addWidget(label(_("Volume in the pipes"), "quiet"), len(titles) + 1, 0)
        grid.addWidget(label(f"{plan.volume:,.1f} m³"), len(titles) + 1, 1, _RIGHT)
        return grid

    # -- valves ----------------------------------------------------------------------------------------------------

    def _add_steps(self) -> None:
        answer = self._answer
        close, closed, spared = (answer.of_task(task) for task in ("close", "already_closed", "not_needed"))
        self._begin(_("Close, in this order"))
        if not close:
            none = _("There is no valve to close.") if self._plan.is_unbounded else _("Nothing needs to be closed.")
            self._column.addWidget(label(none, "quiet", wrap=True))
        self._add_cards(close, lambda number, one: ValveCard(self._session, one, answer, number=number))
        if answer.failed:
            self._begin(_("Reported as failing"), _("The plan goes on beyond these; click again to take it back."))
            self._add_cards(answer.failed, lambda _number, one: ValveCard(self._session, one, answer))
        if answer.opened:
            self._begin(_("Opened"))
            self._add_cards(answer.opened, lambda _number, one: ValveCard(self._session, one, answer))
        if closed:
            self._begin(_("Already closed"), _("Verify on site: the plan relies on them."))
            self._add_cards(closed, lambda _number, one: ValveCard(self._session, one, answer))
        if spared:
            self._begin(_("Not needed"), reason_text("not-needed"))
            self._add_list(self._valve_list(spared))

    def _add_cards(self, steps: Sequence[Step], make: Callable[[int, Step], QWidget]) -> None:
        for number, one in enumerate(steps[:MOST_CARDS], start=1):
            self._column.addWidget(make(number, one))
        if len(steps) > MOST_CARDS:
            rest = _("and {n} more, all in the export").format(n=len(steps) - MOST_CARDS)
            self._column.addWidget(label(rest, "quiet", wrap=True))

    def _valve_list(self, steps: Iterable[Step]) -> ShortList | None:
        made = ShortList((_("Valve"), _("State")), numbers=0)
        for one in steps:
            made.add(one.id or _("Without an id"), state_words(one), click=partial(fly, self._session, one.element))
        return made.fitted()

    def _add_measures(self) -> None:
        """What the trade asks beside the valves, on the way there and on the way back."""
        measures = measures_of(self._plan)
        ways = ((_("Beside the valves"), ("reduce", "stop", "empty")), (_("On the way back"), ("fill", "start", "assure")))
        for title, stages in ways:
            told = [one.text for one in measures if one.stage in stages]
            if told:
                self._begin(title)
                for text in told:
                    self._column.addWidget(label(text, wrap=True, selectable=True))

    def _add_squeezes(self) -> None:
        """Filled once it is worked out, on another thread: what is cut off beyond is looked for through the whole network."""
        answer, held = self._answer, QVBoxLayout()
        if not answer.is_kept or not answer.plan.closes_everything or answer.plan.is_heating:
            return
        self._column.addLayout(held)
        limits = squeeze_limits(self._session.settings)

        def work(_progress: Progress) -> tuple[list[str], list[Row]]:
            found = answer.squeezed(limits)
            return ([], []) if found is None else (squeeze_sentences(found), squeeze_rows(found))

        self._session.run(work, _("Looking for places to squeeze"), lambda found: self._show_squeezes(held, *found))

    def _show_squeezes(self, held: QVBoxLayout, sentences: list[str], rows: list[Row]) -> None:
        if not rows or self._session.result is not self._answer:
            return
        held.addWidget(rule())
        held.addWidget(label(_("Squeeze instead"), "caption"))
        for text in sentences:
            held.addWidget(label(text, "quiet", wrap=True, selectable=True))
        made = ShortList((_("Pipe"), _("Place")))
        for one in rows[:MOST_LISTED]:
            made.add(one.id, one.where, click=partial(fly, self._session, one.element))
        made.add_rest(len(rows) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            held.addWidget(fitted)

    # -- the zone --------------------------------------------------------------------------------------------------

    def _add_zone(self) -> None:
        plan = self._plan
        for title, words, rows in (
            (_("Sources in the zone"), reason_text("source"), plan.source_rows),
            (_("Perhaps fed from beyond the survey"), "", plan.possible_source_rows),
            (_("Valves that are not counted on"), reason_text("unplaced"), plan.unplaced_rows),
            (_("Perhaps still fed"), _("From beyond the survey, though they are counted as lost."), plan.doubtful_rows),
        ):
            if len(rows):
                self._begin(title, words)
                self._add_list(self._node_list(rows))
        stuck = [valve for valve in plan.zone.stuck.tolist() if plan.cells.valves.stuck[valve]]
        if stuck:
            self._begin(_("Recorded as not operable"), reason_text("inoperable"))
            self._add_list(self._valves_by_number(stuck))

    def _node_list(self, rows: Rows) -> ShortList | None:
        made = ShortList((_("Node"),))
        for row in rows[:MOST_LISTED].tolist():
            go = partial(fly, self._session, Element("node", row))
            made.add(self._plan.network.node_ids[row] or _("Without an id"), click=go)
        made.add_rest(len(rows) - MOST_LISTED)
        return made.fitted()

    def _valves_by_number(self, valves: Sequence[int]) -> ShortList | None:
        from pipemap.analysis.steps import step

        return self._valve_list(step(self._plan, valve, "close") for valve in valves[:MOST_LISTED])

    # -- who is without supply -------------------------------------------------------------------------------------

    def _add_people(self) -> None:
        network = self._plan.network
        parts = [("contained", self._plan.contained), ("lost", self._plan.lost)]
        people = [(role, one) for role, part in parts for one in customers_by_need(network, part.customers.rows)]
        if not people:
            if not len(network.customers):
                self._begin(_("Customers"), _("The survey holds no customers: who is without supply is not known."))
            return
        critical = [(role, one) for role, one in people if one.critical]
        if critical:
            self._begin(_("Need supply most"), _("With the hours that an own tank lasts."))
            self._add_list(self._people_list(critical))
        self._begin(_("Customers by class"))
        made = ShortList((_("Class"), _("Contained"), _("Supply lost")), numbers=2)
        contained, lost = (part.customers.by_class for _role, part in parts)
        for name in dict.fromkeys([*contained, *lost]):
            made.add(customer_label(name), f"{contained.get(name, 0):,}", f"{lost.get(name, 0):,}")
        self._add_list(made.fitted())

    def _people_list(self, people: Sequence[tuple[str, Customer]]) -> ShortList | None:
        made = ShortList((_("Customer"), _("Class"), _("Own tank")), numbers=1)
        for _role, one in people[:MOST_LISTED]:
            hours = _("{n} h").format(n=f"{one.tank_hours:g}") if math.isfinite(one.tank_hours) else _("none")
            go = partial(fly, self._session, one.element) if one.element is not None else None
            made.add(one.name, customer_label(one.class_), hours, click=go)
        made.add_rest(len(people) - MOST_LISTED)
        return made.fitted()

    # -- what else -------------------------------------------------------------------------------------------------

    def _add_reopenings(self) -> None:
        if not self._answer.reopen:
            return
        self._begin(_("Could be opened meanwhile"), _("Only after a hydraulic and a quality check."))
        made = ShortList((_("Valve"), _("Customers"), _("Length")), numbers=2)
        for one, found in self._answer.reopen:
            go = partial(fly, self._session, one.element)
            made.add(one.id, f"{found.restored.customers.count:,}", metres(found.restored.length), click=go)
        self._add_list(made.fitted())

    def _add_other_ways(self) -> None:
        """Filled once they are worked out, on another thread; the plan itself does not wait for it."""
        answer, held = self._answer, QVBoxLayout()
        if answer.question.fewest:
            self._begin(_("This plan closes the fewest valves"))
            self._column.addWidget(
                button(_("Cut off the least instead"), partial(self._planner.choose, fewest=False)), 0, Qt.AlignmentFlag.AlignLeft
            )
        else:
            self._column.addLayout(held)
            self._session.run(asked(answer.alternative), _("Looking for other ways"), lambda other: self._show_other(held, other))
        if answer.close:
            self._begin(_("If a valve does not turn"))
            box = QVBoxLayout()
            ask = button(_("Work it out for each"), lambda: self._ask_backups(box, ask))
            ask.setObjectName("backup")
            box.addWidget(ask, 0, Qt.AlignmentFlag.AlignLeft)
            self._column.addLayout(box)

    def _show_other(self, held: QVBoxLayout, other: ShutoffPlan | None) -> None:
        if other is None or self._session.result is not self._answer:
            return
        held.addWidget(rule())
        held.addWidget(label(_("Fewer valves"), "caption"))
        more = cost(other)[1] - cost(self._plan)[1]
        words = _("{n} valves to close instead of {m}; {c} customers more without supply, {length} of pipe in all.")
        told = words.format(
            n=len(other.close), m=len(self._plan.close), c=f"{more:,}", length=metres(other.contained.length + other.lost.length)
        )
        held.addWidget(label(told, "quiet", wrap=True))
        choose = button(_("Close fewer valves"), partial(self._planner.choose, fewest=True))
        choose.setObjectName("fewest")
        held.addWidget(choose, 0, Qt.AlignmentFlag.AlignLeft)

    def _ask_backups(self, box: QVBoxLayout, ask: QWidget) -> None:
        plan = self._plan
        ask.setEnabled(False)

        def show(made: tuple[Backup, ...]) -> None:
            if self._session.result is self._answer:
                ask.hide()
                for part in self._backup_parts(made):
                    box.addWidget(part)

        self._session.run(lambda progress: backups(plan, progress=progress), _("Planning for valves that do not turn"), show)

    def _backup_parts(self, made: tuple[Backup, ...]) -> list[QWidget]:
        ids, before = self._plan.cells.valves.id, set(self._plan.close)
        parts: list[QWidget] = []
        for one in made:
            more = [valve for valve in one.plan.close if valve not in before]
            grown = cost(one.plan)[1] - cost(self._plan)[1]
            then = ", ".join(more[:12]) + (" …" if len(more) > 12 else "")  # noqa: PLR2004 -- the rest is in the plan itself
            words = _("close besides: {ids}; customers more: {c}").format(ids=then or _("nothing"), c=f"{grown:,}")
            parts += [label(ids(one.valve), "strong", selectable=True), label(words, "quiet", wrap=True, selectable=True)]
            if one.plan.sources_in_zone:
                parts.append(label(reason_text("source"), "note", wrap=True))
        return parts

    # -- parts -----------------------------------------------------------------------------------------------------

    def _begin(self, title: str, words: str = "") -> None:
        self._column.addWidget(rule())
        self._column.addWidget(label(title, "caption"))
        if words:
            self._column.addWidget(label(words, "quiet", wrap=True))

    def _add_list(self, made: ShortList | None) -> None:
        if made is not None:
            self._column.addWidget(made)

    def _copy(self) -> None:
        """Copy the valves as lines that can be read out or sent."""
        titles = {"close": _("Close"), "already_closed": _("Already closed"), "not_needed": _("Not needed")}
        lines = [_title(self._plan), *self._plan.notes]
        for place, one in enumerate(self._answer.steps, start=1):
            what = f"{place}. {titles[one.task]}" if one.task == "close" else titles[one.task]
            lines.append("\t".join((what, one.id, one.road, state_words(one))))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._session.say(_("Copied"))


def export_plan(session: Session, parent: QWidget, path: Path | None = None) -> None:
    """Write the plan that is shown to a spreadsheet."""
    answer = session.result
    if not isinstance(answer, Shutoff):
        return
    target = path or ask_for_table(parent, _("Export the shut-off plan"), _("shut-off"))
    if target is None:
        return

    def write(progress: Progress) -> Path:
        from pipemap.jobs.tables import export_shutoff

        return export_shutoff(answer.plan, target, progress=progress)

    write_table(session, write, target, rows=len(answer.steps))


def _words_of(part: Part) -> list[str]:
    people = part.customers
    known = len(part.network.customers) > 0
    figures = [f"{figure:,}" if known else UNKNOWN for figure in (people.count, people.guessed, people.households)]
    return [*figures, f"{len(part.pipe_rows):,}", metres(part.length)]


def _title(plan: ShutoffPlan) -> str:
    names = [plan.network.element_id(one) or _("Without an id") for one in plan.request.broken]
    what = ", ".join(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        what = _("{start} and {n} more").format(start=what, n=len(names) - _MOST_NAMED)
    return _("Shut-off of {what}").format(what=what)
