from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from pipemap.gui.commands import command
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.session import Session
from pipemap.gui.shares import MOST_VALVES, Shares, costs, segments_shares
from pipemap.gui.shares_page import SharesPage
from pipemap.gui.short_lists import ShortList
from pipemap.gui.window import MainWindow
from pipemap.progress import SILENT
from tests.analysis.test_shutoff import DEAD_END, town
from tests.gui.test_map_view import Hand


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Hand:
    return Hand(open_window, qtbot)


def _shares(session: Session) -> Shares:
    assert isinstance(session.result, Shares)
    return session.result


def test_each_pipe_that_valves_can_shut_off_is_in_one_class_of_costs() -> None:
    network = town(*DEAD_END)
    found = costs(network, SILENT)
    pipes = np.concatenate([part.pipes for part in found.parts])
    assert sorted(pipes.tolist()) == list(range(4))
    assert found.unit == "m"
    assert [part.label for part in found.parts] == ["100 – 300", "300 – 1,000"]
    assert len(found.lines) <= MOST_VALVES
    assert found.lines[0].cells[0] in {"V1", "V2"}


def test_neighbouring_segments_have_different_colours() -> None:
    network = town(*DEAD_END)
    found = segments_shares(network, SILENT)
    colour = {row: part.colour for part in found.parts for row in part.pipes.tolist()}
    assert colour[0] != colour[1] == colour[2] != colour[3]
    assert sum(float(line.cells[-1]) for line in found.lines) == 400.0


def test_shares_are_drawn_in_their_colours_and_only_those_that_mean_something_are_in_the_legend() -> None:
    network = town(*DEAD_END)
    shown = result_of(costs(network, SILENT), arrows=True)
    assert shown is not None
    assert [group.colour for group in shown.groups] == [part.colour for part in costs(network, SILENT).parts]
    with_, without = (result_legend(made(network, SILENT), dark=False) for made in (costs, segments_shares))
    assert with_ is not None
    assert without is not None
    assert (len(with_.entries), len(without.entries)) == (2, 0)


@pytest.mark.parametrize("name", ["shutoff.critical", "shutoff.segments"])
def test_the_commands_colour_the_map_and_the_list_selects_and_goes_out(
    name: str, hand: Hand, open_window: MainWindow, tmp_path: Path
) -> None:
    command(name)(open_window.context)
    hand.settle()
    answer = _shares(hand.session)
    page = open_window.findChild(SharesPage)
    assert page is not None
    page.export(tmp_path / "list.xlsx")
    hand.settle()
    rows = CalamineWorkbook.from_path(str(tmp_path / "list.xlsx")).get_sheet_by_index(0).to_python()
    assert len(rows) == len(answer.lines) + 1
    lists = page.findChildren(ShortList)
    if lists:
        lists[-1].itemClicked.emit(lists[-1].topLevelItem(0), 0)
        assert len(hand.session.selection) > 0


def test_a_list_of_a_survey_without_pipes_is_empty() -> None:
    network = town(*DEAD_END)
    bare = replace(network, pipe_category=replace(network.pipe_category, values=("YS",)))
    assert costs(bare, SILENT).parts == ()
