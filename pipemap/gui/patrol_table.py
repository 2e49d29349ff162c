"""The patrols of a survey: planned, handed out, their tracks loaded, and what was passed of them on the map, by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QSlider, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui.commands import can_write
from pipemap.gui.following import follow
from pipemap.gui.parts import EmptyState, Offer, button, label
from pipemap.gui.patrol_dialog import show_plan
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.shares import Line, Share, Shares
from pipemap.gui.swatches import swatch
from pipemap.gui.track_lines import COLOURS, TITLES, TrackShow, moment_words, track_lines, track_show
from pipemap.gui.words import moment
from pipemap.jobs.patrols import Loaded, coverage_of, list_patrols, list_tracks, load_tracks, write_round
from pipemap.model.patrol import KINDS, MODES, STATUSES, Patrol
from pipemap.scene.colours import RESULT_COLOURS
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.passing import Coverage
    from pipemap.gui.session import Session
    from pipemap.gui.works_form import WorksDialog
    from pipemap.progress import Progress
    from pipemap.store import Survey

_STEPS = 200
_PAPERS = "PDF (*.pdf);;Word (*.docx);;Excel (*.xlsx);;HTML (*.html)"


@dataclass(frozen=True, slots=True)
class Row:
    """A patrol with the day since when it is overdue, empty where it is not."""

    patrol: Patrol
    late: str


class PatrolTable(QWidget):
    """Every patrol with what can be done with it, and below a slider through the time of its tracks."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._current: Patrol | None = None
        self._coverage: Coverage | None = None
        self._tracks: TrackShow | None = None
        self.table: RecordTable[Row] = RecordTable(
            session,
            [
                Column(_("No."), lambda one: str(one.patrol.fid), 60, right=True, key=lambda one: one.patrol.fid),
                Column(_("Patrol"), lambda one: one.patrol.name, 200),
                Column(_("Kind"), lambda one: _(KINDS[one.patrol.kind]), 100),
                Column(_("State"), lambda one: _(STATUSES[one.patrol.status]), 110),
                Column(_("Crew"), lambda one: one.patrol.crew, 130),
                Column(_("Mode"), lambda one: _(MODES[one.patrol.mode]), 90),
                Column(
                    _("Pipes"),
                    lambda one: f"{len(one.patrol.elements):,}",
                    80,
                    right=True,
                    key=lambda one: len(one.patrol.elements),
                ),
                Column(
                    _("Length (m)"), lambda one: f"{one.patrol.length:,.0f}", 110, right=True, key=lambda one: one.patrol.length
                ),
                Column(
                    _("Required points"),
                    lambda one: f"{len(one.patrol.required):,}",
                    120,
                    right=True,
                    key=lambda one: len(one.patrol.required),
                ),
                Column(_("Due"), lambda one: one.patrol.due[:10], 100),
                Column(_("Walked until"), lambda one: moment(one.patrol.finished) if one.patrol.finished else "", 160),
                Column(_("Overdue since"), lambda one: one.late, 120),
            ],
            name=_("Patrols"),
        )
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(lambda _one: self.show_map())
        self.datum = QComboBox()
        from pipemap.formats.tracks import DATUMS

        for key, title in DATUMS.items():
            self.datum.addItem(_(title), key)
        self.datum.setAccessibleName(_("Datum of the tracks"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setMinimumWidth(120)
        self.slider.setValue(_STEPS)
        self.slider.setAccessibleName(_("Time on the patrol"))
        self.slider.valueChanged.connect(lambda _value: self._show_until())
        self.words = label("", "quiet")
        self.key = _key()
        self._pages = QStackedLayout(self)
        text = _("A patrol is a round past pipes. Select them, or draw an area around them, and plan one; then load its tracks.")
        self._pages.addWidget(EmptyState("person-simple-walk", _("No patrol yet"), text, Offer(_("Plan a patrol"), self.plan)))
        self._pages.addWidget(self._lay_out())
        self._show_current(None)
        follow(self, session, "patrols", _("Reading patrols"), _read, self._show)

    def _lay_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        bar.addWidget(button(_("New"), self.plan, icon_name="plus"))
        self.buttons = [
            button(_("Load tracks"), self.load, icon_name="download-simple"),
            button(_("On the map"), self.show_map, icon_name="map-trifold"),
            button("GPX", self.hand_out, icon_name="export"),
            button(_("Sheet for the crew"), partial(self.print_paper, "sheet"), icon_name="file-text"),
            button(_("Patrol report"), partial(self.print_paper, "report"), icon_name="file-text"),
            button(_("Photos"), self.take_photos, icon_name="camera"),
            button(_("Works"), self.show_works, icon_name="wrench"),
        ]
        for made in self.buttons:
            bar.addWidget(made)
        bar.addStretch(1)
        time = QHBoxLayout()
        time.setContentsMargins(8, 0, 8, 4)
        time.setSpacing(8)
        time.addWidget(self.words)
        time.addWidget(self.slider, 1)
        time.addStretch(0)
        time.addWidget(self.key)
        for place, part in enumerate((label(_("Datum of the tracks"), "quiet"), self.datum), start=1):
            self.table.bar.insertWidget(place, part)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(time)
        column.addWidget(self.table, 1)
        return page

    # -- showing ------------------------------------------------------------------------------------------------------

    def _show(self, found: Sequence[Row]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)
        kept = next((one.patrol for one in found if self._current is not None and one.patrol.fid == self._current.fid), None)
        self._show_current(kept or (found[0].patrol if found else None))

    def _choose(self, one: Row) -> None:
        self._show_current(one.patrol)

    def _show_current(self, patrol: Patrol | None) -> None:
        if patrol is None or self._current is None or patrol.fid != self._current.fid:
            self._coverage = None
        self._current = patrol
        for made in self.buttons:
            made.setEnabled(patrol is not None)
        for made in (self.buttons[0], self.buttons[-2]):
            made.setEnabled(patrol is not None and can_write(self._session))
        self.buttons[-1].setVisible(patrol is not None and patrol.kind == "works")
        self.key.setVisible(self._coverage is not None)
        self.slider.setVisible(self._coverage is not None and self._tracks is not None and self._tracks.span is not None)
        if self._coverage is None:
            words = _("“{name}”: show it on the map to see what was passed.").format(name=patrol.name) if patrol else ""
            self.words.setText(words)

    def show_map(self) -> None:
        """Colour what was passed and what was missed of the patrol that is looked at."""
        survey, patrol = self._session.survey, self._current
        if survey is None or patrol is None:
            return

        def work(progress: Progress) -> tuple[Coverage, TrackShow]:
            found = coverage_of(survey, patrol, progress=progress)
            return found, track_show(found.network, [one.points for one in list_tracks(survey, patrol.fid)])

        def done(made: tuple[Coverage, TrackShow]) -> None:
            found, tracks = made
            if self._current is None or self._current.fid != patrol.fid or found.network is not self._session.network:
                return
            self._coverage, self._tracks = found, tracks
            self.slider.blockSignals(True)
            self.slider.setValue(_STEPS)
            self.slider.blockSignals(False)
            self._show_current(self._current)
            self._show_until()

        self._session.run(work, _("Comparing tracks with the plan"), done)

    def _show_until(self) -> None:
        """Show what had been passed by the time of the slider; at its end everything."""
        found, patrol = self._coverage, self._current
        if found is None or patrol is None or found.network is not self._session.network:
            return
        until = self._time()
        by_then = found.is_passed & ~(found.first > until)
        words = _("Passed: {passed} of {planned} m").format(
            passed=f"{found.passed[~(found.first > until)].sum():,.0f}", planned=f"{found.planned_m:,.0f}"
        )
        if np.isfinite(until):
            speed = self._tracks.words(until) if self._tracks is not None else ""
            words = " · ".join(filter(None, (moment_words(until), speed, words)))
        self.words.setText(words)
        self._session.set_result(shares_of(found, patrol, by_then))
        if self._tracks is not None:
            track_lines(self._session).show(self._tracks, until)

    def _time(self) -> float:
        if self._coverage is None or self.slider.value() == _STEPS:
            return float("inf")
        span = self._tracks.span if self._tracks is not None else None
        return span[0] + (span[1] - span[0]) * self.slider.value() / _STEPS if span else float("inf")

    # -- doing ----------------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Ask for what a new patrol needs."""
        show_plan(self._session, self.window())

    def load(self, paths: list[Path] | None = None) -> None:
        """Load tracks of the patrol that is looked at."""
        survey, patrol, session = self._session.survey, self._current, self._session
        if survey is None or patrol is None:
            return
        if paths is None:
            kinds = _("Tracks") + " (*.gpx *.csv *.txt *.geojson *.json)"
            names, _kind = QFileDialog.getOpenFileNames(self, _("Load tracks"), str(survey.path.parent), kinds)
            paths = [Path(name) for name in names]
        if not paths:
            return
        datum, author = self.datum.currentData(), str(session.settings.value("author"))

        def work(progress: Progress) -> Loaded:
            made = load_tracks(survey, paths, patrol=patrol, datum=datum, author=author, progress=progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return made

        session.run(work, _("Load tracks"), self._loaded)

    def _loaded(self, loaded: Loaded) -> None:
        session = self._session
        session.refresh()
        told = [_("Tracks loaded: {n}").format(n=len(loaded.tracks))]
        told += [_("{file} is there already, and was not stored again.").format(file=name) for name in loaded.again]
        if loaded.notes:
            session.notice(" ".join(told), hint="\n".join(loaded.notes))
        else:
            session.say(" ".join(told))
        self.show_map()

    def take_photos(self) -> None:
        """Look at photos of the patrol as hazards."""
        from pipemap.gui.photo_candidates import show_photos

        show_photos(self._session, self.window(), patrol=self._current)

    def show_works(self) -> WorksDialog | None:
        """Open what is told of the works, and the visits to them."""
        from pipemap.gui.works_form import WorksDialog

        if self._current is None or self._current.kind != "works":
            return None
        dialog = WorksDialog(self._session, self.window(), self._current)
        dialog.show()
        return dialog

    def hand_out(self, path: Path | None = None) -> None:
        """Write the way of the patrol as GPX."""
        survey, patrol, session = self._session.survey, self._current, self._session
        target = path or self._ask(_("GPX for phones"), "GPX (*.gpx)", ".gpx")
        if survey is None or patrol is None or target is None:
            return
        datum, author = self.datum.currentData(), str(session.settings.value("author"))

        def work(_progress: Progress) -> None:
            write_round(survey, patrol, target, datum=datum, author=author, overwrite=True)

        session.run(work, _("GPX for phones"), lambda _done: self._handed_out(target))

    def _handed_out(self, target: Path) -> None:
        self._session.registered.emit()
        self._session.say(_("Saved {file}").format(file=target.name))

    def print_paper(self, way: str, path: Path | None = None) -> None:
        """Write the sheet for the crew, or the report."""
        survey, patrol, session = self._session.survey, self._current, self._session
        target = path or self._ask(_("Sheet for the crew") if way == "sheet" else _("Patrol report"), _PAPERS, ".pdf")
        if survey is None or patrol is None or target is None:
            return
        from pipemap.jobs.exporting import HandOutWords
        from pipemap.jobs.reporting import make_report

        words, options = HandOutWords(author=str(session.settings.value("author"))), {"patrol": patrol.fid, "way": way}

        def work(progress: Progress) -> Path:
            return make_report(
                survey, "patrol", target, options=options, hand_out=words, overwrite=True, progress=progress
            ).written

        session.run(work, _("Patrol report"), self._handed_out)

    def _ask(self, title: str, kinds: str, ending: str) -> Path | None:
        survey, patrol = self._session.survey, self._current
        if survey is None or patrol is None:
            return None
        stem = "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in patrol.name) or str(patrol.fid)
        name, _kind = QFileDialog.getSaveFileName(self, title, str(survey.path.with_name(f"{stem}{ending}")), kinds)
        if not name:
            return None
        return Path(name) if Path(name).suffix else Path(name).with_suffix(ending)


def _key() -> QWidget:
    """What the colours of the track mean."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for kind, title in TITLES.items():
        square = label("")
        square.setPixmap(swatch(COLOURS[kind], 10))
        row.addWidget(square)
        row.addWidget(label(_(title), "quiet"))
    return made


def shares_of(found: Coverage, patrol: Patrol, passed: NDArray[np.bool_]) -> Shares:
    """Return what the map colours of a patrol: passed, missed, and points where nobody was; the list says what was missed."""
    network = found.network
    parts = (
        Share(_("Patrolled"), RESULT_COLOURS["passed"], found.nodes[found.present], found.pipes[passed]),
        Share(_("Missed"), RESULT_COLOURS["missed"], found.nodes[~found.present], found.pipes[~passed]),
    )
    points = tuple(_point_line(found, place) for place in range(len(found.nodes)))
    missed = np.flatnonzero(~found.is_passed)
    longest = missed[np.argsort(-(found.length - found.passed)[missed], kind="stable")][:200]
    lines = tuple(_line(found, place) for place in longest.tolist())
    words = _("Passed: {passed} of {planned} m ({share}); missed: {missed} m").format(
        passed=f"{found.passed_m:,.0f}",
        planned=f"{found.planned_m:,.0f}",
        share=f"{found.share:.1%}",
        missed=f"{found.missed_m:,.0f}",
    )
    told = _(
        "{walked} m walked, {driven} m driven; gaps: {gaps}, jumps: {jumps}; points with presence: {there} of {points}"
    ).format(
        walked=f"{found.walked_m:,.0f}",
        driven=f"{found.driven_m:,.0f}",
        gaps=found.gaps,
        jumps=found.jumps,
        there=int(found.present.sum()),
        points=len(found.nodes),
    )
    return Shares(
        network,
        patrol.name,
        f"{words}\n{told}",
        "",
        parts,
        _("Required points, and what was missed"),
        _("Points first, then the longest pipes."),
        (_("Element"), _("What is known"), _("Missed (m)")),
        (*points, *lines),
        has_legend=True,
        figures=1,
    )


def _point_line(found: Coverage, place: int) -> Line:
    """One required point: since when somebody was there, and how long."""
    row = found.nodes[place : place + 1]
    words = _("Nobody was there")
    if found.present[place]:
        since = found.present_at[place]
        clock = moment_words(float(since))[11:16] if np.isfinite(since) else _("There")
        words = _("{when}, stayed {n} s").format(when=clock, n=round(float(found.dwell[place])))
    return Line((found.network.node_ids[int(row[0])], words, ""), row, np.zeros(0, dtype=np.int64))


def _line(found: Coverage, place: int) -> Line:
    missed = float(found.length[place] - found.passed[place])
    words = (found.network.pipe_ids[int(found.pipes[place])], found.reason_label(place), missed)
    return Line(words, np.zeros(0, dtype=np.int64), found.pipes[place : place + 1])


def _read(survey: Survey) -> list[Row]:
    from pipemap.jobs.patrol_cycles import overdue_patrols

    late = {patrol.fid: day for patrol, day in overdue_patrols(survey)}
    return [Row(one, late.get(one.fid, "")) for one in list_patrols(survey)]
