from __future__ import annotations

import pytest
import shapely

from pipemap.analysis.area import AreaError
from pipemap.analysis.trench import read_trench, touched, trench_along
from pipemap.model.network import Network
from tests.gui.surveys import street


def names(network: Network, rows: object) -> set[str]:
    return set(network.pipe_ids.take(rows))  # type: ignore[arg-type]


def test_a_trench_touches_what_lies_in_it_and_parts_what_valves_shut_off_from_the_rest() -> None:
    network = Network.from_delivery(street())
    found = touched(network, trench_along([(500010.0, 3399990.0), (500010.0, 3400010.0)]))
    assert names(network, found.pipes) == {"JS1-JS2"}
    assert names(network, found.others) == {"YS1-YS2"}
    assert not len(found.nodes)
    assert touched(network, trench_along([(0.0, 0.0), (5.0, 0.0)])).is_empty


def test_its_width_counts_and_so_does_a_valve_in_it() -> None:
    network = Network.from_delivery(street())
    along = [(500030.0, 3400001.5), (500045.0, 3400001.5)]
    assert touched(network, trench_along(along, 1.0)).is_empty
    wide = touched(network, trench_along(along, 4.0))
    assert names(network, wide.pipes) == {"JS1-JS2", "JS2-JS3"}
    assert [network.node_ids[row] for row in wide.nodes.tolist()] == ["JS2"]


def test_a_line_that_ends_where_it_began_is_an_area() -> None:
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    assert trench_along(square, 1.0).contains(shapely.Point(5.0, 5.0))
    assert not trench_along(square[:-1], 1.0).contains(shapely.Point(5.0, 5.0))


def test_it_is_read_from_text() -> None:
    assert read_trench("LINESTRING (0 0, 10 0)", 3.0).area == pytest.approx(39.0)
    assert read_trench("POLYGON ((0 0, 10 0, 10 10, 0 0))").area == pytest.approx(50.0)


@pytest.mark.parametrize(
    "text", ["", "LINESTRING", "LINESTRING (0 0)", "LINESTRING (1 1, 1 1)", "POINT (1 2)", "LINESTRING (0 0, nan 1)"]
)
def test_what_is_no_trench_is_refused_in_words(text: str) -> None:
    with pytest.raises(AreaError):
        read_trench(text)


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), 1e9])
def test_a_width_is_a_width(width: float) -> None:
    with pytest.raises(AreaError, match="width"):
        trench_along([(0.0, 0.0), (1.0, 0.0)], width)
