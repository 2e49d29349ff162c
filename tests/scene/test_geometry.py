"""Shapes and levels, without a picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from pipemap.scene.camera import Projection, Viewpoint, fitted
from pipemap.scene.colours import class_limits, classed
from pipemap.scene.drawing import draw
from pipemap.scene.glyphs import CLOSED_VALVE, FLOW_ARROW, NODE_GLYPHS, PIPE_GLYPHS, PLANT, Kind
from pipemap.scene.labels import Candidates, placed
from pipemap.scene.layers import pipe_mesh
from pipemap.scene.mesh import Mesh
from pipemap.scene.overlay import round_length
from pipemap.scene.strokes import Strokes, covering, joined, strokes
from pipemap.scene.tiles import tiled
from tests.scene.conftest import network_of, street


def outward(mesh: Mesh) -> NDArray[np.float64]:
    """How much each triangle's own normal agrees with the normals of its corners."""
    a, b, c = (mesh.points[mesh.triangles[:, corner]] for corner in range(3))
    own = np.cross(b - a, c - a)
    own /= np.linalg.norm(own, axis=1, keepdims=True) + 1e-12
    agreement: NDArray[np.float64] = np.einsum("ni,ni->n", own, mesh.normals[mesh.triangles].mean(axis=1))
    return agreement


def test_the_axis_follows_the_reference_of_the_measured_level() -> None:
    drawing = draw(street())
    axis = {drawing.network.pipe_ids[pipe]: level for pipe, level in zip(drawing.bar_pipe, drawing.start[:, 2], strict=True)}
    levels = {name: float(level) + drawing.frame.origin[2] for name, level in axis.items()}
    assert levels["W1"] == pytest.approx(49.0 - 0.3, abs=1e-3)  # outside top, half a DN600 down
    assert levels["S1"] == pytest.approx(47.0 + 0.5, abs=1e-3)  # invert, half a DN1000 up
    assert levels["D1"] == pytest.approx(49.2 - 0.25, abs=1e-3)
    assert drawing.estimated == 0


def test_round_pipes_are_tubes_and_ducts_are_boxes_all_turned_outwards() -> None:
    drawing = draw(street())
    rows = np.arange(len(drawing.start))
    colours = np.zeros((len(rows), 3), dtype=np.uint8)
    box = rows[drawing.boxed]
    mesh = pipe_mesh(drawing, box, colours[box], sides=8)
    assert np.ptp(mesh.points[:, 1]) == pytest.approx(1.0, abs=1e-3)
    assert np.ptp(mesh.points[:, 2]) == pytest.approx(0.5, abs=1e-3)
    for chosen in (box, rows[~drawing.boxed]):
        assert outward(pipe_mesh(drawing, chosen, colours[chosen], sides=12)).min() > 0.5


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("kind", [*NODE_GLYPHS.values(), *PIPE_GLYPHS.values(), CLOSED_VALVE, FLOW_ARROW, PLANT])
def test_every_glyph_is_turned_outwards(kind: Kind, *, coarse: bool) -> None:
    template = kind.build()
    if coarse:
        template = template.coarse or template
    points = template.places - np.array([0, 0, 2.0], dtype=np.float32) * template.follow[:, None]
    mesh = Mesh(points, template.normals, np.zeros((len(points), 3), np.uint8), template.triangles)
    a, b, c = (points[template.triangles[:, corner]] for corner in range(3))
    real = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-6
    assert outward(mesh)[real].min() > 0.0


def test_a_bend_is_mitred_without_a_gap() -> None:
    corners = (("A", 0, 0), ("B", 10, 0), ("C", 10, 10))
    nodes: list[dict[str, object]] = [{"id": name, "x": x, "y": y, "ground": 3} for name, x, y in corners]
    pipes: list[dict[str, object]] = [
        {"id": "1", "from_fid": 0, "to_fid": 1, "diameter_mm": 500, "shape": "round"},
        {"id": "2", "from_fid": 1, "to_fid": 2, "diameter_mm": 500, "shape": "round"},
    ]
    drawing = draw(network_of(nodes, pipes, [[(0, 0, 1), (10, 0, 1)], [(10, 0, 1), (10, 10, 1)]]))
    rows = np.argsort(drawing.bar_pipe)
    mesh = pipe_mesh(drawing, rows, np.zeros((2, 3), np.uint8), sides=8)
    rings = mesh.points[: 4 * 8].reshape(4, 8, 3)  # balls at the free ends follow
    end_of_first, start_of_second = rings[1], rings[2]
    reach = np.linalg.norm(end_of_first[:, None] - start_of_second[None], axis=2).min(axis=1)
    assert reach.max() < 1e-3


def test_an_unknown_level_is_guessed_and_counted() -> None:
    nodes: list[dict[str, object]] = [{"id": "A", "x": 0, "y": 0, "ground": 30}, {"id": "B", "x": 50, "y": 0, "ground": 32}]
    pipes: list[dict[str, object]] = [
        {"id": "1", "from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": 200, "shape": "round"}
    ]
    drawing = draw(network_of(nodes, pipes, [[(0, 0, np.nan), (50, 0, np.nan)]]))
    assert drawing.estimated == 1
    levels = [drawing.start[0, 2] + drawing.frame.origin[2], drawing.end[0, 2] + drawing.frame.origin[2]]
    assert levels == pytest.approx([30 - 1.3, 32 - 1.3], abs=0.01)


def test_plan_degrees_are_drawn_as_metres_and_said_so() -> None:
    east, north = -500_000.0, -3_300_000.0
    nodes: list[dict[str, object]] = [
        {"id": str(number), "x": east + 120 + 0.001 * number, "y": north + 31, "ground": 4} for number in range(3)
    ]
    pipes: list[dict[str, object]] = [
        {"id": str(number), "from_fid": number, "to_fid": number + 1, "diameter_mm": 300, "shape": "round"} for number in range(2)
    ]
    courses = [[(east + 120 + 0.001 * (number + end), north + 31, 3) for end in (0, 1)] for number in range(2)]
    drawing = draw(network_of(nodes, pipes, courses))  # type: ignore[arg-type]
    assert len(drawing.notes) == 1
    assert np.linalg.norm(drawing.end[0] - drawing.start[0]) == pytest.approx(95.4, abs=1)


def test_a_fitted_view_holds_every_point() -> None:
    points = np.random.default_rng(1).uniform((-300, -50, 0), (300, 50, 9), (50, 3))
    for eye in (Viewpoint(plan=True, azimuth=0.0), Viewpoint(elevation=20.0)):
        x, y, deep = Projection(fitted(points, eye, width=640, height=480), 640, 480).screen(points)
        assert x.min() > 0
        assert x.max() < 640
        assert y.min() > 0
        assert y.max() < 480
        assert deep.min() > 0
        assert max(np.ptp(x) / 640, np.ptp(y) / 480) > 0.85


def test_a_ray_through_a_points_pixel_meets_the_point() -> None:
    point = np.array([[12.0, -7.0, 3.0]])
    for eye in (Viewpoint(distance=90), Viewpoint(distance=90, plan=True, azimuth=25)):
        projection = Projection(eye, 640, 480)
        x, y, __ = projection.screen(point)
        start, toward = projection.ray(float(x[0]), float(y[0]))
        assert np.linalg.norm(np.cross(point[0] - start, toward)) < 1e-6


def test_labels_never_overlap_and_the_first_come_first() -> None:
    texts = ["污水井十二", "YS1", "JS400"]
    candidates = Candidates(np.array([100.0, 104.0, 300.0]), np.array([50.0, 52.0, 50.0]), texts, np.arange(3))
    chosen = placed(candidates, width=400, height=100, size=12, lift=14)
    assert chosen == [0, 2]


def test_classes_are_round_few_and_cover_everything() -> None:
    numbers = np.concatenate([np.random.default_rng(2).uniform(50, 1200, 500), [np.nan] * 3])
    limits = class_limits(numbers[np.isfinite(numbers)])
    assert 3 <= len(limits) <= 8
    assert (np.diff(limits) > 0).all()
    __, entries = classed(numbers, dark=False)
    assert sum(entry.count for entry in entries) == 503
    assert entries[-1].key is None
    __, few = classed(np.array([100.0, 200.0, 100.0]), dark=True)
    assert [(entry.label, entry.count) for entry in few] == [("100", 2), ("200", 1)]


def test_scale_bars_are_round() -> None:
    assert [round_length(metres) for metres in (0.7, 1.0, 4.9, 63.0, 999.0, 5000.0)] == [0.5, 1.0, 2.0, 50.0, 500.0, 5000.0]


def row_of_bars(count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bars of ten metres one after the other, eastwards; every other one is drawn backwards."""
    start = np.zeros((count, 3), dtype=np.float32)
    start[:, 0] = 10.0 * np.arange(count)
    end = start + np.array([10, 0, 0], dtype=np.float32)
    start[1::2], end[1::2] = end[1::2].copy(), start[1::2].copy()
    return start, end


def lines_of(start: NDArray[np.float32], end: NDArray[np.float32]) -> Strokes:
    return Strokes(start, end, np.full(len(start), 0x5A5A5A, dtype=np.int32))


def test_a_straight_street_is_one_line_from_afar_whichever_way_its_pipes_were_drawn() -> None:
    found = joined(lines_of(*row_of_bars(12)), 2.0)
    assert len(found) < 4
    both = np.concatenate([found.start, found.end])[:, 0]
    assert (both.min(), both.max()) == (0, 120)
    assert np.abs(found.end - found.start)[:, 0].sum() == pytest.approx(120)


def test_a_corner_another_colour_and_a_gap_end_a_stroke() -> None:
    start, end = row_of_bars(3)
    lines = lines_of(start, end)
    lines.packed[2] = 0xC80000
    assert len(joined(lines, 2.0)) == 2
    turned = start.copy(), end.copy()
    turned[0][2], turned[1][2] = (20, 0, 0), (20, 10, 0)
    assert len(joined(lines_of(*turned), 2.0)) == 2
    apart = np.array([0, 5, 0], dtype=np.float32) * np.arange(3, dtype=np.float32)[:, None]
    assert len(joined(lines_of(start + apart, end + apart), 2.0)) == 3


def test_of_pipes_on_one_pixel_the_main_is_drawn_and_no_pixel_is_lost() -> None:
    random = np.random.default_rng(5)
    start = random.uniform(0, 300, (3000, 3)).astype(np.float32)
    end = (start + random.uniform(-15, 15, (3000, 3))).astype(np.float32)
    size = random.uniform(0.05, 1.0, 3000).astype(np.float32)
    lines = lines_of(start, end)
    kept = covering(lines, size, 5.0)
    assert len(kept) < 2500
    shown = np.zeros((70, 70), dtype=np.bool_)
    for share in np.linspace(0, 1, 33):
        column, row = (
            np.floor((start[kept, axis] * (1 - share) + end[kept, axis] * share) / 5.0).astype(int) + 4 for axis in (0, 1)
        )
        shown[row, column] = True
    near = binary_dilation(shown, np.ones((3, 3), dtype=np.bool_))
    middle = np.floor((start[:, :2] + end[:, :2]) / 2 / 5.0).astype(int) + 4
    assert near[middle[:, 1], middle[:, 0]].all()
    side_by_side = np.repeat(start[:1], 2, axis=0), np.repeat(end[:1], 2, axis=0)
    assert covering(lines_of(*side_by_side), np.array([0.1, 0.5], dtype=np.float32), 5.0).tolist() == [1]


def test_a_bar_of_absurd_length_is_drawn_without_looking_at_all_its_pixels() -> None:
    start, end = np.zeros((1, 3), dtype=np.float32), np.array([[1e9, 0, 0]], dtype=np.float32)
    assert len(strokes(lines_of(start, end), np.ones(1, dtype=np.float32), 1.0)) == 1


def test_a_tile_leaves_nothing_out() -> None:
    start = np.zeros((5, 3), dtype=np.float32)
    assert len(strokes(lines_of(start, start), np.ones(5, dtype=np.float32), 0.0)) == 5


def test_tiles_hold_everything_once_inside_their_boxes() -> None:
    random = np.random.default_rng(3)
    start = random.uniform(0, 3000, (4000, 3))
    end = start + random.uniform(-20, 20, (4000, 3))
    top = random.uniform(0, 3000, (500, 3))
    top[7, :2], top[8, 2] = np.nan, np.nan
    tiling = tiled(start, end, np.ones(4000, dtype=np.float32), top)
    tiles = tiling.tiles
    assert np.array_equal(np.sort(tiling.bars), np.arange(4000))
    assert np.array_equal(np.sort(tiling.nodes), np.delete(np.arange(500), 7))
    tile = np.repeat(np.arange(len(tiles)), np.diff(tiles.bars))
    for points in (start, end):
        assert (points[tiling.bars] >= tiles.low[tile]).all()
        assert (points[tiling.bars] <= tiles.high[tile]).all()
    squares = tiles.squares
    assert (squares.first[0], squares.last[0]) == (0, len(tiles))
    assert np.array_equal(squares.first[-len(tiles) :], np.arange(len(tiles)))
    for square in np.flatnonzero(squares.below[:, 1] > 0):
        below = slice(*squares.below[square])
        assert squares.first[below][0] == squares.first[square]
        assert squares.last[below][-1] == squares.last[square]
        assert np.array_equal(squares.first[below][1:], squares.last[below][:-1])
        assert (squares.finest[below] < squares.finest[square]).all()
