"""How a value is written for a person: with its unit, in the words of its list, in the language on screen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipemap import catalog
from pipemap.model.fields import Field, values
from pipemap.texts import _, language, pick

if TYPE_CHECKING:
    from pipemap.model.network import Network

UNKNOWN = "–"
"""Stands where nothing is known, so that an empty cell is never taken for a zero."""

_DECIMALS = {"m": 3, "mm": 0, "deg": 1, "L/s": 3}


def heading(field: Field) -> str:
    """Name of a field with its unit: ``Diameter (mm)``."""
    return f"{field.label} ({field.unit})" if field.unit else field.label


def shown(field: Field, value: object) -> str:
    """A value as cells and forms show it, without its unit; unknown is an empty text.

    Numbers have the decimals of their unit, coordinates and levels millimetres; listed values their label; a code of the
    catalog stands with its name.
    """
    if value is None or value != value:  # noqa: PLR0124 -- NaN is the one value that differs from itself
        return ""
    if isinstance(value, bool) or field.type == "bool":
        return _("Yes") if value else _("No")
    if isinstance(value, float):
        return _number(field, value)
    text = str(value)
    if field.values == "category":
        return category_label(text)
    if field.values == "node_kind":
        return kind_label(text)
    if field.values == "pipe_kind":
        return kind_label(text)
    if field.values in _NAMED:
        return _with_name(field.values, text)
    listed = values(field.values).get(text) if field.values else None
    return listed.label if listed is not None else text


def with_unit(field: Field, value: object) -> str:
    """A value with its unit: ``400 mm``; unknown is an empty text."""
    text = shown(field, value)
    return f"{text} {field.unit}" if text and field.unit else text


_NAMED = ("material", "burial")


def _with_name(kind: str, text: str) -> str:
    """A code of the catalog with its name, ``ZM Direct burial``; a word that says the same in this language stands alone."""
    known = catalog.material(text) if kind == "material" else catalog.burial(text)
    if known is None or known.label.casefold() == text.casefold() or (language() == "zh" and text in known.name_zh):
        return text
    return f"{text} {known.label}"


def _number(field: Field, value: float) -> str:
    places = _DECIMALS.get(field.unit)
    if places is None or (places == 0 and not value.is_integer()):
        return f"{value:.10g}"
    return f"{value:.{places}f}"


def category_label(code: str) -> str:
    """Code and name of a category; a code that the standard does not know stands alone."""
    known = catalog.category(code)
    return f"{code} {known.label}" if known is not None else code


_KINDS = {
    "point": ("Point", "一般点"),
    "junction": ("Junction", "分支点"),
    "dead_end": ("Dead end", "末端"),
    "boundary": ("Leaves the survey", "出测区"),
    "placeholder": ("Missing in the source", "源数据缺失"),
    "manhole": ("Manhole", "检查井"),
    "chamber": ("Chamber", "井室"),
    "gully": ("Gully", "雨水箅"),
    "outfall": ("Outfall", "排水口"),
    "storage": ("Storage", "调蓄池"),
    "source": ("Source", "源头"),
    "reservoir": ("Reservoir", "水源"),
    "tank": ("Tank", "水池"),
    "well": ("Well", "水源井"),
    "isolation_valve": ("Isolation valve", "阀门"),
    "check_valve": ("Check valve", "止回阀"),
    "air_valve": ("Air valve", "排气阀"),
    "drain_valve": ("Drain valve", "泄水阀"),
    "regulator": ("Regulator", "调压设施"),
    "exchanger": ("Heat exchange station", "换热站"),
    "transformer": ("Transformer", "变配电设施"),
    "pump": ("Pump", "泵"),
    "hydrant": ("Hydrant", "消火栓"),
    "meter": ("Meter", "计量表"),
    "customer": ("Customer", "用户"),
    "cabinet": ("Cabinet", "箱柜"),
    "pole": ("Pole", "杆"),
    "pipe": ("Pipe", "管道"),
    "channel": ("Channel", "沟渠"),
    "duct": ("Duct", "管块"),
    "cable": ("Cable", "缆线"),
    "service": ("Service pipe", "入户管"),
    "valve": ("Valve", "阀门"),
    "prv": ("Pressure reducing valve", "减压阀"),
    "psv": ("Pressure sustaining valve", "持压阀"),
    "pbv": ("Pressure breaker valve", "压力制动阀"),
    "fcv": ("Flow control valve", "流量控制阀"),
    "gpv": ("General purpose valve", "通用阀"),
    "orifice": ("Orifice", "孔口"),
    "weir": ("Weir", "堰"),
    "outlet": ("Outlet", "出流口"),
}


def kind_names(kind: str) -> tuple[str, str]:
    """Name of a node's or a pipe's role in English and in Chinese."""
    return _KINDS.get(kind, (kind, kind))


def kind_label(kind: str) -> str:
    """Name of a node's or a pipe's role in the language on screen."""
    return pick(*kind_names(kind))


def customer_label(class_: str) -> str:
    """Name of a class of customers; a word that is none of the known ones stands as it is."""
    known = catalog.customer_classes().get(class_)
    return known.label if known else class_ or _("Not classified")


KILOMETRES_FROM = 10_000.0
"""Metres from which a length is written in kilometres."""


def metres(length: float) -> str:
    """A length for a person: ``850.4 m``, ``12.35 km``; a dash where it is unknown."""
    if not math.isfinite(length):
        return UNKNOWN
    return f"{length / 1000:,.2f} km" if length >= KILOMETRES_FROM else f"{length:,.1f} m"


def size_label(network: Network, row: int) -> str:
    """Size of a pipe: ``DN300``, ``800×600``, or a dash."""
    width, height = (float(column[row]) * 1000 for column in (network.width, network.height))
    if not math.isfinite(width):
        return UNKNOWN
    is_round = network.pipe_shape[row] in (None, "round") and (width == height or not math.isfinite(height))
    return f"DN{width:.0f}" if is_round else f"{width:.0f}×{height:.0f}" if math.isfinite(height) else f"{width:.0f}"


def repeats_words(batch: str) -> str:
    """Say that a delivery is in the survey already, under another name."""
    return _(
        "Most of it is in batch “{batch}” already, same ids at the same places: give it that name to bring it up to date."
    ).format(batch=batch)


def duration(seconds: float) -> str:
    """About how long, in words."""
    if seconds < 90:  # noqa: PLR2004 -- below that minutes say too little
        return _("{n} s").format(n=max(1, round(seconds)))
    if seconds < 7200:  # noqa: PLR2004 -- and here hours
        return _("{n} min").format(n=round(seconds / 60))
    return _("{n} h").format(n=f"{seconds / 3600:,.1f}")
