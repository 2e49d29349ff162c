"""Whether a field can hold a value; every refusal names the field."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pipemap.errors import EditError
from pipemap.model.fields import Field, Layer, fields
from pipemap.store.schema import value_list
from pipemap.texts import _

Values = dict[str, Any]

_AS_WRITTEN = {"flow"}
"""Fields with a list of values that hold other texts as written."""
_LARGEST = 2**63 - 1
_YES, _NO = {"1", "true", "yes", "是"}, {"0", "false", "no", "否"}


def checked(layer: Layer, given: Mapping[str, object]) -> Values:
    """Return values in the types of their fields; empty text is unknown.

    Raises
    ------
    EditError
        There is no such field, or it cannot hold the value.
    """
    known = fields(layer)
    values: Values = {}
    for name, value in given.items():
        if name in {"x", "y"} and layer == "node":
            values[name] = checked_number(name, value)
        elif name in known:
            values[name] = _value(known[name], value)
        else:
            near = difflib.get_close_matches(name, [*known, "x", "y"], n=3, cutoff=0.5)
            hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
            raise EditError(_("{layer} has no field “{name}”.").format(layer=layer, name=name), hint)
    return values


def _value(field: Field, value: object) -> float | str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field.type == "real":
        return checked_number(field.name, value)
    if field.type == "int":
        return _whole(field.name, value)
    if field.type == "bool":
        return _truth(field.name, value)
    text = checked_text(field.name, value)
    allowed = value_list(field.values) if field.values and field.name not in _AS_WRITTEN else {}
    if allowed and text not in allowed:
        raise EditError(
            _("“{name}” cannot be “{value}”.").format(name=field.name, value=text),
            _("It is one of {values}.").format(values=", ".join(allowed)),
        )
    return _date(field.name, text) if field.type == "date" else text


def checked_number(name: str, value: object) -> float | None:
    """Return a number that is finite; empty text is unknown.

    Raises
    ------
    EditError
        It is none.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value) if not isinstance(value, bool) else math.nan  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise EditError(_("“{name}” takes a number, not “{value}”.").format(name=name, value=value))
    return number


def _whole(name: str, value: object) -> int | None:
    number = checked_number(name, value)
    if number is None:
        return None
    if not number.is_integer() or abs(number) > _LARGEST:
        raise EditError(_("“{name}” takes a whole number, not “{value}”.").format(name=name, value=value))
    whole = value if isinstance(value, int) else int(number)
    if abs(whole) > _LARGEST:
        raise EditError(_("“{name}” takes a whole number, not “{value}”.").format(name=name, value=value))
    return whole


def _truth(name: str, value: object) -> int:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise EditError(_("“{name}” takes yes or no, not “{value}”.").format(name=name, value=value))
    return int(text in _YES)


def checked_text(name: str, value: object) -> str:
    """Return a text that can be stored.

    Raises
    ------
    EditError
        It holds characters that cannot.
    """
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise EditError(_("“{name}” holds characters that cannot be stored.").format(name=name)) from error
    if "\0" in text:
        raise EditError(_("“{name}” holds characters that cannot be stored.").format(name=name))
    return text


def _date(name: str, text: str) -> str:
    """Take a year, a month or a day, in that order."""
    parts = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text)
    try:
        if parts is not None:
            date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
            return text
    except ValueError:
        pass
    raise EditError(_("“{name}” takes a date such as 2024-05-31, not “{value}”.").format(name=name, value=text))
