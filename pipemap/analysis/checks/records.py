"""What is written of elements: blanks that must not be, words that no list has, dates and counts that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from pipemap import catalog
from pipemap.analysis.checks.facts import Facts, coded_where
from pipemap.analysis.checks.registry import Found, finds
from pipemap.catalog.kinds import NodeKind
from pipemap.model.fields import LAYERS, Layer
from pipemap.texts import N_

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.model.columns import Coded

_LETTERS = re.compile(r"[A-Z]+")
_YEAR = re.compile(r"(1[89]|2\d)\d\d")


def _words(coded: Coded, rows: NDArray[np.int64]) -> list[str]:
    return [coded[int(row)] or "" for row in rows]


def _strange(layer: Layer, column: Coded, known: Callable[[str], bool]) -> Sequence[Found]:
    rows = np.flatnonzero(coded_where(column, lambda word: not known(word)))
    return [Found(layer, rows, {"value": _words(column, rows)})]


@finds("no-id", N_("A point or pipe has no id."))
def no_id(facts: Facts, _limit: float) -> Sequence[Found]:
    """Elements without a printed number."""
    return [
        Found("node", np.flatnonzero(facts.is_blank("node", "id"))),
        Found("pipe", np.flatnonzero(facts.is_blank("pipe", "id"))),
    ]


@finds("no-place", N_("{element} has no coordinates, so it is on no map."))
def no_place(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points without coordinates."""
    return [Found("node", np.flatnonzero(facts.standing & ~facts.placed))]


@finds("no-ground", N_("{element} has no ground level: depths and levels there cannot be compared."))
def no_ground(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points of surveyed pipes without a ground level."""
    at_survey = np.zeros(facts.network.node_count, dtype=np.bool_)
    at_survey[facts.network.pipe_ends[facts.surveyed].reshape(-1)] = True
    return [Found("node", np.flatnonzero(at_survey & facts.standing & ~np.isfinite(facts.network.node_xyz[:, 2])))]


@finds("no-feature", N_("{element} says neither which feature nor which appurtenance it is."))
def no_feature(facts: Facts, _limit: float) -> Sequence[Found]:
    """Surveyed points of which nothing says what they are."""
    blank = (facts.network.node_feature.codes < 0) & (facts.network.node_appurtenance.codes < 0)
    unnamed = (facts.network.node_kind.codes < 0) | facts.network.node_kind.is_in(NodeKind.POINT)
    return [Found("node", np.flatnonzero(facts.standing & blank & unnamed))]


@finds("no-category", N_("{element} has no category: nobody knows what it carries."))
def no_category(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes without a category."""
    return [Found("pipe", np.flatnonzero(facts.live & (facts.network.pipe_category.codes < 0)))]


@finds("no-depth", N_("{element} has neither a depth nor a level at one of its ends."))
def no_depth(facts: Facts, _limit: float) -> Sequence[Found]:
    """Surveyed pipes of which nobody knows how deep they lie."""
    unknown = (~np.isfinite(facts.depth) & ~np.isfinite(facts.level)).any(axis=1)
    return [Found("pipe", np.flatnonzero(facts.surveyed & unknown & ~facts.network.pipe_kind.is_in("service")))]


@finds("no-material", N_("{element} has no material."))
def no_material(facts: Facts, _limit: float) -> Sequence[Found]:
    """Surveyed pipes without a material."""
    return [Found("pipe", np.flatnonzero(facts.surveyed & (facts.network.pipe_material.codes < 0)))]


@finds("no-burial", N_("{element} does not say how it is laid; what its depth is measured to is a guess."))
def no_burial(facts: Facts, _limit: float) -> Sequence[Found]:
    """Surveyed pipes without a way of laying."""
    return [Found("pipe", np.flatnonzero(facts.surveyed & (facts.network.pipe_burial.codes < 0)))]


@finds("no-size", N_("{element} has no size."))
def no_size(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes and ducts without a size; a cable has none."""
    unknown = ~np.isfinite(facts.network.width) | (facts.network.width <= 0)
    cable = facts.network.pipe_kind.is_in("cable") | facts.carries("power", "telecom")
    return [Found("pipe", np.flatnonzero(facts.live & unknown & ~cable))]


@finds("absurd-size", N_("{element} is {mm} mm wide, which no pipe is."))
def absurd_size(facts: Facts, limit: float) -> Sequence[Found]:
    """Sizes beyond what is built; thinner than 10 mm, or wider than the limit."""
    width = facts.network.width.astype(np.float64) * 1000
    rows = np.flatnonzero(facts.live & ((width > limit) | ((width > 0) & (width < 10) & ~facts.network.pipe_kind.is_in("cable"))))  # noqa: PLR2004
    return [Found("pipe", rows, {"mm": width[rows].round().astype(int).tolist()})]


@finds("unknown-category", N_("{element}: category “{value}” is in no table."))
def unknown_category(facts: Facts, _limit: float) -> Sequence[Found]:
    """Categories of points and pipes that CJJ 61 does not have."""

    def known(word: str) -> bool:
        return catalog.category(word) is not None

    return [*_strange("node", facts.network.node_category, known), *_strange("pipe", facts.network.pipe_category, known)]


@finds("unknown-material", N_("{element}: material “{value}” is in no table."))
def unknown_material(facts: Facts, _limit: float) -> Sequence[Found]:
    """Materials that no list has."""
    return _strange("pipe", facts.network.pipe_material, lambda word: catalog.material(word) is not None)


@finds("unknown-burial", N_("{element}: way of laying “{value}” is in no table."))
def unknown_burial(facts: Facts, _limit: float) -> Sequence[Found]:
    """Ways of laying that no list has."""
    return _strange("pipe", facts.network.pipe_burial, lambda word: catalog.burial(word) is not None)


@finds("unknown-feature", N_("{element}: feature “{value}” is in no table."))
def unknown_feature(facts: Facts, _limit: float) -> Sequence[Found]:
    """Features that no list has."""
    return _strange("node", facts.network.node_feature, _is_point_word)


@finds("unknown-appurtenance", N_("{element}: appurtenance “{value}” is in no table."))
def unknown_appurtenance(facts: Facts, _limit: float) -> Sequence[Found]:
    """Appurtenances that no list has."""
    return _strange("node", facts.network.node_appurtenance, _is_point_word)


def _is_point_word(word: str) -> bool:
    """Whether the word stands in a list of points, of all categories or of one."""
    return catalog.point_word("", word) is not None or any(
        catalog.point_word(row.code, word) is not None for row in catalog.categories()
    )


@finds("id-of-other-category", N_("{element} begins like a number of {letters}, and is {category}."))
def id_of_other_category(facts: Facts, _limit: float) -> Sequence[Found]:
    """Point numbers whose letters are the code of another major category."""
    network = facts.network
    letters = [match[0] if (match := _LETTERS.match(id_)) else "" for id_ in network.node_ids]
    said = {word: catalog.category(word) for word in set(letters)}
    major = facts.node_major
    rows = [
        row
        for row, word in enumerate(letters)
        if (found := said[word]) is not None and major[row] and found.major != major[row] and facts.standing[row]
    ]
    found_rows = np.array(rows, dtype=np.int64)
    return [Found("node", found_rows, {"letters": [letters[row] for row in rows], "category": [str(major[row]) for row in rows]})]


@finds("both-named", N_("{element} is both a feature ({feature}) and an appurtenance ({appurtenance})."))
def both_named(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points with a feature and an appurtenance; some specifications allow it."""
    network = facts.network
    rows = np.flatnonzero(facts.standing & (network.node_feature.codes >= 0) & (network.node_appurtenance.codes >= 0))
    return [
        Found(
            "node", rows, {"feature": _words(network.node_feature, rows), "appurtenance": _words(network.node_appurtenance, rows)}
        )
    ]


@finds("too-many-ducts", N_("{element}: {used} ducts in use of {holes}."))
def too_many_ducts(facts: Facts, _limit: float) -> Sequence[Found]:
    """More ducts in use than there are."""
    holes, used = facts.numbers("pipe", "holes"), facts.numbers("pipe", "holes_used")
    rows = np.flatnonzero(used > holes)
    return [Found("pipe", rows, {"used": used[rows].astype(int).tolist(), "holes": holes[rows].astype(int).tolist()})]


@finds("no-voltage", N_("{element} has no voltage: nobody can tell how near one may dig."))
def no_voltage(facts: Facts, _limit: float) -> Sequence[Found]:
    """Power lines without a voltage."""
    return [Found("pipe", np.flatnonzero(facts.live & facts.carries("power") & facts.is_blank("pipe", "voltage")))]


@finds("no-pressure", N_("{element} has no pressure: its band, and what it may cost to cut it, is unknown."))
def no_pressure(facts: Facts, _limit: float) -> Sequence[Found]:
    """Gas pipes without a pressure."""
    return [Found("pipe", np.flatnonzero(facts.live & facts.carries("gas") & facts.is_blank("pipe", "pressure")))]


@finds("no-circuit", N_("{element} does not say whether it is supply or return."))
def no_circuit(facts: Facts, _limit: float) -> Sequence[Found]:
    """Heating pipes that are neither supply nor return."""
    return [Found("pipe", np.flatnonzero(facts.live & facts.carries("heating") & (facts.network.pipe_circuit.codes < 0)))]


@finds("built-after-survey", N_("{element} was built in {built}, after it was surveyed or after today."))
def built_after_survey(facts: Facts, _limit: float) -> Sequence[Found]:
    """Elements that were surveyed before they were built, or built in the future."""
    found = []
    for layer in LAYERS:
        built = facts.column(layer, "built")
        years = _years(built)
        if np.isnan(years).all():
            continue
        seen = np.fmin(_years(facts.column(layer, "surveyed")), float(facts.today[:4]))
        rows = np.flatnonzero(years > seen)
        found.append(Found(layer, rows, {"built": built.take(rows).to_pylist()}))
    return found


def _years(column: pa.Array) -> NDArray[np.float64]:
    """Years of dates as written, NaN where there is none; each text is looked at once."""
    coded = pc.dictionary_encode(column.cast("string"))
    words = [float(match[0]) if (match := _YEAR.search(word)) else np.nan for word in coded.dictionary.to_pylist()]
    found: NDArray[np.float64] = np.array([*words, np.nan])[pc.fill_null(coded.indices, len(words)).to_numpy()]
    return found
