"""Which squares are drawn: fine enough, nothing twice, nothing outside the view, never a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipemap.scene.camera import Projection, Viewpoint
from pipemap.scene.sight import Sight, choose, sight_of
from pipemap.scene.smoothing import Smoothing
from pipemap.scene.tiles import Tiles, tiled

ALL = frozenset(range(100_000))


@pytest.fixture(scope="module")
def tiles() -> Tiles:
    """A square town of four kilometres."""
    random = np.random.default_rng(7)
    start = random.uniform(0, 4000, (40_000, 3)) * (1, 1, 0.001)
    end = start + random.uniform(-15, 15, (40_000, 3)) * (1, 1, 0.01)
    return tiled(start, end, np.full(40_000, 0.2, dtype=np.float32), np.empty((0, 3))).tiles


def seen_from(tiles: Tiles, distance: float, *, azimuth: float = 20.0, error: float = 1.0) -> Sight:
    eye = Viewpoint((2000.0, 2000.0, 0.0), distance=distance, azimuth=azimuth, elevation=35.0)
    return sight_of(tiles, Projection(eye, 1280, 800), still=True, error=error, pixel_ratio=1.0)


def tiles_of(tiles: Tiles, squares: set[int]) -> NDArray[np.int64]:
    """How many times each tile is drawn."""
    count = np.zeros(len(tiles), dtype=np.int64)
    for square in squares:
        count[tiles.squares.first[square] : tiles.squares.last[square]] += 1
    return count


@pytest.mark.parametrize("distance", [60.0, 600.0, 9000.0])
def test_every_tile_in_view_is_drawn_once(tiles: Tiles, distance: float) -> None:
    sight = seen_from(tiles, distance)
    choice = choose(tiles.squares, sight, np.ones(len(tiles.squares), np.bool_), ALL, set())
    assert not choice.lacking
    assert (tiles_of(tiles, choice.drawn)[sight.seen] == 1).all()
    error = tiles.squares.finest * sight.square_scale
    assert all(error[square] <= 1.0 for square in choice.drawn)


def test_a_street_is_a_few_tiles_and_a_town_a_few_squares(tiles: Tiles) -> None:
    everything = np.ones(len(tiles.squares), np.bool_)
    street = choose(tiles.squares, seen_from(tiles, 60.0), everything, ALL, set()).drawn
    town = choose(tiles.squares, seen_from(tiles, 15_000.0), everything, ALL, set()).drawn
    assert len(street) < 12
    assert tiles_of(tiles, street).sum() < len(tiles) / 8
    assert town == {0}


@given(st.sets(st.integers(0, 84)), st.floats(50, 15_000), st.floats(-180, 180))
def test_whatever_is_there_there_is_no_gap(tiles: Tiles, there: set[int], distance: float, azimuth: float) -> None:
    sight = seen_from(tiles, distance, azimuth=azimuth)
    squares = tiles.squares
    choice = choose(squares, sight, np.ones(len(squares), np.bool_), there | {0}, set())
    assert (tiles_of(tiles, choice.drawn)[sight.seen] >= 1).all()
    assert choice.drawn <= there | {0}
    whole = choose(squares, sight, np.ones(len(squares), np.bool_), ALL, set()).drawn
    assert {square for square, _urgency in choice.lacking} == whole - there - {0}


def test_an_eye_on_the_border_of_two_levels_does_not_flicker(tiles: Tiles) -> None:
    squares, everything = tiles.squares, np.ones(len(tiles.squares), np.bool_)
    border = next(
        distance
        for distance in np.geomspace(15_000, 3000, 400)
        if choose(squares, seen_from(tiles, distance), everything, ALL, set()).drawn != {0}
    )
    opened = choose(squares, seen_from(tiles, border), everything, ALL, set())
    again = choose(squares, seen_from(tiles, border * 1.05), everything, ALL, opened.opened)
    assert again.drawn == opened.drawn
    assert choose(squares, seen_from(tiles, border * 1.05), everything, ALL, set()).drawn == {0}


def test_what_a_layer_does_not_have_is_not_asked_for(tiles: Tiles) -> None:
    choice = choose(tiles.squares, seen_from(tiles, 500.0), np.zeros(len(tiles.squares), np.bool_), set(), set())
    assert not choice.drawn
    assert not choice.lacking


def test_a_picture_of_another_size_is_smoothed_from_the_beginning() -> None:
    smoothing = Smoothing()
    for size in ((4, 6), (4, 6), (5, 6)):
        smoothing.add(np.full((*size, 3), 10 * size[0], dtype=np.uint8))
    assert smoothing.picture is not None
    assert smoothing.picture.shape == (5, 6, 3)
    assert (smoothing.picture == 50).all()
    assert not smoothing.is_done
