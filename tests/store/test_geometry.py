"""Places as GeoPackage stores them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipemap.model.delivery import Lines
from pipemap.store import geometry


def _after_header(blob: bytes) -> bytes:
    return blob[8 + (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7] :]


def test_shapely_reads_what_is_written() -> None:
    point = geometry.encode_points(np.array([[1.0, 2.0, 3.0]]), 4547)[0].as_py()
    line = geometry.encode_lines(Lines.from_lists([np.array([[0.0, 5.0, 1.0], [2.0, 3.0, 1.5]])]), 4547)[0].as_py()
    assert shapely.from_wkb(_after_header(point)).wkt == "POINT Z (1 2 3)"
    assert shapely.from_wkb(_after_header(line)).wkt == "LINESTRING Z (0 5 1, 2 3 1.5)"
    assert int.from_bytes(line[4:8], "little") == 4547
    assert np.frombuffer(line[8:40]).tolist() == [0.0, 2.0, 3.0, 5.0]


def test_what_has_no_place_is_null() -> None:
    nowhere = np.array([[np.nan, 1.0, 2.0], [np.inf, 1.0, 2.0], [1.0, 2.0, np.nan]])
    assert geometry.encode_points(nowhere, 0).is_null().to_pylist() == [True, True, False]
    lines = Lines.from_lists([np.empty((0, 3)), np.zeros((1, 3)), np.array([[0.0, np.nan, 0.0], [1.0, 1.0, 1.0]])])
    assert geometry.encode_lines(lines, 0).null_count == 3


@given(st.lists(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 3), min_size=2, max_size=4) | st.none(), max_size=6), st.booleans())
def test_courses_come_back(drawn: list[list[tuple[float, float, float]] | None], sliced: bool) -> None:  # noqa: FBT001
    courses = [np.array(course or [], dtype=np.float64).reshape(-1, 3) for course in drawn]
    blobs = geometry.encode_lines(Lines.from_lists(courses), 1)
    if sliced:
        blobs, courses = blobs.slice(1), courses[1:]
    back = geometry.decode(blobs).lines
    assert len(back) == len(courses)
    for row, course in enumerate(courses):
        assert np.array_equal(back[row], course)


@pytest.mark.parametrize(
    ("shape", "flavour", "first"),
    [
        ("POINT (1 2)", "", [1.0, 2.0, np.nan]),
        ("POINT Z (1 2 3)", "big", [1.0, 2.0, 3.0]),
        ("LINESTRING Z (1 2 3, 4 5 6)", "extended", [1.0, 2.0, 3.0]),
        ("MULTILINESTRING ((1 2, 3 4))", "", [1.0, 2.0, np.nan]),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", "", None),
        ("POINT EMPTY", "", None),
        ("MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))", "", None),
    ],
)
def test_what_other_programs_write_is_read(shape: str, flavour: str, first: list[float] | None) -> None:
    order, flavor = 0 if flavour == "big" else 1, "extended" if flavour == "extended" else "iso"
    wkb = shapely.to_wkb(shapely.from_wkt(shape), byte_order=order, flavor=flavor)  # type: ignore[call-overload]
    ours = geometry.encode_points(np.array([[9.0, 9.0, 9.0]]), 1)[0].as_py()
    found = geometry.decode(pa.array([ours, wkb, ours], type=pa.binary())).lines
    assert found[0].tolist() == found[2].tolist() == [[9.0, 9.0, 9.0]]
    if first is None:
        assert len(found[1]) == 0
    else:
        assert np.array_equal(found[1][0], first, equal_nan=True)


@given(
    st.lists(st.none() | st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: b"GP\0\1\0\0\0\0\1" + tail), max_size=4)
)
def test_any_bytes_are_a_place_or_none(blobs: list[bytes | None]) -> None:
    found = geometry.decode(pa.array(blobs, type=pa.binary()))
    assert len(found.offsets) == len(blobs) + 1
    assert np.isfinite(found.xyz[:, :2]).all() or not np.isnan(found.xyz[:, :2]).any()
    for blob in blobs:
        assert geometry.st_is_empty(blob) in {0, 1, None}
        assert (geometry.st_min_x(blob) is None) == (geometry.st_max_y(blob) is None)
