from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats.epanet import read_epanet, recognizes
from pipemap.formats.epanet.text import DIALECT
from pipemap.formats.inp.text import decode, number_of
from pipemap.model.delivery import Delivery
from pipemap.model.problem import Problem

TOWN = """\
[TITLE]
A small town
[JUNCTIONS]
;ID Elev Demand Pattern
 J1  100  5  day ; corner of Main Street
 J2  90   0
 J3  80   1
[RESERVOIRS]
 R1  150
[TANKS]
 T1  120 3 0 6 20 0
[PIPES]
 P1 J1 J2 1000 12 100 0 Open ; laid 1978
 P2 J2 J3 500 8 100 0 CV
 P3 J3 T1 200 8 100 0 Closed
[PUMPS]
 PU1 R1 J1 HEAD C1 SPEED 1.2
[VALVES]
 V1 J1 J3 6 TCV 12 0.5
 V2 J2 J3 6 PRV 50 0
 V3 J2 J3 6 GPV C1 0
[DEMANDS]
 J2 2 day
 J2 3 night
[STATUS]
 P1 Closed
 V1 Closed
 V2 40
[PATTERNS]
 day 1 2 3
 night 3 2 1
[CURVES]
 C1 100 50
[RULES]
RULE 1
IF TANK T1 LEVEL ABOVE 5
THEN PUMP PU1 STATUS IS CLOSED
[OPTIONS]
Units GPM
Headloss H-W
[COORDINATES]
J1 0 0
J2 1000 0
J3 1000 500
R1 -100 0
T1 1000 700
[VERTICES]
P1 500 100
[END]
"""


def read(tmp_path: Path, text: str | bytes, **options: Path) -> Delivery:
    path = tmp_path / "town.inp"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_epanet(path, valve_layer=options.get("valve_layer"))


def pipe(delivery: Delivery, id_: str) -> dict[str, object]:
    return next(row for row in delivery.pipes.to_pylist() if row["id"] == id_)


def node(delivery: Delivery, id_: str) -> dict[str, object]:
    return next(row for row in delivery.nodes.to_pylist() if row["id"] == id_)


def rules(delivery: Delivery) -> list[str]:
    return [problem.rule for problem in delivery.problems]


def test_every_node_and_link_is_there_with_its_kind(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert dict(zip(delivery.nodes["id"].to_pylist(), delivery.nodes["kind"].to_pylist(), strict=True)) == {
        "J1": "junction", "J2": "junction", "J3": "junction", "R1": "reservoir", "T1": "tank",
    }  # fmt: skip
    assert dict(zip(delivery.pipes["id"].to_pylist(), delivery.pipes["kind"].to_pylist(), strict=True)) == {
        "P1": "pipe", "P2": "check_valve", "P3": "pipe", "PU1": "pump", "V1": "valve", "V2": "prv", "V3": "gpv",
    }  # fmt: skip
    assert not delivery.problems


def test_american_units_become_metric(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    main = pipe(delivery, "P1")
    assert main["length"] == pytest.approx(304.8)
    assert main["diameter_mm"] == pytest.approx(304.8)
    assert main["from_level"] == pytest.approx(30.48)
    assert main["roughness"] == 100
    assert node(delivery, "J1")["demand_lps"] == pytest.approx(0.31545, abs=1e-5)
    assert pipe(delivery, "V2")["setting"] == pytest.approx(40 * 0.3048 / 0.4333)


def test_metric_units_stay(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("GPM", "LPS"))
    assert pipe(delivery, "P1")["diameter_mm"] == 12
    assert pipe(delivery, "V2")["setting"] == 40
    assert node(delivery, "R1")["head"] == 150


def test_status_section_overrides_and_active_valves_are_open(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    states = {row["id"]: row["state"] for row in delivery.pipes.to_pylist()}
    assert states == {"P1": "closed", "P2": None, "P3": "closed", "PU1": "open", "V1": "closed", "V2": "open", "V3": "open"}
    assert pipe(delivery, "PU1")["setting"] == 1.2


def test_demands_section_replaces_the_demand_of_the_junction(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("GPM", "LPS"))
    assert node(delivery, "J2")["demand_lps"] == 5
    assert node(delivery, "J1")["demand_lps"] == 5


def test_comments_become_notes_and_sections_stay_as_text(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert node(delivery, "J1")["note"] == "corner of Main Street"
    assert pipe(delivery, "P1")["note"] == "laid 1978"
    texts = {text.section: text.lines for text in delivery.model_texts}
    assert texts["RULES"] == ("RULE 1", "IF TANK T1 LEVEL ABOVE 5", "THEN PUMP PU1 STATUS IS CLOSED")
    assert texts["TANKS"] == (" T1  120 3 0 6 20 0",)
    assert delivery.batch.note == "A small town"


def test_vertices_lie_between_the_ends_and_share_the_fall(tmp_path: Path) -> None:
    course = read(tmp_path, TOWN.replace("GPM", "LPS")).lines[0]
    np.testing.assert_allclose(course[:, :2], [[0, 0], [500, 100], [1000, 0]])
    np.testing.assert_allclose(course[:, 2], [100, 95, 90])


def test_devices_have_no_length_of_their_own(tmp_path: Path) -> None:
    assert pipe(read(tmp_path, TOWN), "V1")["length"] == 0


def test_missing_node_becomes_a_placeholder_without_a_place(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("P2 J2 J3", "P2 J2 J9"))
    assert node(delivery, "J9")["kind"] == "placeholder"
    assert node(delivery, "J9")["x"] is None
    assert len(delivery.lines[1]) == 0
    (problem,) = delivery.problems
    assert problem.rule == "missing-node"
    assert problem.where == "town.inp:14"
    assert "J9" in problem.message


def test_one_missing_node_of_two_links_is_one_placeholder(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("P2 J2 J3", "P2 J2 J9").replace("P3 J3 T1", "P3 J9 T1"))
    assert delivery.nodes["id"].to_pylist().count("J9") == 1
    assert rules(delivery) == ["missing-node", "missing-node"]


def test_duplicate_ids_are_kept_and_told(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace(" J3  80   1", " J3  80   1\n J3 81 1"))
    assert delivery.nodes["id"].to_pylist().count("J3") == 2
    assert rules(delivery) == ["duplicate-id"]


def test_values_that_cannot_be_are_unknown_and_told(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("P1 J1 J2 1000 12", "P1 J1 J2 -5 twelve"))
    assert pipe(delivery, "P1")["length"] is None
    assert pipe(delivery, "P1")["diameter_mm"] is None
    assert set(rules(delivery)) == {"not-a-number", "out-of-range"}


def test_many_problems_of_one_kind_are_told_once_with_every_element(tmp_path: Path) -> None:
    junctions = "\n".join(f"N{number} 1" for number in range(50))
    delivery = read(tmp_path, TOWN.replace("[RESERVOIRS]", junctions + "\n[RESERVOIRS]"))
    (problem,) = delivery.problems
    assert problem.rule == "missing-coordinates"
    assert problem.values["elements"] == tuple(f"N{number}" for number in range(50))
    assert "50" in problem.message


def test_all_nodes_at_one_place_is_one_problem_and_the_places_stay(tmp_path: Path) -> None:
    text = (
        TOWN.split("[COORDINATES]", maxsplit=1)[0]
        + "[COORDS]\n"
        + "".join(f"{name} 0 0\n" for name in ("J1", "J2", "J3", "R1", "T1"))
        + "[END]"
    )
    delivery = read(tmp_path, text)
    assert rules(delivery) == ["same-coordinates"]
    assert delivery.nodes["x"].to_pylist() == [0.0] * 5


def test_no_coordinates_at_all_is_one_problem(tmp_path: Path) -> None:
    assert rules(read(tmp_path, TOWN.split("[COORDINATES]", maxsplit=1)[0] + "[END]")) == ["no-coordinates"]


def test_untidy_files_are_read(tmp_path: Path) -> None:
    text = '[junc]\n"J 1"\t"10,5"\t0\nJ2 20 0\n[PIPE\nP1 "J 1" J2 100,5 200 100\n'
    text += '[coords]\n"J 1" 1 2\nJ2 3 4\n[opti]\nunits lps\n[FOO]\nbar\n'
    delivery = read(tmp_path, text)
    assert delivery.nodes["id"].to_pylist() == ["J 1", "J2"]
    assert pipe(delivery, "P1")["length"] == 100.5
    assert pipe(delivery, "P1")["from_level"] == 10.5
    assert rules(delivery) == ["unknown-section", "no-end"]
    assert next(text.lines for text in delivery.model_texts if text.section == "FOO") == ("bar", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_text_is_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    delivery = read(tmp_path, TOWN.replace("corner of Main Street", "解放路与人民路口").encode(encoding))
    assert node(delivery, "J1")["note"] == "解放路与人民路口"


def test_western_accents_are_read_as_such() -> None:
    assert decode("12Ù é à\n".encode("latin-1"))[0] == "12Ù é à\n"


def test_text_after_the_end_is_kept_and_told(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN + "left over\n")
    assert rules(delivery) == ["text-after-end"]
    assert delivery.pipes.num_rows == 7


def test_valve_layer_is_checked_and_kept(tmp_path: Path) -> None:
    layer = tmp_path / "valves.csv"
    layer.write_text("link,node\nP1,J1\nP1,J3\nP9,J1\nP1,J1\n")
    delivery = read(tmp_path, TOWN, valve_layer=layer)
    assert sorted(rules(delivery)) == ["valve-layer-link", "valve-layer-node", "valve-layer-twice"]
    assert delivery.problems[0].where == "valves.csv:3"
    kept = next(text.lines for text in delivery.model_texts if text.section == "VALVE_LAYER")
    assert kept == ("link,node", "P1,J1", "P1,J3", "P9,J1", "P1,J1")


def test_an_unreadable_time_is_told(tmp_path: Path) -> None:
    text = TOWN.replace("[OPTIONS]", "[TIMES]\nDuration 24\nPattern Start 0:00:00:00\nHydraulic Timestep 15 MIN\n[OPTIONS]")
    assert rules(read(tmp_path, text)) == ["not-a-time"]


def test_a_file_without_a_network_is_an_error_with_its_problems(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError) as caught:
        read(tmp_path, "[TITLE]\nnothing\n[FOO]\n")
    last = caught.value.problems[-1]
    assert isinstance(last, Problem)
    assert last.rule == "no-end"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SurveyFileError):
        read_epanet(tmp_path / "none.inp")


def test_recognition_looks_inside(tmp_path: Path) -> None:
    path = tmp_path / "x.inp"
    path.write_text(TOWN)
    assert recognizes(path) > 0.9
    path.write_text("[JUNCTIONS]\n[CONDUITS]\n[SUBCATCHMENTS]\n")
    assert recognizes(path) == 0


@pytest.mark.parametrize(
    ("word", "value"),
    [("1.5", 1.5), ("1,5", 1.5), ("1,234.5", 1234.5), ("1.0D3", 1000.0), ("nan", None), ("1e999", None), ("1_0", None)],
)
def test_numbers_as_people_write_them(word: str, value: float | None) -> None:
    assert number_of(word) == value


def test_section_names_are_known_by_four_letters() -> None:
    assert DIALECT.section_name("[coords]") == "COORDINATES"
    assert DIALECT.section_name(" [End of file]") == "END"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_give_a_delivery_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    reads_or_says_why(tmp_path, content)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_to_a_model_gives_a_delivery_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    words = TOWN.replace("\n", " \n ").split(" ")
    for _turn in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(
            st.sampled_from(["", "J1", "-1", "1e308", "x", '"', ";", "\n", "[PIPES]", "[", "[]", "nan", "CV"])
            | st.text(max_size=5)
        )
    reads_or_says_why(tmp_path, " ".join(words).encode("utf-8", errors="surrogatepass"))


def reads_or_says_why(tmp_path: Path, content: bytes) -> None:
    try:
        delivery = read(tmp_path, content)
    except PipemapError:
        return
    assert len(delivery.lines) == delivery.pipes.num_rows
    assert not delivery.pipes.num_rows or max(delivery.pipes["to_fid"].to_pylist()) < delivery.nodes.num_rows
    assert all(problem.message for problem in delivery.problems)
