"""Every reader takes any bytes, and every writer any values: a result, or an error in words."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, ReportError, SurveyFileError
from pipemap.formats import formats, read_source, recognize
from pipemap.formats.writing import ExportFormat, WriteOptions, export_formats
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.extract import Extract
from pipemap.model.fields import Layer, arrow_schema
from tests.formats.samples import samples

CHILD = {"gis": 30, "survey-tables": 5}
"""Formats that are slow to read, or of which another test tries much already, and how many times fewer examples they get."""

WORDS = [
    b"nan", b"-inf", b"1e308", b"1e999", b"9" * 400, b"-9223372036854775809", b"4294967296", b"-1", b"-0", b"\xd9\xa1", b"\0",
    b"\xff\xfe", b"\n", b"\r", b",", b";", b"\t", b'"', b"[", b"]", b"{", b"}", b"[[[[", b"null", b"true", b'""', b"<", b"</",
    b"&x;", b"&#0;", b"\\u0000", b"\\ud800", b"../../x", b"=1+1", b" ", b"A" * 3000, b"K1", b"P1",
]  # fmt: skip
"""What no reader likes to find."""

edits = st.lists(
    st.tuples(st.sampled_from(["put", "cut", "twice", "end", "word", "move"]), st.integers(0, 1 << 30), st.sampled_from(WORDS)),
    min_size=1,
    max_size=5,
)


def few(name: str = "") -> settings:
    """Settings with fewer examples: each is a whole file."""
    count = max(2, settings().max_examples // (6 * CHILD.get(name, 1)))
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


def damaged(raw: bytes, changes: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Bytes with some of them changed; of an archive, those of one of its members."""
    if not raw.startswith(b"PK"):
        return _damaged(raw, changes)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, zipfile.ZipFile(target, "w") as written:
        members = archive.infolist()
        for number, member in enumerate(members):
            content = archive.read(member)
            written.writestr(member, _damaged(content, changes) if number == changes[0][1] % len(members) else content)
    return target.getvalue()


def _damaged(raw: bytes, changes: Sequence[tuple[str, int, bytes]]) -> bytes:
    for how, at, word in changes:
        place = at % (len(raw) + 1)
        if how == "word":
            found = list(re.finditer(rb"[-+0-9.eE]+|[A-Za-z_\x80-\xff]+", raw))
            one = found[at % len(found)].span() if found else (0, 0)
            raw = raw[: one[0]] + word + raw[one[1] :]
        elif how == "move":
            raw = raw[:place] + raw[at // 7 % (len(raw) + 1) :][:20] + raw[place + 20 :]
        else:
            after = {"put": word + raw[place:], "cut": raw[place + len(word) :], "twice": raw[place - 30 :], "end": b""}
            raw = raw[:place] + after[how]
    return raw


def said(error: PipemapError, *words: str) -> None:
    """Check that an error says something, and all of ``words``."""
    assert error.message
    assert all(word in error.message for word in words)


def read_or_say_why(path: Path, name: str | None) -> None:
    try:
        delivery = read_source([path], format=name)
    except PipemapError as error:
        said(error)
        return
    ends = [row for side in ("from_fid", "to_fid") if delivery.pipes.num_rows for row in delivery.pipes[side].to_pylist()]
    assert all(0 <= row < delivery.nodes.num_rows for row in ends)
    assert len(delivery.lines) == delivery.pipes.num_rows
    assert all(problem.message for problem in delivery.problems)


def test_every_format_has_files_to_damage() -> None:
    assert set(samples()) == {row.name for row in formats()}


@pytest.mark.parametrize("name", [row.name for row in formats()])
def test_a_damaged_file_is_a_delivery_or_an_error_in_words(name: str) -> None:
    @few(name)
    @given(which=st.integers(0, 100), changes=edits)
    def check(which: int, changes: list[tuple[str, int, bytes]]) -> None:
        files = samples()[name]
        file, raw = files[which % len(files)]
        with TemporaryDirectory() as folder:
            path = Path(folder) / file
            for other, content in files:  # a shapefile is several
                if other.partition(".")[0] == file.partition(".")[0]:
                    (Path(folder) / other).write_bytes(content)
            path.write_bytes(damaged(raw, changes))
            main = path.with_suffix(".shp")
            read_or_say_why(main if main.exists() else path, name)

    check()


@few("survey-tables")
@given(
    raw=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)), ending=st.sampled_from(["csv", "xls", "inp"])
)
def test_any_bytes_are_read_by_every_format_or_refused_in_words(raw: bytes, ending: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        path.write_bytes(raw)
        recognize(path)
        for row in formats():
            if row.name != "gis":
                read_or_say_why(path, row.name)


BOMBS = {
    "deep.json": b'{"_class": "pandapipesNet", "_object": ' + b"[" * 200_000,
    "inner.json": b'{"_class": "pandapipesNet", "_object": "' + b"[" * 200_000 + b'"}',
    "half.json": rb'{"_class": "pandapipesNet", "_object": {"junction": {"_object": "{\"columns\":[\"name\"],\"index\":[1],'
    rb'\"data\":[[\"\\ud800\"]]}"}}}',
    "laughs.xml": b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><Identifikation xmlns="http://www.bfr-abwasser.de">&b;'
    b"</Identifikation>",
    "outside.xml": b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><Identifikation xmlns="http://www.bfr-abwasser.de">&a;'
    b"</Identifikation>",
    "deep.xml": b'<Identifikation xmlns="http://www.bfr-abwasser.de">' + b"<Knoten>" * 20_000,
    "laughs.xls": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><Workbook><Worksheet>&b;</Worksheet>'
    b"</Workbook>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_made_to_do_harm_is_refused_or_read_as_what_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    read_or_say_why(path, None)


@pytest.mark.parametrize("opening", ["<row>", "<row ", "<row><c>", "<si>", "<si><t ", '<c r="A1"'])
def test_openings_that_never_end_take_no_time(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "town.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("workbook", "sharedStrings", "worksheets/sheet1"):
            archive.writestr(f"xl/{name}.xml", opening * 200_000)
    assert all(row.recognizes(path) < 1 for row in formats())


@pytest.mark.parametrize("content", [b'link,node\n"' + b"x" * 200_000, bytes(range(256)), b'"\0\r\n', b""])
def test_a_damaged_valve_layer_is_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (name, raw), layer = samples()["epanet"][0], tmp_path / "valves.csv"
    (tmp_path / name).write_bytes(raw)
    layer.write_bytes(content)
    try:
        assert read_source([tmp_path / name], valve_layer=layer).problems
    except SurveyFileError as error:
        said(error, "valves.csv")


# -- writers ---------------------------------------------------------------------------------------------------------------

TEXTS = ["", "=1+1", "../../x", "/etc/x", "..\\x", "x" * 300, "x" * 40_000, "行" * 300, "<a>&b]]>", "'", '"', "\n", "\r\n", "a;b",
         "[PIPES]", ";c", "  ", "a b", "\u2028", "😀", "%%", "\\P", "^J", "_x0041_", "CON", "nan", "A", "A", "JS1"]  # fmt: skip
NUMBERS = [None, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -0.0, -1.0, 1e20, 12.5, 300.0]
WHOLE = [None, 0, -1, 1 << 31, 1 << 62, 5]
CODES = ["JS", "WS", "DL", "??", "../x", "valve", "pump", "source", "outfall", "isolation_valve", "prv", "box", "invert", "+"]


def _value(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_boolean(kind):
        return st.sampled_from([None, True, False])
    if pa.types.is_integer(kind):
        return st.sampled_from(WHOLE)
    return st.sampled_from(NUMBERS if pa.types.is_floating(kind) else [None, *TEXTS, *CODES])


def _rows(layer: Layer, most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    values = {field.name: _value(field.type) for field in arrow_schema(layer) if field.name not in {"batch", "arm_pipe"}}
    return st.lists(st.fixed_dictionaries({}, optional=values), min_size=layer == "node", max_size=most)


@st.composite
def absurd(draw: st.DrawFn) -> Extract:
    """Draw a network whose values are anything that its columns can hold."""
    nodes, pipes = draw(_rows("node", 4)), draw(_rows("pipe", 4))
    category = draw(st.sampled_from(["JS", "WS"]))
    for number, node in enumerate(nodes):
        node.setdefault("category", category)
        node.setdefault("x", 500_000.0 + 10 * number)
        node.setdefault("y", 3_400_000.0)
    for pipe in pipes:
        pipe.setdefault("category", category)
        pipe |= {end: draw(st.integers(0, len(nodes) - 1)) for end in ("from_fid", "to_fid")}
    vertex = st.tuples(*[st.sampled_from([0.0, 5e5, 3.4e6, *(number for number in NUMBERS if number is not None)])] * 3)
    courses = [np.array(draw(st.lists(vertex, max_size=3)), dtype=np.float64).reshape(-1, 3) for _pipe in pipes]
    tables = [pa.Table.from_pylist(rows, schema=arrow_schema(layer)) for layer, rows in (("node", nodes), ("pipe", pipes))]
    batch = Batch(draw(st.sampled_from(TEXTS)))
    crs = draw(st.sampled_from(["EPSG:4547", ""]))
    made = Extract.from_delivery(Delivery(tables[0], tables[1], Lines.from_lists(courses), batch, "drawn", crs))
    return replace(made, name=draw(st.sampled_from(TEXTS)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", export_formats(), ids=lambda row: row.name)
def test_absurd_values_are_written_as_what_can_be_read_or_refused_in_words(row: ExportFormat) -> None:
    readers = {one.name: one.name for one in formats()}

    @few("survey-tables")
    @given(extract=absurd(), ending=st.sampled_from(row.extensions), word=st.sampled_from(TEXTS))
    def check(extract: Extract, ending: str, word: str) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name) / "out"
            folder.mkdir()
            options = WriteOptions(words={"title": word, "drawn": word, "date": word})
            try:
                written = row.write(extract, folder / f"town{ending}", options=options)
            except ReportError as error:
                said(error)
                return
            assert list(Path(name).rglob("*")) == [folder, *folder.rglob("*")], "nothing lies outside of the folder"
            assert {path.parent for path in written.paths} == {folder}
            paths = [path for path in written.paths if path.suffix == ending]
            paths = paths[:1] if row.name in {"epanet", "swmm"} else paths
            try:
                read_source(paths, format=readers.get(row.name, "gis"))
            except PipemapError as error:
                said(error, "no lines and no points")  # that much is true of what has no place

    check()
