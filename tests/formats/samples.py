"""Small whole files of every format that can be read, for tests that damage them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from pipemap.formats.gis import EXPORTS
from pipemap.formats.plain_tables import EXPORT as PLAIN_TABLES
from pipemap.formats.writing import WriteOptions
from pipemap.model.extract import Extract
from tests.formats import test_epanet, test_swmm
from tests.formats.customers.test_reader import HEADINGS, HOSPITAL
from tests.formats.survey_tables.old_workbooks import write_old_workbook
from tests.formats.survey_tables.town import (
    write_one_sheet,
    write_pair_of_files,
    write_pair_of_sheets,
)
from tests.formats.test_gis import line, point, write
from tests.formats.test_gis_drawings import draw
from tests.formats.test_link_models import ISYBAU, pandapipes, stanet
from tests.store.deliveries import delivery

PAGE = "<html><meta charset='gbk'><table><tr><td>点号<td>X<td>Y<tr><td>A<td>1<td>2</table>"
XML = (
    '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="JSP"><Table>'
    "<Row><Cell><Data>点号</Data></Cell><Cell><Data>X</Data></Cell><Cell><Data>Y</Data></Cell></Row>"
    '<Row><Cell ss:Index="2"><Data>4</Data></Cell></Row></Table></Worksheet></Workbook>'
)
"""What programs save under the name of a workbook."""


@cache
def samples() -> Mapping[str, tuple[tuple[str, bytes], ...]]:
    """Format → names and contents of files that it reads."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        points, pipes = write_pair_of_files(folder)
        tables = [
            points,
            pipes,
            write_one_sheet(folder / "one.xlsx"),
            write_pair_of_sheets(folder / "pair.xlsx"),
            write_old_workbook(folder / "old.xls", {"点": [["点号", "X", "Y"], ["A", 1.0, 2.0]]}),
        ]
        texts = {
            "page.xls": PAGE.encode("gbk"),
            "xml.xls": XML.encode(),
            "base.mdb": b"\0\1\0\0Standard Jet DB\0\1" + bytes(4096),
        }
        found = {
            "survey-tables": [*_contents(*tables), *texts.items()],
            "customers": [("户表.csv", f"{HEADINGS}\n{HOSPITAL}\n".encode())],
            "epanet": [("net.inp", test_epanet.TOWN.encode())],
            "swmm": [("net.inp", test_swmm.TOWN.encode())],
            "stanet": _contents(stanet(folder)),
            "pandapipes": _contents(pandapipes(folder)),
            "isybau": [("netz.xml", ISYBAU.encode())],
            "plain-tables": _contents(*_exported(folder, PLAIN_TABLES.name)),
        }
        mains = write(folder / "mains.geojson", [line((0, 0), (50, 0), id="P1", diameter="DN300"), point(0, 0, id="V1")])
        layers = [path for row in EXPORTS if row.name in {"gpkg", "shp", "fgb", "kml"} for path in _exported(folder, row.name)]
        found["gis"] = _contents(mains, draw(folder / "net.dxf"), *layers)
    return MappingProxyType({name: tuple(files) for name, files in found.items()})


def _exported(folder: Path, name: str) -> tuple[Path, ...]:
    extract = Extract.from_delivery(delivery())
    row = next(row for row in (*EXPORTS, PLAIN_TABLES) if row.name == name)
    endings = (".csv", ".xlsx") if row is PLAIN_TABLES else row.extensions[:1]
    return tuple(
        path for ending in endings for path in row.write(extract, folder / f"out-{name}{ending}", options=WriteOptions()).paths
    )


def _contents(*paths: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in paths]
