"""Whole jobs that need several rooms: a file into a survey, a made city, what a survey holds."""

from __future__ import annotations

from pipemap.jobs.counting import Summary, summarise, summary
from pipemap.jobs.importing import (
    ImportResult,
    describe,
    import_source,
    import_survey,
    open_survey,
    read_sources,
    store_deliveries,
)
from pipemap.jobs.sampling import SampleResult, make_sample, own_sample

__all__ = [
    "ImportResult",
    "SampleResult",
    "Summary",
    "describe",
    "import_source",
    "import_survey",
    "make_sample",
    "open_survey",
    "own_sample",
    "read_sources",
    "store_deliveries",
    "summarise",
    "summary",
]
