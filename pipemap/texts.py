"""The words on screen: one gettext catalog for window, command line and reports.

Source texts are English; ``resources/translations/<locale>/LC_MESSAGES/pipemap.po`` holds the others.
Values are filled in after translation, so that a translator sees a whole sentence: ``_("{n} pipes").format(n=3)``.
A translation may choose words by a number, ``{n} {n:pipe|pipes}``: the catalog ``en`` does so for English sentences that count.
"""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from string import Formatter

from pipemap import assets

LANGUAGES = ("en", "zh")
_LOCALES = {"en": "en", "zh": "zh_CN"}
_current = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()
_spoken: ContextVar[tuple[str, gettext.NullTranslations] | None] = ContextVar("spoken", default=None)


class _ByNumber(Formatter):
    """Fills in values; ``{n:pipe|pipes}`` is the first word where n is one, else the second."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, several = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return one if str(value) == "1" else several


class _Counting(str):
    """A text whose words depend on the numbers in it."""

    __slots__ = ()

    def format(self, *values: object, **named: object) -> str:
        return _ByNumber().vformat(self, values, named)

    def format_map(self, mapping: Mapping[str, object], /) -> str:  # type: ignore[override]  # str's own asks for less than it uses
        return _ByNumber().vformat(self, (), mapping)


def _(message: str) -> str:
    """Return ``message`` in the language chosen by :func:`set_language`, or by :func:`speaking` around it."""
    spoken = _spoken.get()
    text = (_translations if spoken is None else spoken[1]).gettext(message)
    return _Counting(text) if "|" in text else text


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark ``message`` for translation without translating it now."""
    return message


def language() -> str:
    """``en`` or ``zh``."""
    spoken = _spoken.get()
    return _current if spoken is None else spoken[0]


def set_language(wanted: str | None) -> str:
    """Choose the language of texts: ``en``, ``zh``, a locale such as ``zh_CN.UTF-8``, or ``None`` for the system's.

    Returns the language now in force; one that has no translation falls back to English.
    """
    global _current, _translations  # noqa: PLW0603 -- gettext's catalog is one per process by nature
    code = (wanted or _system_locale()).replace("-", "_").split("_")[0].split(".")[0].lower()
    _current = code if code in LANGUAGES else "en"
    _translations = _catalog(_current)
    return _current


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak ``en`` or ``zh`` inside, on this thread alone: paper may be in another language than the window."""
    token = _spoken.set((wanted, _catalog(wanted)))
    try:
        yield
    finally:
        _spoken.reset(token)


def _catalog(code: str) -> gettext.NullTranslations:
    return gettext.translation("pipemap", assets.resource("translations"), [_LOCALES[code]], fallback=True)


def pick(en: str, zh: str) -> str:
    """One of two names that data carries in both languages (codes of the standards, field labels)."""
    return (zh or en) if language() == "zh" else (en or zh)


def _system_locale() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    return locale.getlocale()[0] or "en"
