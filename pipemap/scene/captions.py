"""What is written and drawn flat over each frame: rings, ids, pins, compass, scale, legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.scene import overlay
from pipemap.scene.canvas import Text
from pipemap.scene.colours import HOVERED, SELECTED, by_major
from pipemap.scene.labels import CANDIDATES, LEAST_SCALE, MOST, MOST_MOVING, Candidates, Written, placed
from pipemap.scene.problem_marks import draw_marks
from pipemap.scene.stands import among
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.camera import Projection
    from pipemap.scene.canvas import Canvas
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.stage import Stage

MOST_RINGS = 300
LABEL_SIZE = 12.0
_FIRST = (NodeKind.SOURCE, NodeKind.RESERVOIR, NodeKind.TANK, NodeKind.OUTFALL, NodeKind.REGULATOR, NodeKind.PUMP)
_SECOND = (NodeKind.ISOLATION_VALVE, NodeKind.HYDRANT, NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.CABINET, NodeKind.STORAGE)


def panel(canvas: Canvas, stage: Stage) -> None:
    """Draw what stays the same while the eye moves: the legend."""
    look = stage.look
    if look.legend and stage.colouring is not None and stage.colouring.legend.entries:
        legend = stage.colouring.legend
        overlay.legend_panel(canvas, by_major(legend) if look.column is None else legend, look.theme, ratio=look.pixel_ratio)


def frame(names: Canvas, canvas: Canvas, stage: Stage, projection: Projection) -> None:
    """Draw what goes with the eye, for one frame: ids on the sheet ``names``, below all else."""
    look, theme, ratio = stage.look, stage.look.theme, stage.look.pixel_ratio
    drawing = stage.drawing
    if drawing is not None:
        if look.labels != "none":
            _labels(names, stage, drawing, projection)
        _problems(canvas, stage, drawing, projection)
        _rings(canvas, stage, drawing, projection)
        _pins(canvas, stage, drawing, projection)
    if look.compass:
        overlay.compass(canvas, projection, theme, ratio=ratio)
        if drawing is not None and not drawing.schematic:
            overlay.scale_bar(canvas, projection, theme, ratio=ratio, unit_factor=float(drawing.frame.scale[0]))
        elif drawing is not None:
            place = projection.width - 96 * ratio, projection.height - 24 * ratio
            canvas.text(Text(_("Schematic, not to scale"), *place, 11 * ratio, theme.quiet, anchor="right"))


def _rings(canvas: Canvas, stage: Stage, drawing: Drawing, projection: Projection) -> None:
    look = stage.look
    rings = [(int(row), SELECTED[look.dark], 3.0) for row in stage.chosen.nodes[:MOST_RINGS]]
    if stage.chosen.hover is not None and stage.chosen.hover[0] == "node":
        rings.append((stage.chosen.hover[1], HOVERED[look.dark], 1.8))
    if not rings:
        return
    rows = np.array([row for row, _colour, _width in rings])
    x, y, deep = projection.screen(_anchors(drawing, rows))
    reach = np.clip(0.75 * projection.scale_at(deep), 10.0 * look.pixel_ratio, 160.0 * look.pixel_ratio)
    turn = np.linspace(0, 2 * np.pi, 41)
    for number, (_row, colour, width) in enumerate(rings):
        if deep[number] > 0 and np.isfinite(x[number]):
            circle = np.column_stack([x[number] + reach[number] * np.cos(turn), y[number] + reach[number] * np.sin(turn)])
            canvas.line(circle, (width + 2.4) * look.pixel_ratio, look.theme.panel, 0.65)
            canvas.line(circle, width * look.pixel_ratio, colour)


def _pins(canvas: Canvas, stage: Stage, drawing: Drawing, projection: Projection) -> None:
    result = stage.chosen.result
    if result is None or not result.marks:
        return
    for mark in reversed(result.marks):
        if mark.layer == "node":
            place = _anchors(drawing, np.array([mark.row]))
        elif (bar := drawing.middle[mark.row]) >= 0:
            place = ((drawing.start[bar] + drawing.end[bar]) / 2)[None]
        else:
            continue
        x, y, deep = projection.screen(place)
        if deep[0] > 0 and np.isfinite(x[0]):
            found = overlay.Pin(mark.shape, float(x[0]), float(y[0]), mark.text)
            overlay.pin(canvas, found, stage.look.theme, ratio=stage.look.pixel_ratio)


def _problems(canvas: Canvas, stage: Stage, drawing: Drawing, projection: Projection) -> None:
    marks = stage.chosen.problems
    if marks is not None and len(marks.rows):
        places = marks.places(drawing, _anchors(drawing, marks.rows[marks.is_node]))
        draw_marks(canvas, marks, places, marks.are_shown(stage.shown), projection, stage.look)


def _anchors(drawing: Drawing, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where a node's ring and pin sit: on the cover of shafts, on the pipe for what has none."""
    place = drawing.node_top[rows].copy()
    kinds = drawing.network.node_kind
    deep = ~among(kinds, rows,
        NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.GULLY, NodeKind.STORAGE, NodeKind.HYDRANT, NodeKind.SOURCE,
        NodeKind.RESERVOIR, NodeKind.TANK, NodeKind.WELL, NodeKind.REGULATOR, NodeKind.CABINET, NodeKind.CUSTOMER,
    )  # fmt: skip
    place[deep, 2] = drawing.node_axis[rows[deep]]
    return place


def _labels(canvas: Canvas, stage: Stage, drawing: Drawing, projection: Projection) -> None:
    """Write ids where they fit; while the eye moves those that were there go along, and others wait until it rests."""
    if stage.sight.still or stage.written is None:
        stage.written = _chosen(stage, drawing, projection)
        most = MOST
    else:
        most = MOST_MOVING
    written, size = stage.written, LABEL_SIZE * stage.look.pixel_ratio
    if not written.texts:
        return
    x, y, deep = projection.screen(written.points)
    y = np.where(deep > 0, y, np.nan)
    candidates = Candidates(x, y, written.texts, np.arange(len(x)))
    lift, theme = size * 1.15, stage.look.theme
    chosen = placed(candidates, width=projection.width, height=projection.height, size=size, lift=lift, most=most)
    if stage.sight.still:
        stage.written = Written(written.points[chosen], [written.texts[number] for number in chosen])
    for number in chosen:
        place = float(x[number]), float(y[number]) - lift
        canvas.text(Text(written.texts[number], *place, size, theme.text, anchor="centre", halo=theme.panel))


def _chosen(stage: Stage, drawing: Drawing, projection: Projection) -> Written:
    """Return ids that could be written, the most important and nearest first; only tiles near enough are looked at."""
    look, sight, network, tiles = stage.look, stage.sight, drawing.network, drawing.tiles
    near = sight.seen & (sight.scale > LEAST_SCALE * look.pixel_ratio / 4)
    points, names, rank = [np.empty((0, 3))], list[str](), [np.empty(0)]
    if look.labels in ("nodes", "all"):
        rows = drawing.node_order[np.repeat(near, np.diff(tiles.nodes))]
        rows = rows[stage.shown.nodes[rows]]
        places, order = _anchors(drawing, rows), _importance(drawing, rows)
        kept = _nearest(projection, places, order, look.pixel_ratio)
        points.append(places[kept])
        names += network.node_ids.take(rows[kept])
        rank.append(order[kept])
    if look.labels in ("pipes", "all"):
        middle = drawing.middle
        rows = np.flatnonzero(stage.shown.pipes & (middle >= 0))
        rows = rows[np.repeat(near, np.diff(tiles.bars))[middle[rows]]]
        places = ((drawing.start[middle[rows]] + drawing.end[middle[rows]]) / 2.0).astype(np.float64)
        kept = _nearest(projection, places, np.full(len(rows), 3.0), look.pixel_ratio)
        points.append(places[kept])
        names += network.pipe_ids.take(rows[kept])
        rank.append(np.full(len(kept), 3.0))
    cloud = np.concatenate(points)
    sort = np.lexsort((projection.screen(cloud)[2], np.concatenate(rank)))
    return Written(cloud[sort], [names[place] for place in sort])


def _importance(drawing: Drawing, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    kinds = drawing.network.node_kind
    rank = np.full(len(rows), 4.0)
    rank[among(kinds, rows, *_SECOND)] = 1.0
    rank[among(kinds, rows, *_FIRST)] = 0.0
    return rank


def _nearest(projection: Projection, points: NDArray[np.floating], rank: NDArray[np.float64], ratio: float) -> NDArray[np.int64]:
    """Return the most important, nearest places on the screen that are near enough to read an id at."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    x, y, deep = projection.screen(points)
    seen = (deep > 0) & (x > 0) & (x < projection.width) & (y > 0) & (y < projection.height)
    seen &= projection.scale_at(deep) > LEAST_SCALE * ratio / (1 + 3 * (rank == 0))
    rows = np.flatnonzero(seen)
    order = np.lexsort((deep[rows], rank[rows]))[:CANDIDATES]
    nearest: NDArray[np.int64] = rows[order]
    return nearest
