"""Findings in the window: those of the survey, the one being entered, and what of them is selected."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from pipemap.jobs.condition import condition
from pipemap.jobs.findings import add_finding, change_finding, list_findings, remove_finding
from pipemap.model.course import nearest_spot, station_of
from pipemap.model.finding import Finding
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.jobs.condition import Condition
    from pipemap.jobs.inspection_entry import ListedInspection
    from pipemap.model.finding import StoredFinding
    from pipemap.model.lookup import Element
    from pipemap.store import Survey

GRADE_COLOURS = {1: "#3C9D6E", 2: "#E3C565", 3: "#E0713A", 4: "#C62839", 5: "#8E2A6B"}
"""From light to worst, the same on map, wall and list."""
NO_GRADE = "#4B7BA6"


@dataclass(frozen=True)
class Draft:
    """What is being entered, and which finding it changes; 0 for a new one."""

    finding: Finding
    fid: int = 0


def fields_of(finding: Finding) -> dict[str, Any]:
    """Return the fields of a finding by name, without its key."""
    return {field.name: getattr(finding, field.name) for field in fields(finding) if field.name != "fid"}


def colour_of(finding: Finding) -> str:
    """Return the colour of a finding: by how bad its grade is on its own system's scale."""
    if finding.severity:
        return GRADE_COLOURS[4 if finding.severity == "major" else 2]
    if finding.grade is None:
        return NO_GRADE
    worse = 5 - finding.grade if finding.system == "en13508" else finding.grade
    return GRADE_COLOURS.get(worse, NO_GRADE)


class Findings(QObject):
    """What the panels and the map share about findings; there is one a session."""

    changed = Signal()
    """Another list stands."""
    draft_changed = Signal()
    """A place was clicked, or a finding opened."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.stored: tuple[StoredFinding, ...] = ()
        self.draft: Draft | None = None
        self.inspection: ListedInspection | None = None
        """What is entered belongs to it, where it lies on its pipes."""
        self.is_typed = False
        """The station of the draft is typed, counted from where the camera set out."""
        self._system = Finding().system
        self._read: Survey | None = None
        session.survey_changed.connect(self._forget)
        session.network_changed.connect(self.reload)
        session.records_changed.connect(self.reload)
        self.reload()

    def _forget(self) -> None:
        self.draft = self.inspection = None
        self.draft_changed.emit()

    def reload(self) -> None:
        """Read the list again, beside the window."""
        session, survey = self._session, self._session.survey
        if survey is None or session.network is None:
            self._take(survey, ())
            return
        session.mark_busy("findings")

        def done(found: tuple[StoredFinding, ...]) -> None:
            session.mark_ready("findings")
            self._take(survey, found)

        def failed(error: Exception) -> None:
            session.mark_ready("findings")
            session.complain(error)

        session.run(lambda _progress: list_findings(survey), _("Reading findings"), done, failed)

    def _take(self, survey: Survey | None, found: tuple[StoredFinding, ...]) -> None:
        if survey is self._session.survey and (found or self.stored):
            self.stored = found
            self.changed.emit()

    # -- entering ------------------------------------------------------------------------------------------------------

    def place(self, element: Element | None, point: tuple[float, float, float], clock: int | None) -> None:
        """Begin a finding where a person clicked, or put the one being entered there."""
        network = self._session.network
        if network is None:
            return
        base = self.draft.finding if self.draft is not None else Finding()
        spot: dict[str, Any] = dict.fromkeys(("pipe", "node", "from_node", "station", "x", "y"))
        if element is None:
            spot |= {"x": round(point[0], 3), "y": round(point[1], 3)}
        elif element.layer == "node":
            spot["node"] = int(network.node_fid[element.row])
        else:
            spot |= self._on_pipe(element.row, point)
            if clock is not None:
                far = spot["from_node"] == int(network.node_fid[network.pipe_ends[element.row, 1]])
                spot["clock"] = f"00{(12 - clock if far else clock) or 12:02d}"
        if element is not None:
            self._session.select_element(element.layer, element.row)
        fid = 0 if self.draft is None else self.draft.fid
        placed = replace(base, **spot)
        self.draft, self.is_typed = Draft(placed if fid else self._of_inspection(placed), fid), False
        self.draft_changed.emit()

    def enter_into(self, listed: ListedInspection | None) -> None:
        """Let what is entered from now on belong to an inspection; None: to none."""
        if listed is not self.inspection:
            self.inspection = listed
            self.draft_changed.emit()

    def begin_next(self) -> None:
        """Begin a finding of the inspection that is entered into, to be typed: its pipe is known, its station is not."""
        network, listed = self._session.network, self.inspection
        if network is None or listed is None or not listed.is_matched:
            return
        base = Finding(system=self._system)
        if listed.is_manhole:
            base = replace(base, node=listed.inspection.from_node)
        else:
            row = listed.pipes[0]
            first, second = (int(network.node_fid[end]) for end in network.pipe_ends[row])
            start = listed.inspection.from_node
            base = replace(base, pipe=int(network.pipe_fid[row]), from_node=start if start in {first, second} else first)
        self.draft = Draft(self._of_inspection(base))
        self.is_typed = True
        self.draft_changed.emit()

    @property
    def run_length(self) -> float | None:
        """Metres over which stations of the inspection that is entered into count; None where that is one pipe or unknown."""
        listed = self.inspection
        return listed.length if listed is not None and len(listed.pipes) > 1 else None

    def _on_run(self, finding: Finding) -> Finding:
        """Put a finding whose station was typed along a run of several pipes onto the one that it lies on."""
        listed, network = self.inspection, self._session.network
        if network is None or listed is None or self.run_length is None or finding.station is None or not self.is_typed:
            return finding
        station, node = finding.station, listed.inspection.from_node
        for row in listed.pipes:
            ends = [int(network.node_fid[end]) for end in network.pipe_ends[row]]
            long = float(network.length[row])
            if station <= long or row == listed.pipes[-1]:
                return replace(finding, pipe=int(network.pipe_fid[row]), from_node=node, station=round(station, 3))
            station, node = station - long, ends[1] if node == ends[0] else ends[0]
        return finding

    def _of_inspection(self, finding: Finding) -> Finding:
        """Return a new finding as one of the inspection that is entered into, where it lies on what that went through."""
        listed, network = self.inspection, self._session.network
        if listed is None or network is None:
            return finding
        fids = {int(network.pipe_fid[row]) for row in listed.pipes}
        at_node = listed.is_manhole and finding.node == listed.inspection.from_node
        if finding.pipe not in fids and not at_node:
            return finding
        visit = listed.inspection
        return replace(finding, inspection=listed.fid, found=finding.found or visit.inspected[:10],
                       found_by=finding.found_by or visit.inspector)  # fmt: skip

    def _on_pipe(self, row: int, point: tuple[float, float, float]) -> dict[str, Any]:
        """Return the station of a place on a pipe, from the nearer end that has a name."""
        network = self._session.network
        assert network is not None  # noqa: S101 -- asked only while there is one
        course = np.asarray(network.lines[row])
        long = float(network.length[row])
        along = 0.0
        if len(course) > 1:
            whole = station_of(course, nearest_spot(course, course[-1, 0], course[-1, 1])) or 1.0
            along = station_of(course, nearest_spot(course, point[0], point[1])) / whole
        ends = [int(network.node_fid[end]) for end in network.pipe_ends[row]]
        named = [bool(network.node_ids[end]) for end in network.pipe_ends[row]]
        far = (along > 0.5 and named[1]) or not named[0]  # noqa: PLR2004 -- the middle
        listed = self.inspection
        if listed is not None and row in listed.pipes and listed.inspection.from_node in ends:
            far = listed.inspection.from_node == ends[1]  # as the camera counted
        station = (1 - along if far else along) * (long if np.isfinite(long) else 0.0)
        return {"pipe": int(network.pipe_fid[row]), "from_node": ends[1 if far else 0], "station": round(station, 2)}

    def open(self, stored: StoredFinding | None) -> None:
        """Show a finding in the form, to change it; None empties the form."""
        self.draft, self.is_typed = None if stored is None else Draft(stored.finding, stored.fid), False
        self.draft_changed.emit()
        if stored is not None:
            self._session.show_panel("inspection")

    def keep(self, finding: Finding, *, fid: int, done: Callable[[], None]) -> None:
        """Store what was entered as one Change."""
        session, survey = self._session, self._session.survey
        if survey is None:
            return
        author = str(session.settings.value("author"))
        entered = self._on_run(finding)

        def work(_progress: object) -> int:
            if not fid:
                return add_finding(survey, entered, author=author)
            change_finding(survey, fid, author=author, **fields_of(finding))
            return fid

        def kept(number: int) -> None:
            session.say(_("Finding {n} is in the survey.").format(n=number))
            self.draft = None
            self._system = finding.system
            session.refresh()
            self.draft_changed.emit()
            done()

        session.run(work, _("Storing the finding"), kept)

    def delete(self, fid: int) -> None:
        """Delete a finding as one Change."""
        session, survey = self._session, self._session.survey
        if survey is None:
            return
        author = str(session.settings.value("author"))

        def gone(_nothing: object) -> None:
            session.say(_("Finding {n} was deleted.").format(n=fid))
            self.draft = None
            session.refresh()
            self.draft_changed.emit()

        session.run(lambda _progress: remove_finding(survey, fid, author=author), _("Deleting the finding"), gone)

    def show(self, stored: StoredFinding, *, fly: bool) -> None:
        """Select what a finding lies at, and open it in the form."""
        network = self._session.network
        finding = stored.finding
        if network is None:
            return
        layer, fid = ("pipe", finding.pipe) if finding.pipe is not None else ("node", finding.node)
        rows = np.flatnonzero((network.pipe_fid if layer == "pipe" else network.node_fid) == (-1 if fid is None else fid))
        if len(rows):
            self._session.select_element("pipe" if layer == "pipe" else "node", int(rows[0]), fly=fly)
        self.open(stored)


def findings_of(session: Session) -> Findings:
    """The findings of a session; there is one such object."""
    found: Findings | None = session.findChild(Findings)
    return found if found is not None else Findings(session)


# -- commands -------------------------------------------------------------------------------------------------------


def mark(context: Context) -> None:
    """Enter the mode in which clicks mark findings."""
    context.session.set_workspace("inspection")
    context.session.set_tool("finding")
    context.session.show_panel("inspection")


def show_workspace(context: Context) -> None:
    """Arrange the window for inspection."""
    context.session.set_workspace("inspection")


def show_condition(context: Context) -> None:
    """Rate the sections, colour the map by their grade, list them by urgency."""
    from pipemap.gui.condition_shares import shares_of

    session, survey, network = context.session, context.session.survey, context.session.network
    if survey is None or network is None:
        return

    def show(found: Condition) -> None:
        if not found.sections:
            session.say(_("Nothing was inspected, and nothing was found."))
        elif session.network is network:
            session.set_result(shares_of(network, found))
            session.show_panel("condition")
            session.show_panel("result")

    session.run(lambda progress: condition(survey, progress=progress), _("Rating sections"), show)
