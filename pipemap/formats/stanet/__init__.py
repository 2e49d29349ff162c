"""STANET models, as its text export (``AKTEXNET``) holds them."""

from __future__ import annotations

from pipemap.formats.registry import Format
from pipemap.formats.stanet.reader import NAME, read_stanet, recognizes
from pipemap.texts import N_

__all__ = ["FORMAT", "read_stanet", "recognizes"]

FORMAT = Format(NAME, N_("STANET model"), (".csv",), recognizes, read_stanet, takes=(), alone=True)
"""STANET exports to a delivery."""
