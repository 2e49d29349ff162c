from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from pipemap.analysis.flow_time import SUPPOSED_VELOCITY, Basis, Pace, flow_time, manning, velocities
from pipemap.analysis.trace import trace
from pipemap.errors import PipemapError
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.networks import networks


def drains(*inverts: float, category: str = "YS", material: str = "混凝土", diameter: float | None = 500.0) -> Network:
    """A run of drains of 100 m between manholes whose inverts are given."""
    count = len(inverts)
    nodes = pa.table({"id": [f"M{n}" for n in range(count)], "x": [100.0 * n for n in range(count)], "y": [0.0] * count})
    names = [f"P{n}" for n in range(count - 1)]
    pipes = pa.table(
        {
            "id": names,
            "from_fid": pa.array(range(count - 1), pa.int64()),
            "to_fid": pa.array(range(1, count), pa.int64()),
            "category": [category] * (count - 1),
            "diameter_mm": pa.array([diameter] * (count - 1), pa.float64()),
            "material": [material] * (count - 1),
            "from_level": list(inverts[:-1]),
            "to_level": list(inverts[1:]),
            "from_reference": ["invert"] * (count - 1),
            "to_reference": ["invert"] * (count - 1),
            "length": [100.0] * (count - 1),
        }
    )
    courses = [np.array([(100.0 * n, 0.0, inverts[n]), (100.0 * n + 100, 0.0, inverts[n + 1])]) for n in range(count - 1)]
    return Network.from_delivery(Delivery(nodes, pipes, Lines.from_lists(courses), Batch("drains"), format="test"))


def test_a_drain_flows_as_manning_says() -> None:
    network = drains(2.0, 1.0, 0.0)
    speed, own = manning(network)
    wanted = (0.5 / 4) ** (2 / 3) * 0.01**0.5 / 0.013
    assert own.all()
    assert speed == pytest.approx([wanted, wanted])
    answer = flow_time(trace(network, "M2", "upstream"))
    at = dict(zip(answer.trace.nodes, answer.nodes.tolist(), strict=True))
    assert at["M0"] == pytest.approx(200 / wanted)
    assert at["M2"] == pytest.approx(0.0, abs=1e-3)
    assert answer.longest == pytest.approx(200 / wanted)
    assert set(answer.basis.tolist()) == {Basis.SLOPE}


def test_downstream_it_tells_when_a_spill_arrives() -> None:
    answer = flow_time(trace(drains(2.0, 1.0, 0.0), "M0", "downstream"))
    at = dict(zip(answer.trace.nodes, answer.nodes.tolist(), strict=True))
    assert at["M0"] < at["M1"] < at["M2"]


def test_what_is_supposed_is_counted_and_said() -> None:
    flat = flow_time(trace(drains(1.0, 1.0), "M1", "upstream"))
    assert flat.basis.tolist() == [Basis.SUPPOSED]
    assert flat.longest == pytest.approx(100 / SUPPOSED_VELOCITY)
    assert any(text.endswith("0.6 m/s: 1 pipe") for text in flat.assumptions)
    other = flow_time(trace(drains(1.0, 0.0, material="?"), "M1", "upstream"))
    assert other.basis.tolist() == [Basis.SLOPE_OTHER_MATERIAL]


def test_a_main_has_a_flow_time_only_where_its_velocity_is_known() -> None:
    main = drains(1.0, 1.0, category="JS", diameter=200.0)
    asked = trace(main, "M1", "upstream")
    unknown = flow_time(asked)
    assert np.isnan(unknown.longest)
    assert unknown.basis.tolist() == [Basis.NONE]
    area = np.pi / 4 * 0.2**2
    assert flow_time(asked, Pace(flow_lps=10.0)).longest == pytest.approx(100 * area / 0.01, rel=1e-5)
    assert flow_time(asked, Pace(velocity=2.0)).longest == pytest.approx(50.0)
    computed = flow_time(asked, Pace(velocity=2.0, computed=np.array([0.5])))
    assert computed.longest == pytest.approx(200.0)
    assert computed.basis.tolist() == [Basis.COMPUTED]


def test_only_along_the_flow_and_only_with_a_velocity_that_is_one() -> None:
    network = drains(1.0, 0.0)
    with pytest.raises(PipemapError, match="along the flow"):
        flow_time(trace(network, "M0", "connected"))
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(PipemapError, match="no velocity"):
            flow_time(trace(network, "M0", "downstream"), Pace(velocity=bad))


@given(networks())
def test_no_element_is_reached_before_what_leads_to_it(network: Network) -> None:
    found = trace(network, network.node_ids[0], "downstream")
    answer = flow_time(found, Pace(velocity=1.0))
    assert len(answer.nodes) == len(found.node_rows)
    assert len(answer.pipes) == len(found.pipe_rows)
    assert not (answer.nodes < 0).any()
    speed, basis = velocities(network, Pace(velocity=1.0))
    assert np.array_equal(np.isfinite(speed), basis != Basis.NONE)
