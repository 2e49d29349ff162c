from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats import read_source, recognize
from pipemap.formats.epanet import recognizes as recognizes_epanet
from pipemap.formats.swmm import read_swmm, recognizes
from pipemap.formats.swmm.text import DIALECT
from pipemap.model.delivery import Delivery
from pipemap.model.flow import Evidence
from pipemap.model.network import Network

TOWN = """\
[TITLE]
;;Project Title/Notes
A small town
[OPTIONS]
;;Option             Value
FLOW_UNITS           CMS
LINK_OFFSETS         DEPTH
FORCE_MAIN_EQUATION  D-W
[RAINGAGES]
RG1 VOLUME 00:01 1 TIMESERIES rain
[SUBCATCHMENTS]
S1 RG1 j1 1.2 50 100 0.5 0
S2 RG1 S1 0.5 50 100 0.5 0
[JUNCTIONS]
;;Name  Elev  MaxDepth
;;----- ----- --------
;at the corner of
;Main Street
J1  100.5  2.5  0 0 0
J2  99     0    0 0 0
"J 3"  98     3    0 0 0 ; flooded 2011

;at the works
J4  97  2 0 0 0
[OUTFALLS]
O1  95  FREE  NO
[STORAGE]
ST1 96 4 0 FUNCTIONAL 1000 0 0
[DIVIDERS]
D1 97.5 C3 CUTOFF 1.0 2.25
D2 97.5 C3 OVERFLOW 1.75
[CONDUITS]
C1 J1 J2 50.5 0.013 0.2 0.1 0 0
C2 J2 "J 3" 4e1 0.013 0 0 0 0
C3 "J 3" D1 30 0.013 * * 0 0
C4 D1 D2 30 0.02 0 0 0 0
C5 D2 ST1 30 0.02 0 0 0 0
C6 J4 O1 20 0.011 0 0 0 0
[PUMPS]
P1 ST1 J4 curve OFF 0.6 0.1
P2 ST1 J4 curve ON 0.6 0.1
[ORIFICES]
OR1 ST1 J4 SIDE 0.5 0.65 NO 0
[WEIRS]
W1 ST1 O1 TRANSVERSE 3 1.7 NO 0 0 NO
[OUTLETS]
OL1 J1 J4 1 TABULAR/HEAD curve NO
[XSECTIONS]
C1 CIRCULAR 0.3 0 0 0 1
C2 EGG 0.9 0 0 0 2
C3 RECT_CLOSED 1.0 1.5 0 0 1
C4 TRAPEZOIDAL 1 2 1.5 0.5 1
C5 CUSTOM 0.8 mouth 0 0 1
C6 FORCE_MAIN 0.25 0.15 0 0 1
OR1 CIRCULAR 0.4 0 0 0
W1 RECT_OPEN 0.95 2 0 0
[LOSSES]
C2 0.5 1 0.25 YES 0
[CURVES]
curve Pump4 0 0
curve 1 2
mouth Shape 0 0
mouth 0.5 1.1
mouth 1 0
[TIMESERIES]
rain 0:00 1
[TAGS]
Node J1 Brick chamber
Link C1 storm
Subcatch S1 roof
[COORDINATES]
J1 0 0
J2 50 0
"J 3" 90 0
J4 150 0
O1 170 0
ST1 150 10
D1 120 0
D2 130 0
[VERTICES]
C1 25 5
[Polygons]
S1 0 0
S1 10 10
"""


def read(tmp_path: Path, text: str | bytes) -> Delivery:
    path = tmp_path / "town.inp"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_swmm(path)


def pipe(delivery: Delivery, id_: str) -> dict[str, object]:
    return next(row for row in delivery.pipes.to_pylist() if row["id"] == id_)


def node(delivery: Delivery, id_: str) -> dict[str, object]:
    return next(row for row in delivery.nodes.to_pylist() if row["id"] == id_)


def rules(delivery: Delivery) -> list[str]:
    return [problem.rule for problem in delivery.problems]


def test_every_node_and_link_is_there_with_its_kind(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert dict(zip(delivery.nodes["id"].to_pylist(), delivery.nodes["kind"].to_pylist(), strict=True)) == {
        "J1": "manhole", "J2": "manhole", "J 3": "manhole", "J4": "manhole", "O1": "outfall", "ST1": "storage",
        "D1": "manhole", "D2": "manhole",
    }  # fmt: skip
    assert dict(zip(delivery.pipes["id"].to_pylist(), delivery.pipes["kind"].to_pylist(), strict=True)) == {
        "C1": "pipe", "C2": "pipe", "C3": "channel", "C4": "channel", "C5": "pipe", "C6": "pipe",
        "P1": "pump", "P2": "pump", "OR1": "orifice", "W1": "weir", "OL1": "outlet",
    }  # fmt: skip
    assert not delivery.problems


def test_a_manhole_reaches_from_its_bottom_to_the_ground(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert (node(delivery, "J1")["ground"], node(delivery, "J1")["chamber_depth"]) == (103.0, 2.5)
    assert (node(delivery, "D1")["ground"], node(delivery, "D2")["chamber_depth"]) == (99.75, 1.75)
    assert node(delivery, "J2")["ground"] is None  # depth 0 is SWMM's word for unknown
    assert node(delivery, "O1")["chamber_depth"] is None


def test_inverts_lie_an_offset_above_the_bottom_of_the_node(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    first = pipe(delivery, "C1")
    assert (first["from_level"], first["to_level"], first["from_depth"], first["to_depth"]) == (100.7, 99.1, 2.3, None)
    assert (first["from_reference"], pipe(delivery, "C4")["to_reference"]) == ("invert", "channel_bottom")
    assert pipe(delivery, "C3")["from_level"] == 98
    assert pipe(delivery, "W1")["from_level"] == 99


def test_offsets_may_be_levels(tmp_path: Path) -> None:
    text = (
        TOWN.replace("DEPTH\n", "ELEVATION\n").replace("0.2 0.1 0 0", "100.7 * 0 0").replace("4e1 0.013 0 0", "4e1 0.013 99 97")
    )
    delivery = read(tmp_path, text)
    assert (pipe(delivery, "C1")["from_level"], pipe(delivery, "C1")["to_level"]) == (100.7, 99)
    low = next(problem for problem in delivery.problems if problem.rule == "below-node" and problem.element == "C2")
    assert low.where == f"town.inp:{1 + text[: text.index('C2 J2')].count(chr(10))}"
    assert "J 3" in low.message
    assert pipe(delivery, "C2")["to_level"] == 98


def test_a_crest_below_the_next_bottom_has_no_level_there(tmp_path: Path) -> None:
    assert pipe(read(tmp_path, TOWN), "OR1")["to_level"] is None
    assert pipe(read(tmp_path, TOWN), "W1")["to_level"] == 95


def test_cross_sections_become_sizes(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    sizes = {
        row["id"]: (row["shape"], row["diameter_mm"], row["width_mm"], row["height_mm"]) for row in delivery.pipes.to_pylist()
    }
    assert sizes["C1"] == ("round", 300, None, None)
    assert sizes["C2"] == ("egg", None, 600, 900)
    assert sizes["C3"] == ("box", None, 1500, 1000)
    assert sizes["C4"] == ("other", None, 4000, 1000)
    assert sizes["C5"] == ("other", None, 880, 800)
    assert sizes["W1"] == ("box", None, 2000, 950)
    assert sizes["OL1"] == (None, None, None, None)
    assert pipe(delivery, "C2")["barrels"] == 2
    assert pipe(delivery, "C1")["barrels"] is None
    assert pipe(delivery, "C5")["size_text"] == "CUSTOM 0.8 mouth"


@pytest.mark.parametrize(
    ("line", "shape", "width", "height"),
    [
        ("HORIZ_ELLIPSE 1 2 0 0", "other", 2000, 1000),
        ("SEMICIRCULAR 1 0 0 0", "other", 1640, 1000),
        ("TRIANGULAR 1 3 0 0", "other", 3000, 1000),
        ("IRREGULAR river 0 0 0", "other", 8000, 3000),
        ("STREET Wide", "other", 24000, 1100),
        ("DUMMY 0 0 0 0", None, None, None),
    ],
)
def test_rarer_shapes(tmp_path: Path, line: str, shape: str | None, width: float | None, height: float | None) -> None:
    text = TOWN.replace("C4 TRAPEZOIDAL 1 2 1.5 0.5 1", f"C4 {line}")
    text += "[TRANSECTS]\nNC 0.1 0.1 0.03\nX1 river 4 0 4 0 0 0 0 2 0\nGR 3 0 0 1 0.5 3 2 4\n"
    text += "[STREETS]\nwide 7 0.3 4 0.016 0 0 2 5 16\n"
    delivery = read(tmp_path, text)
    row = pipe(delivery, "C4")
    assert (row["shape"], row["width_mm"], row["height_mm"]) == (shape, width, height)
    assert not delivery.problems


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("STARFISH 1 1", "unknown-shape"),
        ("IRREGULAR nowhere", "unknown-curve"),
        ("CUSTOM 1 nowhere", "unknown-curve"),
        ("ARCH 12 0 0 0", "standard-size"),
        ("CIRCULAR -1", "out-of-range"),
        ("", "too-few-columns"),
    ],
)
def test_cross_sections_that_say_too_little_are_told(tmp_path: Path, line: str, rule: str) -> None:
    delivery = read(tmp_path, TOWN.replace("C4 TRAPEZOIDAL 1 2 1.5 0.5 1", f"C4 {line}"))
    assert rule in rules(delivery)
    assert pipe(delivery, "C4")["width_mm"] is None


def test_a_conduit_without_a_cross_section_is_told(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("C1 CIRCULAR 0.3 0 0 0 1\n", ""))
    assert rules(delivery) == ["no-cross-section"]


def test_force_mains_and_pumps_are_under_pressure(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert [row["id"] for row in delivery.pipes.to_pylist() if row["pressurised"] == "pressure"] == ["C6", "P1", "P2"]
    assert pipe(delivery, "C6")["roughness"] == 0.15
    assert pipe(delivery, "C6")["diameter_mm"] == 250
    assert pipe(read(tmp_path, TOWN.replace("CMS", "CFS")), "C6")["roughness"] == pytest.approx(0.15 * 25.4)


def test_american_units_become_metric(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("CMS", "MGD"))
    first = pipe(delivery, "C1")
    assert first["length"] == pytest.approx(50.5 * 0.3048)
    assert first["diameter_mm"] == pytest.approx(91.44)
    assert first["from_level"] == pytest.approx(100.7 * 0.3048)
    assert first["roughness"] == 0.013
    assert node(delivery, "J1")["ground"] == pytest.approx(103 * 0.3048)
    assert node(delivery, "J2")["x"] == 50


def test_units_that_are_missing_or_unknown_are_told(tmp_path: Path) -> None:
    assert rules(read(tmp_path, TOWN.replace("FLOW_UNITS           CMS\n", ""))) == ["no-units"]
    assert rules(read(tmp_path, TOWN.replace("CMS", "buckets"))) == ["unknown-units"]
    assert rules(read(tmp_path, TOWN.replace("DEPTH\n", "both\n"))) == ["unknown-offsets"]


def test_devices_have_no_length_and_losses_are_added_up(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert [pipe(delivery, id_)["length"] for id_ in ("P1", "OR1", "W1", "OL1")] == [0, 0, 0, 0]
    assert pipe(delivery, "C2")["minor_loss"] == 1.75
    assert (pipe(delivery, "P1")["state"], pipe(delivery, "P2")["state"]) == (None, "open")


def test_descriptions_comments_and_tags_become_notes(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN)
    assert node(delivery, "J1")["note"] == "at the corner of Main Street; Brick chamber"
    assert node(delivery, "J 3")["note"] == "flooded 2011"
    assert node(delivery, "J4")["note"] == "at the works"
    assert node(delivery, "O1")["note"] is None


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("A small town", "PS"),
        ("Stormwater of the old town", "YS"),
        ("Foul sewers of the old town", "WS"),
        ("污水系统", "WS"),
        ("Combined sewage of the old town", "HS"),
        ("Combined sewers", "HS"),
        ("10-year design storm", "PS"),
        ("Storm sewers and foul sewers", "PS"),
    ],
)
def test_the_title_may_name_the_category(tmp_path: Path, title: str, category: str) -> None:
    delivery = read(tmp_path, TOWN.replace("A small town", title))
    assert pipe(delivery, "C2")["category"] == category
    assert node(delivery, "J1")["category"] == category
    assert pipe(delivery, "C1")["category"] == "YS"  # by its tag


def test_the_title_may_name_the_coordinate_system(tmp_path: Path) -> None:
    assert read(tmp_path, TOWN.replace("A small town", "init=EPSG:2817")).crs == "EPSG:2817"
    assert read(tmp_path, TOWN.replace("A small town", "EPSG:99999")).crs == ""


def test_every_section_stays_as_text(tmp_path: Path) -> None:
    texts = {text.section: text.lines for text in read(tmp_path, TOWN).model_texts}
    assert texts["POLYGONS"] == ("S1 0 0", "S1 10 10", "")
    assert texts["SUBCATCHMENTS"][0] == "S1 RG1 j1 1.2 50 100 0.5 0"
    assert texts["JUNCTIONS"][2:4] == (";at the corner of", ";Main Street")
    assert {"TIMESERIES", "CURVES", "RAINGAGES", "XSECTIONS", "LOSSES", "TAGS"} <= set(texts)


def test_a_models_conduits_flow_from_first_to_second_node(tmp_path: Path) -> None:
    network = Network.from_delivery(read(tmp_path, TOWN))
    assert set(network.flow.direction.tolist()) == {1}
    assert set(network.flow.evidence.tolist()) == {Evidence.MODEL}


def test_vertices_lie_between_the_ends_and_share_the_fall(tmp_path: Path) -> None:
    course = read(tmp_path, TOWN).lines[0]
    np.testing.assert_allclose(course, [[0, 0, 100.7], [25, 5, 99.9], [50, 0, 99.1]])


def test_ids_are_the_same_in_any_case(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("C1 J1 J2", "C1 j1 j2").replace("C1 CIRCULAR", "c1 CIRCULAR"))
    assert not delivery.problems
    assert pipe(delivery, "C1")["diameter_mm"] == 300
    assert delivery.nodes.num_rows == 8


def test_ids_used_again_are_kept_and_told(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace("O1  95  FREE  NO", "O1  95  FREE  NO\nj1 1 FREE").replace("C2 J2", "C1 J2"))
    assert delivery.nodes.num_rows == 9
    assert rules(delivery).count("duplicate-id") == 2
    assert delivery.pipes["from_fid"].to_pylist()[0] == 0


def test_dangling_ends_loops_and_islands_are_kept(tmp_path: Path) -> None:
    text = TOWN.replace('C2 J2 "J 3"', "C2 J2 gone").replace("C5 D2 ST1", "C5 D2 D2").replace("S1 RG1 j1", "S1 RG1 lost")
    delivery = read(tmp_path, text)
    assert node(delivery, "gone")["kind"] == "placeholder"
    assert node(delivery, "gone")["x"] is None
    assert len(delivery.lines[1]) == 0
    assert sorted(rules(delivery)) == ["missing-node", "self-loop", "unknown-outlet"]


def test_lines_that_speak_of_nothing_are_told(tmp_path: Path) -> None:
    extra = (
        "[XSECTIONS]\nX9 CIRCULAR 1\n[LOSSES]\nX8 1 1 1\n[COORDINATES]\nJ9 1 1\n[TAGS]\nNode J8 a\nLink X7 b\n[CONDUITS]\nC9 J1\n"
    )
    delivery = read(tmp_path, TOWN + extra)
    assert sorted(rules(delivery)) == ["too-few-columns", *["unknown-link"] * 3, *["unknown-node"] * 2]


def test_missing_coordinates_and_maps_in_other_units_are_told(tmp_path: Path) -> None:
    assert rules(read(tmp_path, TOWN.replace("D1 120 0\n", ""))) == ["missing-coordinates"]
    assert rules(read(tmp_path, TOWN.split("[COORDINATES]", maxsplit=1)[0])) == ["no-coordinates"]
    assert rules(read(tmp_path, TOWN + "[MAP]\nDIMENSIONS 0 0 1 1\nUNITS Feet\n")) == ["map-feet"]
    assert rules(read(tmp_path, TOWN + "[MAP]\nUnits Degrees\n[NEWS]\n")) == ["unknown-section", "degrees"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_text_is_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    delivery = read(tmp_path, TOWN.replace("at the works", "解放路与人民路口").encode(encoding))
    assert node(delivery, "J4")["note"] == "解放路与人民路口"


def test_old_line_ends_and_tabs_are_read(tmp_path: Path) -> None:
    delivery = read(tmp_path, TOWN.replace(" CIRCULAR ", "\tCIRCULAR\t").replace("\n", "\r"))
    assert not delivery.problems
    assert pipe(delivery, "C1")["diameter_mm"] == 300


def test_only_what_is_there_is_needed(tmp_path: Path) -> None:
    delivery = read(tmp_path, "[CONDUITS]\nC1 A B\n")
    assert delivery.nodes["kind"].to_pylist() == ["placeholder", "placeholder"]
    assert delivery.pipes["length"].to_pylist() == [None]


def test_a_file_without_a_network_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="no node and no pipe of a SWMM model"):
        read(tmp_path, "[TITLE]\nnothing\n[SUBCATCHMENTS]\n")
    with pytest.raises(SurveyFileError):
        read_swmm(tmp_path / "none.inp")


def test_several_files_are_several_models(tmp_path: Path) -> None:
    paths = [tmp_path / "a.inp", tmp_path / "b.inp"]
    for path in paths:
        path.write_text(TOWN)
    with pytest.raises(SurveyFileError, match="A SWMM model is one file"):
        read_source(paths)


def test_swmm_and_epanet_are_told_apart_by_their_sections(tmp_path: Path) -> None:
    path = tmp_path / "model.inp"

    def sure(text: str) -> tuple[float, float]:
        path.write_text(text)
        return recognizes(path), recognizes_epanet(path)

    assert sure(TOWN) == (0.95, 0.0)
    assert sure("[JUNCTIONS]\n[OPTIONS]\nFLOW_UNITS LPS\n") == (0.95, 0.0)
    assert sure("[JUNCTIONS]\n[PIPES]\n[RESERVOIRS]\n[TIMES]\n") == (0.0, 0.95)
    assert sure("[JUNCTIONS]\n[COORDINATES]\n") == (0.0, 0.3)
    assert sure("[JUNCTIONS]\n[PIPES]\n[CONDUITS]\n[XSECTIONS]\n[OUTFALLS]\n") == (0.6, 0.0)
    assert sure("[JUNCTIONS]\n[PIPES]\n[VALVES]\n[RESERVOIRS]\n[STORAGE]\n") == (0.0, 0.6)
    assert sure("hello\n") == (0.0, 0.0)
    assert recognizes(tmp_path) == 0.0


def test_the_registry_reads_a_swmm_model_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_bytes(TOWN.replace("\n", "\r").encode("utf-16"))
    found = recognize(path)
    assert found is not None
    assert found.name == "swmm"
    assert read_source([path], crs="EPSG:4547").crs == "EPSG:4547"


def test_section_names_are_known_by_how_they_begin() -> None:
    names = [
        DIALECT.section_name(text) for text in ("[Polygons]", "[polygon", "[LID_USAGE]", "[INLET_USAGE]", "[INLETS]", "[OUTL]")
    ]
    assert names == ["POLYGONS", "POLYGONS", "LID_USAGE", "INLET_USAGE", "INLETS", "OUTL"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_give_a_delivery_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    reads_or_says_why(tmp_path, content)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_to_a_model_gives_a_delivery_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    words = TOWN.replace("\n", " \n ").split(" ")
    for _turn in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(
            st.sampled_from(["", "J1", "-1", "1e308", "x", '"', ";", "\n", "[CONDUITS]", "[", "[]", "nan", "CUSTOM", "IRREGULAR"])
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
    Network.from_delivery(delivery)
