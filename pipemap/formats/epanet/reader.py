"""EPANET INP → delivery: everything that the file holds, and a list of what is odd in it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.errors import SurveyDataError
from pipemap.formats.epanet import checks
from pipemap.formats.epanet.elements import Model, read_links, read_nodes
from pipemap.formats.epanet.findings import Findings
from pipemap.formats.epanet.text import InpText, decode, number_of, read_bytes, read_text
from pipemap.formats.epanet.units import DEFAULT, Units, is_flow_unit, units_of
from pipemap.model.delivery import Batch, Delivery, Lines, ModelText
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer

NAME = "epanet"
VALVE_LAYER = "VALVE_LAYER"
"""Section name under which the rows of a valve layer are kept: ``link,node``."""
COORDINATE = N_("Coordinate")
_CATEGORY = "JS"
_FAR = 1e9


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
    text = read_text(path)
    progress(1, 5, _("Reading the model"))
    findings = Findings(text.name)
    model = Model(text, _units(text, findings), findings)
    checks.check_text(model)
    read_nodes(model)
    progress(2, 5)
    read_links(model)
    progress(3, 5)
    if not model.nodes.ids and not model.links.ids:
        raise SurveyDataError(
            _("{file} holds no node and no pipe of an EPANET model.").format(file=path.name),
            _("Check that it is an INP file, exported as text."),
            findings.problems(),
        )
    checks.check_patterns(model)
    ends = _ends(model)
    place = _coordinates(model)
    lines = _courses(model, ends, place)
    progress(4, 5)
    texts = _model_texts(text) + (_valve_layer(model, valve_layer) if valve_layer else ())
    delivery = Delivery(
        nodes=_node_table(model, place),
        pipes=_pipe_table(model, ends),
        lines=lines,
        batch=Batch(batch or path.stem, crs=crs, source=path.name, note=_title(text)),
        format=NAME,
        crs=crs,
        problems=findings.problems(),
        model_texts=texts,
        understood=_understood(model),
    )
    progress(5, 5)
    return delivery


def _units(text: InpText, findings: Findings) -> Units:
    options = {" ".join(row.words[:-1]).upper(): (row.number, row.words[-1].upper()) for row in text.rows("OPTIONS")}
    line, flow = options.get("UNITS", options.get("FLOW UNITS", options.get("FLOW_UNITS", (None, ""))))
    if not flow:
        findings.add("no-units")
    elif not is_flow_unit(flow):
        findings.add("unknown-units", line, {"text": flow})
    headloss = options.get("HEADLOSS", (None, ""))[1]
    return units_of(flow if is_flow_unit(flow) else DEFAULT, pressure=options.get("PRESSURE", (None, ""))[1], headloss=headloss)


def _ends(model: Model) -> NDArray[np.int64]:
    """Return the rows of both nodes of each link, (links, 2); nodes that do not exist are made as placeholders."""
    nodes, links = model.nodes, model.links
    ends = np.empty((len(links.ids), 2), dtype=np.int64)
    for side, names in enumerate((links.from_nodes, links.to_nodes)):
        for link, name in enumerate(names):
            row = nodes.first.get(name)
            if row is None:
                row = nodes.add(name, NodeKind.PLACEHOLDER, None)
            if nodes.lines[row] is None:
                model.findings.add("missing-node", links.lines[link], {"node": name}, layer="pipe", element=links.ids[link])
            ends[link, side] = row
    return ends


def _coordinates(model: Model) -> NDArray[np.float64]:
    """Return east and north of each node, (nodes, 2); NaN where unknown."""
    place: dict[str, tuple[float, float]] = {}
    for row in model.text.rows("COORDINATES"):
        if row.words[0] not in model.nodes.first:
            model.findings.add("unknown-node", row.number, {"section": "COORDINATES"}, layer="node", element=row.words[0])
            continue
        point = _point(model, row.words, row.number, "node")
        if point is not None:
            place[row.words[0]] = point
    nowhere = (np.nan, np.nan)
    xy = np.array([place.get(id_, nowhere) for id_ in model.nodes.ids], dtype=np.float64).reshape(-1, 2)
    checks.check_coordinates(model, xy)
    return xy


def _point(model: Model, words: list[str], line: int, layer: Layer) -> tuple[float, float] | None:
    if not words[2:]:
        model.findings.add("too-few-columns", line, {"text": " ".join(words), "section": "COORDINATES"})
        return None
    x, y = number_of(words[1]), number_of(words[2])
    for word, value in zip(words[1:3], (x, y), strict=True):
        if value is None or abs(value) > _FAR:
            rule = "not-a-number" if value is None else "out-of-range"
            values = {"column": _(COORDINATE), "text": word}
            model.findings.add(rule, line, values, layer=layer, element=words[0])
            return None
    return (x, y) if x is not None and y is not None else None


def _vertices(model: Model) -> dict[int, list[tuple[float, float]]]:
    bends: dict[int, list[tuple[float, float]]] = {}
    for row in model.text.rows("VERTICES"):
        found = model.links.rows.get(row.words[0])
        if found is None:
            model.findings.add("unknown-link", row.number, {"section": "VERTICES"}, layer="pipe", element=row.words[0])
            continue
        point = _point(model, row.words, row.number, "pipe")
        if point is not None:
            bends.setdefault(found[0], []).append(point)
    return bends


def _courses(model: Model, ends: NDArray[np.int64], place: NDArray[np.float64]) -> Lines:
    """Join ends and vertices; the level runs evenly along the plan length. A link without a place at an end has no course."""
    bends = _vertices(model)
    level = np.array([np.nan if value is None else value for value in model.nodes.level], dtype=np.float64)
    points = np.column_stack([place, level])
    known = np.isfinite(place[:, 0])
    here = known[ends[:, 0]] & known[ends[:, 1]]
    counts = np.where(here, 2, 0)
    for link, bend in bends.items():
        counts[link] += len(bend) if here[link] else 0
    offsets = np.zeros(len(ends) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    xyz = np.empty((offsets[-1], 3))
    xyz[offsets[:-1][here]] = points[ends[here, 0]]
    xyz[offsets[1:][here] - 1] = points[ends[here, 1]]
    for link, bend in bends.items():
        if here[link]:
            _fill_bends(xyz[offsets[link] : offsets[link + 1]], bend)
    return Lines(offsets, xyz)


def _fill_bends(course: NDArray[np.float64], bend: list[tuple[float, float]]) -> None:
    course[1:-1, :2] = bend
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course[:, :2], axis=0).T))])
    share = along / along[-1] if along[-1] > 0 else np.linspace(0.0, 1.0, len(along))
    course[1:-1, 2] = course[0, 2] + share[1:-1] * (course[-1, 2] - course[0, 2])


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


def _pipe_table(model: Model, ends: NDArray[np.int64]) -> pa.Table:
    import pyarrow as pa

    links = model.links
    count = len(links.ids)
    level = np.array([np.nan if value is None else value for value in model.nodes.level], dtype=np.float64)
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
            "from_level": pa.array(level[ends[:, 0]], from_pandas=True),
            "to_level": pa.array(level[ends[:, 1]], from_pandas=True),
        }
    )


def _model_texts(text: InpText) -> tuple[ModelText, ...]:
    return tuple(
        ModelText(name, tuple(line.rstrip() for _number, line in lines))
        for name, lines in text.sections.items()
        if text.has_text(name)
    )


def _valve_layer(model: Model, path: Path) -> tuple[ModelText, ...]:
    """Read and check a valve layer; its rows are kept whatever they name."""
    links, findings = model.links, model.findings
    content, _encoding = decode(read_bytes(path))
    kept = ["link,node"]
    seen: set[tuple[str, str]] = set()
    for line, cells in enumerate(csv.reader(io.StringIO(content)), start=1):
        names = [cell.strip() for cell in cells]
        if not any(names) or (line == 1 and [name.lower() for name in names[:2]] == ["link", "node"]):
            continue
        link, node = (*names, "")[:2]
        kept.append(f"{link},{node}")
        rows = links.rows.get(link)
        if rows is None:
            findings.add("valve-layer-link", line, layer="pipe", element=link, file=path.name)
        elif node not in {links.from_nodes[rows[0]], links.to_nodes[rows[0]]}:
            findings.add("valve-layer-node", line, {"node": node}, layer="pipe", element=link, file=path.name)
        elif (link, node) in seen:
            findings.add("valve-layer-twice", line, {"node": node}, layer="pipe", element=link, file=path.name)
        seen.add((link, node))
    return (ModelText(VALVE_LAYER, tuple(kept)),)


def _title(text: InpText) -> str:
    return " ".join(
        line.strip() for _number, line in text.sections.get("TITLE", ()) if line.strip() and not line.lstrip().startswith(";")
    )


def _understood(model: Model) -> dict[str, str]:
    kinds = Counter(model.nodes.kinds) + Counter(model.links.kinds)
    units = model.units
    return {
        _("Units"): f"{units.flow}; {_('feet, inches') if units.metre != 1 else _('metres, millimetres')}",
        _("Encoding"): model.text.encoding,
        **{str(kind): str(count) for kind, count in kinds.items()},
    }
