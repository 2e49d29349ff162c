"""What leaves a survey: the elements chosen for an export, as columns, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.delivery import Batch, Delivery, Lines, ModelText, turned
from pipemap.model.fields import Layer, arrow_schema
from pipemap.model.release import lines_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.delivery import Turn


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything that a writer may carry.

    Attributes
    ----------
    nodes, pipes
        Arrow tables with ``fid`` and every column of :func:`pipemap.model.fields.arrow_schema`, in the order of the survey;
        ``batch`` is a key of ``batches``, ``arm_pipe`` the ``fid`` of a pipe. ``pipes["from_fid"]`` and ``pipes["to_fid"]`` are
        row numbers of ``nodes`` and never null: both ends of a pipe that leaves go with it.
    lines
        One course a pipe, levels as measured.
    crs
        Coordinate system of ``nodes`` and ``lines``; empty when unknown, and for a local grid, whose parameters do not leave.
    name
        Name of the survey.
    batches
        Deliveries that the elements came with, by key.
    model_texts
        Sections of model files that were kept, by the key of their batch.
    customers
        Who is supplied, or nothing; ``node_row`` and ``pipe_row`` are row numbers of ``nodes`` and ``pipes``, −1 for none.
    withheld_nodes, withheld_pipes
        How many elements were asked for and stay, because they are marked secret.
    """

    nodes: pa.Table
    pipes: pa.Table
    lines: Lines
    crs: str = ""
    name: str = ""
    batches: Mapping[int, Batch] = field(default_factory=dict)
    model_texts: Mapping[int, tuple[ModelText, ...]] = field(default_factory=dict)
    customers: pa.Table | None = None
    withheld_nodes: int = 0
    withheld_pipes: int = 0

    @classmethod
    def from_delivery(cls, delivery: Delivery) -> Self:
        """Return all of a delivery that was read, as one batch with the key 1; fids count from 1."""
        return cls(
            _whole(delivery.nodes, "node"),
            _whole(delivery.pipes, "pipe"),
            delivery.lines,
            crs=delivery.crs,
            name=delivery.batch.name,
            batches={1: delivery.batch},
            model_texts={1: delivery.model_texts} if delivery.model_texts else {},
            customers=delivery.customers,
        )

    def ends(self) -> NDArray[np.int64]:
        """Return int64 (P, 2): rows of first and second node of each pipe."""
        return np.column_stack([self.pipes[name].to_numpy() for name in ("from_fid", "to_fid")]).astype(np.int64).reshape(-1, 2)

    def part(self, nodes: NDArray[np.bool_], pipes: NDArray[np.bool_]) -> Self:
        """Return some nodes and, of some pipes, those whose ends are among them; customers stay behind."""
        ends = self.ends()
        stays = pipes & nodes[ends].all(axis=1) if len(ends) else pipes
        if nodes.all() and stays.all():
            return self
        number = np.cumsum(nodes) - 1
        held = self.pipes.filter(pa.array(stays))
        for side, name in enumerate(("from_fid", "to_fid")):
            held = held.set_column(held.column_names.index(name), name, pa.array(number[ends[stays, side]], pa.int64()))
        lines = lines_of(self.lines, np.flatnonzero(stays))
        return replace(self, nodes=self.nodes.filter(pa.array(nodes)), pipes=held, lines=lines, customers=None)

    def turned(self, turn: Turn, crs: str) -> Self:
        """Return it in another coordinate system: nodes, courses and customers turned, levels as they are."""
        customers = self.customers if self.customers is None else turned(self.customers, turn)
        return replace(self, nodes=turned(self.nodes, turn), lines=self.lines.turned(turn), customers=customers, crs=crs)


def _whole(table: pa.Table, layer: Layer) -> pa.Table:
    """Fill in the columns that a source does not have."""
    count = table.num_rows
    held = {"fid": pa.array(np.arange(1, count + 1, dtype=np.int64))}
    for name, kind in zip(arrow_schema(layer).names, arrow_schema(layer).types, strict=True):
        held[name] = table[name].cast(kind) if name in table.column_names else pa.nulls(count, kind)
    held["batch"] = pa.array(np.ones(count, dtype=np.int64))
    if "arm_pipe" in held:  # a row in a delivery, a key from here on
        held["arm_pipe"] = pc.add(held["arm_pipe"], 1)
    return pa.table(held)
