"""Known faults, of the kinds that real surveys have, put into a faultless city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pipemap.sample.edits import Cell, Edits
from pipemap.sample.records import Records
from pipemap.sample.sheet import Bools, Floats, Ints
from pipemap.sample.town import degrees


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong on purpose.

    ``kind`` is one of :data:`FAULT_KINDS`; ``elements`` are the printed ids concerned, the one at fault first.
    """

    kind: str
    elements: tuple[str, ...]


@dataclass(slots=True)
class _Site:
    """Records under damage, and what can still be damaged."""

    edits: Edits
    rng: np.random.Generator
    degree: Ints
    category: list[str | None]
    node_category: list[str | None]
    taken: set[int] = field(default_factory=set)
    next_number: int = 900_001

    def pipe(self, wanted: Bools) -> int | None:
        """Choose a pipe that nothing was done to, nor to its neighbours."""
        rows = np.flatnonzero(wanted)
        for row in rows[self.rng.permutation(len(rows))[:400]]:
            ends = {int(self.edits.start[row]), int(self.edits.end[row])}
            if not ends & self.taken:
                self.taken |= ends
                return int(row)
        return None

    def node(self, wanted: Bools) -> int | None:
        """Choose a node that nothing was done to."""
        rows = np.flatnonzero(wanted)
        for row in rows[self.rng.permutation(len(rows))[:400]]:
            if int(row) not in self.taken:
                self.taken.add(int(row))
                return int(row)
        return None

    def new_id(self, like: str) -> str:
        """Return an id that no node has, with the letters of another."""
        self.next_number += 1
        return f"{like.rstrip('0123456789')}{self.next_number}"

    def of(self, *codes: str) -> Bools:
        """Return bool: pipes of these categories."""
        return np.asarray(np.isin(np.asarray(self.category, dtype=object), codes))

    def gravity(self) -> Bools:
        """Return bool: drains between manholes that fall freely and are in use."""
        table = self.edits.records.pipes
        falls = np.asarray(table["pressurised"].combine_chunks().to_pylist(), dtype=object) == "gravity"
        joined = (self.degree[self.edits.start] > 1) & (self.degree[self.edits.end] > 1)
        return np.asarray(self.of("YS", "WS", "HS") & joined & falls)

    def pipe_id(self, row: int) -> str:
        return self.edits.text("pipe", row, "id")

    def node_id(self, row: int) -> str:
        return self.edits.text("node", row, "id")


_PLAIN_END: dict[str, Cell] = {
    "feature": "预留口",
    "appurtenance": None,
    "kind": "dead_end",
    **dict.fromkeys(("state", "normal_state", "operable", "size_mm", "turns", "turn_direction", "chamber_depth")),
}

Damage = Callable[[_Site], Fault | None]


def put_faults(records: Records, wanted: int, rng: np.random.Generator) -> tuple[Records, tuple[Fault, ...]]:
    """Put ``wanted`` faults in, each kind in turn; fewer where a small city has no room for more."""
    if wanted <= 0:
        return records, ()
    edits = Edits.of(records)
    lists = [records.pipes["category"].to_pylist(), records.nodes["category"].to_pylist()]
    site = _Site(edits, rng, degrees(records.nodes.num_rows, edits.start, edits.end), lists[0], lists[1])
    found: list[Fault] = []
    kinds = list(_DAMAGES)
    turn, barren = 0, 0
    while len(found) < wanted and barren < len(kinds):
        fault = _DAMAGES[kinds[turn % len(kinds)]](site)
        turn += 1
        barren = barren + 1 if fault is None else 0
        if fault is not None:
            found.append(fault)
    return edits.apply(), tuple(found)


# -- ends that do not meet ---------------------------------------------------------------------------------------------


def _near_miss(site: _Site) -> Fault | None:
    """A pipe ends 0.3 m beside the node it belongs to, at a point of its own."""
    edits = site.edits
    row = site.pipe(site.of("JP", "YS", "WS", "TR") & (site.degree[edits.end] > 1))
    if row is None:
        return None
    near, angle = int(edits.end[row]), float(site.rng.uniform(0.0, 2 * np.pi))
    east, north = np.round(edits.place(near) + 0.3 * np.array([np.cos(angle), np.sin(angle)]), 3)
    name = site.new_id(site.node_id(near))
    added = edits.copy("node", near, {"id": name, "map_id": name, "x": float(east), "y": float(north)})
    course = edits.course(row)
    course[-1, :2] = east, north
    edits.lay(row, course)
    edits.put("pipe", row, {"to_fid": added, "to_node": name, "id": f"{edits.text('pipe', row, 'from_node')}-{name}"})
    return Fault("near-miss", (name, site.node_id(near)))


def _missing_node(site: _Site) -> Fault | None:
    """A pipe names a point that the point table does not have."""
    edits = site.edits
    row = site.pipe(site.of("JP", "YS", "WS", "TR", "DH") & (site.degree[edits.end] > 1))
    if row is None:
        return None
    near = int(edits.end[row])
    name = site.new_id(site.node_id(near))
    unknown = dict.fromkeys(name for name in edits.records.nodes.column_names if name not in {"id", "category", "lifecycle"})
    added = edits.copy("node", near, {**unknown, "id": name, "kind": "placeholder"})
    edits.lay(row, np.empty((0, 3)))
    pipe_id = f"{edits.text('pipe', row, 'from_node')}-{name}"
    edits.put("pipe", row, {"to_fid": added, "to_node": name, "id": pipe_id})
    return Fault("missing-node", (pipe_id, name))


def _duplicate_id(site: _Site) -> Fault | None:
    """Two points carry one number."""
    edits = site.edits
    rows = np.asarray(site.node_category, dtype=object)
    first = site.node((rows == "JP") & (site.degree > 1))
    second = site.node((rows == "JP") & (site.degree > 1)) if first is not None else None
    if first is None or second is None:
        return None
    name = site.node_id(first)
    edits.put("node", second, {"id": name, "map_id": name})
    for ends, column in ((edits.start, "from_node"), (edits.end, "to_node")):
        for pipe in np.flatnonzero(ends == second):
            edits.put("pipe", int(pipe), {column: name})
    return Fault("duplicate-id", (name,))


def _duplicate_pipe(site: _Site) -> Fault | None:
    """A pipe stands in the table twice, the second time from the other end."""
    edits = site.edits
    row = site.pipe(site.of("JP", "TR", "YS", "WS", "GD"))
    if row is None:
        return None
    swapped: dict[str, Cell] = {"from_fid": int(edits.end[row]), "to_fid": int(edits.start[row])}
    values: dict[str, Cell] = {**swapped, **{a: edits.cell("pipe", row, b) for a, b in _OTHER_END}}
    values["flow"] = {"+": "-", "-": "+"}.get(edits.text("pipe", row, "flow"))
    values["id"] = f"{values['from_node']}-{values['to_node']}"
    edits.lay(edits.copy("pipe", row, values), edits.course(row)[::-1])
    return Fault("duplicate-pipe", (site.pipe_id(row), str(values["id"])))


_OTHER_END = tuple(
    (f"{one}_{what}", f"{other}_{what}")
    for one, other in (("from", "to"), ("to", "from"))
    for what in ("node", "depth", "level", "reference")
)


def _isolated_pipe(site: _Site) -> Fault | None:
    """A pipe far from everything of its kind."""
    edits = site.edits
    row = site.pipe(site.of("JP", "TR"))
    if row is None:
        return None
    names = [site.new_id(site.node_id(int(end))) for end in (edits.start[row], edits.end[row])]
    shift = np.array([31.0, 27.0])
    rows = []
    for name, end in zip(names, (edits.start[row], edits.end[row]), strict=True):
        east, north = edits.place(int(end)) + shift
        rows.append(edits.copy("node", int(end), {**_PLAIN_END, "id": name, "map_id": name, "x": float(east), "y": float(north)}))
    values: dict[str, Cell] = {
        "from_fid": rows[0],
        "to_fid": rows[1],
        "from_node": names[0],
        "to_node": names[1],
        "id": "-".join(names),
    }
    course = edits.course(row)
    course[:, :2] += shift
    edits.lay(edits.copy("pipe", row, values), course)
    return Fault("isolated-pipe", ("-".join(names), *names))


def _crossing_without_node(site: _Site) -> Fault | None:
    """A main that another one crosses at the same level, without a point where they meet."""
    edits = site.edits
    row = site.pipe(site.of("JP") & _long(edits, 20.0))
    if row is None:
        return None
    course = edits.course(row)
    way = course[1, :2] - course[0, :2]
    aside = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-9)
    middle = (course[0] + course[1]) / 2
    names = [site.new_id(site.node_id(int(edits.start[row]))) for _side in range(2)]
    rows, ends = [], []
    for name, side in zip(names, (-4.0, 4.0), strict=True):
        east, north = np.round(middle[:2] + side * aside, 3)
        place: dict[str, Cell] = {"id": name, "map_id": name, "x": float(east), "y": float(north)}
        rows.append(edits.copy("node", int(edits.start[row]), {**_PLAIN_END, **place}))
        ends.append([east, north, middle[2]])
    level = round(float(middle[2]), 2)
    depth = {"from_depth": round(edits.number("node", int(edits.start[row]), "ground") - level, 2)}
    depth["to_depth"] = depth["from_depth"]
    values: dict[str, Cell] = {
        "from_fid": rows[0],
        "to_fid": rows[1],
        "from_node": names[0],
        "to_node": names[1],
        "id": "-".join(names),
    }
    edits.lay(
        edits.copy("pipe", row, {**values, **depth, "from_level": level, "to_level": level}), np.asarray(ends, dtype=np.float64)
    )
    return Fault("crossing-without-node", ("-".join(names), site.pipe_id(row)))


def _isolated_node(site: _Site) -> Fault | None:
    """A point that no pipe uses."""
    edits = site.edits
    row = site.node((site.degree == 2) & np.isin(np.asarray(site.node_category, dtype=object), ("DH", "GD")))
    if row is None:
        return None
    name = site.new_id(site.node_id(row))
    east, north = edits.place(row) + np.array([1.9, 1.3])
    edits.copy("node", row, {"id": name, "map_id": name, "x": float(east), "y": float(north)})
    return Fault("isolated-node", (name,))


def _storm_into_sewer(site: _Site) -> Fault | None:
    """A gully connected to a sewage manhole."""
    edits = site.edits
    pipe = site.pipe(site.of("YS") & (site.degree[edits.start] == 1))
    rows = np.asarray(site.node_category, dtype=object)
    row = site.node((rows == "WS") & (site.degree > 1)) if pipe is not None else None
    if pipe is None or row is None:
        return None
    name = site.new_id(site.node_id(int(edits.start[pipe])))
    place = edits.place(row) + np.array([2.2, 1.4])
    ground = edits.number("node", row, "ground")
    there: dict[str, Cell] = {"id": name, "map_id": name, "x": float(place[0]), "y": float(place[1]), "ground": ground}
    added = edits.copy("node", int(edits.start[pipe]), there)
    values: dict[str, Cell] = {"from_fid": added, "to_fid": row, "from_node": name, "to_node": site.node_id(row)}
    levels = {"from_depth": 0.95, "from_level": round(ground - 0.95, 2), "to_depth": 1.2, "to_level": round(ground - 1.2, 2)}
    pipe_id = f"{name}-{site.node_id(row)}"
    course = np.array([[*place, levels["from_level"]], [*edits.place(row), levels["to_level"]]])
    edits.lay(edits.copy("pipe", pipe, {**values, **levels, "id": pipe_id, "flow": "+"}), course)
    return Fault("storm-into-sewer", (pipe_id, site.node_id(row)))


# -- levels and depths -------------------------------------------------------------------------------------------------


def _set_end(edits: Edits, row: int, end: str, depth: float) -> None:
    """Write a depth at one end, with the level that follows, in the course too."""
    node = int((edits.start if end == "from" else edits.end)[row])
    level = round(edits.number("node", node, "ground") - depth, 2)
    edits.put("pipe", row, {f"{end}_depth": round(depth, 2), f"{end}_level": level})
    course = edits.course(row)
    course[0 if end == "from" else -1, 2] = level
    edits.lay(row, course)


def _reverse_slope(site: _Site) -> Fault | None:
    """A drain that rises against its recorded flow."""
    edits = site.edits
    row = site.pipe(site.gravity() & _long(edits, 12.0))
    if row is None:
        return None
    first, second = ("from", "to") if edits.text("pipe", row, "flow") != "-" else ("to", "from")
    node = int((edits.start if second == "from" else edits.end)[row])
    rise = edits.number("pipe", row, f"{first}_level") + 0.22
    _set_end(edits, row, second, edits.number("node", node, "ground") - rise)
    return Fault("reverse-slope", (site.pipe_id(row),))


def _impossible_depth(site: _Site) -> Fault | None:
    """A decimal point in the wrong place."""
    row = site.pipe(site.of("JP", "TR", "DH", "YS"))
    if row is None:
        return None
    depth = site.edits.number("pipe", row, "from_depth")
    _set_end(site.edits, row, "from", max(depth, 1.2) * 10.0)
    return Fault("impossible-depth", (site.pipe_id(row),))


def _shallow_cover(site: _Site) -> Fault | None:
    """A main with fifteen centimetres of cover; at a meter or a hydrant that would be no fault, since pipes rise there."""
    row = site.pipe(site.of("JP", "TR") & (site.degree[site.edits.end] > 1))
    if row is None:
        return None
    _set_end(site.edits, row, "to", 0.15)
    return Fault("shallow-cover", (site.pipe_id(row),))


def _level_mismatch(site: _Site) -> Fault | None:
    """A level that is not ground less depth."""
    edits = site.edits
    row = site.pipe(site.of("JP", "YS", "WS", "TR"))
    if row is None:
        return None
    level = round(edits.number("pipe", row, "to_level") - 0.83, 2)
    edits.put("pipe", row, {"to_level": level})
    course = edits.course(row)
    course[-1, 2] = level
    edits.lay(row, course)
    return Fault("level-mismatch", (site.pipe_id(row),))


def _shallow_chamber(site: _Site) -> Fault | None:
    """A manhole that ends above its pipes."""
    rows = np.asarray(site.node_category, dtype=object)
    row = site.node(np.isin(rows, ("YS", "WS")) & (site.degree > 1))
    if row is None:
        return None
    depth = site.edits.number("node", row, "chamber_depth")
    site.edits.put("node", row, {"chamber_depth": round(depth - 1.1, 2)})
    return Fault("shallow-chamber", (site.node_id(row),))


# -- what is written of an element -------------------------------------------------------------------------------------


def _valve_without_arm(site: _Site) -> Fault | None:
    """A valve surveyed as a tee: nobody knows which of its arms it closes."""
    rows = np.asarray(site.node_category, dtype=object)
    row = site.node((rows == "JP") & (site.degree >= 3))
    if row is None:
        return None
    values = {"feature": None, "appurtenance": "阀门", "kind": "isolation_valve", "state": "open", "normal_state": "open"}
    site.edits.put("node", row, {**values, "operable": "yes"})
    return Fault("valve-without-arm", (site.node_id(row),))


def _wrong_flow(site: _Site) -> Fault | None:
    """A drain whose recorded flow runs uphill."""
    edits = site.edits
    falls = np.abs(_numbers(edits, "from_level") - _numbers(edits, "to_level"))
    row = site.pipe(site.gravity() & (falls > 0.05))
    if row is None:
        return None
    edits.put("pipe", row, {"flow": "-" if edits.text("pipe", row, "flow") == "+" else "+"})
    return Fault("wrong-flow", (site.pipe_id(row),))


def _narrower_downstream(site: _Site) -> Fault | None:
    """A drain much narrower than the one before it."""
    edits = site.edits
    size = _numbers(edits, "diameter_mm")
    wide = site.gravity() & (np.nan_to_num(size) >= 500)
    row = site.pipe(wide)
    if row is None:
        return None
    edits.put("pipe", row, {"diameter_mm": 200.0, "size_text": "DN200"})
    return Fault("narrower-downstream", (site.pipe_id(row),))


def _unknown_category(site: _Site) -> Fault | None:
    """A category that no table has."""
    row = site.pipe(site.of("JP", "GD", "DH", "LD"))
    if row is None:
        return None
    site.edits.put("pipe", row, {"category": "XQ"})
    return Fault("unknown-category", (site.pipe_id(row),))


def _unknown_material(site: _Site) -> Fault | None:
    """A material that no table has."""
    row = site.pipe(site.of("JP", "TR", "WS"))
    if row is None:
        return None
    site.edits.put("pipe", row, {"material": "7#"})
    return Fault("unknown-material", (site.pipe_id(row),))


def _no_size(site: _Site) -> Fault | None:
    """A pipe without a size."""
    row = site.pipe(site.of("JP", "TR", "YS", "WS"))
    if row is None:
        return None
    site.edits.put("pipe", row, {"diameter_mm": None, "width_mm": None, "height_mm": None, "size_text": None})
    return Fault("no-size", (site.pipe_id(row),))


def _too_many_ducts(site: _Site) -> Fault | None:
    """More ducts in use than there are."""
    row = site.pipe(site.of("DH", "GD") & (np.nan_to_num(_numbers(site.edits, "holes")) > 0))
    if row is None:
        return None
    site.edits.put("pipe", row, {"holes_used": int(site.edits.number("pipe", row, "holes")) + 3})
    return Fault("too-many-ducts", (site.pipe_id(row),))


def _built_in_future(site: _Site) -> Fault | None:
    """Built years after it was surveyed."""
    row = site.pipe(site.of("JP", "TR", "RS", "YS"))
    if row is None:
        return None
    site.edits.put("pipe", row, {"built": "2047"})
    return Fault("built-after-survey", (site.pipe_id(row),))


def _numbers(edits: Edits, name: str) -> Floats:
    return np.asarray(edits.records.pipes[name].combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)


def _long(edits: Edits, metres: float) -> Bools:
    place = np.column_stack([edits.records.nodes[name].combine_chunks().to_numpy() for name in ("x", "y")])
    step = place[edits.end] - place[edits.start]
    return np.asarray(np.hypot(step[:, 0], step[:, 1]) > metres)


_DAMAGES: dict[str, Damage] = {
    "near-miss": _near_miss,
    "missing-node": _missing_node,
    "reverse-slope": _reverse_slope,
    "duplicate-id": _duplicate_id,
    "valve-without-arm": _valve_without_arm,
    "duplicate-pipe": _duplicate_pipe,
    "impossible-depth": _impossible_depth,
    "wrong-flow": _wrong_flow,
    "unknown-category": _unknown_category,
    "isolated-pipe": _isolated_pipe,
    "level-mismatch": _level_mismatch,
    "narrower-downstream": _narrower_downstream,
    "crossing-without-node": _crossing_without_node,
    "no-size": _no_size,
    "storm-into-sewer": _storm_into_sewer,
    "shallow-chamber": _shallow_chamber,
    "unknown-material": _unknown_material,
    "isolated-node": _isolated_node,
    "shallow-cover": _shallow_cover,
    "too-many-ducts": _too_many_ducts,
    "built-after-survey": _built_in_future,
}

FAULT_KINDS = tuple(_DAMAGES)
"""Every kind of fault, in the order in which they are put in."""
