"""What a person types for a field: its value, or the reason why it cannot be one.

What a cell shows can be typed back: codes, names in either language, numbers with their unit or thousands separators, dates as
they are written in China, in ISO and by spreadsheets.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from datetime import date

from pipemap.errors import EditError
from pipemap.model.choices import by_word, choices, is_closed, plain
from pipemap.model.fields import Field
from pipemap.model.wording import shown
from pipemap.texts import N_, _

Entry = str | float | int | bool | None
"""A value as the survey stores it; ``None`` is unknown."""

FIXED = {
    "batch": N_("The batch says with which delivery an element came; importing sets it."),
    "from_fid": N_("It follows from the id of the first node."),
    "to_fid": N_("It follows from the id of the second node."),
    "arm_pipe": N_("It is set on the map, where the pipe is seen."),
}
"""Fields that are not typed, and why."""

_YES = frozenset({"1", "true", "yes", "y", "是", "√", "有"})
_NO = frozenset({"0", "false", "no", "n", "否", "×", "无"})
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?(?:[ T]00?:00(?::00)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_UNITS = {"m": ("m", "米"), "mm": ("mm", "毫米"), "deg": ("deg", "°", "度"), "L/s": ("l/s",), "kV": ("kv",)}
_LARGEST = 2**53
_MOST_NAMED = 8


def refusal_of(field: Field) -> str:
    """Return why a field cannot be typed at all; empty where it can."""
    return _(FIXED[field.name]) if field.name in FIXED else ""


def typed(field: Field, value: object) -> str:
    """Return what stands in the editor of a value: all decimals that it has, and what :func:`entered` reads back."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.15g}"
    return shown(field, value)


def entered(field: Field, text: str) -> Entry:
    """Return the value that a person typed; empty text is unknown.

    Raises
    ------
    EditError
        The field cannot hold it; the message says so in the field's own words.

    Examples
    --------
    >>> from pipemap.model.fields import fields
    >>> entered(fields("pipe")["diameter_mm"], "1,200 mm"), entered(fields("pipe")["lifecycle"], "在建")
    (1200.0, 'under_construction')
    """
    if reason := refusal_of(field):
        raise EditError(_("“{name}” is not typed.").format(name=field.label), reason)
    text = text.strip()
    if not text:
        return None
    if field.type == "bool":
        return _truth(field, text)
    if field.type in {"real", "int"}:
        return _number(field, text)
    if field.type == "date":
        return _date(field, text)
    if choices(field):
        return _chosen(field, text)
    return _text(field, text)


def _plain(text: str) -> str:
    """Full-width digits and signs of a Chinese keyboard as those of ASCII."""
    return unicodedata.normalize("NFKC", text).strip()


def _truth(field: Field, text: str) -> bool:
    word = _plain(text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise EditError(_("“{name}” takes yes or no, not “{value}”.").format(name=field.label, value=text))


def _number(field: Field, text: str) -> float | int:
    digits = _plain(text).replace("−", "-").replace(" ", " ")
    bare = _without_unit(field, digits)
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    hint = _("Decimals stand behind a point: 1.5") if re.fullmatch(r"[+-]?\d+,\d+", bare) else ""
    wanted = _("“{name}” takes a number, not “{value}”.")
    try:
        number = float(bare) if "_" not in bare else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise EditError(wanted.format(name=field.label, value=text), hint)
    if field.type == "real":
        return number
    if not number.is_integer() or abs(number) > _LARGEST:
        raise EditError(_("“{name}” takes a whole number, not “{value}”.").format(name=field.label, value=text))
    return int(number)


def _without_unit(field: Field, text: str) -> str:
    """Leave the field's own unit out, and the DN before a diameter; another unit stays, and makes it no number."""
    small = text.casefold()
    if field.unit == "mm" and small.startswith("dn"):
        return text[2:].strip()
    for unit in _UNITS.get(field.unit, ()):
        if small.endswith(unit):
            return text[: -len(unit)].strip()
    return text


def _date(field: Field, text: str) -> str:
    digits = _plain(text)
    parts = _DATE.fullmatch(digits) or _COMPACT.fullmatch(digits)
    if parts is not None:
        year, month, day = parts[1], parts[2], parts[3]
        try:
            date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            pass
        else:
            return "-".join([year, *(f"{int(part):02}" for part in (month, day) if part)])
    raise EditError(
        _("“{name}” takes a date, not “{value}”.").format(name=field.label, value=text),
        _("Write year, month, day: 2024-05-31; a year or a month alone will do."),
    )


def _chosen(field: Field, text: str) -> str:
    word, known = plain(text), by_word(field.values)
    found = known.get(word)
    if found is not None:
        return found.value
    if not is_closed(field):
        return _text(field, text)
    raise EditError(_("“{name}” cannot be “{value}”.").format(name=field.label, value=text), _similar(field, word, list(known)))


def _similar(field: Field, word: str, known: list[str]) -> str:
    listed = choices(field)
    if len(listed) <= _MOST_NAMED:
        return _("It is one of {values}.").format(values=", ".join(choice.label for choice in listed))
    near = dict.fromkeys(by_word(field.values)[one].label for one in difflib.get_close_matches(word, known, n=3, cutoff=0.5))
    return _("Did you mean {ids}?").format(ids=", ".join(near)) if near else _("Choose from its list (Alt+Down).")


def _text(field: Field, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        if "\0" not in text:
            return text
    raise EditError(_("“{name}” holds characters that cannot be stored.").format(name=field.label))
