"""The small shapes that stand for nodes: each kind recognisable at a glance, upright, and never too small to see.

A shape is a template of a few dozen triangles. Its corners carry how far they follow the depth of the node, so that one
template makes shafts of any depth; thousands of copies are one array operation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.scene.mesh import Mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


FEWEST = 4
"""Corners that every turned shape has more of: with fewer it would be another shape."""


class Part(IntEnum):
    """What a corner of a template is coloured by."""

    BODY = 0
    METAL = 1
    CONCRETE = 2
    STATE = 3
    ACCENT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One shape. ``places`` (n, 3) in sizes of the glyph; ``follow`` (n): share of the node's depth to go down; ``part`` (n).

    ``coarse`` is the same with fewer triangles, for where it covers a few pixels.
    """

    places: NDArray[np.float32]
    follow: NDArray[np.float32]
    normals: NDArray[np.float32]
    part: NDArray[np.uint8]
    triangles: NDArray[np.int64]
    coarse: Template | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of node is drawn.

    Attributes
    ----------
    build
        Makes the template.
    size
        Metres that 1 in the template is.
    least
        Pixels that ``size`` shall cover at least …
    growth
        … unless that takes more than this factor; then it is left out rather than clutter the town.
    on_axis
        Stands on the pipe's axis instead of on the ground.
    """

    build: Callable[[], Template]
    size: float
    least: float
    growth: float
    on_axis: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Where copies of one template stand: local float64 (n, 3), size, metres down, angle in plan, colour, colour of its state."""

    places: NDArray[np.float64]
    size: NDArray[np.float64]
    depth: NDArray[np.float64]
    turn: NDArray[np.float64]
    colours: NDArray[np.uint8]
    states: NDArray[np.uint8]


def copies(template: Template, stand: Copies, *, palette: NDArray[np.uint8]) -> Mesh:
    """Return a mesh of all copies; ``palette`` (5, 3) has the colours of the parts that are the same for all."""
    count = len(stand.places)
    if not count:
        return Mesh.empty()
    cos, sin = np.cos(stand.turn).astype(np.float32)[:, None], np.sin(stand.turn).astype(np.float32)[:, None]
    shape, normal = template.places, template.normals
    points = np.empty((count, len(shape), 3), dtype=np.float32)
    points[..., 0] = cos * shape[:, 0] - sin * shape[:, 1]
    points[..., 1] = sin * shape[:, 0] + cos * shape[:, 1]
    points[..., 2] = shape[:, 2]
    points *= stand.size.astype(np.float32)[:, None, None]
    points[..., 2] -= stand.depth.astype(np.float32)[:, None] * template.follow
    points += stand.places.astype(np.float32)[:, None]
    normals = np.empty_like(points)
    normals[..., 0] = cos * normal[:, 0] - sin * normal[:, 1]
    normals[..., 1] = sin * normal[:, 0] + cos * normal[:, 1]
    normals[..., 2] = normal[:, 2]
    colours = np.broadcast_to(palette[template.part], (count, len(shape), 3)).copy()
    body, state = template.part == Part.BODY, template.part == Part.STATE
    colours[:, body] = stand.colours[:, None]
    colours[:, state] = stand.states[:, None]
    triangles = template.triangles[None] + (np.arange(count) * len(shape))[:, None, None]
    return Mesh(points.reshape(-1, 3), normals.reshape(-1, 3), colours.reshape(-1, 3), triangles.reshape(-1, 3))


# -- building blocks ---------------------------------------------------------------------------------------------------


def _joined(parts: Sequence[Template], *, coarse: Sequence[Template] | None = None) -> Template:
    """Put parts together; ``coarse`` are those that still show on a few pixels."""
    return replace(_one(parts), coarse=_one([part.coarse or part for part in (coarse if coarse is not None else parts)]))


def _one(parts: Sequence[Template]) -> Template:
    starts = np.cumsum([0, *(len(part.places) for part in parts)])
    return Template(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.follow for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.part for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=False)]),
    )


def lathe(
    profile: Sequence[tuple[float, float]], part: Part, *, corners: int = 12, follow: Sequence[float] | None = None
) -> Template:
    """Turn a profile of (radius, height) around the upright axis; each stretch gets flat normals along the profile."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    down = list(follow) if follow is not None else [0.0] * len(profile)
    places, normals, follows, faces = [], [], [], []
    here = np.arange(corners)
    after = (here + 1) % corners
    for number in range(len(profile) - 1):
        (r0, z0), (r1, z1) = profile[number], profile[number + 1]
        f0, f1 = down[number], down[number + 1]
        rise, reach = (z1 - f1 * 2) - (z0 - f0 * 2), r1 - r0
        length = float(np.hypot(rise, reach)) or 1.0
        base = 2 * corners * number
        for radius, height in ((r0, z0), (r1, z1)):
            places.append(np.column_stack([ring * radius, np.full(corners, height)]))
            normals.append(np.column_stack([ring * (rise / length), np.full(corners, -reach / length)]))
        follows += [np.full(corners, f0), np.full(corners, f1)]
        if r0 > 0:
            faces.append(np.column_stack([here, after, after + corners]) + base)
        if r1 > 0:
            faces.append(np.column_stack([here, after + corners, here + corners]) + base)
    points = np.concatenate(places)
    few = corners // 2 + 1
    coarse = lathe(profile, part, corners=few, follow=follow) if few > FEWEST else None
    return Template(
        points.astype(np.float32),
        np.concatenate(follows).astype(np.float32),
        np.concatenate(normals).astype(np.float32),
        np.full(len(points), part, dtype=np.uint8),
        np.concatenate(faces),
        coarse,
    )


def block(
    low: Sequence[float], high: Sequence[float], part: Part, *, follow_low: float = 0.0, follow_high: float = 0.0
) -> Template:
    """Return an upright box from corner to corner."""
    corners = np.array([[(high if bit else low)[axis] for axis, bit in enumerate(bits)] for bits in np.ndindex(2, 2, 2)])
    quads = ((4, 6, 7, 5), (0, 1, 3, 2), (2, 3, 7, 6), (0, 4, 5, 1), (1, 5, 7, 3), (0, 2, 6, 4))
    normals = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
    index = np.array(quads).reshape(-1)
    base = np.arange(6)[:, None] * 4
    follow = np.where(index % 2 == 1, follow_high, follow_low)
    return Template(
        corners[index].astype(np.float32),
        follow.astype(np.float32),
        np.repeat(np.array(normals, dtype=np.float32), 4, axis=0),
        np.full(24, part, dtype=np.uint8),
        np.concatenate([base + np.array(corner) for corner in ((0, 1, 2), (0, 2, 3))]),
    )


def _lying(template: Template) -> Template:
    """Lay a turned shape down so that its axis runs along the pipe (x); swapping two axes turns triangles inside out, so back."""
    places, normals = template.places[:, ::-1].copy(), template.normals[:, ::-1].copy()
    places[:, 1], normals[:, 1] = template.places[:, 1], template.normals[:, 1]
    coarse = _lying(template.coarse) if template.coarse is not None else None
    return Template(places, template.follow, normals, template.part, template.triangles[:, [0, 2, 1]], coarse)


def _raised(template: Template, *, by: tuple[float, float, float]) -> Template:
    coarse = _raised(template.coarse, by=by) if template.coarse is not None else None
    return replace(template, places=(template.places + np.array(by)).astype(np.float32), coarse=coarse)


# -- the shapes --------------------------------------------------------------------------------------------------------


@cache
def manhole() -> Template:
    """Shaft to the invert, a concrete ring, an iron cover."""
    shaft = lathe([(0.5, 0.0), (0.5, 0.0)][::-1], Part.BODY, follow=[1.0, 0.0], corners=14)
    rim = lathe([(0.62, -0.1), (0.62, 0.06), (0.5, 0.06)], Part.CONCRETE, corners=14)
    cover = lathe([(0.5, 0.05), (0.46, 0.09), (0.0, 0.1)], Part.METAL, corners=14)
    bottom = lathe([(0.0, 0.0), (0.5, 0.0)], Part.BODY, follow=[1.0, 1.0], corners=14)
    return _joined([bottom, shaft, rim, cover], coarse=[shaft, rim, cover])


@cache
def chamber() -> Template:
    """Square shaft with a slab and two covers."""
    shaft = block((-0.6, -0.5, 0), (0.6, 0.5, 0), Part.BODY, follow_low=1.0)
    slab = block((-0.68, -0.58, -0.1), (0.68, 0.58, 0.06), Part.CONCRETE)
    covers = [block((x - 0.24, -0.36, 0.06), (x + 0.24, 0.36, 0.1), Part.METAL) for x in (-0.3, 0.3)]
    return _joined([shaft, slab, *covers])


@cache
def gully() -> Template:
    """Kerb box with a grate of bars."""
    shaft = block((-0.42, -0.26, 0), (0.42, 0.26, 0), Part.BODY, follow_low=1.0)
    frame = block((-0.48, -0.32, -0.08), (0.48, 0.32, 0.03), Part.CONCRETE)
    bars = [block((x - 0.05, -0.24, 0.03), (x + 0.05, 0.24, 0.08), Part.METAL) for x in (-0.32, -0.16, 0.0, 0.16, 0.32)]
    grate = block((-0.37, -0.24, 0.03), (0.37, 0.24, 0.08), Part.METAL)
    return _joined([shaft, frame, *bars], coarse=[shaft, frame, grate])


@cache
def outfall() -> Template:
    """Headwall with wings and a dark mouth; stands on the pipe's axis, square to it."""
    wall = block((-0.15, -0.9, -0.6), (0.15, 0.9, 0.8), Part.CONCRETE)
    wings = [block((0.1, side * 0.9 - 0.1, -0.6), (0.9, side * 0.9 + 0.1, 0.35), Part.CONCRETE) for side in (-1, 1)]
    apron = block((0.1, -0.9, -0.68), (1.1, 0.9, -0.55), Part.CONCRETE)
    mouth = _lying(lathe([(0.5, -0.2), (0.5, 0.24), (0.36, 0.24), (0.36, 0.1)], Part.BODY, corners=14))
    return _joined([wall, *wings, apron, mouth])


@cache
def valve() -> Template:
    """Two cones tip to tip along the pipe, a spindle, a handwheel."""
    cone = lathe([(0.0, 0.9), (0.62, 0.9), (0.12, 0.0)][::-1], Part.STATE, corners=12)
    back = _flipped(cone)
    hub = lathe([(0.24, -0.3), (0.24, 0.35), (0.0, 0.35)], Part.STATE, corners=10)
    spindle = lathe([(0.08, 0.3), (0.08, 0.98)], Part.METAL, corners=6)
    wheel = lathe([(0.34, 0.94), (0.5, 0.9), (0.5, 1.02), (0.34, 1.0), (0.34, 0.94)], Part.METAL, corners=14)
    spokes = [block((-0.4, -0.05, 0.94), (0.4, 0.05, 1.0), Part.METAL), block((-0.05, -0.4, 0.94), (0.05, 0.4, 1.0), Part.METAL)]
    disc = lathe([(0.5, 0.9), (0.5, 1.02), (0.0, 1.02)], Part.METAL, corners=12)
    return _joined([_lying(cone), back, hub, spindle, wheel, *spokes], coarse=[_lying(cone), back, spindle, disc])


@cache
def closed_valve() -> Template:
    """A valve with a white bar through it: told apart without its colour."""
    bar = block((-0.16, -0.95, -0.12), (0.16, 0.95, 0.42), Part.ACCENT)
    return _joined([valve(), bar])


@cache
def check_valve() -> Template:
    """One cone and the plate that it shuts against."""
    cone = _lying(lathe([(0.62, -0.7), (0.0, 0.7)], Part.STATE, corners=12))
    base = _lying(lathe([(0.0, -0.7), (0.62, -0.7)], Part.STATE, corners=12))
    plate = block((0.68, -0.66, -0.66), (0.84, 0.66, 0.66), Part.METAL)
    return _joined([cone, base, plate])


@cache
def air_valve() -> Template:
    """A small dome on a neck."""
    return lathe([(0.2, 0.0), (0.2, 0.5), (0.5, 0.5), (0.46, 0.8), (0.3, 1.0), (0.0, 1.08)], Part.STATE, corners=12)


@cache
def drain_valve() -> Template:
    """A funnel below the pipe."""
    return lathe([(0.0, -1.0), (0.16, -1.0), (0.16, -0.5), (0.55, 0.1), (0.0, 0.1)], Part.STATE, corners=12)


@cache
def hydrant() -> Template:
    """Red post with a cap and two outlets, and the riser below it."""
    red = Part.STATE
    riser = lathe([(0.1, 0.0), (0.1, 0.0)], Part.BODY, follow=[1.0, 0.0], corners=8)
    shape = ((0.3, 0.0), (0.3, 0.08), (0.19, 0.1), (0.19, 0.72), (0.25, 0.76), (0.25, 0.82), (0.18, 0.96), (0.0, 1.02))
    post = lathe(shape, red, corners=12)
    arms = _lying(lathe([(0.0, -0.38), (0.1, -0.38), (0.1, 0.38), (0.0, 0.38)], Part.METAL, corners=8))
    slim = lathe([(0.3, 0.0), (0.19, 0.1), (0.19, 0.82), (0.0, 1.02)], red, corners=12)
    return _joined([riser, post, _raised(arms, by=(0, 0, 0.56))], coarse=[riser, slim])


@cache
def tower() -> Template:
    """A water tower: where the supply comes from."""
    legs = [block((x - 0.08, y - 0.08, 0), (x + 0.08, y + 0.08, 1.1), Part.CONCRETE) for x in (-0.4, 0.4) for y in (-0.4, 0.4)]
    bowl = lathe([(0.0, 0.95), (0.5, 1.05), (0.8, 1.3), (0.8, 1.75), (0.0, 2.1)], Part.BODY, corners=16)
    return _joined([*legs, bowl])


@cache
def plant() -> Template:
    """A hall with a chimney: where gas, heat or power comes from."""
    hall = block((-0.9, -0.6, 0.0), (0.9, 0.6, 0.8), Part.BODY)
    base = block((-1.0, -0.7, -0.05), (1.0, 0.7, 0.1), Part.CONCRETE)
    sheds = [block((x - 0.26, -0.62, 0.8), (x + 0.04, 0.62, 1.0), Part.CONCRETE) for x in (-0.6, 0.0, 0.6)]
    chimney = lathe([(0.16, 0.0), (0.11, 1.9), (0.15, 1.9), (0.15, 2.0), (0.0, 2.0)], Part.METAL, corners=12)
    return _joined([base, hall, *sheds, _raised(chimney, by=(0.62, 0.9, 0.0))])


@cache
def reservoir() -> Template:
    """A broad basin with water."""
    wall = lathe([(1.1, 0.0), (1.1, 0.6), (0.98, 0.6), (0.98, 0.45)], Part.CONCRETE, corners=20)
    water = lathe([(0.98, 0.45), (0.0, 0.45)], Part.BODY, corners=20)
    return _joined([wall, water])


@cache
def tank() -> Template:
    """A closed tank on the ground."""
    return _joined(
        [
            lathe([(0.75, 0.0), (0.75, 1.1)], Part.BODY, corners=18),
            lathe([(0.8, 1.1), (0.8, 1.18), (0.0, 1.4)], Part.CONCRETE, corners=18),
            lathe([(0.9, 0.0), (0.9, 0.1), (0.75, 0.1)], Part.CONCRETE, corners=18),
        ]
    )


@cache
def well() -> Template:
    """A ring under a small roof."""
    ring = lathe([(0.5, 0.0), (0.5, 0.5), (0.4, 0.5), (0.4, 0.2)], Part.CONCRETE, corners=14)
    posts = [block((x - 0.05, -0.05, 0.5), (x + 0.05, 0.05, 1.1), Part.METAL) for x in (-0.44, 0.44)]
    roof = lathe([(0.0, 1.1), (0.7, 1.1), (0.0, 1.5)], Part.BODY, corners=4)
    return _joined([ring, *posts, roof])


@cache
def pump() -> Template:
    """A volute, its motor, its plinth."""
    plinth = block((-0.7, -0.4, -0.6), (0.8, 0.4, -0.45), Part.CONCRETE)
    volute = _lying(lathe([(0.0, -0.55), (0.5, -0.55), (0.5, -0.15), (0.0, -0.15)], Part.STATE, corners=14))
    motor = _lying(lathe([(0.32, -0.15), (0.32, 0.7), (0.0, 0.74)], Part.METAL, corners=12))
    outlet = lathe([(0.18, 0.1), (0.18, 0.7), (0.26, 0.7), (0.26, 0.8), (0.0, 0.8)], Part.STATE, corners=10)
    return _joined([plinth, volute, motor, _raised(outlet, by=(-0.35, 0, 0))])


def _cabinet(width: float, deep: float, high: float, *, mark: bool) -> Template:
    base = block((-width - 0.08, -deep - 0.08, -0.05), (width + 0.08, deep + 0.08, 0.12), Part.CONCRETE)
    body = block((-width, -deep, 0.12), (width, deep, high), Part.BODY)
    roof = block((-width - 0.06, -deep - 0.06, high), (width + 0.06, deep + 0.06, high + 0.08), Part.CONCRETE)
    lid = block((-width + 0.06, -deep + 0.06, high + 0.08), (width - 0.06, deep - 0.06, high + 0.12), Part.BODY)
    door = block((-0.02, -deep - 0.02, 0.2), (0.02, -deep, high - 0.08), Part.METAL)
    badge = [block((-0.3, -deep - 0.03, high * 0.55), (-0.08, -deep, high * 0.75), Part.ACCENT)] if mark else []
    return _joined([base, body, roof, lid, door, *badge], coarse=[body, roof, lid])


@cache
def cabinet() -> Template:
    """A street cabinet."""
    return _cabinet(0.55, 0.25, 1.2, mark=True)


@cache
def regulator() -> Template:
    """A wide cabinet with a chimney."""
    vent = lathe([(0.06, 1.0), (0.06, 1.7), (0.14, 1.7), (0.0, 1.85)], Part.METAL, corners=8)
    return _joined([_cabinet(0.8, 0.45, 1.1, mark=True), _raised(vent, by=(0.5, 0.2, 0))])


@cache
def exchanger() -> Template:
    """A small plant house with two cylinders."""
    drums = [_raised(lathe([(0.25, 0), (0.25, 0.9), (0.0, 1.05)], Part.METAL, corners=12), by=(1.05, y, 0)) for y in (-0.3, 0.3)]
    return _joined([_cabinet(0.75, 0.55, 1.2, mark=False), *drums])


@cache
def transformer() -> Template:
    """A compact substation: box with cooling fins."""
    fins = [block((x - 0.03, 0.4, 0.25), (x + 0.03, 0.58, 0.95), Part.METAL) for x in (-0.45, -0.25, -0.05, 0.15, 0.35)]
    return _joined([_cabinet(0.7, 0.4, 1.15, mark=True), *fins])


@cache
def meter() -> Template:
    """A low box with a glass."""
    box = block((-0.32, -0.24, -0.1), (0.32, 0.24, 0.1), Part.BODY)
    glass = lathe([(0.18, 0.1), (0.18, 0.16), (0.0, 0.18)], Part.ACCENT, corners=12)
    return _joined([box, glass])


@cache
def house() -> Template:
    """A customer: a small house."""
    walls = block((-0.55, -0.45, 0.0), (0.55, 0.45, 0.7), Part.CONCRETE)
    roof = lathe([(0.86, 0.7), (0.0, 1.25)], Part.BODY, corners=4)
    return _joined([walls, _turned(roof, np.pi / 4)])


@cache
def pole() -> Template:
    """A tall thin pole with an arm."""
    mast = lathe([(0.09, 0.0), (0.05, 4.0), (0.0, 4.0)], Part.METAL, corners=8)
    arm = block((-0.05, -0.6, 3.6), (0.05, 0.6, 3.7), Part.BODY)
    return _joined([mast, arm])


@cache
def basin() -> Template:
    """An underground storage: a box with a lid."""
    body = block((-1.2, -0.8, 0.0), (1.2, 0.8, 0.0), Part.BODY, follow_low=1.0)
    lid = block((-1.3, -0.9, -0.15), (1.3, 0.9, 0.05), Part.CONCRETE)
    hatch = lathe([(0.35, 0.05), (0.35, 0.12), (0.0, 0.13)], Part.METAL, corners=12)
    return _joined([body, lid, hatch])


@cache
def boundary() -> Template:
    """Where the survey ends: an open ring around the pipe."""
    return _lying(lathe([(0.7, -0.08), (0.9, -0.08), (0.9, 0.08), (0.7, 0.08), (0.7, -0.08)], Part.BODY, corners=16))


@cache
def arrow() -> Template:
    """Flow: a slim cone along the pipe."""
    return _lying(lathe([(0.0, -0.5), (0.32, -0.5), (0.0, 0.7)], Part.STATE, corners=8))


def _turned(template: Template, angle: float) -> Template:
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]], dtype=np.float32)
    places, normals = (template.places @ turn).astype(np.float32), (template.normals @ turn).astype(np.float32)
    coarse = _turned(template.coarse, angle) if template.coarse is not None else None
    return replace(template, places=places, normals=normals, coarse=coarse)


def _flipped(template: Template) -> Template:
    return _turned(_lying(template), np.pi)


NODE_GLYPHS: dict[str, Kind] = {
    NodeKind.MANHOLE: Kind(manhole, 0.8, 0.0, 1.0),
    NodeKind.CHAMBER: Kind(chamber, 1.2, 0.0, 1.0),
    NodeKind.GULLY: Kind(gully, 0.9, 0.0, 1.0),
    NodeKind.STORAGE: Kind(basin, 2.0, 8.0, 4.0),
    NodeKind.OUTFALL: Kind(outfall, 1.4, 9.0, 8.0, on_axis=True),
    NodeKind.SOURCE: Kind(tower, 4.0, 13.0, 12.0),
    NodeKind.RESERVOIR: Kind(reservoir, 4.0, 12.0, 60.0),
    NodeKind.TANK: Kind(tank, 4.0, 12.0, 60.0),
    NodeKind.WELL: Kind(well, 1.6, 9.0, 8.0),
    NodeKind.ISOLATION_VALVE: Kind(valve, 0.5, 7.0, 10.0, on_axis=True),
    NodeKind.CHECK_VALVE: Kind(check_valve, 0.5, 7.0, 10.0, on_axis=True),
    NodeKind.AIR_VALVE: Kind(air_valve, 0.4, 6.0, 8.0, on_axis=True),
    NodeKind.DRAIN_VALVE: Kind(drain_valve, 0.4, 6.0, 8.0, on_axis=True),
    NodeKind.REGULATOR: Kind(regulator, 1.4, 7.0, 4.0),
    NodeKind.EXCHANGER: Kind(exchanger, 1.7, 7.0, 4.0),
    NodeKind.TRANSFORMER: Kind(transformer, 1.5, 7.0, 4.0),
    NodeKind.PUMP: Kind(pump, 1.2, 12.0, 25.0, on_axis=True),
    NodeKind.HYDRANT: Kind(hydrant, 0.9, 10.0, 9.0),
    NodeKind.METER: Kind(meter, 0.6, 5.0, 4.0),
    NodeKind.CUSTOMER: Kind(house, 1.5, 6.0, 3.0),
    NodeKind.CABINET: Kind(cabinet, 1.1, 6.0, 3.0),
    NodeKind.POLE: Kind(pole, 1.2, 6.0, 3.0),
    NodeKind.BOUNDARY: Kind(boundary, 0.5, 7.0, 6.0, on_axis=True),
}

PLANT = Kind(plant, 4.0, 13.0, 12.0)
CLOSED_VALVE = Kind(closed_valve, 0.5, 8.0, 12.0, on_axis=True)

PIPE_GLYPHS: dict[str, Kind] = {
    PipeKind.VALVE: Kind(valve, 0.6, 10.0, 25.0, on_axis=True),
    PipeKind.CHECK_VALVE: Kind(check_valve, 0.6, 10.0, 25.0, on_axis=True),
    **{kind: Kind(check_valve, 0.6, 10.0, 25.0, on_axis=True) for kind in (PipeKind.PRV, PipeKind.PSV, PipeKind.FCV)},
    **{kind: Kind(valve, 0.6, 10.0, 25.0, on_axis=True) for kind in (PipeKind.PBV, PipeKind.GPV, PipeKind.ORIFICE)},
    PipeKind.PUMP: Kind(pump, 1.2, 14.0, 40.0, on_axis=True),
    PipeKind.WEIR: Kind(check_valve, 0.6, 10.0, 25.0, on_axis=True),
    PipeKind.OUTLET: Kind(check_valve, 0.6, 10.0, 25.0, on_axis=True),
}

FLOW_ARROW = Kind(arrow, 0.5, 8.0, 12.0, on_axis=True)
