"""The condition report of 500 sections with 2,000 photos in each form: ``python -m tests.bench.large_report [FORM…]``.

Writes it in a process of its own each, and prints seconds on the clock, seconds of work, the most memory held, and its size.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipemap.bench.inspecting import inspected_sewer

FORMS = ("pdf", "docx", "xlsx", "html")
_ROOT = Path(__file__).resolve().parent.parent.parent
_CHILD = """
import resource, sys, time
from pathlib import Path
from pipemap.jobs.reporting import make_report
from pipemap.store import open_survey
from pipemap.texts import set_language
set_language("zh")
source, to = map(Path, sys.argv[1:])
start = time.perf_counter()
with open_survey(source) as survey:
    make_report(survey, "condition", to, options={"pictures": False}, overwrite=True)
seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
print(f"{seconds:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of work, {used.ru_maxrss / 1024:.0f} MiB")
"""


def main(forms: list[str]) -> None:
    """Make the sewer once, then each report."""
    with tempfile.TemporaryDirectory(prefix="pipemap-report-") as folder:
        start = time.perf_counter()
        survey = inspected_sewer(Path(folder, "sewer.gpkg"))
        sys.stdout.write(f"survey: {time.perf_counter() - start:.1f} s\n")
        for form in forms:
            to = Path(folder, f"report.{form}")
            told = subprocess.run(
                [sys.executable, "-c", _CHILD, str(survey), str(to)], cwd=_ROOT, capture_output=True, text=True, check=True
            )
            sys.stdout.write(f"{form}: {told.stdout.strip()}, file {to.stat().st_size / 1e6:.0f} MB\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or list(FORMS))
