"""A plan of what was read, over what the survey has already: a wrong zone jumps to the eye."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.errors import SurveyDataError
from pipemap.gui import theme
from pipemap.gui.parts import label
from pipemap.gui.words import sentences
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.delivery import Delivery, Lines
    from pipemap.model.network import Network

MOST_PIECES = 20_000
"""Line pieces, and points, that are drawn; of more, every n-th is: a plan answers while a hand drags it."""
_MARGIN = 0.08
_FRAME_AT = 0.02
"""Below this share of the plan a delivery or a survey is a speck, and gets a ring and its name."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of one delivery or survey.

    Attributes
    ----------
    pieces
        Category code and (2 k, 2) points, two and two.
    points
        (n, 2): nodes, few of many.
    box
        East and north minimum, east and north maximum of nearly all of it; None where nothing has a place.
    share
        Of its line pieces that are drawn, 0 to 1.
    """

    pieces: tuple[tuple[str, NDArray[np.float64]], ...]
    points: NDArray[np.float64]
    box: tuple[float, float, float, float] | None
    share: float = 1.0


def draw_delivery(delivery: Delivery) -> Drawing:
    """Thin a delivery to what is drawn, in its own coordinates; runs on any thread."""
    names = set(delivery.nodes.column_names)
    places = np.empty((0, 2))
    if {"x", "y"} <= names:
        places = np.column_stack([delivery.nodes[name].to_numpy().astype(np.float64) for name in ("x", "y")])
    codes, words = _codes(delivery)
    return _drawn(delivery.lines, places, codes, words)


def draw_network(network: Network) -> Drawing:
    """Thin a survey to what is drawn behind a delivery; runs on any thread."""
    nothing = np.zeros(network.pipe_count, dtype=np.int64)
    return _drawn(network.lines, network.node_xyz[:, :2], nothing, ("",))


def _codes(delivery: Delivery) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Category of each pipe as a number, and what the numbers mean."""
    if "category" not in delivery.pipes.column_names:
        return np.zeros(delivery.pipes.num_rows, dtype=np.int64), ("",)
    encoded = delivery.pipes["category"].combine_chunks().dictionary_encode()
    words = (*encoded.dictionary.to_pylist(), "")
    return encoded.indices.fill_null(len(words) - 1).to_numpy().astype(np.int64), words


def _drawn(lines: Lines, places: NDArray[np.float64], codes: NDArray[np.int64], words: Sequence[str]) -> Drawing:
    first, pipe = _starts(lines)
    kept = first[:: max(1, -(-len(first) // MOST_PIECES))]
    xy = lines.xyz[:, :2]
    by_code = _by_code(kept, pipe, codes)
    pieces = [(str(words[code]), np.stack([xy[mine], xy[mine + 1]], axis=1).reshape(-1, 2)) for code, mine in by_code]
    few = places[:: max(1, -(-len(places) // MOST_PIECES))]
    few = few[np.isfinite(few).all(axis=1)]
    ends = np.concatenate([few, *(points for _code, points in pieces)])
    return Drawing(tuple(pieces), few, _box(ends), len(kept) / len(first) if len(first) else 1.0)


def _starts(lines: Lines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertices at which a piece with some length begins, and the pipe of each vertex."""
    xy = lines.xyz[:, :2]
    pipe = np.repeat(np.arange(len(lines)), np.diff(lines.offsets))
    if len(xy) < 2:  # noqa: PLR2004 -- two ends
        return np.empty(0, dtype=np.int64), pipe
    known: NDArray[np.bool_] = np.asarray(np.isfinite(xy).all(axis=1))
    first = np.flatnonzero((pipe[1:] == pipe[:-1]) & known[1:] & known[:-1] & (xy[1:] != xy[:-1]).any(axis=1))
    return first, pipe


def _by_code(
    kept: NDArray[np.int64], pipe: NDArray[np.int64], codes: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    of_piece = codes[pipe[kept]] if len(kept) else np.empty(0, dtype=np.int64)
    for code in np.unique(of_piece).tolist():
        yield code, kept[of_piece == code]


def _box(points: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    """Where nearly all points lie; a few strays do not count."""
    if not len(points):
        return None
    low, high = np.percentile(points, [1, 99], axis=0) if len(points) > 200 else (points.min(axis=0), points.max(axis=0))  # noqa: PLR2004
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def turned(drawing: Drawing, source: str, target: str) -> Drawing:
    """Return a drawing in another coordinate system; as it is where one is unknown or there is no way to it."""
    from pipemap.store.reference import same_crs, transformed

    if not source or not target:
        return drawing
    try:
        if same_crs(source, target):
            return drawing
        pieces = [(code, transformed(points, source, target)) for code, points in drawing.pieces]
        points = transformed(drawing.points, source, target)
    except SurveyDataError:
        return drawing
    whole = [(code, line[np.repeat(np.isfinite(line).all(axis=1).reshape(-1, 2).all(axis=1), 2)]) for code, line in pieces]
    points = points[np.isfinite(points).all(axis=1)]
    return Drawing(tuple(whole), points, _box(np.concatenate([points, *(line for _code, line in whole)])), drawing.share)


class ImportPlan(QWidget):
    """North is up, metres are the same both ways; the wheel zooms, a drag moves, a double click fits."""

    def __init__(self) -> None:
        import pyqtgraph

        super().__init__()
        self._drawings: list[Drawing] = []
        self._survey: Drawing | None = None
        plot = self.plot = pyqtgraph.PlotWidget(background=theme.colour("map_top"))
        plot.setAspectLocked(True)
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.setMinimumHeight(160)
        plot.setAccessibleName(_("Plan of what was read"))
        plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for axis in ("left", "bottom"):
            plot.getAxis(axis).setTextPen(theme.colour("plot_axis"))
            plot.getAxis(axis).setPen(theme.colour("line_strong"))
            plot.getAxis(axis).enableAutoSIPrefix(False)
            plot.getAxis(axis).tickStrings = _whole_metres
        self._marker = pyqtgraph.ScatterPlotItem(size=22, pen=pyqtgraph.mkPen(theme.colour("selection"), width=3), brush=None)
        self.words = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(plot, 1)
        column.addWidget(self.words)
        plot.scene().sigMouseClicked.connect(lambda event: self.fit() if event.double() else None)

    def show_drawings(self, drawings: Sequence[Drawing], survey: Drawing | None) -> None:
        """Draw deliveries in their categories' colours, and the survey that is to take them in grey."""
        self._drawings, self._survey = list(drawings), survey
        self.plot.clear()
        if survey is not None:
            self._draw(survey, theme.colour("text_off").name(), width=1.0)
        for drawing in drawings:
            self._draw(drawing, None, width=1.6)
        self._mark_specks()
        self.plot.addItem(self._marker)
        self._marker.clear()
        self.words.setText(self._description())
        self.fit()

    def mark(self, east: float, north: float) -> None:
        """Put a ring around a place and bring it to the middle."""
        self._marker.setData([east], [north])
        box = self._whole()
        reach = max(20.0, 0.05 * max(box[2] - box[0], box[3] - box[1])) if box is not None else 20.0
        self.plot.setRange(xRange=(east - reach, east + reach), yRange=(north - reach, north + reach))

    def fit(self) -> None:
        """Look at everything."""
        box = self._whole()
        if box is not None:
            west, south, east, north = box
            grown = max(east - west, north - south, 10.0) * _MARGIN
            self.plot.setRange(xRange=(west - grown, east + grown), yRange=(south - grown, north + grown), padding=0)

    def _draw(self, drawing: Drawing, colour: str | None, *, width: float) -> None:
        import pyqtgraph

        for code, points in drawing.pieces:
            pen = pyqtgraph.mkPen(colour or catalog.colour_of(code, dark=theme.is_dark()), width=width, cosmetic=True)
            self.plot.plot(points[:, 0], points[:, 1], pen=pen, connect="pairs")
        if not drawing.pieces and len(drawing.points):
            brush = pyqtgraph.mkBrush(colour or theme.colour("accent").name())
            self.plot.plot(
                drawing.points[:, 0], drawing.points[:, 1], pen=None, symbol="o", symbolSize=4, symbolBrush=brush, symbolPen=None
            )

    def _mark_specks(self) -> None:
        """Ring what is too small to be seen beside the rest."""
        import pyqtgraph

        whole = self._whole()
        if whole is None:
            return
        extent = max(whole[2] - whole[0], whole[3] - whole[1], 1.0)
        named = [(drawing, _("This delivery"), "accent") for drawing in self._drawings]
        named += [(self._survey, _("The open survey"), "text_2")] if self._survey is not None else []
        for drawing, words, token in named:
            box = drawing.box
            if box is None or max(box[2] - box[0], box[3] - box[1]) > _FRAME_AT * extent:
                continue
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            colour = theme.colour(token)
            self.plot.addItem(pyqtgraph.ScatterPlotItem([x], [y], size=16, pen=pyqtgraph.mkPen(colour, width=2), brush=None))
            text = pyqtgraph.TextItem(words, color=colour, anchor=(0.5, 1.6))
            text.setFont(QFont(self.font()))
            text.setPos(x, y)
            self.plot.addItem(text)

    def _whole(self) -> tuple[float, float, float, float] | None:
        boxes = [one.box for one in (*self._drawings, self._survey) if one is not None and one.box is not None]
        if not boxes:
            return None
        corners = np.array(boxes)
        low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def _description(self) -> str:
        words: list[str] = []
        if self._survey is not None:
            words.append(_("Grey: what the open survey has already."))
        share = min((drawing.share for drawing in self._drawings), default=1.0)
        if share < 1:
            words.append(_("Of many pipes every {n}th is drawn.").format(n=round(1 / share)))
        if self._whole() is None:
            words.append(_("Nothing has a place: the source holds no usable coordinates; it can be stored all the same."))
        return sentences(*words)


def _whole_metres(values: Sequence[float], _scale: float, spacing: float) -> list[str]:
    """Coordinates have seven digits, which pyqtgraph would write with a power of ten."""
    return [f"{value:.0f}" if spacing >= 1 else f"{value:.1f}" for value in values]
