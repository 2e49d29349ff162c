"""SWMM INP → delivery: everything that the file holds, and a list of what is odd in it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import PipeKind
from pipemap.errors import SurveyDataError
from pipemap.formats.inp.elements import column_of
from pipemap.formats.inp.findings import Findings
from pipemap.formats.inp.places import read_coordinates, read_courses
from pipemap.formats.inp.text import InpText, read_text
from pipemap.formats.swmm import checks
from pipemap.formats.swmm.categories import category_of_tag, category_of_title
from pipemap.formats.swmm.elements import Model, read_links, read_nodes
from pipemap.formats.swmm.findings import RULES
from pipemap.formats.swmm.tables import node_table, pipe_table
from pipemap.formats.swmm.text import DIALECT
from pipemap.formats.swmm.units import DEFAULT, is_flow_unit, units_of
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.model.delivery import Lines

NAME = "swmm"
_TOLERANCE = 1e-4
_CRS = re.compile(r"\bEPSG:\s?(\d{4,5})\b", re.IGNORECASE)


def read_swmm(path: Path, *, crs: str = "", batch: str = "", progress: Progress = SILENT) -> Delivery:
    """Read a SWMM model: every node and link in metres, every section as text.

    Parameters
    ----------
    path
        An INP file of any SWMM 5 version, also an untidy one.
    crs
        Coordinate system to note; without it the one that the title names as ``EPSG:N``.
    batch
        Name of the delivery; without it the file name.
    progress
        Told how far the reading is.

    Returns
    -------
    Delivery
        Junctions and dividers are manholes. Conduits have the model's own length and direction and the levels of their
        inverts; devices have length 0. The ground is the bottom of a node and its maximum depth, unknown where the file gives
        no depth. Coordinates are as in the file. All sections are in ``model_texts``, line by line.

    Raises
    ------
    SurveyFileError
        The file is missing or cannot be read.
    SurveyDataError
        The file holds neither a node nor a link.
    """
    text = read_text(path, DIALECT)
    progress(1, 5, _("Reading the model"))
    model = open_model(text)
    findings = model.findings
    checks.check_text(model)
    read_nodes(model)
    progress(2, 5)
    read_links(model)
    progress(3, 5)
    if not model.nodes.ids and not model.links.ids:
        raise SurveyDataError(
            _("{file} holds no node and no pipe of a SWMM model.").format(file=path.name),
            _("Check that it is an INP file, exported as text."),
            findings.problems(),
        )
    checks.check_subcatchments(model)
    nodes, pipes, lines = join_network(model)
    progress(4, 5)
    crs = crs or _crs_of(text.title)
    delivery = Delivery(
        nodes=nodes,
        pipes=pipes,
        lines=lines,
        batch=Batch(batch or path.stem, crs=crs, source=path.name, note=text.title),
        format=NAME,
        crs=crs,
        problems=findings.problems(),
        model_texts=text.model_texts(),
        understood=_understood(model),
    )
    progress(5, 5)
    return delivery


def join_network(model: Model) -> tuple[pa.Table, pa.Table, Lines]:
    """Return a model whose nodes and links are read as the tables and courses of a delivery."""
    _read_tags(model)
    ends = model.join_ends()
    place = read_coordinates(model)
    level = _end_levels(model, ends)
    lines = read_courses(model, ends, place, level)
    return node_table(model, place), pipe_table(model, ends, level), lines


def open_model(text: InpText) -> Model:
    """Return a model with nothing but its units and options."""
    findings = Findings(text.name, RULES)
    options = {row.words[0].upper(): row for row in text.rows("OPTIONS") if row.words[1:]}
    flow = options["FLOW_UNITS"].words[1].upper() if "FLOW_UNITS" in options else ""
    if not flow:
        findings.add("no-units")
    elif not is_flow_unit(flow):
        findings.add("unknown-units", options["FLOW_UNITS"].number, {"text": flow})
    offsets = options["LINK_OFFSETS"].words[1].upper() if "LINK_OFFSETS" in options else "DEPTH"
    if not offsets.startswith(("DEPTH", "ELEV")):
        findings.add("unknown-offsets", options["LINK_OFFSETS"].number, {"text": offsets})
    equation = options["FORCE_MAIN_EQUATION"].words[1].upper() if "FORCE_MAIN_EQUATION" in options else "H-W"
    return Model(
        text=text,
        findings=findings,
        units=units_of(flow if is_flow_unit(flow) else DEFAULT),
        category=category_of_title(text.title),
        absolute=offsets.startswith("ELEV"),
        force_main_height=equation.startswith("D"),
    )


def _read_tags(model: Model) -> None:
    """Read the tags of nodes and links: one that names a category gives it, another is added to the note."""
    for row in model.text.rows("TAGS"):
        kind = row.words[0].upper()
        if not row.words[2:] or kind not in {"NODE", "LINK"}:
            continue
        columns = model.nodes if kind == "NODE" else model.links
        if kind == "NODE":
            node = model.known_node(row, "TAGS", 1)
            found = [] if node is None else [node]
        else:
            found = model.known_links(row, "TAGS", 1)
        tag = " ".join(row.words[2:])
        category = category_of_tag(tag)
        for number in found:
            if category:
                columns.category[number] = category
            else:
                columns.notes[number] = "; ".join(filter(None, [columns.notes[number], tag]))


def _end_levels(model: Model, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the invert at both ends of each link, (links, 2), metres, NaN where unknown."""
    links, nodes = model.links, model.nodes
    bottom = column_of(nodes.level)[ends]
    level = bottom.copy()
    for side, offsets in enumerate((links.from_offset, links.to_offset)):
        rows = np.fromiter(offsets, dtype=np.int64, count=len(offsets))
        above = np.fromiter(offsets.values(), dtype=np.float64, count=len(offsets))
        level[rows, side] = above if model.absolute else bottom[rows, side] + above
        below = level[:, side] < bottom[:, side] - _TOLERANCE
        for link in np.flatnonzero(below).tolist():
            values = {"node": nodes.ids[ends[link, side]]}
            model.findings.add("below-node", links.lines[link], values, layer="pipe", element=links.ids[link])
        level[below, side] = bottom[below, side]
    falls = np.array([kind in {PipeKind.ORIFICE, PipeKind.WEIR, PipeKind.OUTLET} for kind in links.kinds], dtype=bool)
    # Over a crest water falls into the next node; where that node's bottom is higher, the file does not say where it enters.
    level[falls & (level[:, 1] > level[:, 0]), 1] = np.nan
    return level


def _crs_of(title: str) -> str:
    found = _CRS.search(title)
    if found is None:
        return ""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_epsg(int(found[1]))
    except CRSError:
        return ""
    return f"EPSG:{found[1]}"


def _understood(model: Model) -> dict[str, str]:
    kinds = Counter(model.nodes.kinds) + Counter(model.links.kinds)
    units = model.units
    return {
        _("Units"): f"{units.flow}; {_('feet') if units.metre != 1 else _('metres')}",
        _("Encoding"): model.text.encoding,
        **{str(kind): str(count) for kind, count in kinds.items()},
        _("Subcatchments"): str(sum(1 for _row in model.text.rows("SUBCATCHMENTS"))),
    }
