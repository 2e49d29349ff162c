from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.totals import total
from pipemap.analysis.where import pipes_where
from pipemap.errors import PipemapError
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network


@pytest.fixture(scope="module")
def network() -> Network:
    nodes = pa.table({"id": ["A", "B"]})
    pipes = pa.table(
        {
            "id": ["P1", "P2", "P3", "P4"],
            "from_fid": [0, 0, 0, 0],
            "to_fid": [1, 1, 1, 1],
            "diameter_mm": pa.array([100.0, 300.0, 600.0, None]),
            "material": ["PE", "铸铁", None, "pe"],
            "holes": pa.array([None, 4, 6, None], pa.int64()),
            "road": ["解放路", "人民路", "", None],
            "length": [10.0, 20.0, 30.0, 40.0],
        }
    )
    return Network.from_delivery(Delivery(nodes, pipes, Lines(np.zeros(5, dtype=np.int64), np.empty((0, 3))), Batch(""), ""))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("diameter_mm>=300", "P2 P3"),
        ("diameter_mm < 300", "P1"),
        ("material=PE", "P1 P4"),
        ("material != PE", "P2"),
        ("not material = PE", "P2"),
        ("material is empty", "P3"),
        ("material is not empty", "P1 P2 P4"),
        ("material in (PE, '铸铁')", "P1 P2 P4"),
        ("material not in (PE)", "P2"),
        ("diameter_mm >= 300 and material = 铸铁 or length > 35", "P2 P4"),
        ("diameter_mm >= 300 and (material = 铸铁 or length > 25)", "P2 P3"),
        ("管径 >= 300 and road ~ 人民", "P2"),
        ("holes=6", "P3"),
        ('id = "P4"', "P4"),
        ("diameter_mm in (100, 600)", "P1 P3"),
    ],
)
def test_conditions_choose_pipes(network: Network, condition: str, expected: str) -> None:
    assert network.pipe_ids.take(np.flatnonzero(pipes_where(network, condition))) == expected.split()


@pytest.mark.parametrize(
    "condition",
    ["", "diameter_mm", "diameter_mm >", "diameter_mm > x", "(length > 1", "length > 1 )", "length ! 1", "and", "length is 4",
     "nothing = 1", "material not = PE", "holes in 4", "not " * 80 + "length > 1", "(" * 80],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_says_why(network: Network, condition: str) -> None:
    with pytest.raises(PipemapError):
        pipes_where(network, condition)


def test_an_unknown_field_names_similar_ones(network: Network) -> None:
    with pytest.raises(PipemapError, match="diameter_mm"):
        pipes_where(network, "diametre_mm > 3")


@settings(max_examples=100)
@given(
    words=st.lists(
        st.sampled_from(["length", ">", "1", "and", "or", "not", "(", ")", "in", ",", "is", "empty", "'x'", "~", "id"]),
        max_size=9,
    )
)
def test_any_words_are_a_condition_or_a_clear_error(network: Network, words: list[str]) -> None:
    try:
        found = pipes_where(network, " ".join(words))
    except PipemapError:
        return
    assert len(found) == 4


def test_totals_leave_out_what_is_unknown(network: Network) -> None:
    found = total(network, np.array([0, 1, 3]), "diameter_mm")
    assert (found.sum, found.min, found.max, found.count, found.unknown) == (400.0, 100.0, 300.0, 2, 1)


def test_text_has_no_total(network: Network) -> None:
    with pytest.raises(PipemapError, match="no numbers"):
        total(network, np.array([0]), "material")
