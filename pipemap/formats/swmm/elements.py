"""Nodes and links of a SWMM file, as columns that grow line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.inp.elements import (
    ELEVATION,
    LENGTH,
    MINOR_LOSS,
    ROUGHNESS,
    InpModel,
    LinkColumns,
    Names,
    NodeColumns,
)
from pipemap.formats.swmm import cross_sections
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.formats.inp.text import Row
    from pipemap.formats.swmm.units import Units

MAX_DEPTH = N_("Maximum depth")
OFFSET = N_("Offset")
PRESSURE, GRAVITY = "pressure", "gravity"
_MM = 1000.0
_T = TypeVar("_T")
_DIVIDER_DEPTH = {"OVERFLOW": 4, "CUTOFF": 5, "TABULAR": 5, "WEIR": 7}
"""Column of a divider's depth, which stands behind the measures of its type."""


def _any_case() -> Names:
    return Names(ignore_case=True)


@dataclass(kw_only=True)
class Nodes(NodeColumns):
    """One entry a node; ``level`` is that of its bottom, ``depth`` from there to the ground, metres."""

    names: Names = field(default_factory=_any_case)
    depth: dict[int, float] = field(default_factory=dict)
    category: dict[int, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Links(LinkColumns):
    """One entry a link; what only some have is by row. Offsets are metres, above the node or absolute as the file says."""

    names: Names = field(default_factory=_any_case)
    from_offset: dict[int, float] = field(default_factory=dict)
    to_offset: dict[int, float] = field(default_factory=dict)
    width: dict[int, float] = field(default_factory=dict)
    height: dict[int, float] = field(default_factory=dict)
    shape: dict[int, str] = field(default_factory=dict)
    size_text: dict[int, str] = field(default_factory=dict)
    barrels: dict[int, int] = field(default_factory=dict)
    pressurised: dict[int, str] = field(default_factory=dict)
    category: dict[int, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Model(InpModel):
    """What the lines of one file say, and what is wrong with them.

    ``absolute`` says that offsets are levels; ``category`` is that of everything without one of its own.
    """

    units: Units
    category: str
    absolute: bool = False
    force_main_height: bool = False
    nodes: Nodes = field(default_factory=Nodes)
    links: Links = field(default_factory=Links)


def read_nodes(model: Model) -> None:
    """Read junctions, outfalls, storages and dividers."""
    for section, kind, depth in (
        ("JUNCTIONS", NodeKind.MANHOLE, 2),
        ("OUTFALLS", NodeKind.OUTFALL, None),
        ("STORAGE", NodeKind.STORAGE, 2),
    ):
        for row in model.text.rows(section):
            _node(model, row, kind, depth)
    for row in model.text.rows("DIVIDERS"):
        _node(model, row, NodeKind.MANHOLE, divider_depth(row))


def divider_depth(row: Row) -> int | None:
    """Return the column of a divider's depth."""
    type_ = row.words[3].upper() if row.words[3:] else ""
    return next((at for name, at in _DIVIDER_DEPTH.items() if type_.startswith(name)), None)


def _node(model: Model, row: Row, kind: NodeKind, depth_column: int | None) -> None:
    metre = model.units.metre
    model.check_new_node(row)
    level = model.scaled(row, 1, ELEVATION, "node", metre)
    number = model.nodes.add(row.words[0], kind, row.number, level=level, note=row.comment)
    depth = None if depth_column is None else model.scaled(row, depth_column, MAX_DEPTH, "node", metre, above=-1e-9)
    if depth:  # SWMM's 0 means: up to the highest crown, so the ground is not known
        model.nodes.depth[number] = depth


def read_links(model: Model) -> None:
    """Read conduits and devices, then what other sections say of them."""
    for row in model.text.rows("CONDUITS"):
        if model.has_ends(row, "CONDUITS"):
            _read_conduit(model, row)
    for section, kind, offset in (
        ("PUMPS", PipeKind.PUMP, None),
        ("ORIFICES", PipeKind.ORIFICE, 4),
        ("WEIRS", PipeKind.WEIR, 4),
        ("OUTLETS", PipeKind.OUTLET, 3),
    ):
        for row in model.text.rows(section):
            if model.has_ends(row, section):
                _read_device(model, row, kind, offset)
    _read_cross_sections(model)
    for row in model.text.rows("LOSSES"):
        losses = [model.number(row, column, MINOR_LOSS, "pipe") for column in (1, 2, 3)]
        for link in model.known_links(row, "LOSSES"):
            model.links.minor_loss[link] = sum(loss for loss in losses if loss is not None) or None


def _read_conduit(model: Model, row: Row) -> None:
    links = model.links
    link = links.add(row, PipeKind.PIPE)
    length = links.length[link] = model.scaled(row, 3, LENGTH, "pipe", model.units.metre, above=-1e-9)
    if length == 0:
        model.findings.add("zero-length", row.number, layer="pipe", element=row.words[0])
    links.roughness[link] = model.number(row, 4, ROUGHNESS, "pipe", above=-1e-9)
    for offsets, column in ((links.from_offset, 5), (links.to_offset, 6)):
        _read_offset(model, row, column, offsets, link)


def _read_device(model: Model, row: Row, kind: PipeKind, offset_column: int | None) -> None:
    links = model.links
    link = links.add(row, kind)
    links.length[link] = 0.0
    if offset_column is not None:
        _read_offset(model, row, offset_column, links.from_offset, link)
    if kind == PipeKind.PUMP:
        links.pressurised[link] = PRESSURE
        # OFF is how a pump begins, not how it stays: its wet well switches it. Only ON says something.
        links.state[link] = "open" if row.words[4:] and row.words[4].upper() == "ON" else None


def _read_offset(model: Model, row: Row, column: int, offsets: dict[int, float], link: int) -> None:
    if row.words[column:] and row.words[column] != "*":  # a star: at the bottom of the node
        value = model.scaled(row, column, OFFSET, "pipe", model.units.metre)
        if value is not None:
            offsets[link] = value


def _read_cross_sections(model: Model) -> None:
    links, outlines = model.links, cross_sections.Outlines(model.text)
    for row in model.text.rows("XSECTIONS"):
        for link in model.known_links(row, "XSECTIONS"):
            if not row.words[1:]:
                model.too_few_columns(row, "XSECTIONS", layer="pipe")
                break
            _put_cross_section(model, row, link, outlines)
    for link, kind in enumerate(links.kinds):
        if kind == PipeKind.PIPE and link not in links.size_text:
            model.findings.add("no-cross-section", links.lines[link], layer="pipe", element=links.ids[link])


def _put_cross_section(model: Model, row: Row, link: int, outlines: cross_sections.Outlines) -> None:
    links, name = model.links, row.words[1].upper()
    links.size_text[link] = cross_sections.as_written(row)
    shape = cross_sections.shape_named(name)
    if shape is None:
        if not name.startswith("DUMMY"):
            model.findings.add("unknown-shape", row.number, {"text": row.words[1]}, layer="pipe", element=row.words[0])
        return
    links.shape[link] = shape.form
    if links.kinds[link] == PipeKind.PIPE and (shape.is_open or shape.form == cross_sections.BOX):
        links.kinds[link] = PipeKind.CHANNEL
    size = cross_sections.measure(model, row, shape, outlines)
    width, height = (None if side is None else round(side * model.units.metre * _MM, 3) for side in (size.width, size.height))
    if shape.form == cross_sections.ROUND:
        links.diameter[link] = height
    else:
        _put(links.width, link, width)
        _put(links.height, link, height)
    _put(links.barrels, link, cross_sections.barrels(row))
    if name.startswith("FORCE_MAIN"):
        _make_force_main(model, row, link)


def _put(known: dict[int, _T], row: int, value: _T | None) -> None:
    if value is not None:
        known[row] = value


def _make_force_main(model: Model, row: Row, link: int) -> None:
    """A force main is under pressure; its own coefficient stands where others have the width."""
    links = model.links
    links.pressurised[link] = PRESSURE
    value = model.number(row, 3, ROUGHNESS, "pipe", above=-1e-9)
    if value:
        links.roughness[link] = value * (model.units.roughness_mm if model.force_main_height else 1.0)
