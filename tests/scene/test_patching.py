"""A drawing that is patched after a Change is the drawing that would be made anew; what was not touched stays where it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipemap.model.network import Network
from pipemap.sample import make_city
from pipemap.scene import Scene, follow, windows
from pipemap.scene.drawing import Drawing, bar_columns, draw, node_columns
from pipemap.scene.levels import courses
from pipemap.scene.patching import Patch, patched
from pipemap.scene.places import Places, surveyed
from pipemap.scene.shapes import shapes
from pipemap.scene.tiles import thinness
from pipemap.scene.workshop import Order
from pipemap.store import Survey, create_survey, open_survey
from pipemap.store.edits import Edit

Columns = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    with create_survey(path) as survey:
        survey.store(make_city(2500, faults=False).delivery)
    return path


@pytest.fixture
def survey(city: Path, tmp_path: Path) -> Iterator[Survey]:
    with open_survey(Path(shutil.copy(city, tmp_path / "city.gpkg"))) as opened:
        yield opened


def expected(before: Drawing, network: Network) -> tuple[Columns, Columns]:
    """Bars, pipe by pipe, and nodes of a network as the ground and the frame of an older drawing have them."""
    placed = Places(surveyed(network), schematic=False, notes=())
    course = courses(network, placed, before.terrain.level_at)
    made = shapes(network, placed.nodes, course, before.site)
    return bar_columns(made), node_columns(made)


def is_whole(patch: Patch, network: Network) -> None:
    """Assert that nothing is missing and everything lies in order."""
    drawing = patch.drawing
    assert drawing.network is network
    bars, nodes = expected(patch.before, network)
    for name, column in bars.items():
        np.testing.assert_array_equal(getattr(drawing, name)[drawing.bar_of], column, err_msg=name)
    for name, column in nodes.items():
        np.testing.assert_array_equal(getattr(drawing, name), column, err_msg=name)
    assert sorted(drawing.bar_of.tolist()) == list(range(len(drawing.start)))
    pipe = drawing.bar_pipe[drawing.bar_of]
    np.testing.assert_array_equal(drawing.course, np.searchsorted(pipe, np.arange(network.pipe_count + 1)))
    assert sorted(drawing.node_order.tolist()) == np.flatnonzero(np.isfinite(drawing.node_top[:, 0])).tolist()
    run = np.linalg.norm(drawing.end.astype(float) - drawing.start, axis=1)
    longest = np.maximum.reduceat(run[drawing.bar_of], drawing.course[:-1])
    np.testing.assert_allclose(run[drawing.middle], longest)
    in_order(drawing)


def in_order(drawing: Drawing) -> None:
    """Assert that tiles hold what lies in them, thick ones first."""
    tiles = drawing.tiles
    for tile in range(len(tiles)):
        own = slice(tiles.bars[tile], tiles.bars[tile + 1])
        assert (np.diff(thinness(drawing.half_height[own])) >= 0).all()
        rows = drawing.node_order[tiles.nodes[tile] : tiles.nodes[tile + 1]]
        points = np.concatenate([drawing.start[own], drawing.end[own], drawing.node_top[rows]])
        assert (np.fmin.reduce(points) >= tiles.low[tile] - 1e-4).all()
        assert (np.fmax.reduce(points) <= tiles.high[tile] + 1e-4).all()
        assert tiles.thickest[tile] == pytest.approx(2 * drawing.half_height[own].max(initial=0.0))


def untouched(patch: Patch) -> None:
    """Assert that tiles that are not named hold what they held."""
    was, now = patch.before, patch.drawing
    assert len(patch.touched) < len(was.tiles) / 2
    for tile in np.setdiff1d(np.arange(len(was.tiles)), patch.touched).tolist():
        old, new = (slice(drawing.tiles.bars[tile], drawing.tiles.bars[tile + 1]) for drawing in (was, now))
        for name in ("start", "end", "cut_start", "cut_end", "half_width", "half_height", "boxed", "ball_start", "ball_end"):
            np.testing.assert_array_equal(getattr(was, name)[old], getattr(now, name)[new])
        fids = was.network.pipe_fid[was.bar_pipe[old]], now.network.pipe_fid[now.bar_pipe[new]]
        np.testing.assert_array_equal(*fids)


def thicker(edit: Edit, network: Network) -> None:
    edit.update("pipe", int(network.pipe_fid[700]), diameter_mm=1800)


def noted(edit: Edit, network: Network) -> None:
    edit.update("pipe", int(network.pipe_fid[700]), note="seen")


def moved(edit: Edit, network: Network) -> None:
    row = int(network.pipe_ends[700, 0])
    x, y, _ground = network.node_xyz[row].tolist()
    edit.update("node", int(network.node_fid[row]), x=x + 7.0, y=y - 4.0)


def bent(edit: Edit, network: Network) -> None:
    start, end = network.lines[700][0], network.lines[700][-1]
    edit.reroute(int(network.pipe_fid[700]), [start, (start + end) / 2 + (3.0, 2.0, 0.0), end])


def cut(edit: Edit, network: Network) -> None:
    edit.delete("pipe", int(network.pipe_fid[700]))


def laid(edit: Edit, network: Network) -> None:
    x, y, _ground = network.node_xyz[int(network.pipe_ends[700, 0])].tolist()
    fid = edit.insert("node", {"id": "NEW", "x": x + 30.0, "y": y + 10.0, "category": "JS", "kind": "hydrant"})
    start = int(network.node_fid[network.pipe_ends[700, 0]])
    edit.insert("pipe", {"from_fid": start, "to_fid": fid, "category": "JS", "diameter_mm": 300})


def all_at_once(edit: Edit, network: Network) -> None:
    moved(edit, network)
    laid(edit, network)
    edit.delete("pipe", int(network.pipe_fid[1500]))
    edit.update("pipe", int(network.pipe_fid[2000]), category="WS", diameter_mm=900)


EDITS = (thicker, noted, moved, bent, cut, laid, all_at_once)


@pytest.mark.parametrize("act", EDITS)
def test_a_patched_drawing_is_the_one_that_would_be_made_anew(survey: Survey, act: Callable[[Edit, Network], None]) -> None:
    first = draw(survey.network)
    with survey.edit("edit") as edit:
        act(edit, first.network)
    there = patched(first, survey.network)
    assert there is not None
    is_whole(there, survey.network)
    untouched(there)
    survey.undo()
    back = patched(there.drawing, survey.network)
    assert back is not None
    is_whole(back, survey.network)
    for name in ("half_width", "bar_of", "node_order"):
        assert len(getattr(back.drawing, name)) == len(getattr(first, name))


def test_several_changes_since_are_one_patch(survey: Survey) -> None:
    first = draw(survey.network)
    for act in (cut, laid, thicker):
        with survey.edit("edit") as edit:
            act(edit, survey.network)
        survey.network  # noqa: B018 -- each stands before the next
    there = patched(first, survey.network)
    assert there is not None
    is_whole(there, survey.network)


def test_a_change_that_is_not_drawn_copies_nothing(survey: Survey) -> None:
    first = draw(survey.network)
    with survey.edit("edit") as edit:
        noted(edit, first.network)
    there = patched(first, survey.network)
    assert there is not None
    assert all(getattr(there.drawing, name) is getattr(first, name) for name in ("start", "cut_end", "bar_of", "node_top"))


def test_what_is_read_anew_is_drawn_anew(survey: Survey) -> None:
    first = draw(survey.network)
    assert patched(first, survey.reload()) is None
    assert patched(first, first.network) is None


def drawn(scene: Scene) -> NDArray[np.uint8]:
    """The complete picture of what a scene shows, without smoothing however fast the machine is."""
    scene.settle()
    scene._here.render_whole(scene.viewpoint, samples=0)
    return windows.picture(scene._here.window)


@pytest.mark.parametrize("view", ["iso", "street"])
@pytest.mark.parametrize("act", [thicker, moved, cut, laid])
def test_a_scene_that_follows_shows_what_a_new_one_would(survey: Survey, act: Callable[[Edit, Network], None], view: str) -> None:
    with Scene(survey.network) as scene:
        scene.resize(500, 400)
        scene.set_view(view)  # type: ignore[arg-type]
        before = drawn(scene)
        standing = scene.standing
        assert standing is not None
        with survey.edit("edit") as edit:
            act(edit, survey.network)
        made = follow(standing, survey.network)
        assert made is not None
        scene.show_following(made)
        assert scene.network is survey.network
        after = drawn(scene)
        with Scene(survey.network) as other:
            other.resize(500, 400)
            other.show_drawing(made.composition.drawing)
            other.viewpoint = scene.viewpoint
            expected = drawn(other)
    assert (after.astype(int) - expected).max() <= 2 or (np.abs(after.astype(int) - expected).max(axis=2) > 40).mean() < 0.002
    assert before.shape == after.shape


def test_after_an_edit_only_what_it_touched_is_made_anew(survey: Survey) -> None:
    with Scene(survey.network) as scene:
        scene.resize(500, 400)
        scene.set_view("street")
        scene.settle()
        standing = scene.standing
        assert standing is not None
        with survey.edit("edit") as edit:
            thicker(edit, survey.network)
        made = follow(standing, survey.network)
        assert made is not None
        asked: list[tuple[str, int]] = []
        workshop = scene._here.workshop
        ask = workshop.ask

        def listen(order: Order) -> None:
            asked.append((type(order.owner).__name__, order.key[0] if isinstance(order.key, tuple) else order.key))  # type: ignore[arg-type]
            ask(order)

        workshop.ask = listen  # type: ignore[method-assign]
        scene.show_following(made)
        scene.settle()
        squares, tiles = made.composition.drawing.tiles.squares, len(made.composition.drawing.tiles)
        touched = {len(squares) - tiles + tile for tile in made.touched.tolist()}
        assert {key for owner, key in asked if owner == "Stage"} == set()
        assert {key for _owner, key in asked} <= touched | set(made.touched.tolist())
