"""The functions of expressions, and the names that they know beside the fields: one row each, as the manual lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.fields import Layer
from pipemap.model.network import lengths_3d
from pipemap.texts import N_

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

Kind = Literal["number", "text", "truth"]
_MANY = 20


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes
    ----------
    usage, meaning
        How it is written, and what it gives.
    kind
        Kind of its result; empty: that of its first argument.
    takes
        Kinds of its arguments, the last for all further ones; empty: that of the first argument.
    arguments
        Fewest and most.
    wrong, why
        Which rows cannot be worked out, and the reason.
    """

    usage: str
    meaning: str
    kind: Kind | Literal[""]
    takes: tuple[Kind | Literal[""], ...]
    arguments: tuple[int, int]
    work: Callable[..., pa.Array]
    wrong: Callable[..., pa.Array] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A name that stands for something worked out of the network."""

    meaning: str
    unit: str
    work: Callable[[Network], NDArray[Any]]


def _floats(column: pa.Array) -> NDArray[np.float64]:
    return column.to_numpy(zero_copy_only=False).astype(np.float64)  # type: ignore[no-any-return]


def _array(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, from_pandas=True)


def _round(values: pa.Array, places: pa.Array | None = None) -> pa.Array:
    """Round to the nearest, halves away from zero, as people and spreadsheets do."""
    numbers = _floats(values)
    power = 10.0 ** (np.zeros(len(numbers)) if places is None else np.clip(np.trunc(np.nan_to_num(_floats(places))), -15, 15))
    with np.errstate(all="ignore"):
        scaled = np.abs(numbers) * power
        return _array(np.sign(numbers) * np.floor(scaled + 0.5 + 1e-9 * np.maximum(scaled, 1) * 1e-3) / power)


def _root(values: pa.Array) -> pa.Array:
    with np.errstate(invalid="ignore"):
        return _array(np.sqrt(_floats(values)))


def as_text(values: pa.Array) -> pa.Array:
    """Return numbers and truths as texts; texts as they are."""
    if pa.types.is_floating(values.type):
        return pa.array([None if value is None else f"{value:.12g}" for value in values.to_pylist()], pa.string())
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "1", "0")
    return values


def _number_of(text: str | None) -> float | None:
    try:
        number = float(text.replace(",", "")) if text and "_" not in text else None
    except ValueError:
        return None
    return number if number is not None and np.isfinite(number) else None


def _number(texts: pa.Array) -> pa.Array:
    return pa.array([_number_of(text) for text in texts.to_pylist()], pa.float64())


def _no_number(texts: pa.Array) -> pa.Array:
    return pa.array([bool(text and text.strip()) and _number_of(text) is None for text in texts.to_pylist()], pa.bool_())


def _sliced(texts: pa.Array, first: list[int | None], count: list[int | None]) -> pa.Array:
    found = []
    for text, start, length in zip(texts.to_pylist(), first, count, strict=True):
        unknown = text is None or start is None or length is None
        found.append(None if unknown else text[max(0, start or 0) :][: max(0, length or 0)])
    return pa.array(found, pa.string())


def _wholes(column: pa.Array) -> list[int | None]:
    return [None if value is None else int(min(max(value, -1e9), 1e9)) for value in column.to_pylist()]


def _left(texts: pa.Array, count: pa.Array) -> pa.Array:
    return _sliced(texts, [0] * len(texts), _wholes(count))


def _right(texts: pa.Array, count: pa.Array) -> pa.Array:
    lengths = pc.utf8_length(texts).to_pylist()
    first = [
        None if length is None or wanted is None else max(0, length - max(0, wanted))
        for length, wanted in zip(lengths, _wholes(count), strict=True)
    ]
    return _sliced(texts, first, _wholes(count))


def _mid(texts: pa.Array, first: pa.Array, count: pa.Array) -> pa.Array:
    return _sliced(texts, [None if one is None else one - 1 for one in _wholes(first)], _wholes(count))


def _replaced(texts: pa.Array, old: pa.Array, new: pa.Array) -> pa.Array:
    rows = zip(texts.to_pylist(), old.to_pylist(), new.to_pylist(), strict=True)
    return pa.array(
        [text if text is None or not one else text.replace(one, other or "") for text, one, other in rows], pa.string()
    )


def _concat(*texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), "")


def _contains(texts: pa.Array, wanted: pa.Array) -> pa.Array:
    rows = zip(texts.to_pylist(), wanted.to_pylist(), strict=True)
    return pa.array(
        [None if text is None or one is None else one.casefold() in text.casefold() for text, one in rows], pa.bool_()
    )


def _least(*values: pa.Array) -> pa.Array:
    return pc.min_element_wise(*values, skip_nulls=True)


def _most(*values: pa.Array) -> pa.Array:
    return pc.max_element_wise(*values, skip_nulls=True)


FUNCTIONS: Mapping[str, Function] = {
    "if": Function(
        "if(a > b, x, y)", N_("x where the condition holds, else y; y may be left out"), "", ("truth", ""), (2, 3), pc.if_else
    ),
    "coalesce": Function("coalesce(x, y, …)", N_("the first that is known"), "", ("",), (1, _MANY), pc.coalesce),
    "round": Function(
        "round(x, 2)", N_("rounded to so many decimals; halves go away from zero"), "number", ("number",), (1, 2), _round
    ),
    "floor": Function("floor(x)", N_("the next whole number below"), "number", ("number",), (1, 1), pc.floor),
    "ceil": Function("ceil(x)", N_("the next whole number above"), "number", ("number",), (1, 1), pc.ceil),
    "abs": Function("abs(x)", N_("without its sign"), "number", ("number",), (1, 1), pc.abs),
    "sqrt": Function(
        "sqrt(x)",
        N_("square root"),
        "number",
        ("number",),
        (1, 1),
        _root,
        wrong=lambda values: pc.less(values, 0.0),
        why=N_("A negative number has no square root."),
    ),
    "min": Function("min(x, y, …)", N_("the least that is known"), "number", ("number",), (1, _MANY), _least),
    "max": Function("max(x, y, …)", N_("the largest that is known"), "number", ("number",), (1, _MANY), _most),
    "upper": Function("upper(t)", N_("in capital letters"), "text", ("text",), (1, 1), pc.utf8_upper),
    "lower": Function("lower(t)", N_("in small letters"), "text", ("text",), (1, 1), pc.utf8_lower),
    "trim": Function("trim(t)", N_("without spaces at both ends"), "text", ("text",), (1, 1), pc.utf8_trim_whitespace),
    "len": Function(
        "len(t)", N_("how many characters"), "number", ("text",), (1, 1), lambda texts: pc.utf8_length(texts).cast(pa.float64())
    ),
    "left": Function("left(t, 3)", N_("its first characters"), "text", ("text", "number"), (2, 2), _left),
    "right": Function("right(t, 3)", N_("its last characters"), "text", ("text", "number"), (2, 2), _right),
    "mid": Function(
        "mid(t, 2, 3)", N_("so many characters from a place on, counted from 1"), "text", ("text", "number"), (3, 3), _mid
    ),
    "replace": Function('replace(t, "a", "b")', N_("with another text for one in it"), "text", ("text",), (3, 3), _replaced),
    "concat": Function(
        "concat(t, u, …)", N_("texts one behind the other; so does t & u"), "text", ("text",), (1, _MANY), _concat
    ),
    "contains": Function(
        'contains(t, "a")', N_('whether one text holds another; so does t ~ "a"'), "truth", ("text",), (2, 2), _contains
    ),
    "text": Function("text(x)", N_("a number as text"), "text", ("text",), (1, 1), lambda values: values),
    "number": Function(
        "number(t)",
        N_("a text as number"),
        "number",
        ("text",),
        (1, 1),
        _number,
        wrong=_no_number,
        why=N_("The text is no number."),
    ),
}
"""Every function by its name."""


def _plan_length(network: Network) -> NDArray[np.float64]:
    steps = np.hypot(*np.diff(network.lines.xyz[:, :2], axis=0).T) if len(network.lines.xyz) else np.empty(0)
    return _summed(network, steps)


def _length_3d(network: Network) -> NDArray[np.float64]:
    return lengths_3d(network.lines)


def _summed(network: Network, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add steps between vertices up by course; NaN where there is none."""
    offsets = network.lines.offsets
    running = np.concatenate([[0.0], np.cumsum(steps), [np.nan]])
    some = np.diff(offsets) > 1
    found = np.full(len(offsets) - 1, np.nan)
    found[some] = running[offsets[1:][some] - 1] - running[offsets[:-1][some]]
    return found


def _middle(axis: int) -> Callable[[Network], NDArray[np.float64]]:
    return lambda network: network.node_xyz[network.pipe_ends, axis].mean(axis=1)


def _end(side: int, axis: int) -> Callable[[Network], NDArray[np.float64]]:
    return lambda network: network.node_xyz[network.pipe_ends[:, side], axis]


def _fall(network: Network) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        return 1000.0 * (network.from_level - network.to_level) / _plan_length(network)


GIVEN: Mapping[Layer, Mapping[str, Given]] = {
    "node": {
        "x": Given(N_("east"), "m", lambda network: network.node_xyz[:, 0]),
        "y": Given(N_("north"), "m", lambda network: network.node_xyz[:, 1]),
        "degree": Given(N_("how many pipes meet there"), "", lambda network: np.diff(network.indptr)),
    },
    "pipe": {
        "length_3d": Given(N_("length of the course in space"), "m", _length_3d),
        "length_2d": Given(N_("length of the course in plan"), "m", _plan_length),
        "x": Given(N_("east, half-way between its ends"), "m", _middle(0)),
        "y": Given(N_("north, half-way between its ends"), "m", _middle(1)),
        "from_x": Given(N_("east of the first node"), "m", _end(0, 0)),
        "from_y": Given(N_("north of the first node"), "m", _end(0, 1)),
        "to_x": Given(N_("east of the second node"), "m", _end(1, 0)),
        "to_y": Given(N_("north of the second node"), "m", _end(1, 1)),
        "from_ground": Given(N_("ground level at the first node"), "m", _end(0, 2)),
        "to_ground": Given(N_("ground level at the second node"), "m", _end(1, 2)),
        "fall": Given(N_("fall from the first to the second node, from their levels"), "‰", _fall),
    },
}
"""Names beside the fields, by layer."""
