"""What lies in a survey, added up (管线统计、工作量统计): length and points by category, owner, road, batch and material."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.model.columns import Coded
from pipemap.model.fields import fields
from pipemap.model.wording import metres, shown
from pipemap.reports.about import About, bound_report, withheld_note
from pipemap.reports.content import (
    Column,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Table,
)
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

KIND = "inventory"


@dataclass(frozen=True, slots=True)
class _Sum:
    """What belongs to one group."""

    pipes: int = 0
    length: float = 0.0
    visible: int = 0
    hidden: int = 0
    nodes: int = 0

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(
            self.pipes + other.pipes,
            self.length + other.length,
            self.visible + other.visible,
            self.hidden + other.hidden,
            self.nodes + other.nodes,
        )

    @property
    def cells(self) -> Row:
        return (self.pipes, round(self.length, 1), self.visible, self.hidden, self.nodes - self.visible - self.hidden, self.nodes)


def inventory_report(network: Network, about: About, *, picture: Picture | None = None) -> Report:
    """Add up what a network holds.

    Parameters
    ----------
    network
        What may leave of the survey (``network.public``).
    picture
        The map, for the cover.
    """
    count = _Counter(network)
    batches = {str(fid): (network.batch_names.get(fid) or str(fid), *words) for fid, *words in about.batches}
    body: list[Section] = [
        Heading(_("Overview")),
        Facts(_overview(network)),
        *withheld_note(about),
        Heading(_("By category")),
        Paragraph(_("Lengths are in space where levels are known. Points count under their own category."), "quiet"),
        _by_category(count),
        Heading(_("By owner")),
        _table("owner", _("By owner"), _("Owner"), count.by_field("owner")),
        Heading(_("By road")),
        _table("road", _("By road"), _("Road"), count.by_field("road")),
        Heading(_("By batch")),
        _by_batch(count, batches),
        Heading(_("By material")),
        _table("material", _("By material"), _("Material"), count.by_field("material", layers=("pipe",)), nodes=False),
    ]
    signed_by = (_("Prepared"), _("Checked"), _("Approved"))
    return bound_report(about, KIND, _("Inventory of pipelines"), body, signed_by=signed_by, picture=picture)


# -- counting ------------------------------------------------------------------------------------------------------------


class _Counter:
    """Adds up a network by any column of words."""

    def __init__(self, network: Network) -> None:
        self.network = network
        seen = Coded.from_arrow(network.column("node", "visible"))
        self._visible, self._hidden = seen.is_in("visible"), seen.is_in("hidden")

    @property
    def total(self) -> _Sum:
        network = self.network
        return _Sum(
            network.pipe_count, float(network.weight.sum()), int(self._visible.sum()), int(self._hidden.sum()), network.node_count
        )

    def by_field(self, name: str, *, layers: Sequence[Layer] = ("node", "pipe")) -> dict[str, _Sum]:
        """Add up by a text of both layers, the longest first; what has none is under an empty text, last."""
        columns = [Coded.from_arrow(self.network.column(layer, name)) if layer in layers else None for layer in ("node", "pipe")]
        return self.by_words(*columns)

    def by_words(self, nodes: Coded | None, pipes: Coded | None) -> dict[str, _Sum]:
        """Add up by words of each row."""
        found: dict[str, _Sum] = {}
        if pipes is not None:
            for word, rows, length in _added(pipes, self.network.weight):
                found[word] = _Sum(pipes=rows, length=length)
        if nodes is not None:
            parts = [_added(nodes, mask.astype(np.float64)) for mask in (self._visible, self._hidden)]
            for (word, rows, visible), (__, __, hidden) in zip(*parts, strict=True):
                found[word] = found.get(word, _Sum()) + _Sum(visible=round(visible), hidden=round(hidden), nodes=rows)
        return dict(sorted(found.items(), key=lambda item: (not item[0], -item[1].length, -item[1].nodes, item[0])))


def _added(words: Coded, weights: NDArray[np.float64]) -> list[tuple[str, int, float]]:
    """Return (word, rows, sum of weights) of each word, and of what has none under an empty text."""
    places = words.codes.astype(np.int64) + 1
    size = len(words.values) + 1
    rows, sums = np.bincount(places, minlength=size), np.bincount(places, weights=weights, minlength=size)
    return [(word, int(rows[at]), float(sums[at])) for at, word in enumerate(("", *words.values)) if rows[at]]


# -- sections ------------------------------------------------------------------------------------------------------------


def _overview(network: Network) -> tuple[tuple[str, str], ...]:
    extent = network.extent
    size = UNKNOWN if extent is None else f"{extent[2] - extent[0]:,.0f} × {extent[3] - extent[1]:,.0f} m"
    valves = int(network.is_valve_node.sum()) + int(network.is_valve_pipe.sum())
    return (
        (_("Pipes"), f"{network.pipe_count:,}"),
        (_("Length"), metres(float(network.weight.sum()))),
        (_("Nodes"), f"{network.node_count:,}"),
        (_("Valves"), f"{valves:,}"),
        (_("Pipes of unknown length"), f"{int(np.isnan(network.length).sum()):,}"),
        (_("Extent"), size),
    )


def _number_columns(*, nodes: bool = True) -> tuple[Column, ...]:
    columns = (Column("pipes", _("Pipes"), "whole"), Column("length", _("Length"), "number", unit="m"))
    if not nodes:
        return columns
    return (
        *columns,
        Column("visible", _("Visible points"), "whole"),
        Column("hidden", _("Hidden points"), "whole"),
        Column("unsaid", _("Not recorded"), "whole"),
        Column("nodes", _("All points"), "whole"),
    )


def _table(name: str, title: str, head: str, sums: dict[str, _Sum], *, nodes: bool = True) -> Table:
    kept = slice(None) if nodes else slice(2)
    field = fields("pipe")[name]
    rows = tuple((shown(field, word) or _("Not recorded"), *one.cells[kept]) for word, one in sums.items() if nodes or one.pipes)
    total = _total(sums.values())
    return Table(
        name, title, (Column(name, head), *_number_columns(nodes=nodes)), rows, (_("Total"), *total.cells[kept]), is_titled=False
    )


def _by_category(count: _Counter) -> Table:
    network = count.network
    sums = count.by_words(network.node_category, network.pipe_category)
    order = {one.code: place for place, one in enumerate(catalog.categories())}
    codes = sorted(sums, key=lambda code: (not code, order.get(code, len(order)), code))
    rows: list[Row] = []
    strong: set[int] = set()
    for major in dict.fromkeys(catalog.major_of(code) for code in codes):
        parts = [code for code in codes if catalog.major_of(code) == major]
        if len(parts) > 1:
            strong.add(len(rows))
            rows.append((major, _name(major), *_total(sums[code] for code in parts).cells))
        rows += [(code, _own_name(code, major, parts), *sums[code].cells) for code in parts]
    columns = (Column("category", _("Code")), Column("name", _("Category")), *_number_columns())
    total = (_("Total"), "", *count.total.cells)
    return Table("category", _("By category"), columns, tuple(rows), total, frozenset(strong), is_titled=False)


def _name(code: str) -> str:
    known = catalog.category(code)
    return known.label if known is not None else _("Not recorded") if not code else UNKNOWN


def _own_name(code: str, major: str, parts: Sequence[str]) -> str:
    """Name of a code; of a major one beside its parts, that it is what is said no closer."""
    return _("not said closer") if code == major and len(parts) > 1 else _name(code)


def _by_batch(count: _Counter, about: dict[str, tuple[str, ...]]) -> Table:
    network = count.network
    sums = count.by_words(_as_words(network.node_batch), _as_words(network.pipe_batch))
    columns = (
        Column("batch", _("Batch")),
        Column("surveyor", _("Survey unit")),
        Column("finished", _("Finished")),
        *_number_columns(),
    )

    def row(fid: str, one: _Sum) -> Row:
        name, surveyor, finished = about.get(fid, (fid, "", ""))
        return (name or _("Not recorded"), surveyor, finished, *one.cells)

    total = (_("Total"), "", "", *_total(sums.values()).cells)
    return Table("batch", _("By batch"), columns, tuple(row(fid, one) for fid, one in sums.items()), total, is_titled=False)


def _as_words(fids: NDArray[np.int64]) -> Coded:
    known, places = np.unique(fids, return_inverse=True)
    codes = np.where(known[places] < 0, -1, places).astype(np.int32) if len(known) else np.empty(0, dtype=np.int32)
    return Coded(codes, tuple(str(fid) for fid in known.tolist()))


def _total(sums: Iterable[_Sum]) -> _Sum:
    added = _Sum()
    for one in sums:
        added += one
    return added
