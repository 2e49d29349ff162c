"""Every inspection of the survey: a click shows its pipes, defects entered then belong to it; match, change, delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.gui.commands import can_write
from pipemap.gui.findings import findings_of
from pipemap.gui.following import follow
from pipemap.gui.icons import icon
from pipemap.gui.inspection_form import show_form
from pipemap.gui.parts import EmptyState, Offer, button
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.jobs.inspection_entry import ListedInspection, listed_inspections, remove_inspections
from pipemap.model.finding import DIRECTIONS, INSPECTION_KINDS
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.store import Survey


class InspectionTable(QWidget):
    """Inspections in the order in which they came."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._findings = session, findings_of(session)
        self.current: ListedInspection | None = None
        self.table: RecordTable[ListedInspection] = RecordTable(
            session,
            [
                Column(_("No."), lambda one: str(one.fid), 70, right=True, key=lambda one: one.fid, icon=_state_icon),
                Column(_("Section"), lambda one: one.name, 150),
                Column(_("Pipes"), lambda one: ", ".join(one.ids), 150),
                Column(_("Method"), lambda one: _(INSPECTION_KINDS.get(one.inspection.kind, one.inspection.kind)), 90),
                Column(_("Date"), lambda one: one.inspection.inspected.replace("T", " ")[:16], 110),
                Column(_("Direction"), _direction, 110),
                Column(_("Inspected (m)"), lambda one: _metres(one.inspection.inspected_length), 110, right=True),
                Column(_("Surveyed (m)"), lambda one: _metres(one.length), 110, right=True),
                Column(_("Findings"), lambda one: str(one.findings), 90, right=True, key=lambda one: one.findings),
                Column(_("State"), state_words, 170),
                Column(_("Operator"), lambda one: one.inspection.inspector, 100),
                Column(_("Equipment"), lambda one: one.inspection.equipment, 140),
                Column(_("Comment"), lambda one: one.inspection.note, 200),
            ],
            name=_("Inspections"),
            quiet=lambda one: not one.inspection.is_done,
        )
        self.new_button = button(_("New"), self.new, icon_name="plus")
        self.match_button = button(_("Match"), self.match, icon_name="git-merge")
        self.change_button = button(_("Change"), self.change, icon_name="pencil-simple")
        self.delete_button = button(_("Delete"), self.delete, icon_name="trash")
        for place, part in enumerate((self.new_button, self.change_button, self.match_button, self.delete_button)):
            self.table.bar.insertWidget(1 + place, part)
        self.table.chosen.connect(partial(self.choose, fly=False))
        self.table.activated.connect(partial(self.choose, fly=True))
        self._pages = QStackedLayout(self)
        words = _("Import the files of a camera, or write one down by hand: section, equipment, water level, or why not.")
        self._pages.addWidget(EmptyState("film-strip", _("No inspection yet"), words, Offer(_("New inspection"), self.new)))
        self._pages.addWidget(self.table)
        follow(self, session, "inspections", _("Reading inspections"), _read, self._show, also=session.records_changed)
        self._enable()

    def _show(self, found: Sequence[ListedInspection]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)
        fid = self.current.fid if self.current is not None else 0
        self.current = next((one for one in found if one.fid == fid), None)
        self._findings.enter_into(self.current)
        self._enable()

    def choose(self, one: ListedInspection, *, fly: bool) -> None:
        """Show where it was, and let defects that are entered now belong to it."""
        self.current = one
        self._findings.enter_into(one)
        self._enable()
        network = self._session.network
        if network is None:
            return
        nodes = np.flatnonzero(network.node_fid == (one.inspection.from_node if one.is_manhole else -1))
        if one.pipes or len(nodes):
            self._session.select(Selection.of(nodes=nodes, pipes=list(one.pipes)), fly=fly)

    def _enable(self) -> None:
        write = can_write(self._session)
        self.new_button.setEnabled(write)
        self.match_button.setEnabled(write and any(not one.is_matched for one in self.table.model.records))
        for part in (self.change_button, self.delete_button):
            part.setEnabled(write and self.current is not None)
        if self.current is not None and not self.current.is_matched:
            self.change_button.setEnabled(False)  # its place is not known yet: it is matched first

    # -- what a person does --------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Write one down for what is selected."""
        show_form(self._session, self.window())

    def change(self) -> None:
        """Change what is written of one."""
        if self.current is not None:
            show_form(self._session, self.window(), self.current)

    def match(self) -> None:
        """Show what those without a pipe could be matched to."""
        from pipemap.gui.inspection_import import show_unmatched

        show_unmatched(self._session, self.window())

    def delete(self) -> None:
        """Delete one; its findings stay where they are."""
        session, survey, one = self._session, self._session.survey, self.current
        if survey is None or one is None:
            return
        author = str(session.settings.value("author"))

        def gone(_nothing: object) -> None:
            session.say(_("Inspection {n} was deleted.").format(n=one.fid))
            session.refresh()

        work = partial(remove_inspections, survey, [one.fid], author=author)
        session.run(lambda _progress: work(), _("Deleting the inspection"), gone)


def _read(survey: Survey) -> list[ListedInspection]:
    return list(listed_inspections(survey))


def state_words(one: ListedInspection) -> str:
    """Say whether it was made, how far, and how surely it is matched."""
    told = one.inspection
    if not told.is_done:
        return _("not done: {reason}").format(reason=told.not_done)
    if not one.is_matched:
        return _("not matched")
    words = _("broken off") if told.aborted else _("done")
    return words if told.confidence is None else f"{words}, {told.confidence:.0%}"


def _state_icon(one: ListedInspection) -> QIcon:
    if not one.inspection.is_done:
        name, token = "x", "text_2"
    else:
        name, token = ("check-circle", "accent") if one.is_matched else ("warning", "warning")
    return icon(name, tint=token, active=token, on=token)


def _direction(one: ListedInspection) -> str:
    return _(DIRECTIONS[one.inspection.direction]) if one.inspection.direction in DIRECTIONS else one.inspection.direction


def _metres(length: float | None) -> str:
    return "" if length is None else f"{length:.1f}"
