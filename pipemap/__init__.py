"""Underground pipelines, surveyed, seen and traced.

The public names load what they need on first use: ``import pipemap`` itself is quick and loads no window and no graphics.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import plan_shutoff
    from pipemap.analysis.trace import trace
    from pipemap.errors import PipemapError
    from pipemap.jobs import import_survey, open_survey
    from pipemap.model.network import Network

__version__ = "0.1.0"
__all__ = ["Network", "PipemapError", "__version__", "import_survey", "open_survey", "plan_shutoff", "trace"]

_HOMES = {
    "Network": "pipemap.model.network",
    "PipemapError": "pipemap.errors",
    "import_survey": "pipemap.jobs",
    "open_survey": "pipemap.jobs",
    "plan_shutoff": "pipemap.analysis.shutoff",
    "trace": "pipemap.analysis.trace",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
