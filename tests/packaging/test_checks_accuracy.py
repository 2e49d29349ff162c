"""How well checks find what a made city was given: measured by the script whose figures the manual states."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from pipemap.sample.faults import FAULT_KINDS

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "checks_accuracy.py"


def test_every_fault_is_found_and_hardly_anything_else(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("checks_accuracy", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    told = module.measure(1500, len(FAULT_KINDS), 8, tmp_path)
    assert told.put.keys() == set(FAULT_KINDS)
    assert told.recall == 1.0, told.put - told.found
    assert told.precision >= 0.9, told.wrong
