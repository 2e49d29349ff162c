"""Every file that is read beside networks, inspections and tracks: any bytes are read, or refused in words."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog.words import read_aliases
from pipemap.errors import PipemapError
from pipemap.formats import read_source
from pipemap.formats.survey_tables.mapping import read_mapping
from pipemap.gui.import_pages import read_corrections
from pipemap.jobs.quality import draw, import_measurements
from pipemap.reports import state_of
from pipemap.reports.template import read_template
from pipemap.store import create_survey, open_survey
from pipemap.store.attachments import read_file
from tests.formats.samples import samples
from tests.jobs.test_quality import NODES, PIPES
from tests.store.deliveries import delivery


def valve_layer(path: Path) -> object:
    name, content = samples()["epanet"][0]
    (path.parent / name).write_bytes(content)
    return read_source([path.parent / name], valve_layer=path)


@cache
def lot() -> bytes:
    """A survey of which points to be dug up are drawn."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lot.gpkg"
        with create_survey(path) as survey:
            survey.store(delivery(NODES, PIPES, batch="lot"))
            draw(survey, "lot", "excavation", seed=1)
        return path.read_bytes()


def measurements(path: Path) -> object:
    (path.parent / "lot.gpkg").write_bytes(lot())
    with open_survey(path.parent / "lot.gpkg") as survey:
        before = survey.history_count()
        try:
            return import_measurements(survey, "lot", path)
        except PipemapError:
            assert survey.history_count() == before
            raise


READERS: dict[str, tuple[Callable[[Path], object], str, bytes]] = {
    "mapping": (read_mapping, ".json", b'{"columns": {"id": "No"}, "words": {'),
    "aliases": (read_aliases, ".csv", "kind,code,words\ncategory,JS,自来水\n".encode()),
    "valve layer": (valve_layer, ".csv", b"link,node\nP1,J1\n"),
    "corrections": (read_corrections, ".json", b'{"source": "a", "rows": {'),
    "report": (state_of, ".html", b"<html><meta name='pipemap-state' content='"),
    "report in a zip": (state_of, ".docx", b"PK\x03\x04"),
    "template": (read_template, ".json", b'{"organisation": "x", "colour": '),
    "picture": (read_file, ".jpg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    "check measurements": (measurements, ".csv", "点号,检查埋深\nN1,1.2\n".encode()),
}
"""Reader, ending, and how such a file begins."""
QUICK = settings(max_examples=12, deadline=None)


@pytest.mark.parametrize("name", READERS)
def test_any_bytes_are_read_or_refused_in_words(name: str) -> None:
    read, ending, start = READERS[name]

    @QUICK
    @given(content=st.binary(max_size=200) | st.text(max_size=80).map(str.encode), begins=st.booleans())
    def check(*, content: bytes, begins: bool) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"any{ending}"
            path.write_bytes(start + content if begins else content)
            refused(read, path)

    check()


@pytest.mark.parametrize("name", [name for name, (_read, ending, _start) in READERS.items() if ending == ".json"])
@pytest.mark.parametrize("value", [[], 1, None, "x", {"columns": []}, {"rows": 3}, {"a": {"b": {"c": [1, {"d": None}]}}}])
def test_json_of_another_shape_is_read_or_refused_in_words(name: str, value: object, tmp_path: Path) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    refused(READERS[name][0], path)


def test_a_report_that_unpacks_to_everything_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml", "xl/workbook.xml"):
            archive.writestr(name, b"<a>" * 3_000_000)
    refused(state_of, path)


def refused(read: Callable[[Path], object], path: Path) -> None:
    with contextlib.suppress(PipemapError):
        read(path)
