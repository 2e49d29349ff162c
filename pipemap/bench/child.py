"""One process, some cases: ``python -m pipemap.bench.child CITY TABLES CASE…`` writes one line of JSON a case."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipemap.bench import cancelling, editing, inspecting, ours, peers, remembered, walk
from pipemap.bench.case import Case, Ground, MissingPeerError
from pipemap.bench.measuring import measure
from pipemap.bench.results import Measured
from pipemap.errors import PipemapError
from pipemap.startup import keep_memory


def main(words: Sequence[str]) -> int:
    """Measure the cases one after another, in one ground."""
    import pyarrow as pa  # noqa: F401 -- what each of our processes holds before it opens anything
    import pyogrio  # noqa: F401

    import pipemap.store  # noqa: F401

    keep_memory()
    city, tables, *names = words
    ground = Ground(Path(city), Path(tables))
    cases: dict[str, Callable[[Ground], Case]] = {}
    for part in (ours, editing, cancelling, inspecting, remembered, walk, peers):
        cases |= part.CASES
    try:
        for name in names:
            try:
                told = measure(cases[name](ground))
            except MissingPeerError as reason:
                told = Measured(missing=str(reason))
            except PipemapError as error:  # no display, no disk: the other rows are still worth having
                told = Measured(missing=error.message)
            sys.stdout.write(json.dumps({"case": name, **dataclasses.asdict(told)}) + "\n")
            sys.stdout.flush()
    finally:
        ground.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
