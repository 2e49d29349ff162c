"""Values worked out from other fields, as typed: ``round(from_depth + diameter_mm / 1000, 2)``.

Fields go by their names, or by their labels in square brackets: ``[From depth]``, ``[起点埋深]``; text stands in quotes. Whole
columns are worked out at once. What is unknown makes the result unknown, but for ``if``, ``coalesce`` and ``is empty``; what
cannot be worked out (a division by zero, a text that is no number) is told by row. Nothing that is typed is run as a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.expression_words import FUNCTIONS, GIVEN, Function, Kind, as_text
from pipemap.errors import PipemapError
from pipemap.model.fields import Layer, arrow_schema, fields
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|\[(?P<label>[^\]]+)\]|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"""
    r"""|(?P<op><=|>=|!=|<>|==|[-+*/%^&=<>~(),])|(?P<word>[^\W\d]\w*))"""
)
_COMPARE = {"=": pc.equal, "==": pc.equal, "!=": pc.not_equal, "<>": pc.not_equal}
_ORDER = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}
_DEEPEST = 50
_LONGEST = 4000
_KINDS: Mapping[Kind, pa.DataType] = {"number": pa.float64(), "text": pa.string(), "truth": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Worked:
    """The result of an expression: one value a row asked for, and why some have none."""

    values: pa.Array
    errors: Mapping[int, str]


@dataclass(slots=True)
class Rows:
    """The rows for which something is worked out, and what went wrong in which."""

    network: Network
    layer: Layer
    rows: NDArray[np.int64]
    errors: dict[int, str] = field(default_factory=dict)

    def column(self, name: str) -> pa.Array:
        """Return a field, or one of the further names, for these rows."""
        if name in GIVEN[self.layer]:
            return pa.array(np.asarray(GIVEN[self.layer][name].work(self.network), dtype=np.float64)[self.rows], from_pandas=True)
        kind = arrow_schema(self.layer).field(name).type
        if (self.layer, name) == ("pipe", "length"):
            return pa.array(self.network.length[self.rows], from_pandas=True)
        found = self.network.column(self.layer, name).cast(kind).take(pa.array(self.rows))
        return found.cast(pa.float64()) if pa.types.is_integer(kind) else found

    def tell(self, wrong: pa.Array, active: NDArray[np.bool_], why: str) -> NDArray[np.bool_]:
        """Note what is wrong in rows that count; the first reason stays. Return which are wrong."""
        mask: NDArray[np.bool_] = pc.fill_null(wrong, pa.scalar(value=False)).to_numpy(zero_copy_only=False).astype(np.bool_)
        for row in np.flatnonzero(mask & active).tolist():
            self.errors.setdefault(row, why)
        return mask


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression: the kind of its values, and how they are worked out for the rows that count."""

    kind: Kind
    work: Callable[[Rows, NDArray[np.bool_]], pa.Array]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read."""

    text: str
    layer: Layer
    kind: Kind
    _work: Callable[[Rows, NDArray[np.bool_]], pa.Array]

    def work_out(self, network: Network, rows: NDArray[np.int64]) -> Worked:
        """Work it out for some rows of the network, in their order."""
        at = Rows(network, self.layer, rows)
        values = self._work(at, np.ones(len(rows), dtype=np.bool_))
        if pa.types.is_floating(values.type):
            numbers = values.to_numpy(zero_copy_only=False)
            wrong = at.tell(pa.array(np.isinf(numbers)), np.ones(len(rows), dtype=np.bool_), _("The result is too large."))
            values = pa.array(np.where(wrong, np.nan, numbers), from_pandas=True)
        return Worked(values, at.errors)


def read_expression(text: str, layer: Layer) -> Expression:
    """Read an expression over the fields of a layer.

    Raises
    ------
    PipemapError
        It cannot be read, names a field that is not there, or mixes text with numbers.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0), ("P2", "M3", "M4", 20.0))
    >>> read_expression("round(length / 7, 1)", "pipe").work_out(network, np.arange(2)).values.to_pylist()
    [4.3, 2.9]
    """
    if len(text) > _LONGEST:
        raise PipemapError(_("The expression is too long."))
    parser = _Parser(text, layer)
    part = parser.either(0)
    if parser.token is not None:
        raise parser.error(_("“{text}” is not expected here").format(text=parser.token.text))
    return Expression(text, layer, part.kind, part.work)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: Literal["quoted", "label", "number", "op", "word"]


def _tokens(expression: str) -> list[_Token]:
    found, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PipemapError(
                _("The expression “{text}” cannot be read from “{rest}” on.").format(text=expression, rest=text[at:].strip())
            )
        kind = match.lastgroup or ""
        word = match.group(kind)
        found.append(_Token(word[1:-1] if kind == "quoted" else word, kind))  # type: ignore[arg-type]
        at = match.end()
    return found


class _Parser:
    """From words to parts: ``or``, ``and``, ``not``, comparison, ``&``, ``+ -``, ``* / %``, sign, ``^``, then brackets."""

    def __init__(self, text: str, layer: Layer) -> None:
        self._text, self._layer = text, layer
        self._tokens, self._at, self._depth = _tokens(text), 0, 0

    @property
    def token(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def error(self, what: str, hint: str = "") -> PipemapError:
        return PipemapError(
            _("The expression “{text}” cannot be read: {what}.").format(text=self._text, what=what),
            hint or _("Write it like: round(from_depth + 0.15, 2)"),
        )

    def _take(self, *wanted: str) -> str:
        token = self.token
        if token is None or token.kind not in {"op", "word"} or token.text.lower() not in wanted:
            return ""
        self._at += 1
        return token.text.lower()

    def either(self, depth: int) -> Part:
        if depth > _DEEPEST:
            raise self.error(_("too many brackets"))
        return self._joined(lambda: self._joined(lambda: self._not(depth), "and", pc.and_kleene), "or", pc.or_kleene)

    def _joined(self, inner: Callable[[], Part], word: str, join: Callable[[pa.Array, pa.Array], pa.Array]) -> Part:
        part = inner()
        while self._take(word):
            one, other = self._of_kind(part, "truth"), self._of_kind(inner(), "truth")
            part = Part("truth", lambda rows, on, one=one, other=other: join(one.work(rows, on), other.work(rows, on)))  # type: ignore[misc]
        return part

    def _not(self, depth: int) -> Part:
        if not self._take("not"):
            return self._comparison(depth)
        if depth > _DEEPEST:
            raise self.error(_("too many brackets"))
        inner = self._of_kind(self._not(depth + 1), "truth")
        return Part("truth", lambda rows, on: pc.invert(inner.work(rows, on)))

    def _comparison(self, depth: int) -> Part:
        part = self._text_sum(depth)
        if self._take("is"):
            turned = bool(self._take("not"))
            if not self._take("empty", "null"):
                raise self.error(_("“is” goes with “empty” or “not empty”"))
            test = pc.is_valid if turned else pc.is_null
            return Part("truth", lambda rows, on: test(part.work(rows, on)))
        op = self._take(*_COMPARE, *_ORDER, "~")
        if not op:
            return part
        return self._compared(part, op, self._text_sum(depth))

    def _compared(self, one: Part, op: str, other: Part) -> Part:
        if op == "~":
            one, other = self._of_kind(one, "text"), self._of_kind(other, "text")
            return Part("truth", lambda rows, on: _holds(one.work(rows, on), other.work(rows, on)))
        if one.kind != other.kind:
            raise self.error(
                _("a text is compared with a number"), _("Text stands in quotes; number(…) makes a number of a text.")
            )
        compare = (_COMPARE | _ORDER)[op]
        if one.kind == "truth" and op in _ORDER:
            raise self.error(_("yes and no have no order"))
        if one.kind == "text":
            return Part("truth", lambda rows, on: compare(*(pc.utf8_lower(part.work(rows, on)) for part in (one, other))))
        return Part("truth", lambda rows, on: compare(one.work(rows, on), other.work(rows, on)))

    def _text_sum(self, depth: int) -> Part:
        part = self._sum(depth)
        while self._take("&"):
            one, other = _as_text(part), _as_text(self._sum(depth))
            part = Part("text", lambda rows, on, one=one, other=other: _joined_texts(one.work(rows, on), other.work(rows, on)))  # type: ignore[misc]
        return part

    def _sum(self, depth: int) -> Part:
        part = self._product(depth)
        while op := self._take("+", "-"):
            part = self._arithmetic(op, part, self._product(depth))
        return part

    def _product(self, depth: int) -> Part:
        part = self._signed(depth)
        while op := self._take("*", "/", "%"):
            part = self._arithmetic(op, part, self._signed(depth))
        return part

    def _signed(self, depth: int) -> Part:
        if sign := self._take("-", "+"):
            if depth > _DEEPEST:
                raise self.error(_("too many brackets"))
            inner = self._of_kind(self._signed(depth + 1), "number")
            return inner if sign == "+" else Part("number", lambda rows, on: pc.negate(inner.work(rows, on)))
        part = self._one(depth)
        return self._arithmetic("^", part, self._signed(depth + 1)) if self._take("^") else part

    def _arithmetic(self, op: str, one: Part, other: Part) -> Part:
        if op == "+" and "text" in {one.kind, other.kind}:
            raise self.error(_("texts are joined with &, not with +"))
        one, other = self._of_kind(one, "number"), self._of_kind(other, "number")

        def work(rows: Rows, on: NDArray[np.bool_]) -> pa.Array:
            first, second = one.work(rows, on), other.work(rows, on)
            if op in {"/", "%"}:
                rows.tell(pc.and_kleene(pc.equal(second, 0.0), pc.is_valid(first)), on, _("Division by zero."))
            with np.errstate(all="ignore"):
                return pa.array(_ARITHMETIC[op](_numbers(first), _numbers(second)), from_pandas=True)

        return Part("number", work)

    def _one(self, depth: int) -> Part:
        token = self.token
        if token is None:
            raise self.error(_("{wanted} is missing").format(wanted=_("a value")))
        self._at += 1
        if token.kind == "number":
            return _constant(float(token.text), "number")
        if token.kind == "quoted":
            return _constant(token.text, "text")
        if token.kind == "label" or (token.kind == "word" and not self._take("(")):
            return self._named(token)
        if token.kind == "word":
            return self._called(token.text.lower(), depth)
        if token.text == "(":
            inner = self.either(depth + 1)
            self._close()
            return inner
        raise self.error(_("“{text}” is not expected here").format(text=token.text))

    def _close(self) -> None:
        if not self._take(")"):
            raise self.error(_("a closing bracket is missing"))

    def _named(self, token: _Token) -> Part:
        word = token.text.strip()
        if token.kind == "word" and word.lower() in {"true", "false"}:
            return _constant(word.lower() == "true", "truth")
        name = _field_named(word, self._layer)
        if not name:
            raise self._unknown(word, [*fields(self._layer), *GIVEN[self._layer]], _("{layer} has no field “{name}”"))
        known = fields(self._layer).get(name)
        kinds: Mapping[str, Kind] = {"real": "number", "int": "number", "bool": "truth"}
        kind = "number" if known is None else kinds.get(known.type, "text")
        return Part(kind, lambda rows, _on: rows.column(name))

    def _unknown(self, word: str, known: list[str], what: str) -> PipemapError:
        from difflib import get_close_matches

        near = get_close_matches(word.lower(), known, n=3, cutoff=0.5)
        hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else _('Text stands in quotes: "PE"')
        layer = _("Pipe") if self._layer == "pipe" else _("Node")
        return self.error(what.format(layer=layer, name=word), hint)

    def _called(self, name: str, depth: int) -> Part:
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._unknown(name, list(FUNCTIONS), _("there is no function “{name}”"))
        arguments = []
        if not self._take(")"):
            arguments.append(self.either(depth + 1))
            while self._take(","):
                arguments.append(self.either(depth + 1))
            self._close()
        least, most = function.arguments
        if not least <= len(arguments) <= most:
            raise self.error(_("{name} is written {usage}").format(name=name, usage=function.usage))
        if name == "if":
            return self._choice(arguments)
        return self._applied(function, arguments)

    def _choice(self, arguments: list[Part]) -> Part:
        """One of two values; what is not chosen is not worked out."""
        test = self._of_kind(arguments[0], "truth")
        kind = arguments[1].kind
        yes = arguments[1]
        no = self._of_kind(arguments[2], kind) if len(arguments) > 2 else _constant(None, kind)  # noqa: PLR2004

        def work(rows: Rows, on: NDArray[np.bool_]) -> pa.Array:
            chosen = pc.fill_null(test.work(rows, on), pa.scalar(value=False))
            mask = chosen.to_numpy(zero_copy_only=False).astype(np.bool_)
            return pc.if_else(chosen, yes.work(rows, on & mask), no.work(rows, on & ~mask))

        return Part(kind, work)

    def _applied(self, function: Function, arguments: list[Part]) -> Part:
        kind = function.kind or arguments[0].kind
        wanted = function.takes
        parts = [
            self._of_kind(part, wanted[min(place, len(wanted) - 1)] or kind, lenient=True) for place, part in enumerate(arguments)
        ]

        def work(rows: Rows, on: NDArray[np.bool_]) -> pa.Array:
            values = [part.work(rows, on) for part in parts]
            if function.wrong is not None:
                rows.tell(function.wrong(*values), on, _(function.why))
            return function.work(*values)

        return Part(kind, work)

    def _of_kind(self, part: Part, kind: Kind, *, lenient: bool = False) -> Part:
        if part.kind == kind:
            return part
        if lenient and kind == "text":
            return _as_text(part)
        words = {"number": _("a number"), "text": _("a text"), "truth": _("yes or no")}
        raise self.error(
            _("{wanted} is wanted where {found} stands").format(wanted=words[kind], found=words[part.kind]),
            _("number(…) makes a number of a text, text(…) a text of a number."),
        )


def _field_named(word: str, layer: Layer) -> str:
    """Return the name of a field by its name or its label in either language; empty when there is none."""
    known = fields(layer)
    small = word.casefold()
    if small in known or small in GIVEN[layer]:
        return small
    return next((row.name for row in known.values() if small in {row.label_en.casefold(), row.label_zh.casefold()}), "")


def _constant(value: float | str | bool | None, kind: Kind) -> Part:  # noqa: FBT001 -- a value of any kind
    def work(rows: Rows, _on: NDArray[np.bool_]) -> pa.Array:
        if value is None:
            return pa.nulls(len(rows.rows), _KINDS[kind])
        return pa.repeat(pa.scalar(value, _KINDS[kind]), len(rows.rows))

    return Part(kind, work)


def _as_text(part: Part) -> Part:
    return part if part.kind == "text" else Part("text", lambda rows, on: as_text(part.work(rows, on)))


def _numbers(column: pa.Array) -> NDArray[np.float64]:
    return column.to_numpy(zero_copy_only=False).astype(np.float64)  # type: ignore[no-any-return]


def _joined_texts(*texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), "")


def _holds(texts: pa.Array, wanted: pa.Array) -> pa.Array:
    pairs = zip(texts.to_pylist(), wanted.to_pylist(), strict=True)
    return pa.array([None if None in pair else pair[1].casefold() in pair[0].casefold() for pair in pairs], pa.bool_())


def _quotient(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(other == 0, np.nan, one / other)


def _rest(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(other == 0, np.nan, np.mod(one, other))


_ARITHMETIC: Mapping[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _quotient,
    "%": _rest,
    "^": np.power,
}
