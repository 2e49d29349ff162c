"""EPANET INP → delivery: everything that the file holds, and a list of what is odd in it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.formats.epanet import checks
from pipemap.formats.epanet.elements import Model, read_links, read_nodes
from pipemap.formats.epanet.findings import RULES
from pipemap.formats.epanet.text import DIALECT
from pipemap.formats.epanet.units import DEFAULT, Units, is_flow_unit, units_of
from pipemap.formats.inp.elements import column_of
from pipemap.formats.inp.findings import Findings
from pipemap.formats.inp.places import read_coordinates, read_courses
from pipemap.formats.inp.text import InpText, decode, read_bytes, read_text
from pipemap.model.delivery import VALVE_LAYER, Batch, Delivery, ModelText
from pipemap.model.spreadsheet_text import as_written
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.model.delivery import Lines

NAME = "epanet"
_CATEGORY = "JS"


def read_epanet(
    path: Path, *, crs: str = "", batch: str = "", valve_layer: Path | None = None, progress: Progress = SILENT
) -> Delivery:
    """Read an EPANET model: every node and link in metres, every section as text.

    Parameters
    ----------
    path
        An INP file of any EPANET version, also an untidy one.
    crs
        Coordinate system to note; INP files never say.
    batch
        Name of the delivery; without it the file name.
    valve_layer
        CSV file ``link,node``: isolation valves at ends of links, as WNTR has them.
    progress
        Told how far the reading is.

    Returns
    -------
    Delivery
        Pipes have the model's own length; devices have length 0. Levels are those of the axis (EPANET's elevation), ground
        levels are unknown. All sections are in ``model_texts``, line by line.

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
    checks.check_text(model)
    read_nodes(model)
    progress(2, 5)
    read_links(model)
    progress(3, 5)
    if not model.nodes.ids and not model.links.ids:
        raise SurveyDataError(
            _("{file} holds no node and no pipe of an EPANET model.").format(file=path.name),
            _("Check that it is an INP file, exported as text."),
            model.findings.problems(),
        )
    checks.check_patterns(model)
    nodes, pipes, lines = join_network(model)
    progress(4, 5)
    texts = text.model_texts() + (_valve_layer(model, valve_layer) if valve_layer else ())
    delivery = Delivery(
        nodes=nodes,
        pipes=pipes,
        lines=lines,
        batch=Batch(batch or path.stem, crs=crs, source=path.name, note=text.title),
        format=NAME,
        crs=crs,
        problems=model.findings.problems(),
        model_texts=texts,
        understood=_understood(model),
    )
    progress(5, 5)
    return delivery


def open_model(text: InpText) -> Model:
    """Return a model with nothing but its text and its units."""
    findings = Findings(text.name, RULES)
    return Model(text=text, units=_units(text, findings), findings=findings)


def join_network(model: Model) -> tuple[pa.Table, pa.Table, Lines]:
    """Return a model whose nodes and links are read as the tables and courses of a delivery."""
    ends = model.join_ends()
    place = read_coordinates(model)
    level = column_of(model.nodes.level)[ends]
    lines = read_courses(model, ends, place, level)
    return _node_table(model, place), _pipe_table(model, ends, level), lines


def _units(text: InpText, findings: Findings) -> Units:
    options = {" ".join(row.words[:-1]).upper(): (row.number, row.words[-1].upper()) for row in text.rows("OPTIONS")}
    line, flow = options.get("UNITS", options.get("FLOW UNITS", options.get("FLOW_UNITS", (None, ""))))
    if not flow:
        findings.add("no-units")
    elif not is_flow_unit(flow):
        findings.add("unknown-units", line, {"text": flow})
    headloss = options.get("HEADLOSS", (None, ""))[1]
    return units_of(flow if is_flow_unit(flow) else DEFAULT, pressure=options.get("PRESSURE", (None, ""))[1], headloss=headloss)


def _node_table(model: Model, place: NDArray[np.float64]) -> pa.Table:
    import pyarrow as pa

    nodes = model.nodes
    return pa.table(
        {
            "x": pa.array(place[:, 0], from_pandas=True),
            "y": pa.array(place[:, 1], from_pandas=True),
            "id": pa.array(nodes.ids, type=pa.string()),
            "category": pa.array([_CATEGORY] * len(nodes.ids), type=pa.string()),
            "kind": pa.array(nodes.kinds, type=pa.string()),
            "demand_lps": pa.array(nodes.demand, type=pa.float64()),
            "head": pa.array(nodes.head, type=pa.float64()),
            "note": pa.array(nodes.notes, type=pa.string()),
        }
    )


def _pipe_table(model: Model, ends: NDArray[np.int64], level: NDArray[np.float64]) -> pa.Table:
    import pyarrow as pa

    links = model.links
    count = len(links.ids)
    texts = {"id": links.ids, "kind": links.kinds, "from_node": links.from_nodes, "to_node": links.to_nodes}
    texts |= {"state": links.state, "note": links.notes}  # type: ignore[dict-item]
    numbers = {"diameter_mm": links.diameter, "length": links.length, "setting": links.setting}
    numbers |= {"roughness": links.roughness, "minor_loss": links.minor_loss}
    same = {"category": _CATEGORY, "shape": "round", "pressurised": "pressure", "from_reference": "axis", "to_reference": "axis"}
    return pa.table(
        {name: pa.array(column, type=pa.string()) for name, column in texts.items()}
        | {name: pa.array(column, type=pa.float64()) for name, column in numbers.items()}
        | {name: pa.array([value] * count, type=pa.string()) for name, value in same.items()}
        | {"from_fid": pa.array(ends[:, 0]), "to_fid": pa.array(ends[:, 1])}
        | {
            "from_level": pa.array(level[:, 0], from_pandas=True),
            "to_level": pa.array(level[:, 1], from_pandas=True),
        }
    )


def _valve_layer(model: Model, path: Path) -> tuple[ModelText, ...]:
    """Read and check a valve layer; its rows are kept whatever they name."""
    links, findings = model.links, model.findings
    kept = ["link,node"]
    seen: set[tuple[str, str]] = set()
    for line, cells in enumerate(_rows_of(path), start=1):
        names = [as_written(cell.strip()) for cell in cells]
        if not any(names) or (line == 1 and [name.lower() for name in names[:2]] == ["link", "node"]):
            continue
        link, node = (*names, "")[:2]
        kept.append(f"{link},{node}")
        rows = links.names.rows(link)
        if not rows:
            findings.add("valve-layer-link", line, layer="pipe", element=link, file=path.name)
        elif node not in {links.from_nodes[rows[0]], links.to_nodes[rows[0]]}:
            findings.add("valve-layer-node", line, {"node": node}, layer="pipe", element=link, file=path.name)
        elif (link, node) in seen:
            findings.add("valve-layer-twice", line, {"node": node}, layer="pipe", element=link, file=path.name)
        seen.add((link, node))
    return (ModelText(VALVE_LAYER, tuple(kept)),)


def _rows_of(path: Path) -> list[list[str]]:
    content, _encoding = decode(read_bytes(path))
    try:
        return list(csv.reader(io.StringIO(content, newline="")))
    except csv.Error as error:
        raise SurveyFileError(
            _("{file} is damaged or cut short: {reason}").format(file=path.name, reason=error),
            _("Open it in Excel or WPS and save it again, or ask for it again."),
        ) from error


def _understood(model: Model) -> dict[str, str]:
    kinds = Counter(model.nodes.kinds) + Counter(model.links.kinds)
    units = model.units
    return {
        _("Units"): f"{units.flow}; {_('feet, inches') if units.metre != 1 else _('metres, millimetres')}",
        _("Encoding"): model.text.encoding,
        **{str(kind): str(count) for kind, count in kinds.items()},
    }
