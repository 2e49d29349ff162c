"""A run of pipes from the side: ground, pipes and, where they were computed, water levels over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem, QHBoxLayout, QSlider, QStackedLayout, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import EmptyState, Offer, button, label, tool_button
from pipemap.gui.profiles import profiles
from pipemap.gui.simulation import Computed
from pipemap.jobs.computed import clock
from pipemap.jobs.profiles import Along, along, export_profile
from pipemap.model.wording import metres
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.profile import Profile
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

GROUND, PIPE, FULL, WATER, FLOOD = "#A9744F", "#8D96A0", "#D1495B", "#2E86AB", "#D1495B"
PLAY_MS = 600
_OPAQUE, _NEARLY_SOLID = 90, 210
_IN_A_ROW = 5
"""Entries of the legend beside each other: below each other they would cover the profile."""


class ProfilePanel(QWidget):
    """Follows the profile of the session, and the moment of what was computed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._profiles = session, profiles(session)
        self._along: Along | None = None
        self._of: tuple[object, object] = (None, None)
        self.plot = Plot(session)
        self._title = label("", "strong")
        self._told = label("", "quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Moment"))
        self.slider.setMaximumWidth(320)
        self.slider.valueChanged.connect(self._move)
        self._when = label("", "quiet")
        self._timer = QTimer(self, interval=PLAY_MS)
        self._timer.timeout.connect(self._step)
        self._play = tool_button("play", _("Play"), self._toggle)
        self._pages = QStackedLayout(self)
        words = _("Select pipes that follow each other, or two nodes (Ctrl-click), or trace a way; then lay it out.")
        offer = Offer(_("Lay out"), self._profiles.show_chosen)
        self._pages.addWidget(EmptyState("chart-line", _("No profile is laid out"), words, offer))
        self._pages.addWidget(self._lay_out())
        self._profiles.changed.connect(self._show)
        session.result_changed.connect(self._show)
        session.theme_changed.connect(self._show_anew)
        session.selection_changed.connect(self._mark)
        self._show()

    def _lay_out(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._told, 1)
        for part in (self._play, self.slider, self._when):
            row.addWidget(part)
        row.addWidget(button(_("Lay out what is selected"), self._profiles.show_chosen, icon_name="chart-line"))
        row.addWidget(button(_("Export"), self.export, icon_name="export"))
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        return page

    # -- following -----------------------------------------------------------------------------------------------------

    def _show_anew(self) -> None:
        self.plot.show_theme()
        self._show()

    def _show(self) -> None:
        profile, result = self._profiles.profile, self._session.result
        self._pages.setCurrentIndex(0 if profile is None else 1)
        if profile is None:
            return
        answer = result.answer if isinstance(result, Computed) else None
        if (profile, answer) != self._of:
            self._of = (profile, answer)
            self._along = along(profile, answer) if answer is not None else None
        ids = profile.network.node_ids
        self._title.setText(f"{ids[int(profile.nodes[0])]} – {ids[int(profile.nodes[-1])]}")
        self._told.setText(_("{length}, {n} pipes").format(length=metres(profile.length), n=f"{len(profile.pipes):,}"))
        moment = result.moment if isinstance(result, Computed) and self._along is not None else 0
        self._show_moment(moment)
        self.plot.show_profile(profile, self._along, moment)
        self._mark()

    def _show_moment(self, moment: int) -> None:
        times = self._along.times if self._along is not None else np.empty(0)
        several = len(times) > 1
        for part in (self._play, self.slider, self._when):
            part.setVisible(several)
        if not several:
            self._timer.stop()
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(times) - 1)
        self.slider.setValue(moment)
        self.slider.blockSignals(False)
        self._when.setText(_("Time {time}").format(time=clock(times[moment])))

    def _move(self, moment: int) -> None:
        result = self._session.result
        if isinstance(result, Computed) and moment != result.moment:
            self._session.set_result(replace(result, moment=moment))

    def _toggle(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        else:
            self._timer.start()

    def _step(self) -> None:
        last = self.slider.maximum()
        self.slider.setValue(0 if self.slider.value() >= last else self.slider.value() + 1)

    def _mark(self) -> None:
        self.plot.mark(self._profiles.profile)

    def export(self, path: Path | None = None) -> None:
        """Write the profile to a spreadsheet."""
        profile, found = self._profiles.profile, self._along
        target = path or ask_for_table(self, _("Export the profile"), _("profile"))
        if profile is None or target is None:
            return

        def write(_progress: Progress) -> Path:
            return export_profile(profile, found, target)

        write_table(self._session, write, target, rows=len(profile.nodes) + len(profile.pipes))


class Plot(QWidget):
    """The drawing; a click selects the node or pipe that is nearest."""

    def __init__(self, session: Session) -> None:
        import pyqtgraph

        super().__init__()
        self._session = session
        self._profile: Profile | None = None
        self._marked: object | None = None
        self.view = pyqtgraph.PlotWidget()
        self.view.hideButtons()
        self.view.setMenuEnabled(False)
        self.view.setMinimumHeight(80)
        self.view.setAccessibleName(_("Profile"))
        self._legend = self.view.addLegend(offset=(-8, 4), colCount=_IN_A_ROW)
        self.view.scene().sigMouseClicked.connect(self._click)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.show_theme()

    def show_theme(self) -> None:
        """Take the colours of the theme."""
        self.view.setBackground(theme.colour("map_top"))
        for axis in ("left", "bottom"):
            self.view.getAxis(axis).setTextPen(theme.colour("plot_axis"))
            self.view.getAxis(axis).setPen(theme.colour("line_strong"))
            self.view.getAxis(axis).enableAutoSIPrefix(False)
        for axis, title in (("left", _("Elevation (m)")), ("bottom", _("Station (m)"))):
            self.view.setLabel(axis, title, color=theme.colour("plot_axis").name())
        self._legend.setLabelTextColor(theme.colour("text"))
        ground = theme.colour("map_top")
        ground.setAlpha(_NEARLY_SOLID)
        self._legend.setBrush(ground)

    def show_profile(self, profile: Profile, found: Along | None, moment: int) -> None:
        """Draw a profile, with what was computed at a moment; where the eye was it stays, unless the profile is another."""
        fresh = profile is not self._profile
        self._profile, self._marked = profile, None
        self.view.clear()
        self._add_pipes(profile, found.full[moment] if found is not None else np.zeros(len(profile.pipes), dtype=np.bool_))
        self._add_line(profile.station, profile.ground, _("Ground"), GROUND, width=2)
        if found is not None:
            self._add_levels(profile, found, moment)
        if fresh:
            self.view.enableAutoRange()
            self.view.autoRange()

    def _add_line(
        self, x: NDArray[np.float64], y: NDArray[np.float64], name: str, colour: str, *, width: float, dash: bool = False
    ) -> None:
        import pyqtgraph

        if not np.isfinite(y).any():
            return
        style = Qt.PenStyle.DashLine if dash else Qt.PenStyle.SolidLine
        pen = pyqtgraph.mkPen(colour, width=width, style=style)
        known = np.isfinite(y)
        self.view.plot(x[known], y[known], pen=pen, name=name)

    def _add_pipes(self, profile: Profile, full: NDArray[np.bool_]) -> None:
        import pyqtgraph

        for which, colour in ((~full, PIPE), (full, FULL)):
            path = QPainterPath()
            for place in np.flatnonzero(which).tolist():
                left, right = profile.station[place : place + 2].tolist()
                low, high = profile.invert[place].tolist(), profile.crown[place].tolist()
                high = [top if np.isfinite(top) else bottom for top, bottom in zip(high, low, strict=True)]
                if np.isfinite(low).all():
                    path.moveTo(QPointF(left, low[0]))
                    for x, y in ((right, low[1]), (right, high[1]), (left, high[0])):
                        path.lineTo(QPointF(x, y))
                    path.closeSubpath()
            if path.isEmpty():
                continue  # it would lie at 0, 0, and the drawing would reach there
            item = QGraphicsPathItem(path)
            item.setPen(pyqtgraph.mkPen(colour, width=1.5))
            fill = pyqtgraph.mkColor(colour)
            fill.setAlpha(_OPAQUE)
            item.setBrush(fill)
            self.view.addItem(item)
        self._add_shafts(profile)

    def _add_shafts(self, profile: Profile) -> None:
        """A thin line from the ground down to the lowest pipe at each node."""
        import pyqtgraph

        low = np.fmin(np.append(profile.invert[:, 0], np.nan), np.append(np.nan, profile.invert[:, 1]))
        known = np.isfinite(low) & np.isfinite(profile.ground)
        x = np.repeat(profile.station[known], 2)
        y = np.column_stack([profile.ground[known], low[known]]).reshape(-1)
        self.view.plot(x, y, connect="pairs", pen=pyqtgraph.mkPen(theme.colour("line_strong"), width=1))

    def _add_levels(self, profile: Profile, found: Along, moment: int) -> None:
        import pyqtgraph

        with_plan = found.before is not None
        if found.before is not None:
            self._add_line(profile.station, found.before[moment], _("Without the plan"), WATER, width=1.5, dash=True)
        name = _("With the plan") if with_plan else _("Water level")
        self._add_line(profile.station, found.head[moment], name, WATER, width=2.5)
        if len(found.times) > 1:
            with np.errstate(all="ignore"):
                highest = np.fmax.reduce(found.head, axis=0)
            self._add_line(profile.station, highest, _("Highest"), "#8A63D2", width=1, dash=True)
        wet = found.floods[moment] & np.isfinite(profile.ground)
        if wet.any():
            spots = pyqtgraph.ScatterPlotItem(
                profile.station[wet], profile.ground[wet], symbol="t1", size=13, brush=FLOOD, pen=None, name=_("Floods")
            )
            self.view.addItem(spots)

    def mark(self, profile: Profile | None) -> None:
        """Mark what is selected, where it is one element of the profile."""
        import pyqtgraph

        if self._marked is not None:
            self.view.removeItem(self._marked)
            self._marked = None
        chosen = self._session.selection
        if profile is None or profile is not self._profile or len(chosen) != 1:
            return
        pen = pyqtgraph.mkPen(theme.colour("selection"), width=2)
        if len(chosen.nodes):
            at = np.flatnonzero(profile.nodes == chosen.nodes[0])
            if len(at):
                self._marked = pyqtgraph.InfiniteLine(float(profile.station[at[0]]), pen=pen)
        else:
            at = np.flatnonzero(profile.pipes == chosen.pipes[0])
            if len(at):
                ends = profile.station[at[0] : at[0] + 2].tolist()
                self._marked = pyqtgraph.LinearRegionItem(ends, movable=False, pen=pen)
        if self._marked is not None:
            self.view.addItem(self._marked, ignoreBounds=True)

    def _click(self, event: object) -> None:
        place = self.view.getPlotItem().vb.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
        self.click(float(place.x()))

    def click(self, station: float) -> None:
        """Select what lies at a station: a node where one is near, else the pipe."""
        profile = self._profile
        if profile is None:
            return
        apart = np.abs(profile.station - station)
        near = int(apart.argmin())
        first, last = self.view.getPlotItem().vb.viewRange()[0]
        if apart[near] <= (last - first) / 100:
            self._session.select_element("node", int(profile.nodes[near]))
        elif profile.station[0] <= station <= profile.station[-1]:
            at = min(int(np.searchsorted(profile.station, station, side="right")) - 1, len(profile.pipes) - 1)
            self._session.select_element("pipe", int(profile.pipes[at]))
