from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from pipemap.analysis.profile import profile_between
from pipemap.analysis.shutoff import plan_shutoff
from pipemap.jobs.computed import comparison
from pipemap.jobs.flow_times import computed_velocities
from pipemap.jobs.profiles import along, export_profile
from pipemap.jobs.simulating import simulate_water
from tests.jobs.test_simulating import LOOP, survey_of, valved

pytest.importorskip("epanet.toolkit")


def test_water_levels_stand_along_a_profile_at_every_moment(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        profile = profile_between(survey.network, "R", "D")
        answer = simulate_water(survey)
        found = along(profile, answer)
        assert found is not None
        assert found.head.shape == (len(answer.before.run.times), len(profile.nodes))
        assert found.before is None
        first = int(profile.nodes[0])
        assert found.head[:, 0] == pytest.approx(answer.before.run.spread("node", "head", 0)[first])
        assert (np.diff(found.head, axis=1) <= 1e-6).all()
        assert not found.full.any()
        assert not found.floods.any()


def test_with_a_plan_the_levels_without_it_stand_beside_them(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        plan = plan_shutoff(survey.network, pipes=["AB"])
        answer = simulate_water(survey, plan=plan)
        found = along(profile_between(survey.network, "B", "C"), answer)
        assert found is not None
        assert found.before is not None
        assert found.before.shape == found.head.shape
        told = {one.key: one for one in comparison(answer)}
        assert told["lowest_pressure_m"].before is not None
        assert comparison(simulate_water(survey)) == ()


def test_velocities_that_were_computed_serve_flow_times(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        run = simulate_water(survey).before.run
        speeds = computed_velocities(run)
        assert len(speeds) == survey.network.pipe_count
        assert np.nanmax(speeds) > 0


def test_a_profile_goes_into_a_spreadsheet_with_its_levels(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        profile = profile_between(survey.network, "R", "D")
        written = export_profile(profile, along(profile, simulate_water(survey)), tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(written)
    nodes = book.get_sheet_by_name("Nodes").to_python()
    assert len(nodes) == len(profile.nodes) + 1
    assert nodes[0][:3] == ["Node", "Station (m)", "Ground level"]
    assert len(nodes[0]) > 3
