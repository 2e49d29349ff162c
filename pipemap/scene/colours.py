"""Colours of the picture: themes, results, and what a column of the survey is coloured by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

EVEN = ("#440154", "#472f7d", "#39568c", "#2a788e", "#1f988b", "#35b779", "#7ad151", "#bddf26", "#fde725")
"""Nine even steps from dark to bright, equally apart to the eye (the values of viridis)."""

DISTINCT = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"),
    *("#ee7733", "#009988", "#997700", "#ddaa99", "#7a6fd0"),
)
"""Colours that stay apart for most eyes (after Paul Tol's schemes)."""

MISSING = {False: "#a9adb2", True: "#6b727b"}
CLASSES = 7
_PALER = 0.6
"""How far the colour of what waits for acceptance goes towards the ground."""
OTHERS = 10
"""Text values that get a colour of their own; the rest are one entry."""

RESULT_COLOURS = {
    "contained": "#D1495B",
    "lost": "#EDAE49",
    "supplied": "#8D96A0",
    "reopen": "#3C9D6E",
    "source": "#2E86AB",
    "barrier": "#D1495B",
    "passed": "#3C9D6E",
    "missed": "#D1495B",
}
"""What results mean, the same in map, table, legend and report."""

TRACED = {False: "#0B6FE8", True: "#5BC8FF"}
SELECTED = {False: "#FF7A00", True: "#FFD23F"}
HOVERED = {False: "#1E2A38", True: "#FFFFFF"}


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of everything that is no pipe."""

    top: str
    bottom: str
    ground: str
    grid: str
    text: str
    quiet: str
    panel: str
    metal: str
    concrete: str


LIGHT = Theme("#eef2f5", "#fbfaf7", "#c6c3b6", "#7d8992", "#1f2a33", "#66727d", "#ffffff", "#5a636c", "#b4b2aa")
DARK = Theme("#0d1319", "#1a232c", "#3f5263", "#6b8194", "#e4ebf1", "#93a3b1", "#141c24", "#aeb8c2", "#75808a")


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One colour of the legend.

    Attributes
    ----------
    label, colour, count
        What it means, ``#rrggbb``, and how many elements have it.
    key
        Category code, value, or number of the class; ``None`` where the value is missing.
    """

    label: str
    colour: str
    count: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours mean."""

    title: str
    unit: str
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """A colour for every pipe and node (uint8 (n, 3)) and the legend that explains them."""

    pipes: NDArray[np.uint8]
    nodes: NDArray[np.uint8]
    legend: Legend


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green, blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def rgb1(colour: str) -> tuple[float, float, float]:
    """Return red, green, blue of ``#rrggbb``, 0 to 1."""
    red, green, blue = rgb(colour)
    return red / 255, green / 255, blue / 255


def by_category(network: Network, *, dark: bool) -> Colouring:
    """Colour by category, in the standard's colours or their companions for a dark ground."""

    def table(codes: Sequence[str]) -> NDArray[np.uint8]:
        return np.array([*(rgb(catalog.colour_of(code, dark=dark)) for code in codes), rgb(MISSING[dark])], dtype=np.uint8)

    return Colouring(
        table(network.pipe_category.values).take(network.pipe_category.codes, axis=0),
        table(network.node_category.values).take(network.node_category.codes, axis=0),
        categories_legend(network, dark=dark),
    )


def categories_legend(network: Network, *, dark: bool) -> Legend:
    """Return what the colours of categories mean, those of most pipes first."""
    counts = dict(network.tally.pipes)
    unknown = counts.pop("", 0)
    known = [code for code in network.pipe_category.values if code in counts]
    entries = [
        LegendEntry(_category_label(code), catalog.colour_of(code, dark=dark), counts[code], code)
        for code in sorted(known, key=lambda code: -counts[code])
    ]
    if unknown:
        entries.append(LegendEntry(_("No category"), MISSING[dark], unknown, None))
    return Legend(_("Category"), "", tuple(entries))


def by_column(network: Network, column: str, *, dark: bool) -> Colouring:
    """Colour pipes by any column; nodes take part where only they have it, else they turn grey.

    Numbers fall into classes of about equally many pipes, with round limits; texts get a colour each, most frequent first.

    Raises
    ------
    KeyError
        Neither layer has the column.
    """
    from pipemap.model.fields import fields, values

    layer: Layer = "pipe" if column in fields("pipe") else "node"
    field = fields(layer)[column]
    found = network.length if column == "length" else network.column(layer, column)
    words = {value.value: value.label for value in values(field.values).values()} if field.values else {}
    colours, entries = classed(found, dark=dark)
    entries = tuple(replace(entry, label=words.get(entry.label, entry.label)) for entry in entries)
    grey = np.array(rgb(MISSING[dark]), dtype=np.uint8)
    legend = Legend(field.label, field.unit, entries)
    if layer == "pipe":
        return Colouring(colours, np.broadcast_to(grey, (network.node_count, 3)), legend)
    return Colouring(np.broadcast_to(grey, (network.pipe_count, 3)), colours, legend)


def paler_where_waiting(colouring: Colouring, network: Network, *, dark: bool) -> Colouring:
    """Make batches that wait for acceptance paler, as they count in no trace; the legend says so."""
    if not network.pending_batches:
        return colouring
    ground = np.array(rgb((DARK if dark else LIGHT).top), dtype=np.float64)
    waiting = [np.isin(rows, list(network.pending_batches)) for rows in (network.pipe_batch, network.node_batch)]
    if not any(mask.any() for mask in waiting):
        return colouring
    painted = []
    for colours, mask in zip((colouring.pipes, colouring.nodes), waiting, strict=True):
        mixed = np.array(colours)
        mixed[mask] = ((1 - _PALER) * mixed[mask] + _PALER * ground).round().astype(np.uint8)
        painted.append(mixed)
    grey = ((1 - _PALER) * np.array(rgb(MISSING[dark])) + _PALER * ground).round().astype(int).tolist()
    entry = LegendEntry(_("Paler: waits for acceptance"), "#{:02x}{:02x}{:02x}".format(*grey), int(waiting[0].sum()), None)
    legend = replace(colouring.legend, entries=(*colouring.legend.entries, entry))
    return Colouring(painted[0], painted[1], legend)


def classed(values: object, *, dark: bool) -> tuple[NDArray[np.uint8], tuple[LegendEntry, ...]]:
    """Return a colour for each value and the legend's entries; numbers, years in texts, or words."""
    numbers = _numbers(values)
    if numbers is not None:
        return _by_number(numbers, dark=dark)
    return _by_word(values, dark=dark)


def _numbers(values: object) -> NDArray[np.float64] | None:
    """Return the values as numbers when that is what they are (dates given as text count by their year)."""
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    import pyarrow as pa
    import pyarrow.compute as pc

    array = values
    assert isinstance(array, pa.Array | pa.ChunkedArray)  # noqa: S101 -- the two things a column can be
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        filled: NDArray[np.float64] = pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy()
        return filled
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return None
    year = pc.struct_field(pc.extract_regex(array, r"^\s*(?P<year>(?:1[89]|20)\d\d)(?:[-./年].*)?\s*$"), "year")
    told = len(array) - pc.sum(pc.equal(pc.fill_null(array, ""), "")).as_py() if len(array) else 0
    if told and len(array) - year.null_count >= 0.8 * told:
        return pc.fill_null(year.cast(pa.float64()), np.nan).to_numpy()  # type: ignore[no-any-return]
    return None


def _by_number(numbers: NDArray[np.float64], *, dark: bool) -> tuple[NDArray[np.uint8], tuple[LegendEntry, ...]]:
    known = np.isfinite(numbers)
    limits = class_limits(numbers[known])
    klass = np.clip(np.searchsorted(limits, numbers, side="right") - 1, 0, max(len(limits) - 2, 0))
    ramp = even_colours(max(len(limits) - 1, 1), dark=dark)
    table = np.array([*(rgb(colour) for colour in ramp), rgb(MISSING[dark])], dtype=np.uint8)
    klass = np.where(known, klass, len(ramp))
    counts = np.bincount(klass, minlength=len(table))
    entries = [
        LegendEntry(_range_label(limits, number), colour, int(counts[number]), str(number))
        for number, colour in enumerate(ramp)
        if counts[number]
    ]
    if counts[-1]:
        entries.append(LegendEntry(_("Not known"), MISSING[dark], int(counts[-1]), None))
    return table.take(klass, axis=0), tuple(entries)


def class_limits(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the limits of at most ``CLASSES`` classes; few distinct values are a class each."""
    if not len(numbers):
        return np.array([0.0, 0.0])
    distinct = np.unique(numbers)
    if len(distinct) <= CLASSES:
        return np.append(distinct, distinct[-1])
    wanted = np.quantile(numbers, np.linspace(0, 1, CLASSES + 1))
    step = 10.0 ** np.floor(np.log10(max(distinct[-1] - distinct[0], 1e-12) / CLASSES)) / 2
    rounded = np.round(wanted / step) * step
    rounded[0], rounded[-1] = np.floor(wanted[0] / step) * step, np.ceil(wanted[-1] / step) * step
    return np.unique(rounded)


def even_colours(count: int, *, dark: bool) -> list[str]:
    """Return ``count`` even steps of the ramp, leaving out the end that would vanish in the background."""
    low, high = (0.22, 1.0) if dark else (0.0, 0.88)
    steps = np.linspace(low, high, count) if count > 1 else np.array([0.55])
    table = np.array([rgb(colour) for colour in EVEN], dtype=float)
    place = steps * (len(EVEN) - 1)
    mixed = np.stack([np.interp(place, np.arange(len(EVEN)), table[:, channel]) for channel in range(3)], axis=1)
    return ["#{:02x}{:02x}{:02x}".format(*(round(part) for part in row)) for row in mixed.tolist()]


def _range_label(limits: NDArray[np.float64], number: int) -> str:
    low, high = limits[number], limits[min(number + 1, len(limits) - 1)]
    single = len(limits) >= 2 and limits[-1] == limits[-2]  # noqa: PLR2004 -- a class a value
    return f"{low:g}" if single else f"{low:g} – {high:g}"


def _by_word(values: object, *, dark: bool) -> tuple[NDArray[np.uint8], tuple[LegendEntry, ...]]:
    import pyarrow as pa

    from pipemap.model.columns import Coded

    array = values
    assert isinstance(array, pa.Array | pa.ChunkedArray)  # noqa: S101 -- the two things a column can be
    coded = Coded.from_arrow(array.cast(pa.string()))
    table = np.full((len(coded.values) + 1, 3), rgb(MISSING[dark]), dtype=np.uint8)
    entries: list[LegendEntry] = []
    rest = 0
    for place, (word, count) in enumerate(coded.count().items()):
        if place < OTHERS or (place == OTHERS and len(coded.values) == OTHERS + 1):
            colour = DISTINCT[place]
            table[coded.values.index(word)] = rgb(colour)
            entries.append(LegendEntry(word, colour, count, word))
        else:
            table[coded.values.index(word)] = rgb(_OTHER[dark])
            rest += count
    if rest:
        entries.append(LegendEntry(_("Other values"), _OTHER[dark], rest, "*"))
    unknown = int((coded.codes < 0).sum())
    if unknown:
        entries.append(LegendEntry(_("Not known"), MISSING[dark], unknown, None))
    return table.take(coded.codes, axis=0), tuple(entries)


_OTHER = {False: "#5f6b7a", True: "#c3c9d1"}


def _category_label(code: str) -> str:
    known = catalog.category(code)
    return known.label if known is not None else code


def by_major(legend: Legend) -> Legend:
    """Return a legend of categories with sub-categories of one colour under the name of their major one."""
    joined: dict[tuple[str, str], list[LegendEntry]] = {}
    for entry in legend.entries:
        joined.setdefault((catalog.major_of(entry.key) if entry.key else "", entry.colour), []).append(entry)
    entries = [
        found[0]
        if len(found) == 1
        else LegendEntry(_category_label(major), colour, sum(entry.count for entry in found), major or None)
        for (major, colour), found in joined.items()
    ]
    return replace(legend, entries=tuple(sorted(entries, key=lambda entry: -entry.count)))


ROLE_LABELS = {
    "contained": N_("Contained"),
    "lost": N_("Supply lost"),
    "supplied": N_("Still supplied"),
    "reopen": N_("Reopen"),
    "source": N_("Source"),
    "traced": N_("Traced"),
    "barrier": N_("Barrier"),
    "passed": N_("Patrolled"),
    "missed": N_("Missed"),
}
