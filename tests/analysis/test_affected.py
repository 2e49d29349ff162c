from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipemap.analysis.affected import customers_by_need
from pipemap.model.network import Network

PEOPLE = (
    ("Lin", "residential", False, None),
    ("North school", "school", True, None),
    ("Bakery", "restaurant", True, 1.0),
    ("City hospital", "hospital", True, 8.0),
    ("Clinic", "hospital", True, None),
)


def test_those_who_need_supply_most_come_first_and_of_a_class_those_whose_tank_lasts_least() -> None:
    network = Network.from_pipes(("P", "A", "B", 10.0))
    names, classes, critical, tanks = zip(*PEOPLE, strict=True)
    table = pa.table(
        {
            "name": list(names),
            "class": list(classes),
            "critical": list(critical),
            "own_tank_hours": pa.array(tanks, pa.float64()),
            "node": pa.array([int(network.node_fid[1])] * len(PEOPLE), pa.int64()),
        }
    )
    people = customers_by_need(replace(network, customer_loader=lambda: table), np.arange(len(PEOPLE)))
    assert [one.name for one in people] == ["Clinic", "City hospital", "North school", "Bakery", "Lin"]
    assert people[0].element is not None
    assert people[0].households == 1
