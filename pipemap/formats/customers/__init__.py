"""Who is supplied: customers, buildings and estates from tables and GIS points, in."""

from __future__ import annotations

from pipemap.formats.customers.reader import NAME, read_customers
from pipemap.formats.customers.recognition import recognizes
from pipemap.formats.registry import Format
from pipemap.texts import N_

__all__ = ["FORMAT", "read_customers", "recognizes"]

FORMAT = Format(NAME, N_("Customers"), (".csv", ".xlsx", ".xls", ".geojson", ".shp", ".gpkg"), recognizes, read_customers)
"""Customer tables and points to a delivery without nodes and pipes."""
