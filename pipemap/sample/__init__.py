"""A made city, any size, with every category and a list of the faults put into it."""

from __future__ import annotations

from pipemap.sample.city import SMALLEST, City, make_city
from pipemap.sample.faults import FAULT_KINDS, Fault

__all__ = ["FAULT_KINDS", "SMALLEST", "City", "Fault", "make_city"]
