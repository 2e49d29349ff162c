"""Conditions on pipes or nodes, as typed: ``diameter_mm >= 300 and (material = PE or built < 1980)``.

Fields go by their names or by their labels in either language. Text compares without regard to case; ``~`` is "contains".
What is unknown neither fits a condition nor its opposite; ``is empty`` and ``is not empty`` ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import PipemapError
from pipemap.model.fields import Field, Layer, arrow_schema, fields
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<op><=|>=|!=|<>|==|=|<|>|~|\(|\)|,)|(?P<word>[^\s()<>=!~,"']+))""")
_COMPARE: dict[str, Callable[[pa.Array, pa.Scalar], pa.Array]] = {
    "=": pc.equal,
    "==": pc.equal,
    "!=": pc.not_equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_BOOLS = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}
_DEEPEST = 50

_Condition = Callable[["Network"], pa.Array]


def pipes_where(network: Network, condition: str) -> NDArray[np.bool_]:
    """Return which pipes fit a condition, bool (P).

    Raises
    ------
    PipemapError
        The condition cannot be read, or names a field that pipes do not have.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0), ("P2", "M3", "M4", 20.0))
    >>> pipes_where(network, "length > 25 or id = P9").tolist()
    [True, False]
    """
    return rows_where(network, "pipe", condition)


def rows_where(network: Network, layer: Layer, condition: str) -> NDArray[np.bool_]:
    """Return which rows of a layer fit a condition, bool (N or P); raises as :func:`pipes_where`."""
    fits = parse_condition(condition, layer)(network)
    return pc.fill_null(fits, pa.scalar(value=False)).to_numpy(zero_copy_only=False).astype(np.bool_)  # type: ignore[no-any-return]


def parse_condition(condition: str, layer: Layer = "pipe") -> _Condition:
    """Return a condition as a function of the network, which gives an Arrow bool a row (null: unknown); raises as above."""
    parser = _Parser(condition, _tokens(condition), layer)
    parsed = parser.either(0)
    if parser.token is not None:
        raise parser.error(_("“{text}” is not expected here").format(text=parser.token.text))
    return parsed


def pipe_column(network: Network, name: str) -> pa.Array:
    """Return any field of pipes, in its own type; ``length`` also where it comes from the geometry.

    Raises
    ------
    PipemapError
        Pipes have no such field; the hint names similar ones.
    """
    return _column(network, _field(name, "pipe"))


def node_column(network: Network, name: str) -> pa.Array:
    """Return any field of nodes, in its own type; raises as :func:`pipe_column`."""
    return _column(network, _field(name, "node"))


def _column(network: Network, field: Field) -> pa.Array:
    if (field.layer, field.name) == ("pipe", "length"):
        return pa.array(network.length, from_pandas=True)
    return network.column(field.layer, field.name).cast(arrow_schema(field.layer).field(field.name).type)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    at: int


def _tokens(condition: str) -> list[_Token]:
    found, at = [], 0
    text = condition.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PipemapError(
                _("The condition “{text}” cannot be read from “{rest}” on.").format(text=condition, rest=text[at:])
            )
        kind = match.lastgroup or ""
        word = match.group(kind)
        found.append(_Token(word[1:-1] if kind == "quoted" else word, kind, match.start(kind)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, condition: str, tokens: list[_Token], layer: Layer) -> None:
        self._condition = condition
        self._layer: Layer = layer
        self._tokens = tokens
        self._at = 0

    @property
    def token(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def error(self, what: str) -> PipemapError:
        return PipemapError(
            _("The condition “{condition}” cannot be read: {what}.").format(condition=self._condition, what=what),
            _("Write it like: diameter_mm >= 300 and material = PE"),
        )

    def _take(self, *wanted: str) -> str | None:
        token = self.token
        if token is None or token.kind == "quoted" or token.text.lower() not in wanted:
            return None
        self._at += 1
        return token.text.lower()

    def either(self, depth: int) -> _Condition:
        if depth > _DEEPEST:
            raise self.error(_("too many brackets"))
        return self._joined(lambda: self._all(depth), "or", pc.or_kleene)

    def _all(self, depth: int) -> _Condition:
        return self._joined(lambda: self._one(depth), "and", pc.and_kleene)

    def _joined(self, part: Callable[[], _Condition], word: str, join: Callable[[pa.Array, pa.Array], pa.Array]) -> _Condition:
        parts = [part()]
        while self._take(word):
            parts.append(part())

        def fits(network: Network) -> pa.Array:
            result = parts[0](network)
            for other in parts[1:]:
                result = join(result, other(network))
            return result

        return fits if len(parts) > 1 else parts[0]

    def _one(self, depth: int) -> _Condition:
        if self._take("not"):
            if depth > _DEEPEST:
                raise self.error(_("too many brackets"))
            inner = self._one(depth + 1)
            return lambda network: pc.invert(inner(network))
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise self.error(_("a closing bracket is missing"))
            return inner
        return self._comparison()

    def _comparison(self) -> _Condition:
        field = _field(self._word(_("a field")), self._layer)
        if self._take("is"):
            return self._emptiness(field)
        turned = bool(self._take("not"))
        if self._take("in"):
            return self._membership(field, turned=turned)
        op = self._take(*_COMPARE, "~")
        if op is None or turned:
            raise self.error(_("{field} needs a comparison, such as = or <").format(field=field.name))
        value = self._value(field, op)
        if op == "~":
            return lambda network: _contains(_comparable(network, field), str(value.as_py()))
        compare = _COMPARE[op]
        return lambda network: compare(_comparable(network, field), value)

    def _emptiness(self, field: Field) -> _Condition:
        turned = bool(self._take("not"))
        if not self._take("empty", "null"):
            raise self.error(_("“is” goes with “empty” or “not empty”"))
        wanted = pc.is_valid if turned else pc.is_null
        return lambda network: wanted(_column(network, field))

    def _membership(self, field: Field, *, turned: bool) -> _Condition:
        if not self._take("("):
            raise self.error(_("“in” goes with a list in brackets"))
        values = [self._value(field, "=")]
        while self._take(","):
            values.append(self._value(field, "="))
        if not self._take(")"):
            raise self.error(_("a closing bracket is missing"))
        choices = pa.array([value.as_py() for value in values], values[0].type)

        def fits(network: Network) -> pa.Array:
            column = _comparable(network, field)
            inside = pc.is_in(column, choices)
            known = pc.if_else(pc.is_valid(column), inside, pa.scalar(None, pa.bool_()))
            return pc.invert(known) if turned else known

        return fits

    def _word(self, wanted: str) -> str:
        token = self.token
        if token is None or token.kind == "op":
            raise self.error(_("{wanted} is missing").format(wanted=wanted))
        self._at += 1
        return token.text

    def _value(self, field: Field, op: str) -> pa.Scalar:
        text = self._word(_("a value"))
        if op == "~" or field.type in {"text", "date"}:
            return pa.scalar(text.lower())
        if field.type == "bool":
            if text.lower() not in _BOOLS:
                raise self.error(_("{field} is yes or no, not “{text}”").format(field=field.name, text=text))
            return pa.scalar(_BOOLS[text.lower()])
        try:
            return pa.scalar(float(text))
        except ValueError:
            raise self.error(_("{field} is a number, and “{text}” is none").format(field=field.name, text=text)) from None


def _comparable(network: Network, field: Field) -> pa.Array:
    column = _column(network, field)
    if pa.types.is_string(column.type):
        return pc.utf8_lower(column)
    return column.cast(pa.float64()) if not pa.types.is_boolean(column.type) else column


def _contains(column: pa.Array, text: str) -> pa.Array:
    return pc.match_substring(column.cast(pa.string()), text)


def _field(name: str, layer: Layer) -> Field:
    known = fields(layer)
    if name in known:
        return known[name]
    wanted = name.lower()
    for field in known.values():
        if wanted in {field.name.lower(), field.label_en.lower(), field.label_zh}:
            return field
    from difflib import get_close_matches

    near = get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
    words = _("Pipes have no field “{name}”.") if layer == "pipe" else _("Nodes have no field “{name}”.")
    raise PipemapError(words.format(name=name), hint)
