"""The words on screen: one gettext catalog for window, command line and reports.

Source texts are English; ``resources/translations/<locale>/LC_MESSAGES/pipemap.po`` holds the others.
Values are filled in after translation, so that a translator sees a whole sentence: ``_("{n} pipes").format(n=3)``.
"""

from __future__ import annotations

import gettext
import locale
import os

from pipemap import assets

LANGUAGES = ("en", "zh")
_LOCALES = {"en": None, "zh": "zh_CN"}
_current = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()


def _(message: str) -> str:
    """Return ``message`` in the language chosen by :func:`set_language`."""
    return _translations.gettext(message)


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark ``message`` for translation without translating it now."""
    return message


def language() -> str:
    """``en`` or ``zh``."""
    return _current


def set_language(wanted: str | None) -> str:
    """Choose the language of texts: ``en``, ``zh``, a locale such as ``zh_CN.UTF-8``, or ``None`` for the system's.

    Returns the language now in force; one that has no translation falls back to English.
    """
    global _current, _translations  # noqa: PLW0603 -- gettext's catalog is one per process by nature
    code = (wanted or _system_locale()).replace("-", "_").split("_")[0].split(".")[0].lower()
    _current = code if code in LANGUAGES else "en"
    name = _LOCALES[_current]
    _translations = (
        gettext.translation("pipemap", assets.resource("translations"), [name], fallback=True)
        if name
        else gettext.NullTranslations()
    )
    return _current


def pick(en: str, zh: str) -> str:
    """One of two names that data carries in both languages (codes of the standards, field labels)."""
    return (zh or en) if _current == "zh" else (en or zh)


def _system_locale() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    return locale.getlocale()[0] or "en"
