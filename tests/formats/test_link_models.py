"""STANET exports and pandapipes networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats import read_source, recognize
from pipemap.model.delivery import Delivery

STANET = """DAKTEXNET
VERV1.0.0
MEDG
REM FLDNAM KNO;XRECHTS;YHOCH;KNAM;DSTATUS;GEOH
KNO; 3417000.0; 5369000.0;K1;!; 148.5;
KNO; 3417100.0; 5369000.0;K2;; 149.0;
KNO;       0.0;       0.0;K3;;       ;
REM FLDNAM LEI;ANFNAM;ENDNAM;STANETID;RORL;DM;MATERIAL;DN;ROHRTYP;STRASSE;STILGJAHR
LEI;K1;K2;LEI1; 100.0; 147.2;PE 100;180;180 PE 100 SDR 11;Blumenstraße;   0;
LEI;K2;K9;LEI2;  10.0;  79.2;Bambus;;;;2001;
REM FLDNAM VEN;ANFNAM;ENDNAM;STANETID;RORL;DM;AUF
VEN;K2;K3;VEN1;  1.0;  79.2;N;
REM FLDNAM STS;STANETID;TYP;CLIENTID;ONSTRPOSX;ONSTRPOSY
STS;STS1;  3;LEI1; 3417030.0; 5369000.0;
STS;STS2;  2;LEI7; 3417030.0; 5369000.0;
REM FLDNAM CON;STANETID;CLIENTID;ONSTRPOSX;ONSTRPOSY
CON;CON1;LEI1; 3417080.0; 5369000.0;
REM FLDNAM HAU;STANETID;XRECHTS;YHOCH;STRASSE;HAUSNUM
HAU;HAU1; 3417080.0; 5369020.0;Blumenstraße;7;
REM FLDNAM HLE;STANETID;CLIENTID;CLIENT2ID;RORL;DN
HLE;HLE1;CON1;HAU1; 20.0;32;
REM FLDNAM ZAE;NAME
ZAE;Zähler;
"""


def stanet(folder: Path) -> Path:
    path = folder / "net.csv"
    path.write_bytes(STANET.encode("cp1252"))
    return path


def frame(columns: list[str], *data: list[Any]) -> dict[str, Any]:
    held = {"columns": columns, "index": list(range(10, 10 + len(data))), "data": list(data)}
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(held), "orient": "split"}


def pandapipes(folder: Path, **more: Any) -> Path:  # noqa: ANN401 -- JSON
    net = {
        "fluid": {"_class": "Fluid", "_object": json.dumps({"name": "lgas", "is_gas": True})},
        "junction": frame(["name", "height_m", "in_service"], ["A", 3.0, True], ["B", 4.0, False], [None, None, True]),
        "junction_geodata": frame(["x", "y"], [3417000.0, 5369000.0], [3417100.0, 5369000.0]),
        "pipe": frame(
            ["name", "from_junction", "to_junction", "length_km", "diameter_m", "in_service"],
            ["P", 10, 11, 0.12, 0.1022, True],
            ["Q", 11, 77, 0.01, None, True],
        ),
        "pipe_geodata": frame(["coords"], [[[3417000.0, 5369000.0], [3417050.0, 5369009.0], [3417100.0, 5369000.0]]]),
        "valve": frame(["name", "from_junction", "to_junction", "opened"], ["V", 11, 12, False]),
        "ext_grid": frame(["junction", "in_service"], [10, True]),
        "sink": frame(["junction"], [11]),
    }
    path = folder / "net.json"
    path.write_text(json.dumps({"_module": "pandapipes.pandapipes_net", "_class": "pandapipesNet", "_object": net | more}))
    return path


ISYBAU = """<?xml version="1.0" encoding="UTF-8"?>
<Identifikation xmlns="http://www.bfr-abwasser.de"><Stammdatenkollektiv>
<AbwassertechnischeAnlage><Objektbezeichnung>S1</Objektbezeichnung><Entwaesserungsart>KR</Entwaesserungsart>
<Knoten><Schacht><Schachttiefe>2.5</Schachttiefe></Schacht></Knoten><Lage><Strassenname>Mühlstraße</Strassenname></Lage>
<Punkt><Rechtswert>32570000.5</Rechtswert><Hochwert>5820000</Hochwert><Punkthoehe>40.5</Punkthoehe>
<PunktattributAbwasser>DMP</PunktattributAbwasser></Punkt></AbwassertechnischeAnlage>
<AbwassertechnischeAnlage><Objektbezeichnung>H1</Objektbezeichnung><Entwaesserungsart>KR</Entwaesserungsart><Kante>
<KnotenZulauf>S1</KnotenZulauf><KnotenAblauf>S2</KnotenAblauf><SohlhoeheZulauf>38.0</SohlhoeheZulauf>
<SohlhoeheAblauf>0</SohlhoeheAblauf><Laenge>41.7</Laenge><Material>STZ</Material>
<Profil><Profilart>0</Profilart><Profilbreite>300</Profilbreite><Profilhoehe>300</Profilhoehe></Profil><Haltung/>
</Kante></AbwassertechnischeAnlage></Stammdatenkollektiv></Identifikation>
"""


def column(delivery: Delivery, name: str) -> list[Any]:
    found: list[Any] = delivery.pipes[name].to_pylist()
    return found


def test_a_stanet_export_is_cut_where_valves_and_connections_lie_on_its_pipes(tmp_path: Path) -> None:
    path = stanet(tmp_path)
    found = recognize(path)
    assert found is not None
    assert found.name == "stanet"
    read = read_source([path])
    assert column(read, "id") == ["LEI1#1", "LEI1#2", "LEI1#3", "LEI2", "VEN1", "HLE1"]
    assert column(read, "length") == pytest.approx([30.0, 50.0, 20.0, 10.0, 1.0, 20.0])
    assert column(read, "from_node") == ["K1", "STS1", "CON1", "K2", "K2", "CON1"]
    assert column(read, "kind") == ["pipe", "pipe", "pipe", "pipe", "valve", "service"]
    assert column(read, "material") == ["PE", "PE", "PE", "Bambus", None, None]
    assert column(read, "state")[4] == "closed"
    assert column(read, "lifecycle")[3] == "out_of_use"
    assert set(column(read, "category")) == {"TR"}
    nodes = {row["id"]: row for row in read.nodes.to_pylist()}
    assert (nodes["STS1"]["state"], nodes["STS2"]["state"], nodes["K1"]["kind"]) == ("closed", "open", "source")
    assert nodes["HAU1"]["address"] == "Blumenstraße 7"
    assert {"missing-node", "no-pipe", "left-out", "no-coordinates"} <= {problem.rule for problem in read.problems}


def test_a_pandapipes_network_keeps_its_bends_lengths_and_states(tmp_path: Path) -> None:
    read = read_source([pandapipes(tmp_path)], crs="EPSG:31467")
    assert read.format == "pandapipes"
    assert column(read, "id") == ["P", "Q", "V"]
    assert column(read, "length") == pytest.approx([120.0, 10.0, 0.0])
    assert column(read, "diameter_mm") == [102.2, None, None]
    assert column(read, "state") == [None, None, "closed"]
    assert len(read.lines[0]) == 3
    assert read.nodes["kind"].to_pylist() == ["source", "junction", "junction", "placeholder"]
    assert read.nodes["lifecycle"].to_pylist()[1] == "out_of_use"
    assert set(column(read, "category")) == {"TR"}
    assert read.crs == "EPSG:31467"
    assert {"missing-node", "left-out"} <= {problem.rule for problem in read.problems}


def test_a_pump_of_a_heating_circuit_feeds_its_supply(tmp_path: Path) -> None:
    water = {"_class": "Fluid", "_object": json.dumps({"name": "water", "is_gas": False})}
    pump = frame(["name", "return_junction", "flow_junction"], ["Z", 11, 12])
    read = read_source([pandapipes(tmp_path, fluid=water, circ_pump_pressure=pump, ext_grid=frame(["junction"]))])
    assert set(column(read, "category")) == {"RS"}
    assert column(read, "kind")[-1] == "pump"
    assert read.nodes["kind"].to_pylist()[2] == "source"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_isybau_master_data_is_read_whatever_encoding_it_says(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "netz.xml"
    content = ISYBAU if encoding == "utf-8" else ISYBAU.replace("<Haltung/>", "<></>")
    path.write_bytes(content.encode(encoding))
    read = read_source([path])
    assert (read.format, read.crs) == ("isybau", "EPSG:4647")
    assert column(read, "category") == ["YS"]
    assert column(read, "material") == ["TC"]
    assert (column(read, "from_level"), column(read, "from_reference"), column(read, "diameter_mm")) == (
        [38.0],
        ["invert"],
        [300.0],
    )
    assert read.nodes["kind"].to_pylist() == ["manhole", "placeholder"]
    assert read.nodes["road"].to_pylist()[0] == "Mühlstraße"
    assert read.nodes["ground"].to_pylist()[0] == 40.5


def test_xml_made_to_do_harm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "netz.xml"
    bomb = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]>'
    path.write_text(ISYBAU.replace("<Identifikation", f"{bomb}<Identifikation", 1), encoding="utf-8")
    with pytest.raises(SurveyFileError, match="cannot be read"):
        read_source([path])


def test_models_without_nodes_and_two_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="no junctions"):
        read_source([pandapipes(tmp_path, junction=frame(["name"]))])
    with pytest.raises(SurveyDataError, match="of its own"):
        read_source([stanet(tmp_path)] * 2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=st.sampled_from(["stanet", "pandapipes", "isybau"]),
    at=st.integers(0, 2500),
    put=st.binary(max_size=12),
    cut=st.integers(0, 40),
)
def test_any_damage_is_a_delivery_or_a_message(tmp_path: Path, model: str, at: int, put: bytes, cut: int) -> None:
    path = pandapipes(tmp_path) if model == "pandapipes" else stanet(tmp_path)
    content = ISYBAU.encode() if model == "isybau" else path.read_bytes()
    path.write_bytes(content[:at] + put + content[at + cut :])
    try:
        said = read_source([path], format=model).format
    except PipemapError as error:
        said = error.message
    assert said
