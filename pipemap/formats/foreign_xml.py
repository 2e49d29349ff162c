"""XML from outside: read without entities, in whatever encoding it really is, names without their namespace."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.texts import _

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 512 << 20
"""No delivery of inspections or master data comes near it; a parsed tree takes ten times as much memory. Our own figure."""
_DECLARATION = re.compile(r"^[^<]*<\?xml[^>]*\?>")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|</?>")
"""Control characters, and tags without a name, as some programs write them."""


def read_foreign_xml(path: Path, *, mended: Callable[[], None]) -> Element:
    """Return the root of an XML file; ``mended`` is called where the file is none as it stands, but can be read.

    Raises
    ------
    SurveyFileError
        It is no well-formed XML, absurdly large, or one that is made to do harm.
    """
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    if path.stat().st_size > MAX_BYTES:
        raise SurveyFileError(_("{file} is larger than {size} MB.").format(file=path.name, size=MAX_BYTES >> 20))
    content = path.read_bytes()
    try:
        try:
            root: Element = ElementTree.fromstring(content)
        except ElementTree.ParseError:  # written in another encoding than it says, or with control characters in it
            text = _DECLARATION.sub("", _text(content))
            mended()
            root = ElementTree.fromstring(_NO_XML.sub(" ", text))
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=path.name, reason=error)) from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
