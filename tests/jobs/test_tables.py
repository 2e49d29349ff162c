from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from pipemap.analysis.trace import trace
from pipemap.errors import ReportError
from pipemap.jobs.tables import Sheet, export_elements, export_trace, write_sheets
from pipemap.model.network import Network
from pipemap.store import open_survey
from tests.gui.surveys import street_file

NETWORK = Network.from_pipes(("P1", "A", "B", 30.0), ("P2", "B", "C", 20.0))


def test_a_trace_becomes_a_workbook(tmp_path: Path) -> None:
    path = export_trace(trace(NETWORK, "A", "connected", barriers=["P2"]), tmp_path / "trace.xlsx")
    book = CalamineWorkbook.from_path(str(path))
    assert len(book.sheet_names) == 3
    assert book.get_sheet_by_index(0).to_python()[1][0] == "P1"
    assert book.get_sheet_by_index(0).to_python()[1][-1] == 30.0
    assert book.get_sheet_by_index(2).to_python()[1][0] == "P2"


def test_a_trace_becomes_a_csv_that_excel_reads_as_utf8(tmp_path: Path) -> None:
    path = export_trace(trace(NETWORK, "A", "connected"), tmp_path / "trace.csv")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(lines) == 1 + 2 + 3
    assert lines[1].endswith("P1,,30.0")


def test_tables_leave_out_what_is_secret(tmp_path: Path) -> None:
    with open_survey(street_file(tmp_path / "street.gpkg")) as survey:
        survey.set_secrecy("secret", node_fids=[2])
        fids = np.arange(1, 6)
        path = export_elements(survey, "pipe", fids, ["id", "from_node"], tmp_path / "pipes.csv")
        assert path.read_text(encoding="utf-8-sig").splitlines()[1:] == ["JS3-JS4,JS3", "YS1-YS2,YS1", "YS2-YS3,YS2"]
        found = trace(survey.network, "JS1", "connected", barriers=["JS2-JS3"])
        written = export_trace(found, tmp_path / "trace.xlsx")
    book = CalamineWorkbook.from_path(str(written))
    said = str([book.get_sheet_by_index(number).to_python() for number in range(3)])
    assert "JS1" in said
    assert "JS2" not in said


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = write_sheets([Sheet("a", ["x"], [("=1+1",), (float("nan"),), (None,)])], tmp_path / "a.xlsx")
    assert CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1] == ["=1+1"]


def test_an_unknown_ending_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="xlsx"):
        write_sheets([Sheet("a", [], [])], tmp_path / "a.pdf")
