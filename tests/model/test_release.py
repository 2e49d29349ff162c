"""What may leave: elements, batches, the whole; and the network that is left of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.fields import values
from pipemap.model.network import Network
from pipemap.model.release import OPEN_LEVELS, may_leave
from tests.networks import networks


def row(*, nodes: dict[str, str], pipes: dict[str, str], **more: object) -> Network:
    """A – B – C – D in one row, with marks by id."""
    ids, links = "ABCD", ("AB", "BC", "CD")
    courses = [np.array([[number * 10.0, 0.0, 1.0], [number * 10.0 + 10, 0.0, 1.0]]) for number in range(3)]
    network = Network.from_delivery(
        Delivery(
            pa.table(
                {
                    "id": list(ids),
                    "x": [0.0, 10.0, 20.0, 30.0],
                    "y": [0.0] * 4,
                    "secrecy": pa.array([nodes.get(one) for one in ids], pa.string()),
                    "arm_pipe": pa.array([None, 1, None, 2], pa.int64()),
                }
            ),
            pa.table(
                {
                    "id": list(links),
                    "from_fid": [0, 1, 2],
                    "to_fid": [1, 2, 3],
                    "secrecy": pa.array([pipes.get(one) for one in links], pa.string()),
                    "material": ["PE", "steel", "PE"],
                }
            ),
            Lines.from_lists(courses),
            Batch("row"),
            format="test",
        )
    )
    return dataclasses.replace(network, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [None, "", " ", "public", "internal", "公开", "内部", "Internal", "非密"])
def test_what_is_not_marked_or_open_may_leave(level: str | None) -> None:
    assert may_leave(level)


@pytest.mark.parametrize(
    "level", ["secret", "highly_secret", "top_secret", "秘密", "机密", "绝密", "SECRET", "whatever", "内部★"]
)
def test_what_is_secret_or_marked_in_unknown_words_stays(level: str) -> None:
    assert not may_leave(level)


def test_every_level_of_the_list_is_on_one_side() -> None:
    assert {level for level in values("secrecy") if may_leave(level)} == set(OPEN_LEVELS)


def test_a_secret_pipe_stays_and_its_ends_leave() -> None:
    released = row(nodes={}, pipes={"BC": "secret"}).release
    assert released.nodes.all()
    assert released.pipes.tolist() == [True, False, True]
    assert released.withheld == 1


def test_a_secret_node_keeps_the_pipes_that_end_there() -> None:
    released = row(nodes={"B": "机密"}, pipes={}).release
    assert released.nodes.tolist() == [True, False, True, True]
    assert released.pipes.tolist() == [False, False, True]


def test_a_secret_batch_or_survey_stays_whole() -> None:
    network = row(nodes={}, pipes={}, node_batch=np.array([1, 1, 2, 2]), pipe_batch=np.array([1, 1, 2]))
    of_batch = dataclasses.replace(network, secret_batches=frozenset({1})).release
    assert of_batch.nodes.tolist() == [False, False, True, True]
    assert of_batch.pipes.tolist() == [False, False, True]
    assert dataclasses.replace(network, is_secret=True).public.node_count == 0


def test_the_public_network_knows_nothing_of_what_stays() -> None:
    public = row(nodes={"B": "secret"}, pipes={}).public
    assert list(public.node_ids) == ["A", "C", "D"]
    assert list(public.pipe_ids) == ["CD"]
    assert public.pipe_ends.tolist() == [[1, 2]]
    assert public.lines.xyz[:, 0].tolist() == [20.0, 30.0]
    assert public.pipe_material.values == ("PE",)
    assert public.node_arm.tolist() == [-1, -1, 0]
    assert public.column("pipe", "material").to_pylist() == ["PE"]
    assert public.release.is_whole
    assert public.component.tolist()[1] == public.component.tolist()[2]


def test_a_network_without_marks_is_its_own_public_one() -> None:
    network = row(nodes={}, pipes={"AB": "internal"})
    assert network.public is network


@given(networks(), st.data())
def test_nothing_marked_is_ever_in_the_public_network(network: Network, data: st.DataObject) -> None:
    levels = st.sampled_from([None, "internal", "secret", "绝密", "?"])
    marks = {
        layer: pa.array(data.draw(st.lists(levels, min_size=size, max_size=size)), pa.string())
        for layer, size in (("node", network.node_count), ("pipe", network.pipe_count))
    }
    from pipemap.model.columns import Coded

    marked = dataclasses.replace(
        network, node_secrecy=Coded.from_arrow(marks["node"]), pipe_secrecy=Coded.from_arrow(marks["pipe"])
    )
    public = marked.public
    kept_nodes = {fid for fid, level in zip(marked.node_fid.tolist(), marks["node"].to_pylist(), strict=True) if may_leave(level)}
    assert set(public.node_fid.tolist()) == kept_nodes
    before = {fid: marked.node_fid[marked.pipe_ends[at]].tolist() for at, fid in enumerate(marked.pipe_fid.tolist())}
    levels_of = dict(zip(marked.pipe_fid.tolist(), marks["pipe"].to_pylist(), strict=True))
    assert set(public.pipe_fid.tolist()) == {
        fid for fid, ends in before.items() if may_leave(levels_of[fid]) and set(ends) <= kept_nodes
    }
    assert all(public.node_fid[public.pipe_ends[at]].tolist() == before[fid] for at, fid in enumerate(public.pipe_fid.tolist()))
