"""What a picture of a few pipes must show, and what a click on it must find."""

from __future__ import annotations

import dataclasses
import gc
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from pipemap import catalog
from pipemap.errors import RenderError
from pipemap.model.columns import Coded
from pipemap.model.network import Network
from pipemap.scene import Mark, Result, Scene, coloured, draw
from pipemap.scene.colours import SELECTED, rgb
from pipemap.scene.replay import replay
from pipemap.scene.smoothing import OFFSETS
from tests.scene.conftest import EAST, NORTH, network_of, street

WATER, VALVE, STORM, DUCT = 0, 1, 2, 3
SIZE = (400, 300)


def picture(scene: Scene) -> NDArray[np.uint8]:
    return scene.image(*SIZE)


def at(pixels: NDArray[np.uint8], place: tuple[float, float] | None) -> NDArray[np.uint8]:
    """The pixels around a place."""
    assert place is not None
    x, y = round(place[0]), round(place[1])
    return pixels[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4].reshape(-1, 3)


def is_like(colours: NDArray[np.uint8], colour: str) -> bool:
    """Whether one of the pixels has the hue of a colour (brighter or darker, as light makes it)."""
    wanted = np.array(rgb(colour), dtype=float)
    found = colours.astype(float)
    likeness = found @ wanted / (np.linalg.norm(found, axis=1) * np.linalg.norm(wanted) + 1e-9)
    return bool(likeness.max() > 0.985)


def test_each_pipe_has_its_categorys_colour_where_it_lies(scene: Scene) -> None:
    pixels = picture(scene)
    for row, code in ((WATER, "JS"), (STORM, "YS"), (DUCT, "DL")):
        assert is_like(at(pixels, scene.screen_of("pipe", row)), catalog.colour_of(code))


@pytest.mark.parametrize("view", ["top", "iso"])
def test_a_click_on_the_middle_of_a_pipe_finds_it(scene: Scene, view: str) -> None:
    scene.set_view(view)  # type: ignore[arg-type]
    for row in (WATER, STORM, DUCT):
        place = scene.screen_of("pipe", row)
        assert place is not None
        found = scene.pick(*place)
        assert found is not None
        assert (found.layer, found.row) == ("pipe", row)
        assert EAST <= found.point[0] <= EAST + 40
        assert abs(found.point[1] - NORTH) < 10


def test_a_node_wins_over_the_pipes_that_meet_in_it(scene: Scene) -> None:
    place = scene.screen_of("node", 1)
    assert place is not None
    found = scene.pick(place[0] + 3, place[1])
    assert found is not None
    assert (found.layer, found.row) == ("node", 1)


def test_a_click_on_nothing_finds_nothing(scene: Scene) -> None:
    assert scene.pick(3, 3) is None


def test_a_hidden_category_is_neither_drawn_nor_found(scene: Scene) -> None:
    place = scene.screen_of("pipe", WATER)
    assert place is not None
    scene.set_visible("JS", visible=False)
    assert scene.pick(*place) is None
    assert not is_like(at(picture(scene), place), catalog.colour_of("JS"))
    scene.set_visible("JS", visible=True)
    assert is_like(at(picture(scene), place), catalog.colour_of("JS"))


def test_only_the_wanted_categories_stay(scene: Scene) -> None:
    scene.set_visible_categories({"YS"})
    found = scene.pick_rectangle(0, 0, *SIZE)
    assert found.pipes.tolist() == [STORM]
    assert found.nodes.tolist() == [3, 4]


def test_a_rectangle_takes_what_lies_in_it_and_what_passes_through(scene: Scene) -> None:
    everything = scene.pick_rectangle(0, 0, *SIZE)
    assert everything.pipes.tolist() == [0, 1, 2, 3]
    assert everything.nodes.tolist() == list(range(7))
    middle = scene.screen_of("pipe", STORM)
    assert middle is not None
    part = scene.pick_rectangle(middle[0] - 5, middle[1] - 5, middle[0] + 5, middle[1] + 5)
    assert part.pipes.tolist() == [STORM]
    assert not len(part.nodes)


def test_selection_hover_and_result_change_the_picture_and_leave_no_trace(scene: Scene) -> None:
    before = picture(scene)
    scene.show_selection([3], [WATER])
    selected = picture(scene)
    assert is_like(at(selected, scene.screen_of("pipe", WATER)), SELECTED[False])
    scene.show_selection([], [])
    scene.show_hover("pipe", STORM)
    assert (picture(scene) != before).any()
    scene.show_hover(None)
    scene.show_result(Result.of_rows([3, 4], [STORM], starts=[("node", 3)], stops=[("node", 4)]))
    shown = picture(scene)
    assert (shown != before).mean() > 0.005
    scene.clear_result()
    assert (picture(scene) == before).all()


def test_a_result_fades_the_rest_but_leaves_it_to_be_found(scene: Scene) -> None:
    place = scene.screen_of("pipe", WATER)
    assert place is not None
    bright = at(picture(scene), place).astype(int)
    scene.show_result(Result.of_rows([], [STORM], arrows=False))
    faded = at(picture(scene), place).astype(int)
    assert faded.min(axis=0).sum() > bright.min(axis=0).sum()  # nearer to the light background
    found = scene.pick(*place)
    assert found is not None
    assert found.row == WATER


@pytest.mark.parametrize("shape", ["start", "stop", "close", "already_closed", "not_needed", "reopen", "source"])
def test_every_mark_is_drawn(scene: Scene, shape: str) -> None:
    scene.show_result(Result((), (), arrows=False))
    before = picture(scene)
    scene.show_result(Result((), (Mark("pipe", STORM, shape, "1"),), arrows=False))
    assert (picture(scene) != before).any(axis=2).sum() > 40


def test_flow_arrows_run_only_while_a_result_is_shown(scene: Scene) -> None:
    assert not scene.animate(0.1)
    scene.show_result(Result.of_rows([], [STORM]))
    scene.fit([], [STORM])
    before = picture(scene)
    assert scene.animate(0.3)
    assert (picture(scene) != before).any()
    scene.clear_result()
    assert not scene.animate(0.1)


def test_chinese_ids_are_written(scene: Scene) -> None:
    scene.fly_to("node", 1)
    before = picture(scene)
    scene.set_labels("nodes")
    assert (picture(scene) != before).any(axis=2).sum() > 30


def test_dark_and_light_differ_everywhere(scene: Scene) -> None:
    light = picture(scene)
    scene.set_dark(True)
    dark = picture(scene)
    assert light.mean() > 200
    assert dark.mean() < 80


def test_exaggeration_raises_levels_but_not_tubes(scene: Scene) -> None:
    drawing = scene._drawn()
    assert drawing is not None
    depth = np.ptp(drawing.start[:, 2])
    scene.set_exaggeration(4.0)
    stretched = scene._drawn()
    assert stretched is not None
    assert np.isclose(np.ptp(stretched.start[:, 2]), 4 * depth, rtol=1e-4)
    assert (stretched.half_height == drawing.half_height).all()
    place = scene.screen_of("pipe", STORM)
    assert place is not None
    found = scene.pick(*place)
    assert found is not None
    assert found.point[2] == pytest.approx(47.4, abs=0.6)  # still the survey's level


def test_the_ground_can_be_taken_away(scene: Scene) -> None:
    without = picture(scene)
    scene.set_ground_opacity(1.0)
    solid = picture(scene)
    assert (solid != without).any(axis=2).mean() > 0.3
    assert not is_like(at(solid, scene.screen_of("pipe", STORM)), catalog.colour_of("YS")) or solid.mean() != without.mean()


def test_world_at_returns_the_ground_below_a_pixel(scene: Scene) -> None:
    place = scene.screen_of("node", 3)
    assert place is not None
    for view in ("top", "iso"):
        scene.set_view(view)
        place = scene.screen_of("node", 3)
        assert place is not None
        assert scene.world_at(*place) == pytest.approx((EAST, NORTH + 8, 50.0), abs=0.3)


def test_zoom_keeps_what_is_under_the_cursor(scene: Scene) -> None:
    scene.set_view("top")
    before = scene.world_at(100, 80)
    scene.zoom(2.0, at=(100, 80))
    assert scene.world_at(100, 80) == pytest.approx(before, abs=0.05)


def test_pan_moves_the_town_with_the_hand(scene: Scene) -> None:
    before = scene.screen_of("node", 3)
    scene.pan(25, -10)
    after = scene.screen_of("node", 3)
    assert before is not None
    assert after is not None
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((25, -10), abs=0.5)


def test_pixels_are_logical_ones_on_a_fine_screen(town: Network) -> None:
    with Scene(town, pixel_ratio=2.0) as scene:
        scene.resize(800, 600)
        scene.set_view("top")
        place = scene.screen_of("pipe", DUCT)
        assert place is not None
        assert place[0] < 400
        found = scene.pick(*place)
        assert found is not None
        assert found.row == DUCT


def test_a_flight_ends_where_a_jump_does(scene: Scene) -> None:
    scene.set_view("iso")
    start = scene.viewpoint
    scene.fly_to("node", 4)
    target = scene.viewpoint
    scene.viewpoint = start
    scene.fly_to("node", 4, animate=True)
    assert scene.viewpoint == start
    while scene.animate(0.1):
        pass
    assert scene.viewpoint.focal == pytest.approx(target.focal)
    assert scene.viewpoint.distance == pytest.approx(target.distance)


def test_colour_by_returns_a_legend_that_counts_every_pipe(scene: Scene) -> None:
    sizes = scene.colour_by("diameter_mm")
    assert sizes.unit == "mm"
    assert sum(entry.count for entry in sizes.entries) == 4
    assert [entry.key for entry in sizes.entries][-1] is None  # the duct has no diameter
    words = scene.colour_by("material")
    assert {entry.label for entry in words.entries} >= {"DI", "PE"}
    with pytest.raises(KeyError):
        scene.colour_by("no such column")
    assert scene.legend() == words
    assert [entry.key for entry in scene.colour_by(None).entries] == ["JS", "YS", "DL"]


def test_a_picture_has_its_size_and_becomes_a_file(scene: Scene, tmp_path: Path) -> None:
    assert scene.image(320, 200).shape == (200, 320, 3)
    scene.save_png(tmp_path / "town.png", (160, 120))
    assert (tmp_path / "town.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(RenderError):
        scene.save_png(tmp_path / "missing" / "town.png", (160, 120))


def marked(network: Network, *, nodes: tuple[int, ...] = (), pipes: tuple[int, ...] = ()) -> Network:
    """The same network with secret elements."""
    levels = {
        "node": ["secret" if row in nodes else None for row in range(network.node_count)],
        "pipe": ["secret" if row in pipes else None for row in range(network.pipe_count)],
    }
    columns = {name: Coded.from_arrow(pa.array(levels[name], pa.string())) for name in levels}
    return dataclasses.replace(network, node_secrecy=columns["node"], pipe_secrecy=columns["pipe"])


def spread(pixels: NDArray[np.uint8]) -> int:
    return int(np.ptp(pixels.reshape(-1, 3).astype(int), axis=0).max())


def test_a_picture_leaves_out_what_is_secret_and_looks_at_the_same_place(scene: Scene, town: Network) -> None:
    before = picture(scene)
    spot = scene.screen_of("pipe", WATER)
    storm = scene.screen_of("pipe", STORM)
    viewpoint = scene.viewpoint
    scene.set_network(marked(town, pipes=(WATER,)))
    scene.viewpoint = viewpoint
    scene.set_labels("all")
    scene.show_selection([0], [WATER, STORM])
    scene.show_result(Result.of_rows([0, 3], [WATER, STORM], starts=[("pipe", WATER)], arrows=False))
    after = picture(scene)
    assert scene.pick(*(spot or (0, 0))) is not None  # the live map still has it
    assert spread(at(before, spot)) > 20
    assert spread(at(after, spot)) < 4  # the background's gradient
    assert spread(at(after, storm)) > 20


def test_a_picture_of_what_is_wholly_secret_is_empty(scene: Scene, town: Network) -> None:
    scene.set_network(dataclasses.replace(town, is_secret=True))
    pixels = picture(scene)
    assert np.ptp(pixels.astype(int), axis=1).max() < 4  # nothing but the background's gradient


def test_a_new_network_can_keep_the_view(scene: Scene) -> None:
    scene.fly_to("node", 4)
    before = scene.screen_of("node", 4)
    scene.set_network(street(), keep_view=True)
    assert scene.screen_of("node", 4) == pytest.approx(before, abs=0.5)
    scene.set_network(None)
    assert picture(scene).shape == (300, 400, 3)
    assert scene.pick(10, 10) is None
    assert scene.notes == ()


def test_a_network_without_coordinates_is_laid_out_and_says_so() -> None:
    network = Network.from_pipes(("P1", "A", "B", 30.0), ("P2", "B", "C", 20.0), ("P3", "B", "D", 20.0), ("Q", "X", "Y", 5.0))
    with Scene(network) as scene:
        scene.resize(*SIZE)
        assert scene.schematic
        assert any("Schematic" in note for note in scene.notes)
        scene.set_view("top")
        place = scene.screen_of("pipe", 1)
        assert place is not None
        found = scene.pick(*place)
        assert found is not None
        assert (found.layer, found.row) == ("pipe", 1)


def test_all_coordinates_zero_count_as_none() -> None:
    nodes: list[dict[str, object]] = [{"id": name, "x": -EAST, "y": -NORTH} for name in "ABC"]
    pipes: list[dict[str, object]] = [{"id": "1", "from_fid": 0, "to_fid": 1}, {"id": "2", "from_fid": 1, "to_fid": 2}]
    course: list[tuple[float, ...]] = [(-EAST, -NORTH, np.nan), (-EAST, -NORTH, np.nan)]
    with Scene(network_of(nodes, pipes, [course, course])) as scene:
        assert scene.schematic
        assert scene.image(*SIZE).std() > 0


def test_nodes_without_coordinates_are_left_out_and_counted() -> None:
    nodes: list[dict[str, object]] = [
        {"id": "A", "x": 0, "y": 0, "ground": 5},
        {"id": "B", "x": 30, "y": 0, "ground": 5},
        {"id": "C"},
    ]
    pipes: list[dict[str, object]] = [
        {"id": "1", "from_fid": 0, "to_fid": 1, "category": "JS"},
        {"id": "2", "from_fid": 1, "to_fid": 2, "category": "JS"},
    ]
    with Scene(network_of(nodes, pipes, [[(0, 0, np.nan), (30, 0, np.nan)], []])) as scene:
        assert scene.estimated == 1
        assert any(note.startswith("1 node ") for note in scene.notes)
        assert scene.screen_of("node", 2) is None
        assert scene.screen_of("pipe", 1) is None
        scene.show_selection([2], [1])
        scene.show_result(Result.of_rows([2], [1], starts=[("node", 2), ("pipe", 1)]))
        scene.fly_to("node", 2)
        assert scene.image(*SIZE).std() > 0


def test_an_empty_network_gives_an_empty_picture() -> None:
    with Scene(network_of([], [], [])) as scene:
        scene.set_view("street")
        assert scene.image(*SIZE).shape == (300, 400, 3)
        assert scene.pick(100, 100) is None


def test_a_frame_shows_what_there_is_and_the_picture_sharpens_until_it_is_complete(town: Network) -> None:
    with Scene(town) as scene:
        scene.resize(*SIZE)
        told = list[bool]()
        scene.render()
        told.append(scene.is_complete)
        scene.settle()
        told.append(scene.is_complete)
        scene.set_dark(True)
        scene.render()
        told.append(scene.is_complete)  # the old colours stand until the new ones are ready
        scene.settle()
        told.append(scene.is_complete)
        assert told == [False, True, False, True]


def is_rough(scene: Scene) -> bool:
    return scene.is_rough


def test_rough_edges_are_smoothed_a_picture_at_a_time(town: Network) -> None:
    with Scene(town) as scene:
        scene.resize(*SIZE)
        scene.set_view("iso")
        slow = scene._here.pace
        scene.set_moving(True)
        for _frame in range(12):
            slow.learn(1.0, 0, moving=True)  # a machine on which smooth edges take too long for one frame
        scene.set_moving(False)
        scene.settle()
        pictures = []
        while is_rough(scene):
            pictures.append(scene.smooth())
        assert len(pictures) == len(OFFSETS)
        scene.render()
        assert is_rough(scene)  # another frame begins anew
        fine = picture(scene).astype(int)
        off = [np.abs(pixels - fine).mean() for pixels in pictures]
        assert off[-1] < 0.9 * off[0]


def test_a_picture_is_the_same_whatever_was_looked_at_before(town: Network) -> None:
    with Scene(town) as scene:
        scene.resize(*SIZE)
        scene.set_view("iso")
        fresh = scene.image(*SIZE)
        scene.set_moving(True)
        for _step in range(5):
            scene.zoom(1.7)
            scene.render()
        scene.set_moving(False)
        scene.set_view("iso")
        assert (scene.image(*SIZE) == fresh).all()


def test_colours_made_elsewhere_are_shown(scene: Scene, town: Network) -> None:
    scene.show_colours("material", coloured(town, "material", dark=False))
    assert {entry.label for entry in scene.legend().entries} >= {"DI", "PE"}
    before = picture(scene)
    scene.show_colours(None, coloured(town, None, dark=False))
    assert (picture(scene) != before).any()


def test_an_edited_network_keeps_the_zero_of_its_picture(town: Network) -> None:
    first = draw(town)
    second = draw(street(), like=first.frame)
    assert (second.frame.origin == first.frame.origin).all()
    elsewhere = replace(first.frame, origin=first.frame.origin + 1e6)
    assert (draw(street(), like=elsewhere).frame.origin == first.frame.origin).all()


def test_a_scene_that_is_closed_while_it_still_sharpens_leaves_no_thread(town: Network) -> None:
    scene = Scene(town)
    scene.resize(*SIZE)
    scene.render()
    scene.close()


def test_a_ride_records_every_frame(town: Network, tmp_path: Path) -> None:
    with Scene(town) as scene:
        scene.resize(160, 120)
        recording = replay(scene, steps=3)
    legs = recording.summary()["legs"]
    assert list(legs) == ["start", "town", "down", "street", "answer", "up", "plan"]
    assert all(sum(frame.leg == leg and frame.moving for frame in recording.frames) == 3 for leg in list(legs)[1:])
    recording.write_csv(tmp_path / "ride.csv")
    recording.write_json(tmp_path / "ride.json")
    assert len((tmp_path / "ride.csv").read_text().splitlines()) == len(recording.frames) + 1
    assert json.loads((tmp_path / "ride.json").read_text())["renderer"] == recording.renderer


def test_closing_leaves_no_vtk_object_behind() -> None:
    def alive() -> int:
        gc.collect()
        return sum(1 for thing in gc.get_objects() if str(type(thing).__module__).startswith("vtkmodules"))

    def once() -> None:
        with Scene(street()) as scene:
            scene.set_labels("all")
            scene.set_arrows(True)
            scene.show_selection([1], [0])
            scene.show_result(Result.of_rows([3, 4], [STORM], starts=[("node", 3)]))
            scene.image(*SIZE)

    once()
    before = alive()
    once()
    assert alive() <= before


def test_a_closed_scene_says_so(town: Network) -> None:
    scene = Scene(town)
    scene.close()
    scene.close()
    with pytest.raises(RuntimeError, match="closed"):
        scene.render()


def test_ids_never_lie_over_pins(scene: Scene) -> None:
    pin = Result.of_rows([VALVE], [WATER])
    scene.show_result(replace(pin, marks=(Mark("node", VALVE, "close", "1"),), arrows=False))
    scene.fit([VALVE], [WATER])
    scene.set_labels("none")
    bare = picture(scene)
    scene.set_labels("all")
    written = picture(scene)
    place = scene.screen_of("node", VALVE)
    assert place is not None
    x, y = round(place[0]), round(place[1]) - 19
    assert (bare != written).any()
    assert (bare[y - 6 : y + 7, x - 6 : x + 7] == written[y - 6 : y + 7, x - 6 : x + 7]).all()


def test_nothing_is_smoothed_where_nothing_is_drawn() -> None:
    with Scene(None) as scene:
        scene._here.pace._seconds = 1.0  # a machine that is too slow to smooth edges in one frame
        scene.render()
        assert scene.is_complete
        assert not scene.is_rough
