"""The network in memory: columns and a compressed adjacency, an immutable snapshot of the survey.

Longer than other files, because it names each column twice: where it is declared and where it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import pyarrow as pa

from pipemap import catalog
from pipemap.catalog.kinds import IN_LINE_DEVICES, SOURCES, NodeKind, PipeKind
from pipemap.model.adjacency import Adjacency, build_adjacency, mended_adjacency
from pipemap.model.columns import Coded, Ids, coded, floats, ids, integers, metres, rows_if_there, rows_of
from pipemap.model.customers import customers_of
from pipemap.model.delivery import Delivery, Lines, layered_valves
from pipemap.model.fields import Layer, fields
from pipemap.model.release import Release, public, release
from pipemap.model.steps import mended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.customers import Customers
    from pipemap.model.flow import FlowDirection
    from pipemap.model.graph import FlowGraph, PipeGraph, SimpleGraph
    from pipemap.model.lookup import Element
    from pipemap.model.steps import Step
    from pipemap.model.tally import Tally

NODE_COLUMNS = (
    *("fid", "id", "batch", "x", "y", "ground", "category", "kind", "feature", "appurtenance"),
    *("state", "operable", "lifecycle", "secrecy", "chamber_depth", "arm_pipe"),
)
"""Columns of the node layer that a network holds; others are read through :meth:`Network.column`."""

PIPE_COLUMNS = (
    *("fid", "id", "batch", "from_fid", "to_fid", "category", "kind", "diameter_mm", "width_mm", "height_mm", "shape"),
    *("wall_mm", "material", "burial", "from_depth", "to_depth", "from_reference", "to_reference", "from_level", "to_level"),
    *("length", "flow", "conduit_direction", "pressurised", "circuit", "state", "operable", "lifecycle"),
    "secrecy",
)
"""Columns of the pipe layer that a network holds, beside the course of each pipe."""

NOT_IN_USE = ("planned", "under_construction", "out_of_use", "empty", "abandoned", "removed")


class ColumnLoader(Protocol):
    """Reads a column that the network does not hold: all rows, or only those with these row numbers, in their order."""

    def __call__(self, layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        """Return the column; unknown values are null."""


CustomerLoader = Callable[[], pa.Table]
"""Reads who is supplied: the columns of the customer table, ``node`` and ``pipe`` being fids."""


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """Nodes, pipes, and how they connect.

    Rows are numbered from 0: N nodes, P pipes. Coordinates are east, north, level in metres, float64, NaN where unknown.
    Nothing here is ever modified: a change of the survey makes a new network, so readers in other threads are safe.

    Attributes
    ----------
    node_fid, pipe_fid
        int64: the survey database's keys.
    node_ids, pipe_ids
        Ids as printed; they may repeat.
    node_batch, pipe_batch
        int64: fid of the batch, −1 where unknown; ``batch_names`` says what it is called.
    node_xyz
        float64 (N, 3): east, north, ground level.
    lines
        Course of each pipe, with levels as measured; see ``from_reference``.
    pipe_ends
        int32 (P, 2): rows of first and second node.
    width, height
        float32, outer or nominal size in metres; both are the diameter where the pipe is round; NaN unknown.
    wall
        float64, wall thickness in metres; NaN unknown.
    from_depth, to_depth, from_level, to_level
        float64, of the reference that ``from_reference`` and ``to_reference`` name.
    node_arm
        int64: row of the pipe on whose end a valve node stands; −1 where not recorded.
    pending_batches
        Batches that await acceptance: visible, but part of no trace.
    valve_layer
        Isolation valves that a model lists beside its links: batch, id of the link, id of the node that the valve protects.
    secret_batches, is_secret
        Batches that are marked secret as a whole; whether the survey itself is. What may leave is :attr:`release`.
    """

    node_fid: NDArray[np.int64]
    node_ids: Ids
    node_batch: NDArray[np.int64]
    node_xyz: NDArray[np.float64]
    node_category: Coded
    node_kind: Coded
    node_feature: Coded
    node_appurtenance: Coded
    node_state: Coded
    node_operable: Coded
    node_lifecycle: Coded
    node_secrecy: Coded
    node_arm: NDArray[np.int64]
    chamber_depth: NDArray[np.float64]
    pipe_fid: NDArray[np.int64]
    pipe_ids: Ids
    pipe_batch: NDArray[np.int64]
    pipe_ends: NDArray[np.int32]
    lines: Lines
    pipe_category: Coded
    pipe_kind: Coded
    pipe_shape: Coded
    pipe_material: Coded
    pipe_burial: Coded
    pipe_state: Coded
    pipe_operable: Coded
    pipe_lifecycle: Coded
    pipe_secrecy: Coded
    pipe_circuit: Coded
    pipe_flow: Coded
    pipe_pressurised: Coded
    conduit_direction: NDArray[np.bool_]
    from_reference: Coded
    to_reference: Coded
    from_depth: NDArray[np.float64]
    to_depth: NDArray[np.float64]
    from_level: NDArray[np.float64]
    to_level: NDArray[np.float64]
    width: NDArray[np.float32]
    height: NDArray[np.float32]
    wall: NDArray[np.float64]
    own_length: NDArray[np.float64]
    crs: str = ""
    batch_names: Mapping[int, str] = field(default_factory=dict)
    pending_batches: frozenset[int] = frozenset()
    valve_layer: tuple[tuple[int, str, str], ...] = ()
    secret_batches: frozenset[int] = frozenset()
    is_secret: bool = False
    column_loader: ColumnLoader | None = None
    customer_loader: CustomerLoader | None = None

    def __repr__(self) -> str:
        return f"<Network: {self.node_count} nodes, {self.pipe_count} pipes>"

    # -- made from -------------------------------------------------------------------------------------------------

    @classmethod
    def from_tables(  # noqa: PLR0913 -- the columns, and all that a survey says around them
        cls,
        nodes: pa.Table,
        pipes: pa.Table,
        lines: Lines,
        *,
        crs: str = "",
        batch_names: Mapping[int, str] | None = None,
        pending_batches: frozenset[int] = frozenset(),
        valve_layer: tuple[tuple[int, str, str], ...] = (),
        secret_batches: frozenset[int] = frozenset(),
        is_secret: bool = False,
        column_loader: ColumnLoader | None = None,
        customer_loader: CustomerLoader | None = None,
    ) -> Self:
        """Build a network from the columns of a survey database.

        Parameters
        ----------
        nodes, pipes
            Arrow tables with the columns of ``NODE_COLUMNS`` and ``PIPE_COLUMNS``; those that are absent count as unknown,
            but for ``fid``, ``from_fid`` and ``to_fid``. Every end must be the fid of a node.
        lines
            One course a pipe, in the order of ``pipes``.

        Raises
        ------
        KeyError
            A pipe ends at a fid that no node has.
        """
        node_fid = integers(nodes, "fid", unknown=-1)
        pipe_fid = integers(pipes, "fid", unknown=-1)
        ends = np.empty((len(pipe_fid), 2), dtype=np.int32)
        for side, name in enumerate(("from_fid", "to_fid")):
            ends[:, side] = rows_of(node_fid, integers(pipes, name, unknown=-1))
        arm = integers(nodes, "arm_pipe", unknown=-1)
        diameter = floats(pipes, "diameter_mm")
        sizes = [np.where(np.isnan(diameter), floats(pipes, name), diameter) for name in ("width_mm", "height_mm")]
        return cls(
            node_fid=node_fid,
            node_ids=ids(nodes),
            node_batch=integers(nodes, "batch", unknown=-1),
            node_xyz=np.column_stack([floats(nodes, name) for name in ("x", "y", "ground")]),
            node_category=coded(nodes, "category"),
            node_kind=coded(nodes, "kind"),
            node_feature=coded(nodes, "feature"),
            node_appurtenance=coded(nodes, "appurtenance"),
            node_state=coded(nodes, "state"),
            node_operable=coded(nodes, "operable"),
            node_lifecycle=coded(nodes, "lifecycle"),
            node_secrecy=coded(nodes, "secrecy"),
            node_arm=np.where(arm >= 0, rows_if_there(pipe_fid, arm), -1),
            chamber_depth=floats(nodes, "chamber_depth"),
            pipe_fid=pipe_fid,
            pipe_ids=ids(pipes),
            pipe_batch=integers(pipes, "batch", unknown=-1),
            pipe_ends=ends,
            lines=lines,
            pipe_category=coded(pipes, "category"),
            pipe_kind=coded(pipes, "kind"),
            pipe_shape=coded(pipes, "shape"),
            pipe_material=coded(pipes, "material"),
            pipe_burial=coded(pipes, "burial"),
            pipe_state=coded(pipes, "state"),
            pipe_operable=coded(pipes, "operable"),
            pipe_lifecycle=coded(pipes, "lifecycle"),
            pipe_secrecy=coded(pipes, "secrecy"),
            pipe_circuit=coded(pipes, "circuit"),
            pipe_flow=coded(pipes, "flow"),
            pipe_pressurised=coded(pipes, "pressurised"),
            conduit_direction=integers(pipes, "conduit_direction", unknown=0).astype(np.bool_),
            from_reference=coded(pipes, "from_reference"),
            to_reference=coded(pipes, "to_reference"),
            from_depth=floats(pipes, "from_depth"),
            to_depth=floats(pipes, "to_depth"),
            from_level=floats(pipes, "from_level"),
            to_level=floats(pipes, "to_level"),
            width=metres(sizes[0]),
            height=metres(sizes[1]),
            wall=floats(pipes, "wall_mm") / 1000.0,
            own_length=floats(pipes, "length"),
            crs=crs,
            batch_names=dict(batch_names or {}),
            pending_batches=pending_batches,
            valve_layer=valve_layer,
            secret_batches=secret_batches,
            is_secret=is_secret,
            column_loader=column_loader,
            customer_loader=customer_loader,
        )

    @classmethod
    def from_delivery(cls, delivery: Delivery) -> Self:
        """Build the network of a source that is not stored yet; fids are row numbers."""
        tables = []
        for table in (delivery.nodes, delivery.pipes):
            numbered = table.drop_columns(["fid"]) if "fid" in table.column_names else table
            tables.append(numbered.append_column("fid", pa.array(np.arange(table.num_rows))))

        def load(layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
            table = tables[0] if layer == "node" else tables[1]
            column = table[name].combine_chunks() if name in table.column_names else pa.nulls(table.num_rows)
            return column if rows is None else column.take(pa.array(rows))

        return cls.from_tables(
            tables[0],
            tables[1],
            delivery.lines,
            crs=delivery.crs,
            valve_layer=layered_valves(-1, delivery.model_texts),
            column_loader=load,
            customer_loader=lambda: customers_of(delivery),
        )

    @classmethod
    def from_pipes(cls, *pipes: tuple[str, str, str, float], kinds: Mapping[str, NodeKind] | None = None) -> Self:
        """Build a small network from ``(pipe id, first node, second node, length)``, for trying things out.

        Nodes appear in the order in which pipes name them; ``kinds`` says what some of them are.
        """
        names = list(dict.fromkeys(name for pipe in pipes for name in pipe[1:3]))
        row = {name: number for number, name in enumerate(names)}
        nodes = pa.table({"id": names, "kind": [(kinds or {}).get(name) for name in names]})
        links = pa.table(
            {
                "id": [pipe[0] for pipe in pipes],
                "from_fid": pa.array([row[pipe[1]] for pipe in pipes], pa.int64()),
                "to_fid": pa.array([row[pipe[2]] for pipe in pipes], pa.int64()),
                "length": pa.array([pipe[3] for pipe in pipes], pa.float64()),
            }
        )
        empty = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
        from pipemap.model.delivery import Batch

        return cls.from_delivery(Delivery(nodes, links, empty, Batch(""), format=""))

    # -- how much, and where ---------------------------------------------------------------------------------------

    @property
    def node_count(self) -> int:
        """How many nodes."""
        return len(self.node_fid)

    @property
    def pipe_count(self) -> int:
        """How many pipes, device links included."""
        return len(self.pipe_fid)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The last Changes that this snapshot followed from, oldest first; none where it was read anew. The store notes them."""
        return ()

    @cached_property
    def origins(self) -> dict[str, Network]:
        """Older snapshots from which something is to be mended for this one, by what that is; see :mod:`pipemap.model.steps`."""
        return {}

    @cached_property
    def length(self) -> NDArray[np.float64]:
        """Return float64 (P), metres: a model's own, else 3D (in plan where a level is unknown), NaN without a course."""
        return np.where(np.isnan(self.own_length), lengths_3d(self.lines), self.own_length)

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """float64 (P), metres: the length, 0 where it is unknown; never negative, so that it can be a cost."""
        return np.maximum(np.nan_to_num(self.length, nan=0.0, posinf=0.0, neginf=0.0), 0.0)

    @cached_property
    def boxes(self) -> tuple[NDArray[np.float64], ...]:
        """West, south, east and north of each course, float64 (P) each; NaN without one, or where a place in it is unknown."""
        return boxes_of(self.lines)

    @cached_property
    def extent(self) -> tuple[float, float, float, float] | None:
        """East and north minimum, east and north maximum of everything that has a place."""
        places = np.concatenate([self.node_xyz[:, :2], self.lines.xyz[:, :2]])
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return None
        (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def adjacency(self) -> Adjacency:
        """Who is joined to whom."""
        found = mended(self, "adjacency", lambda before, changed: mended_adjacency(before.adjacency, changed, self.pipe_ends))
        return found or build_adjacency(self.node_count, self.pipe_ends)

    @property
    def indptr(self) -> NDArray[np.int32]:
        """Row starts of the adjacency; see :class:`Adjacency`."""
        return self.adjacency.indptr

    @property
    def neighbour(self) -> NDArray[np.int32]:
        """Other ends, in the order of the adjacency."""
        return self.adjacency.neighbour

    @property
    def edge(self) -> NDArray[np.int32]:
        """Pipes, in the order of the adjacency."""
        return self.adjacency.edge

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """int32 (N): number of the connected part that a node belongs to, whatever is closed in it."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        adjacency = self.adjacency
        shape = (self.node_count, self.node_count)
        matrix = csr_array((np.ones(len(adjacency.edge), dtype=np.int8), adjacency.neighbour, adjacency.indptr), shape=shape)
        return connected_components(matrix, directed=False)[1] if self.node_count else np.empty(0, dtype=np.int32)

    # -- networkx --------------------------------------------------------------------------------------------------

    @cached_property
    def graph(self) -> PipeGraph:
        """A frozen ``networkx.MultiGraph`` over these columns; nodes are rows, keys are pipe rows."""
        from pipemap.model.graph import multigraph

        return multigraph(self)

    @cached_property
    def flow_graph(self) -> FlowGraph:
        """A frozen ``networkx.MultiDiGraph`` along the flow; an indeterminate pipe is an arc each way."""
        from pipemap.model.graph import flow_multigraph

        return flow_multigraph(self)

    @cached_property
    def simple_graph(self) -> SimpleGraph:
        """A frozen ``networkx.Graph`` without parallel pipes, for algorithms that refuse a multigraph."""
        from pipemap.model.graph import simple_graph

        return simple_graph(self)

    @cached_property
    def flow(self) -> FlowDirection:
        """Which way each pipe flows, and what says so."""
        from pipemap.model.flow import flow_direction, mended_flow

        return mended(self, "flow", lambda before, changed: mended_flow(before.flow, self, changed)) or flow_direction(self)

    # -- what may leave ------------------------------------------------------------------------------------------------

    @cached_property
    def release(self) -> Release:
        """Which rows may leave the survey; whatever writes, draws a picture of it, or copies asks this."""
        nodes, pipes = (self.node_secrecy, self.node_batch), (self.pipe_secrecy, self.pipe_batch)
        return release(nodes, pipes, self.pipe_ends, secret_batches=self.secret_batches, is_secret=self.is_secret)

    @cached_property
    def public(self) -> Network:
        """The network without what must not leave: itself where everything may."""
        return public(self)

    # -- what lets flow pass ---------------------------------------------------------------------------------------

    @cached_property
    def in_use_nodes(self) -> NDArray[np.bool_]:
        """Return bool (N): in use, or blank, and not awaiting acceptance."""
        return ~self.node_lifecycle.is_in(*NOT_IN_USE) & ~np.isin(self.node_batch, list(self.pending_batches))

    @cached_property
    def in_use_pipes(self) -> NDArray[np.bool_]:
        """Return bool (P): in use, or blank, and not awaiting acceptance."""
        return ~self.pipe_lifecycle.is_in(*NOT_IN_USE) & ~np.isin(self.pipe_batch, list(self.pending_batches))

    @cached_property
    def is_valve_node(self) -> NDArray[np.bool_]:
        """Return bool (N): isolation valves that were surveyed as points."""
        return self.node_kind.is_in(NodeKind.ISOLATION_VALVE)

    @cached_property
    def is_valve_pipe(self) -> NDArray[np.bool_]:
        """Return bool (P): isolation valves that a model draws as links."""
        return self.pipe_kind.is_in(PipeKind.VALVE)

    @cached_property
    def closed_nodes(self) -> NDArray[np.bool_]:
        """Return bool (N): closed devices that let nothing pass, whichever pipe it comes from.

        A closed valve on three or more pipes in use isolates only once the arm it stands on is recorded; it is not among these.
        Nor are hydrants, air and drain valves: closed is how they usually are, and the main beside them flows.
        """
        live = np.bincount(self.pipe_ends[self.in_use_pipes].reshape(-1), minlength=self.node_count)
        return self._closed_devices & (live <= 2) & (self.node_arm < 0)  # noqa: PLR2004

    @cached_property
    def flow_batches(self) -> frozenset[int]:
        """Batches whose recorded flow (流向) a crew wrote down: where it is one value throughout, a program filled it in."""
        flows = self.tally.flows
        return frozenset(batch for batch, sign in flows if sign == "+" and (batch, "-") in flows)

    @cached_property
    def tally(self) -> Tally:
        """How much there is of what."""
        from pipemap.model.tally import mended_tally, tally

        return mended(self, "tally", lambda before, changed: mended_tally(before, self, changed)) or tally(self)

    @cached_property
    def worked_out(self) -> dict[object, Any]:
        """What questions worked out about this snapshot and ask for again; it goes with the snapshot."""
        return {}

    @cached_property
    def closed_pipes(self) -> NDArray[np.bool_]:
        """Return bool (P): closed links, and pipes with a closed valve on one of their ends (its arm)."""
        closed = self.pipe_state.is_in("closed")
        closed[self.node_arm[self._closed_devices & (self.node_arm >= 0)]] = True
        return closed

    @property
    def _closed_devices(self) -> NDArray[np.bool_]:
        return self.node_state.is_in("closed") & self.node_kind.is_in(*IN_LINE_DEVICES)

    @cached_property
    def gravity_pipes(self) -> NDArray[np.bool_]:
        """Return bool (P): flow by their fall: gravity categories, unless the survey says that they are under pressure."""
        codes = self.pipe_category.values
        by_nature = [code for code in codes if (known := catalog.category(code)) is not None and known.gravity]
        gravity = self.pipe_category.is_in(*by_nature) | self.pipe_pressurised.is_in("gravity") | self.conduit_direction
        return gravity & ~self.pipe_pressurised.is_in("pressure")

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """Rows of the nodes that feed a network: plants, reservoirs, tanks, wells, and regulators where nothing else does."""
        feeds = self.node_kind.is_in(*SOURCES)
        stations = self.node_kind.is_in(NodeKind.REGULATOR, NodeKind.EXCHANGER)
        if stations.any():
            stations &= ~np.isin(self.component, self.component[feeds])
        return np.flatnonzero((feeds | stations) & self.in_use_nodes)

    @cached_property
    def is_boundary(self) -> NDArray[np.bool_]:
        """Return bool (N): the network leaves the survey there, by its kind or by what the crew wrote (非普查)."""
        words = {*self.node_feature.values, *self.node_appurtenance.values}
        leaving = [word for word in words if catalog.is_boundary(word)]
        written = self.node_feature.is_in(*leaving) | self.node_appurtenance.is_in(*leaving)
        return self.node_kind.is_in(NodeKind.BOUNDARY) | written

    @cached_property
    def possible_sources(self) -> NDArray[np.int64]:
        """Rows of the nodes where the network goes on beyond the survey: boundary points, and mains cut at its edge."""
        from pipemap.model.boundary import cut_mains

        boundary = self.is_boundary & self.in_use_nodes
        boundary[cut_mains(self)] = True
        boundary[self.sources] = False
        return np.flatnonzero(boundary)

    # -- lookups by printed id --------------------------------------------------------------------------------------

    def element(self, text: str) -> Element:
        """Return the one element that ``text`` names: an id, ``BATCH/ID``, ``node:ID``, ``pipe:ID``, or ``node:#FID``.

        Raises
        ------
        UnknownElementError
            Nothing has this id; the hint names similar ones.
        AmbiguousElementError
            Several elements have it; the hint says how to name each.
        """
        from pipemap.model.lookup import find_element

        return find_element(self, text)

    def element_id(self, element: Element) -> str:
        """Return the printed id of an element."""
        return self.node_ids[element.row] if element.layer == "node" else self.pipe_ids[element.row]

    # -- further columns -------------------------------------------------------------------------------------------

    @cached_property
    def customers(self) -> Customers:
        """Who is supplied, and through which node or pipe."""
        from pipemap.model.customers import Customers

        return Customers.of(self, self.customer_loader() if self.customer_loader is not None else None)

    def column(self, layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        """Return any field of a layer as an Arrow array, in row order, or of some rows in theirs; nulls where unknown.

        Raises
        ------
        KeyError
            The layer has no such field.
        """
        if name not in fields(layer) and name not in ("x", "y"):
            raise KeyError(name)
        if self.column_loader is None:
            count = self.node_count if layer == "node" else self.pipe_count
            return pa.nulls(count if rows is None else len(rows))
        loaded = self.column_loader(layer, name) if rows is None else self.column_loader(layer, name, rows)
        return loaded.combine_chunks() if isinstance(loaded, pa.ChunkedArray) else loaded

    def columns(self, layer: Layer, names: Collection[str]) -> dict[str, pa.Array]:
        """Return several fields as :meth:`column` does; those that must be read from the file are read together."""
        several = getattr(self.column_loader, "several", None)
        return several(layer, list(names)) if several is not None else {name: self.column(layer, name) for name in names}


def boxes_of(lines: Lines) -> tuple[NDArray[np.float64], ...]:
    """Return west, south, east and north of each course; NaN where there is none, or a place is unknown."""
    there = np.flatnonzero(np.diff(lines.offsets))
    found = []
    for axis, widest in ((0, np.minimum), (1, np.minimum), (0, np.maximum), (1, np.maximum)):
        side = np.full(len(lines), np.nan)
        if len(there):
            side[there] = widest.reduceat(np.ascontiguousarray(lines.xyz[:, axis]), lines.offsets[there])
        found.append(side)
    return tuple(found)


def lengths_3d(lines: Lines) -> NDArray[np.float64]:
    """Return the length of each course in metres: 3D, in plan where a level is unknown, NaN where there is no course."""
    counts = np.diff(lines.offsets)
    pipe = np.repeat(np.arange(len(lines)), counts)
    inside = np.flatnonzero(pipe[1:] == pipe[:-1])
    # Summed pipe by pipe, so that one absurd coordinate spoils no other pipe; axis by axis, which is faster than row by row.
    with np.errstate(over="ignore", invalid="ignore"):
        square = np.zeros(max(len(pipe) - 1, 0))
        for axis in range(3):
            step = np.diff(lines.xyz[:, axis])
            if axis == 2:  # noqa: PLR2004 -- the level
                step[np.isnan(step)] = 0.0
            square += step * step
        reach = np.sqrt(square)
    length = np.bincount(pipe.take(inside), weights=reach.take(inside), minlength=len(lines)).astype(np.float64, copy=False)
    length[counts < 2] = np.nan  # noqa: PLR2004
    return length
