"""What says which way a pipe flows, in words."""

from __future__ import annotations

from pipemap.model.flow import Evidence
from pipemap.texts import N_

EVIDENCE: dict[Evidence, str] = {
    Evidence.NONE: N_("No evidence"),
    Evidence.DIGITISED: N_("Direction of digitising"),
    Evidence.LEVELS: N_("Fall of the invert"),
    Evidence.ONLY_WAY_POSSIBLE: N_("Only way to a possible source or outfall"),
    Evidence.ONLY_WAY: N_("Only way to a source or outfall"),
    Evidence.DEVICE: N_("One-way device"),
    Evidence.SIMULATED: N_("Simulation"),
    Evidence.MODEL: N_("Drawn so by a gravity model"),
    Evidence.OBSERVED: N_("Recorded by the survey"),
}
"""Why a direction of flow is believed, in words."""
