"""pandapipes networks in JSON."""

from __future__ import annotations

from pipemap.formats.pandapipes.reader import NAME, read_pandapipes, recognizes
from pipemap.formats.registry import Format
from pipemap.texts import N_

__all__ = ["FORMAT", "read_pandapipes", "recognizes"]

FORMAT = Format(NAME, N_("pandapipes network"), (".json",), recognizes, read_pandapipes, takes=(), alone=True)
"""pandapipes networks to a delivery."""
