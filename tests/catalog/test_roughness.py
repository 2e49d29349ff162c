from __future__ import annotations

from pipemap.catalog import materials
from pipemap.catalog.roughness import roughness_of, roughnesses
from pipemap.catalog.words import CERTAINTIES, sources


def test_each_row_is_a_material_with_a_certainty_and_a_source() -> None:
    for row in roughnesses().values():
        assert row.material == "" or row.material in materials()
        assert row.certainty in CERTAINTIES
        assert row.source in sources()
        assert 60 <= row.hazen_williams <= 150
        assert 0 < row.manning < 0.03
        assert 0 < row.darcy_weisbach_mm < 5


def test_a_material_is_found_as_crews_write_it() -> None:
    cast = roughness_of("球铁")
    assert cast is not None
    assert cast.material == "QM"
    assert roughness_of("nobody knows") is None
    assert roughness_of(None) is None
