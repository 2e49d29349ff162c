"""What a node or a pipe is to the network: the vocabulary that tracing, drawing and shut-off share."""

from __future__ import annotations

from enum import StrEnum


class NodeKind(StrEnum):
    """Role of a node. Stored as text in ``node.kind``; blank means ``POINT``."""

    POINT = "point"
    JUNCTION = "junction"
    DEAD_END = "dead_end"
    BOUNDARY = "boundary"
    PLACEHOLDER = "placeholder"
    MANHOLE = "manhole"
    CHAMBER = "chamber"
    GULLY = "gully"
    OUTFALL = "outfall"
    STORAGE = "storage"
    SOURCE = "source"
    RESERVOIR = "reservoir"
    TANK = "tank"
    WELL = "well"
    ISOLATION_VALVE = "isolation_valve"
    CHECK_VALVE = "check_valve"
    AIR_VALVE = "air_valve"
    DRAIN_VALVE = "drain_valve"
    REGULATOR = "regulator"
    EXCHANGER = "exchanger"
    TRANSFORMER = "transformer"
    PUMP = "pump"
    HYDRANT = "hydrant"
    METER = "meter"
    CUSTOMER = "customer"
    CABINET = "cabinet"
    POLE = "pole"


class PipeKind(StrEnum):
    """Role of a pipe. Stored as text in ``pipe.kind``; blank means ``PIPE``."""

    PIPE = "pipe"
    CHANNEL = "channel"
    DUCT = "duct"
    CABLE = "cable"
    SERVICE = "service"
    VALVE = "valve"
    CHECK_VALVE = "check_valve"
    PRV = "prv"
    PSV = "psv"
    PBV = "pbv"
    FCV = "fcv"
    GPV = "gpv"
    PUMP = "pump"
    ORIFICE = "orifice"
    WEIR = "weir"
    OUTLET = "outlet"


SOURCES = frozenset({NodeKind.SOURCE, NodeKind.RESERVOIR, NodeKind.TANK, NodeKind.WELL})
"""Nodes that feed a network under pressure; a regulator fed from outside counts too where nothing else feeds its network."""

IN_LINE_DEVICES = frozenset(
    {NodeKind.ISOLATION_VALVE, NodeKind.CHECK_VALVE, NodeKind.REGULATOR, NodeKind.EXCHANGER, NodeKind.PUMP}
)
"""Nodes through which everything flows: closed, they part the network."""

ONE_WAY_PIPES = frozenset({PipeKind.CHECK_VALVE, PipeKind.PUMP, PipeKind.PRV, PipeKind.PSV, PipeKind.FCV})
"""Links that pass flow only from first to second node."""

DEVICE_PIPES = frozenset(PipeKind) - {PipeKind.PIPE, PipeKind.CHANNEL, PipeKind.DUCT, PipeKind.CABLE, PipeKind.SERVICE}
"""Devices that a hydraulic model draws as links."""
