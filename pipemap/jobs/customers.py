"""Customers to the nodes and pipes that supply them: by what their rows say, else by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.nearest import nearest_pipes
from pipemap.catalog import categories, category
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import SurveyDataError
from pipemap.model.columns import Coded, floats
from pipemap.model.network import NOT_IN_USE
from pipemap.model.problem import Problem, Severity
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.delivery import Delivery
    from pipemap.model.network import Network
    from pipemap.store import Survey

WITHIN = 50.0
"""Metres within which the nearest pipe is taken, unless said. Our own figure."""

RECORDED, NEAREST = "recorded", "nearest"
"""How a customer was tied: by what its row says, or by place."""

UNBOUND: dict[str, str] = {
    "unknown-id": N_("{name} has no supply: it names {id}, which is not in the survey, and has no place."),
    "ambiguous-id": N_("{name} has no supply: {id} is there {count} times; write it as BATCH/ID, or give the customer a place."),
    "no-place": N_("{name} has no supply: it names neither a node nor a pipe, and has no place."),
    "too-far": N_("{name} has no supply: no {supply} pipe lies within {within} m of it."),
    "no-such-network": N_("{name} has no supply: the survey has no {supply} pipe in use."),
}
"""Reason → text: why a customer is tied to nothing."""

_ID_COLUMNS = (("node", "node_id"), ("node", "meter_id"), ("pipe", "pipe_id"), ("node", "element_id"), ("pipe", "element_id"))
_NOT_FOUND = N_("{name} names {id}, which is not in the survey; it was tied by place, {metres} m away.")
_MOST = 10_000
_AT_ONCE = 1_000
"""Customers that are made together where all of them are looked at."""


METHOD_TEXTS = {RECORDED: N_("Recorded"), "surveyed": N_("Recorded"), NEAREST: N_("By place")}
"""How a customer was tied → text; ``surveyed`` is the word of networks that come with their customers."""

REASON_TEXTS = {
    "unknown-id": N_("Unknown id"),
    "ambiguous-id": N_("Ambiguous id"),
    "no-place": N_("No place"),
    "too-far": N_("No pipe near"),
    "no-such-network": N_("No such network"),
}
"""Reason → a few words, for a table."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of a survey; ``node`` and ``pipe`` are keys of what supplies it, ``supplied_by`` the ids of both."""

    fid: int
    id: str
    name: str
    kind: str
    critical: bool
    node: int | None
    pipe: int | None
    supplied_by: str
    method: str
    distance: float | None
    reason: str
    households: int | None
    own_tank_hours: float | None
    address: str
    contact: str


class CustomerList(Sequence[Customer]):
    """Customers of a survey, each made when it is looked at: a city has a hundred thousand."""

    def __init__(self, table: pa.Table, supply: Sequence[pa.Array], order: NDArray[np.int64]) -> None:
        self._table, self._supply, self._order = table, supply, order

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Customer: ...
    @overload
    def __getitem__(self, place: slice) -> list[Customer]: ...
    def __getitem__(self, place: int | slice) -> Customer | list[Customer]:
        if isinstance(place, slice):
            return self._some(self._order[place])
        return self._some(self._order[[place]])[0]

    def __iter__(self) -> Iterator[Customer]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self._some(self._order[first : first + _AT_ONCE])

    def _some(self, rows: NDArray[np.int64]) -> list[Customer]:
        wanted = pa.array(rows)
        supply = zip(*(ids.take(wanted).to_pylist() for ids in self._supply), strict=True)
        found = zip(self._table.take(wanted).to_pylist(), supply, strict=True)
        return [_customer(row, " · ".join(filter(None, both))) for row, both in found]


def list_customers(survey: Survey) -> CustomerList:
    """Return every customer of a survey: those without supply first, then those who must not be cut off."""
    network = survey.network
    customers = network.customers
    table = customers.table.combine_chunks()
    supply, bound = [], np.zeros(table.num_rows, dtype=np.bool_)
    for rows, ids in ((customers.node, network.node_ids), (customers.pipe, network.pipe_ids)):
        printed = ids.arrow.take(pa.array(rows, mask=rows < 0))
        supply.append(printed)
        bound |= pc.fill_null(pc.greater(pc.binary_length(printed), 0), False).to_numpy(zero_copy_only=False)  # noqa: FBT003
    critical = pc.fill_null(table["critical"], False).to_numpy()  # noqa: FBT003
    return CustomerList(table, supply, np.lexsort((~critical, bound)))


def _customer(row: Mapping[str, Any], supplied_by: str) -> Customer:
    said = {name: row[name] or "" for name in ("id", "name", "method", "reason", "address", "contact")}
    return Customer(
        **said,
        fid=row["fid"],
        kind=row["class"] or "",
        critical=bool(row["critical"]),
        node=row["node"],
        pipe=row["pipe"],
        supplied_by=supplied_by,
        distance=row["distance"],
        households=row["households"],
        own_tank_hours=row["own_tank_hours"],
    )


@dataclass(slots=True)
class _Ties:
    """What each customer is tied to, by row of the network; −1 for nothing."""

    node: NDArray[np.int64]
    pipe: NDArray[np.int64]
    method: NDArray[np.object_]
    distance: NDArray[np.float64]
    reason: NDArray[np.object_]
    named: NDArray[np.object_]
    times: NDArray[np.int64]

    @classmethod
    def none(cls, count: int) -> _Ties:
        nothing = np.full(count, None, dtype=np.object_)
        minus = np.full(count, -1, dtype=np.int64)
        return cls(
            minus, minus.copy(), nothing, np.full(count, np.nan), nothing.copy(), nothing.copy(), np.zeros(count, np.int64)
        )

    @property
    def bound(self) -> NDArray[np.bool_]:
        """Which customers are tied."""
        return np.asarray((self.node >= 0) | (self.pipe >= 0), dtype=np.bool_)


def lists_customers_alone(delivery: Delivery) -> bool:
    """Whether a delivery holds customers and no network of its own."""
    return delivery.customers is not None and not delivery.nodes.num_rows and not delivery.pipes.num_rows


def in_order(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return deliveries as they must be stored: networks before the customers that hang on them."""
    return sorted(deliveries, key=lists_customers_alone)


def tie_to_network(delivery: Delivery, network: Network, *, within: float = WITHIN, progress: Progress = SILENT) -> Delivery:
    """Tie the customers of a delivery to nodes and pipes of a survey.

    A row that names a node, meter or pipe is tied to it (``recorded``); where several have that id, the one of its own supply,
    then the nearest. Others are tied to the nearest pipe in use that carries what they are supplied with (``nearest``), and where
    that leads to a meter or a service node, to this too; the distance is kept. What stays without is listed, with its reason.

    Parameters
    ----------
    delivery
        Of customers alone, its places in the network's coordinates.
    within
        Metres: nothing further off is taken.

    Returns
    -------
    Delivery
        ``customers`` has ``node`` and ``pipe`` (keys of the survey), ``method``, ``distance`` and ``reason``; ``problems`` tells
        of every row without supply.
    """
    customers = delivery.customers
    assert customers is not None  # noqa: S101 -- asked before
    places = np.column_stack([floats(customers, name) for name in ("x", "y")])
    carries, assumed = _supplies(customers, network)
    ties = _Ties.none(customers.num_rows)
    for layer, column in _ID_COLUMNS:
        _tie_recorded(ties, layer, column, customers, network, places, carries)
    _add_service_pipes(ties, network)
    for supply in sorted(set(carries.tolist())):
        _tie_by_place(ties, (carries == supply) & ~ties.bound, supply, network, places, within, progress)
    _give_reasons(ties, places)
    held = customers.append_column("node", _keys(network.node_fid, ties.node))
    held = held.append_column("pipe", _keys(network.pipe_fid, ties.pipe))
    for name, values, kind in (("method", ties.method, pa.string()), ("reason", ties.reason, pa.string())):
        held = held.append_column(name, pa.array(values.tolist(), kind))
    held = held.append_column("distance", pa.array(np.round(ties.distance, 3), from_pandas=True))
    problems = [*delivery.problems, *assumed, *_problems(customers, ties, carries, within, places)]
    return replace(delivery, customers=held, problems=tuple(problems))


def check_batch(name: str, held: int) -> None:
    """Refuse customers under the name of a batch that holds a network.

    Raises
    ------
    SurveyDataError
        The batch holds nodes or pipes (``held``): its problems and source would be replaced by those of the customers.
    """
    if held:
        raise SurveyDataError(
            _("The survey has a batch “{batch}” of nodes and pipes already; customers need one of their own.").format(batch=name),
            _("Give the list of customers another name (--batch)."),
        )


def no_network(names: str) -> SurveyDataError:
    """Say that customers came alone."""
    return SurveyDataError(
        _("{files}: customers need a network that supplies them, and this survey has none yet.").format(files=names),
        _("Import the nodes and pipes first, or name their files in the same command."),
    )


# -- what supplies them ------------------------------------------------------------------------------------------------------


def _supplies(customers: pa.Table, network: Network) -> tuple[NDArray[np.object_], list[Problem]]:
    """What each customer is supplied with; where nothing is said, the only kind of supply in the survey, else water."""
    said = np.array(customers["carries"].to_pylist(), dtype=np.object_)
    blank = np.array([word is None for word in said.tolist()], dtype=np.bool_)
    if not blank.any():
        return said, []
    there = {found.carries for code in network.pipe_category.values if (found := category(code))} & {"water", "gas", "heating"}
    usual = next(iter(there)) if len(there) == 1 else "water"
    said[blank] = usual
    if len(there) == 1:
        return said, []
    text = N_("{count} customers do not say what they are supplied with; {supply} was taken.")
    values = {"count": int(blank.sum()), "supply": _code(usual)}
    return said, [Problem("supply-assumed", "info", "", text, values)]


def _code(supply: str) -> str:
    """Return the code of the major category of a supply: the same in every language."""
    return next((found.code for found in categories() if found.carries == supply), supply)


def _carrying(column: Coded, supply: str) -> NDArray[np.bool_]:
    return column.is_in(*(code for code in column.values if (found := category(code)) and found.carries == supply))


def _in_use(lifecycle: Coded) -> NDArray[np.bool_]:
    return ~lifecycle.is_in(*NOT_IN_USE)


# -- by id -------------------------------------------------------------------------------------------------------------------


def _tie_recorded(
    ties: _Ties,
    layer: str,
    column: str,
    customers: pa.Table,
    network: Network,
    places: NDArray[np.float64],
    carries: NDArray[np.object_],
) -> None:
    """Tie customers to what a column names."""
    wanted = customers[column].combine_chunks()
    if wanted.null_count == len(wanted):
        return
    target = ties.node if layer == "node" else ties.pipe
    order, starts, stops = _occurrences(network, layer, wanted)
    for row in np.flatnonzero(stops > starts).tolist():
        if target[row] >= 0 or (layer == "pipe" and ties.node[row] >= 0 and column == "element_id"):
            continue
        candidates = order[starts[row] : stops[row]]
        one = candidates[0] if len(candidates) == 1 else _likeliest(candidates, layer, network, places[row], carries[row])
        if one is None:
            ties.times[row] = len(candidates)
        else:
            target[row], ties.method[row] = one, RECORDED
    for row in np.flatnonzero(pc.is_valid(wanted).to_numpy(zero_copy_only=False)).tolist():
        ties.named[row] = ties.named[row] or wanted[row].as_py()


def _occurrences(
    network: Network, layer: str, wanted: pa.Array
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of the network in the order of their ids, and for each wanted id the part of them that has it."""
    ids = (network.node_ids if layer == "node" else network.pipe_ids).arrow
    batch = network.node_batch if layer == "node" else network.pipe_batch
    plain = pc.index_in(wanted, value_set=pc.unique(ids))
    if plain.null_count > wanted.null_count and network.batch_names:  # BATCH/ID
        names = pa.array([network.batch_names.get(key, "") for key in range(max(network.batch_names) + 1)], pa.string())
        prefix = names.take(pa.array(np.where((batch >= 0) & (batch < len(names)), batch, 0)))
        whole = pc.binary_join_element_wise(prefix, ids, "/")
        rows = np.concatenate([np.arange(len(ids)), np.arange(len(ids))])
        ids = pa.concat_arrays([ids, whole])
    else:
        rows = np.arange(len(ids))
    encoded = pc.dictionary_encode(ids)
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    found = np.asarray(
        pc.fill_null(pc.index_in(wanted, value_set=encoded.dictionary), -1).to_numpy(zero_copy_only=False), dtype=np.int64
    )
    starts, stops = np.searchsorted(codes[order], found, side="left"), np.searchsorted(codes[order], found, side="right")
    return rows[order], np.where(found >= 0, starts, 0), np.where(found >= 0, stops, 0)


def _likeliest(
    candidates: NDArray[np.int64], layer: str, network: Network, place: NDArray[np.float64], supply: object
) -> int | None:
    """Of several elements with an id: those that carry the supply, then the nearest; None when that does not tell them apart."""
    column = network.node_category if layer == "node" else network.pipe_category
    fitting = [row for row in candidates.tolist() if (found := category(column[row])) and found.carries == supply]
    if len(fitting) == 1:
        return int(fitting[0])
    rows = np.array(fitting or candidates.tolist(), dtype=np.int64)
    if not np.isfinite(place).all():
        return None
    ends = np.column_stack([rows, rows]) if layer == "node" else network.pipe_ends[rows]
    middle = network.node_xyz[ends, :2].mean(axis=1)
    distance = np.hypot(*(middle - place).T)
    return int(rows[np.nanargmin(distance)]) if np.isfinite(distance).any() else None


def _add_service_pipes(ties: _Ties, network: Network) -> None:
    """A node at the end of a single pipe in use is supplied by that pipe."""
    tied = np.flatnonzero((ties.node >= 0) & (ties.pipe < 0))
    pipes = np.flatnonzero(_in_use(network.pipe_lifecycle))
    ends = network.pipe_ends[pipes]
    degree = np.bincount(ends.reshape(-1), minlength=network.node_count)
    last = np.full(network.node_count, -1, dtype=np.int64)
    last[ends[:, 0]] = pipes
    last[ends[:, 1]] = pipes
    single = degree[ties.node[tied]] == 1
    ties.pipe[tied[single]] = last[ties.node[tied[single]]]


# -- by place ----------------------------------------------------------------------------------------------------------------


def _tie_by_place(
    ties: _Ties,
    wanted: NDArray[np.bool_],
    supply: str,
    network: Network,
    places: NDArray[np.float64],
    within: float,
    progress: Progress,
) -> None:
    """Tie customers of one supply to the nearest pipe, and where it is a service pipe to the node that it serves."""
    rows = np.flatnonzero(wanted & np.isfinite(places).all(axis=1))
    if not len(rows):
        return
    pipes = _carrying(network.pipe_category, supply) & _in_use(network.pipe_lifecycle)
    pipes &= ~network.pipe_kind.is_in(PipeKind.CABLE, PipeKind.DUCT) if supply in {"water", "gas", "heating"} else True
    if not pipes.any():
        ties.reason[rows] = "no-such-network"
        return
    found = nearest_pipes(network, places[rows], pipes, within=within, progress=progress)
    near = found.rows >= 0
    ties.reason[rows[~near]] = "too-far"
    tied, pipe = rows[near], found.rows[near]
    ties.pipe[tied], ties.distance[tied], ties.method[tied] = pipe, found.distance[near], NEAREST
    service = network.node_kind.is_in(NodeKind.CUSTOMER, NodeKind.METER)[network.pipe_ends[pipe]]
    at_end = service.any(axis=1)
    ties.node[tied[at_end]] = network.pipe_ends[pipe[at_end], service[at_end].argmax(axis=1)]


def _give_reasons(ties: _Ties, places: NDArray[np.float64]) -> None:
    """Say why those without a place stay without supply."""
    placed = np.isfinite(places).all(axis=1)
    for row in np.flatnonzero(~ties.bound & ~placed).tolist():
        ties.reason[row] = "ambiguous-id" if ties.times[row] else "unknown-id" if ties.named[row] else "no-place"


def _keys(fids: NDArray[np.int64], rows: NDArray[np.int64]) -> pa.Array:
    found = fids[rows] if len(fids) else np.zeros(len(rows), dtype=np.int64)
    return pa.array(np.where(rows >= 0, found, 0), pa.int64(), mask=rows < 0)


def _problems(
    customers: pa.Table, ties: _Ties, carries: NDArray[np.object_], within: float, places: NDArray[np.float64]
) -> list[Problem]:
    """Name every customer without supply, those who must not be cut off first of all, and those whose id was not found."""
    found = []
    unbound = np.flatnonzero(~ties.bound)
    by_place = np.array(
        [ties.named[row] is not None and ties.method[row] == NEAREST for row in range(len(ties.node))], dtype=np.bool_
    )
    missed = np.flatnonzero(by_place)
    columns = {name: customers[name].combine_chunks() for name in ("id", "name", "critical", "found_in")}
    for row in [*unbound[:_MOST].tolist(), *missed[:_MOST].tolist()]:
        told = {name: column[row].as_py() for name, column in columns.items()}
        name = told["name"] or told["id"] or "?"
        values: dict[str, object] = {"name": name, "id": ties.named[row] or "", "count": int(ties.times[row])}
        values |= {"supply": _code(carries[row]), "within": f"{within:g}"}
        x, y = (float(value) if np.isfinite(value) else None for value in places[row])
        reason = ties.reason[row]
        severity: Severity = "error" if told["critical"] else "warning"
        if reason is None:
            values["metres"] = f"{ties.distance[row]:.1f}"
            found.append(Problem("customer-unknown-id", "warning", told["found_in"] or "", _NOT_FOUND, values, x=x, y=y))
        else:
            found.append(Problem(f"customer-{reason}", severity, told["found_in"] or "", UNBOUND[reason], values, x=x, y=y))
    more = max(0, len(unbound) - _MOST) + max(0, len(missed) - _MOST)
    if more:
        text = N_("{count} more customers without supply, or tied by place; each row of the list of customers says why.")
        found.append(Problem("customer-unbound", "warning", "", text, {"count": more}))
    return found
