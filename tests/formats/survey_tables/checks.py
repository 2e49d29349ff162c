"""What tests look at in a delivery of survey tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from pipemap.model.delivery import Delivery
from pipemap.model.problem import Problem
from tests.formats.survey_tables.town import LENGTH, PIPES, POINTS


def length(delivery: Delivery) -> float:
    return float(sum(np.linalg.norm(np.diff(delivery.lines[row], axis=0), axis=1).sum() for row in range(len(delivery.lines))))


def serious(delivery: Delivery) -> list[Problem]:
    return [problem for problem in delivery.problems if problem.severity != "info"]


def only(delivery: Delivery, rule: str) -> Problem:
    found = [problem for problem in delivery.problems if problem.rule == rule]
    assert len(found) == 1
    return found[0]


def column(delivery: Delivery, name: str) -> list[Any]:
    return list(delivery.pipes[name].to_pylist())


def assert_is_the_town(delivery: Delivery) -> None:
    assert delivery.nodes.num_rows == len(POINTS)
    assert delivery.pipes.num_rows == len(PIPES)
    assert Counter(column(delivery, "category")) == {"JS": 2, "YS": 1}
    assert delivery.nodes["kind"].to_pylist().count("isolation_valve") == 1
    assert delivery.nodes["kind"].to_pylist().count("outfall") == 1
    assert (delivery.nodes["x"][0].as_py(), delivery.nodes["y"][0].as_py()) == (501500.0, 3379500.0)
    assert length(delivery) == pytest.approx(LENGTH, abs=1e-6)
    assert column(delivery, "id") == ["JS1-JS2", "JS2-JS3", "YS1-YS2"]
    assert column(delivery, "from_reference") == ["outside_top", "outside_top", "invert"]
    assert column(delivery, "to_level") == pytest.approx([39.4, 39.0, 37.5])
    assert column(delivery, "diameter_mm") == [110, 300, None]
    assert column(delivery, "width_mm") == [None, None, 800]
    assert column(delivery, "size_text") == ["De110", "DN300", "800X600"]
    assert not serious(delivery)
