"""The sections of a SWMM file, which SWMM knows by how their names begin."""

from __future__ import annotations

from pipemap.formats.inp.text import Dialect

_WORDS = (
    "TITLE", "OPTION+S", "FILE+S", "RAINGAGE+S", "TEMPERATURE", "EVAP+ORATION", "SUBCATCHMENT+S", "SUBAREA+S", "INFIL+TRATION",
    "AQUIFER+S", "GROUNDWATER", "SNOWPACK+S", "JUNC+TIONS", "OUTFALL+S", "STORAGE", "DIVIDER+S", "CONDUIT+S", "PUMP+S",
    "ORIFICE+S", "WEIR+S", "OUTLET+S", "XSECT+IONS", "TRANSECT+S", "LOSS+ES", "CONTROL+S", "POLLUT+ANTS", "LANDUSE+S",
    "BUILDUP", "WASHOFF", "COVERAGE+S", "INFLOW+S", "DWF", "PATTERN+S", "RDII", "HYDROGRAPH+S", "LOADING+S", "TREATMENT",
    "CURVE+S", "TIMESERIES", "REPORT", "COORDINATE+S", "VERTICES", "POLYGON+S", "LABEL+S", "SYMBOL+S", "BACKDROP", "TAG+S",
    "PROFILE+S", "MAP", "LID_CONTROL+S", "LID_USAGE", "GWF", "ADJUSTMENT+S", "EVENT+S", "STREET+S", "INLET_USAGE", "INLET+S",
)  # fmt: skip
SECTIONS = tuple(word.replace("+", "") for word in _WORDS)
DIALECT = Dialect({word.partition("+")[0]: word.replace("+", "") for word in _WORDS}, described=True)
