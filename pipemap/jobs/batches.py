"""Batches: how far each is on its way into the survey, the steps it takes, and what lies beside its edges (接边)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.quality import KINDS
from pipemap.errors import EditError
from pipemap.model.acceptance import step_named
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.store import Survey
    from pipemap.store.acceptance import Stepped

TOLERANCE = 0.05
"""Metres within which points at the edge of two batches are one. Our own figure: the mean error of a surveyed point."""
_LISTED = 20.0
"""How many times the tolerance a point may be off and still be listed, to be looked at. Our own figure."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as a table lists it; times and names are empty where a step was not taken."""

    fid: int
    name: str
    state: str
    nodes: int
    pipes: int
    format: str
    surveyor: str
    source: str
    reason: str
    override: str
    when: dict[str, str]
    who: dict[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """A node at the edge of a batch and the one beside it.

    Attributes
    ----------
    ours, beside
        Rows of the network.
    distance, height
        Metres in plan, and up from ours to the other; NaN where a ground level is unknown.
    joins
        Within the tolerance: storing makes one node of them.
    remark
        What does not fit: another size or material on either side; empty where all does.
    """

    ours: int
    beside: int
    distance: float
    height: float
    joins: bool
    remark: str = ""


def list_batches(survey: Survey) -> list[BatchRow]:
    """Return every batch, those that wait first."""
    states = ("submitted", "checked", "approved", "stored", "returned")
    table = {row["fid"]: row for row in survey.table("batch").to_pylist()}
    found = []
    for one in survey.batches():
        row = table[one.fid]
        when, who = ({state: str(row.get(state + end) or "") for state in states} for end in ("", "_by"))
        about = (
            one.nodes,
            one.pipes,
            one.format,
            one.batch.surveyor,
            one.batch.source,
            str(row.get("reason") or ""),
            str(row.get("override") or ""),
        )
        found.append(BatchRow(one.fid, one.batch.name, one.state, *about, when, who))
    return sorted(found, key=lambda one: one.state == "stored")


def find_batch(survey: Survey, name: str) -> BatchRow:
    """Return a batch by its name.

    Raises
    ------
    EditError
        There is none.
    """
    import difflib

    batches = list_batches(survey)
    for one in batches:
        if one.name == name:
            return one
    near = difflib.get_close_matches(name, [one.name for one in batches], n=1)
    hint = (
        _("Did you mean {ids}?").format(ids=near[0])
        if near
        else _("Known are {names}.").format(names=", ".join(one.name for one in batches))
    )
    raise EditError(_("The survey has no batch “{name}”.").format(name=name), hint)


def step(
    survey: Survey,
    name: str,
    step_name: str,
    *,
    reason: str = "",
    tolerance: float | None = TOLERANCE,
    override: str = "",
    author: str = "",
    dry_run: bool = False,
) -> Stepped:
    """Take one step with a batch; when it is stored its edges are joined to what lies beside them, but without a tolerance.

    Raises
    ------
    FailedAcceptanceError
        It is to be stored, its acceptance by sampling failed, and ``override`` does not say why it is stored all the same.
    EditError
        There is no such batch or step, it does not follow on the state, or another person has to take it.
    """
    from pipemap.store.acceptance import step_batch

    batch, wanted = find_batch(survey, name), step_named(step_name)
    joins: list[tuple[int, int]] = []
    failed = failed_samples(survey, name) if wanted.name == "store" else ""
    if wanted.name == "store" and tolerance is not None:
        network = survey.network
        edges = [edge for edge in find_edges(network, batch.fid, tolerance=tolerance) if edge.joins]
        joins = [(int(network.node_fid[edge.ours]), int(network.node_fid[edge.beside])) for edge in edges]
    why = override if wanted.name == "store" else reason
    return step_batch(survey, batch.fid, wanted, reason=why, failed=failed, joins=joins, author=author, dry_run=dry_run)


def failed_samples(survey: Survey, name: str) -> str:
    """Return in words which levels of its acceptance by sampling a batch fails; empty where it fails none."""
    from pipemap.jobs.quality import standing
    from pipemap.store.quality import levels

    found = []
    for level in range(1, levels(survey) + 1):
        now = standing(survey, name, level=level)
        if now.outcome == "failed":
            kinds = ", ".join(_(KINDS[one.kind]) for one in now.judged if one.outcome == "failed")
            found.append(_("level {level}: {words}").format(level=level, words=kinds))
    return "; ".join(found)


# -- edges ---------------------------------------------------------------------------------------------------------------


def find_edges(network: Network, batch: int, *, tolerance: float = TOLERANCE) -> list[Edge]:
    """Return the nodes of a batch with the nearest node of the same category of an accepted batch beside them, nearest first.

    Within the tolerance, when each is the nearest of the other, they join; ends of the batch that lie a little further off
    are listed too.
    """
    from scipy.spatial import cKDTree

    waiting = np.isin(network.node_batch, [*network.pending_batches])
    placed = np.isfinite(network.node_xyz[:, :2]).all(axis=1)
    mine = np.flatnonzero((network.node_batch == batch) & placed)
    others = np.flatnonzero((network.node_batch != batch) & ~waiting & placed)
    if not len(mine) or not len(others):
        return []
    code = network.node_category.codes.astype(np.float64) * 1e6  # another category is far away
    points = np.column_stack([network.node_xyz[:, :2], code])
    reach = tolerance * _LISTED
    here, there = cKDTree(points[mine]), cKDTree(points[others])
    distance, nearest = (np.asarray(part) for part in there.query(points[mine], distance_upper_bound=reach))
    own = np.asarray(here.query(points[others], distance_upper_bound=reach)[1])
    degree = np.bincount(network.pipe_ends.ravel(), minlength=network.node_count)
    found = []
    for at in np.flatnonzero(np.isfinite(distance)).tolist():
        one, other = int(mine[at]), int(others[nearest[at]])
        mutual = own[nearest[at]] == at
        joins = bool(mutual and distance[at] <= tolerance)
        if joins or (mutual and degree[one] <= 1):
            height = float(network.node_xyz[other, 2] - network.node_xyz[one, 2])
            found.append(Edge(one, other, float(distance[at]), height, joins, _remark(network, one, other)))
    return sorted(found, key=lambda edge: (not edge.joins, edge.distance))


def _remark(network: Network, one: int, other: int) -> str:
    """Say what does not go on across an edge."""
    words = []
    sizes = [_values(network, row, network.width) for row in (one, other)]
    if all(sizes) and sizes[0].isdisjoint(sizes[1]):
        words.append(_("size {ours} beside {theirs} mm").format(ours=_sizes(sizes[0]), theirs=_sizes(sizes[1])))
    materials = [{network.pipe_material[pipe] for pipe in _pipes(network, row)} - {None} for row in (one, other)]
    if all(materials) and materials[0].isdisjoint(materials[1]):
        words.append(_("material {ours} beside {theirs}").format(ours=_words(materials[0]), theirs=_words(materials[1])))
    return "; ".join(words)


def _pipes(network: Network, node: int) -> list[int]:
    return np.flatnonzero((network.pipe_ends == node).any(axis=1)).tolist()


def _values(network: Network, node: int, column: NDArray[np.float32]) -> set[int]:
    return {round(float(column[pipe]) * 1000) for pipe in _pipes(network, node) if np.isfinite(column[pipe])}


def _sizes(sizes: set[int]) -> str:
    return ", ".join(str(size) for size in sorted(sizes))


def _words(words: Sequence[str | None] | set[str | None]) -> str:
    return ", ".join(sorted(str(word) for word in words))
