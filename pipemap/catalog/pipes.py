"""What a pipe is made of, how it lies, in what state it is, and what its depth was measured to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal

from pipemap import assets
from pipemap.catalog.categories import category
from pipemap.catalog.kinds import PipeKind
from pipemap.catalog.words import Profile, code_for, plain, profile_named, synonyms
from pipemap.texts import pick

DepthReference = Literal["outside_top", "invert", "channel_bottom", "unknown"]
_CABLES = frozenset({"power", "telecom"})


@dataclass(frozen=True, slots=True)
class Material:
    """A material; ``code`` is that of CJJ 61-2017, or the word itself where the standard has none (``certainty`` is ``own``)."""

    code: str
    name_en: str
    name_zh: str
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@dataclass(frozen=True, slots=True)
class Burial:
    """A way of laying; ``code`` as for :class:`Material`.

    ``depth_reference`` is empty where it follows from pressure or gravity; ``cable_kind`` is what a power or telecom line
    laid this way is. Both are this program's reading of the standard.
    """

    code: str
    name_en: str
    name_zh: str
    certainty: str
    source: str
    depth_reference: Literal["", "channel_bottom"]
    cable_kind: Literal["", "cable", "duct", "channel"]

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@dataclass(frozen=True, slots=True)
class PressureBand:
    """A band of gas pressure, gauge, in MPa; ``above_mpa`` is None for the lowest."""

    name_en: str
    name_zh: str
    above_mpa: float | None
    up_to_mpa: float
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)


@cache
def materials() -> Mapping[str, Material]:
    """Return all materials by code."""
    return MappingProxyType({row["code"]: Material(**row) for row in assets.read_rows("standards", "materials.csv")})


@cache
def burials() -> Mapping[str, Burial]:
    """Return all ways of laying by code."""
    roles = {row["code"]: row for row in assets.read_rows("standards", "burial_roles.csv")}
    return MappingProxyType(
        {
            row["code"]: Burial(
                **row,
                depth_reference=roles[row["code"]]["depth_reference"],  # type: ignore[arg-type]
                cable_kind=roles[row["code"]]["cable_kind"],  # type: ignore[arg-type]
            )
            for row in assets.read_rows("standards", "burial_methods.csv")
        }
    )


@cache
def gas_pressure_bands() -> tuple[PressureBand, ...]:
    """Return the bands of gas pressure, lowest first."""
    return tuple(
        PressureBand(
            row["name_en"],
            row["name_zh"],
            float(row["above_mpa"]) if row["above_mpa"] else None,
            float(row["up_to_mpa"]),
            row["certainty"],
            row["source"],
        )
        for row in assets.read_rows("standards", "gas_pressure_bands.csv")
    )


def gas_pressure_band(pressure_mpa: float) -> PressureBand | None:
    """Return the band that a gauge pressure in MPa falls in; None when negative, unknown (NaN) or above all bands."""
    if not pressure_mpa >= 0:
        return None
    return next((band for band in gas_pressure_bands() if pressure_mpa <= band.up_to_mpa), None)


def material(text: str | None, *, profile: str | Profile | None = None) -> Material | None:
    """Return the material that a text stands for: a code, a name, a synonym, or a number with the profile that explains it."""
    if not text:
        return None
    chosen = profile_named(profile)
    return _material((chosen.code("material", text) if chosen else None) or text)


def burial(text: str | None, *, profile: str | Profile | None = None) -> Burial | None:
    """Return the way of laying that a text stands for, as :func:`material` does."""
    if not text:
        return None
    chosen = profile_named(profile)
    return _burial((chosen.code("burial", text) if chosen else None) or text)


def lifecycle_of(text: str | None, *, profile: str | Profile | None = None) -> str | None:
    """Return the life cycle value (``in_use``, ``abandoned`` …) that a status word stands for; None when nobody knows it.

    Bare numbers mean different things in different cities and resolve only with a profile.
    """
    return code_for("lifecycle", text, profile) if text else None


def pressurised_of(text: str | None, *, profile: str | Profile | None = None) -> str | None:
    """Return ``pressure`` or ``gravity`` for a word such as 压力 or 自流, else None."""
    return code_for("pressurised", text, profile) if text else None


def depth_reference(category_code: str | None, burial_code: str | None, *, pressurised: str | None = None) -> DepthReference:
    """Return what a depth is measured to: category by way of laying by pressure or gravity.

    Channels and trenches to their inner bottom, whatever runs in them; then pressure pipes, ducts and direct-buried cables to
    the outside top, gravity pipes to the invert. A category that nobody knows, without any of that: ``unknown``.

    Parameters
    ----------
    category_code
        A CJJ 61 code.
    burial_code
        A code or a word (``GG``, 方沟); None when unknown.
    pressurised
        ``pressure``, ``gravity``, or None for what is usual in the category.
    """
    laid = burial(burial_code)
    if laid and laid.depth_reference:
        return laid.depth_reference
    if pressurised in {"pressure", "gravity"}:
        return "outside_top" if pressurised == "pressure" else "invert"
    found = category(category_code)
    if found is None:
        return "unknown"
    if found.code == "ZH":
        return "channel_bottom"
    return "invert" if found.gravity else "outside_top"


def pipe_kind(category_code: str | None, burial_code: str | None, shape: str | None) -> PipeKind:
    """Return what a surveyed line is to the network: a cable, ducts, a channel, or (when in doubt) a pipe.

    Parameters
    ----------
    category_code, burial_code
        As for :func:`depth_reference`.
    shape
        ``round``, ``box``, ``bank``, ``egg``, ``other`` or None.
    """
    found = category(category_code)
    laid = burial(burial_code)
    if found and found.carries in _CABLES:
        if shape == "bank":
            return PipeKind.DUCT
        return PipeKind(laid.cable_kind) if laid and laid.cable_kind else PipeKind.PIPE
    if found and found.code == "ZH":
        return PipeKind.CHANNEL
    in_channel = laid is not None and laid.cable_kind == "channel"
    if found and found.carries == "drainage" and (shape == "box" or (in_channel and shape != "round")):
        return PipeKind.CHANNEL
    return PipeKind.PIPE


@lru_cache(maxsize=4096)
def _material(text: str) -> Material | None:
    words = _words("material")
    word = plain(text)
    code = words.get(word) or (words.get(word[:-1]) if word.endswith(("管", "质")) else None)
    return materials()[code] if code else None


@lru_cache(maxsize=4096)
def _burial(text: str) -> Burial | None:
    code = _words("burial").get(plain(text))
    return burials()[code] if code else None


@cache
def _words(list_name: Literal["material", "burial"]) -> Mapping[str, str]:
    rows = materials() if list_name == "material" else burials()
    words = {plain(code): code for code in rows}
    for row in rows.values():
        for name in (row.name_zh, row.name_en, *row.name_zh.replace("）", "（").split("（")):
            if name:
                words.setdefault(plain(name), row.code)
    return words | {word: code for word, code in synonyms(list_name).items() if word not in words}
