from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton, QSlider
from pytestqt.qtbot import QtBot

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.gui.commands import Context, command
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.shutoff_answers import Shutoff
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.simulation import REVERSED, Computed
from pipemap.gui.simulation_page import Chart, SimulationPage
from pipemap.gui.trace_question import Place
from pipemap.gui.window import MainWindow
from pipemap.jobs.simulating import Conditions, simulate_water
from tests.jobs.test_simulating import LOOP, survey_of, valved

pytest.importorskip("epanet.toolkit")


@pytest.fixture
def town(tmp_path: Path, window: MainWindow, qtbot: QtBot) -> MainWindow:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        path = survey.path
    session = window.session
    session.open(path)
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    return window


def test_each_class_of_pressure_has_its_elements_and_its_line_in_the_legend(tmp_path: Path) -> None:
    with survey_of(tmp_path, LOOP) as survey:
        answer = simulate_water(survey, conditions=Conditions(service_pressure=20.0))
        shown = Computed(answer, "pressure")
        assert [part.label for part in shown.parts] == ["0 – 20", "20 – 40"]
        ids = survey.network.node_ids
        assert {ids[row] for row in shown.parts[0].nodes.tolist()} == {"D", "R"}
        for quantity in shown.choices:
            look = replace(shown, quantity=quantity)
            drawn, legend = result_of(look, arrows=False), result_legend(look, dark=False)
            assert drawn is not None
            assert legend is not None
            assert len(drawn.groups) == len(legend.entries) == len(look.parts)
            pipes = np.concatenate([part.pipes for part in look.parts])
            assert sorted(pipes.tolist()) == list(range(survey.network.pipe_count))


def test_what_turns_round_is_a_choice_of_a_plan_alone(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        plan = plan_shutoff(survey.network, pipes=["AB"])
        shown = Computed(simulate_water(survey, plan=plan), REVERSED)
        assert REVERSED in shown.choices
        assert [survey.network.pipe_ids[row] for row in shown.parts[0].pipes.tolist()] == ["BC"]
        assert REVERSED not in Computed(simulate_water(survey), "pressure").choices


def test_from_a_plan_to_its_pressures_through_time_and_back(town: MainWindow, qtbot: QtBot) -> None:
    session = town.session
    assert session.network is not None
    planner(session).plan_for((Place.of(session.network, session.network.element("pipe:AB")),))
    qtbot.waitUntil(lambda: isinstance(session.result, Shutoff), timeout=10_000)
    command("shutoff.pressures")(Context(session, town))
    qtbot.waitUntil(lambda: isinstance(session.result, Computed), timeout=30_000)
    page = town.findChild(SimulationPage)
    assert page is not None
    slider, chart = page.findChild(QSlider), page.findChild(Chart)
    assert slider is not None
    assert chart is not None
    assert chart.isHidden()
    session.select_element("node", int(session.network.element("node:D").row))
    assert not chart.isHidden()
    slider.setValue(2)
    assert isinstance(session.result, Computed)
    assert session.result.moment == 2
    assert town.findChild(SimulationPage) is page
    back = page.findChild(QPushButton, "back")
    assert back is not None
    back.click()
    qtbot.waitUntil(lambda: isinstance(session.result, Shutoff), timeout=10_000)
    assert _plan(session.result).plan.close == ("V1", "V2")


def _plan(result: object) -> Shutoff:
    assert isinstance(result, Shutoff)
    return result
