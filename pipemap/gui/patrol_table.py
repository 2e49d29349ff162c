"""The patrols of a survey: planned, handed out, their tracks loaded, and what was passed of them on the map, by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
from pipemap.gui.words import moment
from pipemap.jobs.patrols import Loaded, coverage_of, list_patrols, load_tracks, write_round
from pipemap.model.patrol import MODES, STATUSES, Patrol
from pipemap.scene.colours import RESULT_COLOURS
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.passing import Coverage
    from pipemap.gui.session import Session
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
        self.table: RecordTable[Row] = RecordTable(
            session,
            [
                Column(_("No."), lambda one: str(one.patrol.fid), 60, right=True, key=lambda one: one.patrol.fid),
                Column(_("Patrol"), lambda one: one.patrol.name, 200),
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
        self.slider.setValue(_STEPS)
        self.slider.setAccessibleName(_("Time on the patrol"))
        self.slider.valueChanged.connect(lambda _value: self._show_until())
        self.words = label("", "quiet")
        self._pages = QStackedLayout(self)
        text = _("A patrol is a round past pipes. Select them, or draw an area around them, and plan one; then load its tracks.")
        self._pages.addWidget(EmptyState("person-simple-walk", _("No patrol yet"), text, Offer(_("Plan a patrol"), self.plan)))
        self._pages.addWidget(self._lay_out())
        self._show_current(None)
        follow(session, "patrols", _("Reading patrols"), _read, self._show)

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
        time.addWidget(label(_("Datum of the tracks"), "quiet"))
        time.addWidget(self.datum)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(time)
        column.addWidget(self.table, 1)
        return page

    # -- showing ------------------------------------------------------------------------------------------------------

    def _show(self, found: list[Row]) -> None:
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
        self.buttons[0].setEnabled(patrol is not None and can_write(self._session))
        self.slider.setVisible(self._coverage is not None and bool(np.isfinite(self._coverage.first).any()))
        if self._coverage is None:
            words = _("“{name}”: show it on the map to see what was passed.").format(name=patrol.name) if patrol else ""
            self.words.setText(words)

    def show_map(self) -> None:
        """Colour what was passed and what was missed of the patrol that is looked at."""
        survey, patrol = self._session.survey, self._current
        if survey is None or patrol is None:
            return

        def done(found: Coverage) -> None:
            if self._current is None or self._current.fid != patrol.fid or found.network is not self._session.network:
                return
            self._coverage = found
            self.slider.blockSignals(True)
            self.slider.setValue(_STEPS)
            self.slider.blockSignals(False)
            self._show_current(self._current)
            self._show_until()

        self._session.run(
            lambda progress: coverage_of(survey, patrol, progress=progress), _("Comparing tracks with the plan"), done
        )

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
            words = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC · {words}"
        self.words.setText(words)
        self._session.set_result(shares_of(found, patrol, by_then))

    def _time(self) -> float:
        if self._coverage is None or self.slider.value() == _STEPS:
            return float("inf")
        times = self._coverage.first[np.isfinite(self._coverage.first)]
        return float(times.min() + (times.max() - times.min()) * self.slider.value() / _STEPS) if len(times) else float("inf")

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


def shares_of(found: Coverage, patrol: Patrol, passed: NDArray[np.bool_]) -> Shares:
    """Return what the map colours of a patrol: passed, missed, and points where nobody was; the list says what was missed."""
    network = found.network
    parts = (
        Share(_("Patrolled"), RESULT_COLOURS["passed"], found.nodes[found.present], found.pipes[passed]),
        Share(_("Missed"), RESULT_COLOURS["missed"], found.nodes[~found.present], found.pipes[~passed]),
    )
    missed = np.flatnonzero(~found.is_passed)
    longest = missed[np.argsort(-(found.length - found.passed)[missed], kind="stable")][:200]
    lines = tuple(_line(found, place) for place in longest.tolist())
    words = _("Passed: {passed} of {planned} m ({share}); missed: {missed} m").format(
        passed=f"{found.passed_m:,.0f}",
        planned=f"{found.planned_m:,.0f}",
        share=f"{found.share:.1%}",
        missed=f"{found.missed_m:,.0f}",
    )
    return Shares(
        network,
        patrol.name,
        words,
        "",
        parts,
        _("Missed, and why"),
        _("The longest first."),
        (_("Pipe"), _("Reason"), _("Missed (m)")),
        lines,
        has_legend=True,
        figures=1,
    )


def _line(found: Coverage, place: int) -> Line:
    missed = float(found.length[place] - found.passed[place])
    words = (found.network.pipe_ids[int(found.pipes[place])], found.reason_label(place), missed)
    return Line(words, np.zeros(0, dtype=np.int64), found.pipes[place : place + 1])


def _read(survey: Survey) -> list[Row]:
    from pipemap.jobs.patrol_cycles import overdue_patrols

    late = {patrol.fid: day for patrol, day in overdue_patrols(survey)}
    return [Row(one, late.get(one.fid, "")) for one in list_patrols(survey)]
