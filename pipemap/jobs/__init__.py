"""Whole jobs that need several rooms: a file into a survey, a made city, what a survey holds."""

from __future__ import annotations

from pipemap.jobs.counting import Summary, summarise, summary
from pipemap.jobs.exporting import Chosen, ExportResult, HandOutWords, export_survey
from pipemap.jobs.importing import (
    ImportResult,
    describe,
    import_source,
    import_survey,
    open_survey,
    read_sources,
    ready_for,
    store_deliveries,
)
from pipemap.jobs.mappings import starting_mapping, write_mapping
from pipemap.jobs.places import crs_candidates, middle_of, place_of_network
from pipemap.jobs.sampling import SampleResult, make_sample, own_sample

__all__ = [
    "Chosen",
    "ExportResult",
    "HandOutWords",
    "ImportResult",
    "SampleResult",
    "Summary",
    "crs_candidates",
    "describe",
    "export_survey",
    "import_source",
    "import_survey",
    "make_sample",
    "middle_of",
    "open_survey",
    "own_sample",
    "place_of_network",
    "read_sources",
    "ready_for",
    "starting_mapping",
    "store_deliveries",
    "summarise",
    "summary",
    "write_mapping",
]
