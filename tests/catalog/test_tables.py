"""Every table of the standards: each row says how sure it is and where it comes from, and names only what exists."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from pipemap import assets
from pipemap.catalog import burials, categories, category, materials, node_kind, point_names, point_words, profiles, sources
from pipemap.catalog.kinds import NodeKind
from pipemap.catalog.words import CERTAINTIES, LISTS, code_for, plain
from pipemap.model.fields import values

TABLES = sorted(path.name for path in assets.resource("standards").glob("*.csv") if path.name != "sources.csv")
KEYS = {
    "aliases_local.csv": ("profile", "list", "text"),
    "burial_methods.csv": ("code",),
    "burial_roles.csv": ("code",),
    "categories.csv": ("code",),
    "category_colours.csv": ("code", "use"),
    "crs_zones.csv": ("epsg",),
    "customer_classes.csv": ("class",),
    "customer_columns.csv": ("alias",),
    "inspection_columns.csv": ("alias",),
    "customer_words.csv": ("text",),
    "gas_pressure_bands.csv": ("name_zh",),
    "materials.csv": ("code",),
    "point_codes.csv": ("code",),
    "point_kinds.csv": ("text", "category"),
    "point_lists.csv": ("category", "list", "text"),
    "profiles.csv": ("profile",),
    "synonyms.csv": ("list", "text"),
}


def rows_of(name: str) -> list[dict[str, str]]:
    return list(assets.read_rows("standards", name))


def own_tables() -> list[str]:
    return [name for name in TABLES if name in KEYS]


def test_the_catalog_has_all_its_tables() -> None:
    assert set(KEYS) <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_how_sure_it_is_and_names_a_known_source(name: str) -> None:
    for row in rows_of(name):
        assert row["certainty"] in CERTAINTIES, row
        assert row["source"], row
        assert set(row["source"].split(";")) <= set(sources()), row
        assert (row["certainty"] == "own") == (row["source"] == "pipemap"), row


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_exactly_the_columns_of_its_header(name: str) -> None:
    with assets.resource("standards", name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert [row for row in rows if len(row) != len(header)] == []
    assert [row for row in rows if any(cell != cell.strip() for cell in row)] == []


@pytest.mark.parametrize("name", sorted(KEYS))
def test_nothing_is_said_twice(name: str) -> None:
    found = Counter(tuple(plain(row[column]) for column in KEYS[name]) for row in rows_of(name))
    assert [key for key, count in found.items() if count > 1] == []


def test_a_source_is_used_or_gone() -> None:
    used = {key for name in TABLES for row in rows_of(name) for key in row["source"].split(";")}
    assert used == set(sources())


def test_every_table_is_small_enough_to_read_at_once() -> None:
    assert all(Path(assets.resource("standards", name)).stat().st_size < 500_000 for name in TABLES)


def test_every_kind_of_node_in_the_tables_exists() -> None:
    assert {row["kind"] for row in rows_of("point_kinds.csv")} <= set(NodeKind)


def test_every_listed_feature_and_appurtenance_has_a_kind_of_its_own() -> None:
    names = {text for text, _limited in point_words()}
    assert {row["text"] for row in rows_of("point_lists.csv")} <= names
    codes = [row["text"] for row in rows_of("point_codes.csv") if row["list"] in {"feature", "appurtenance"}]
    assert set(codes) <= names


def test_every_entry_limited_to_a_category_has_one_for_all_others() -> None:
    assert {text for text, limited in point_words() if limited} <= {text for text, limited in point_words() if not limited}


def test_every_synonym_leads_to_something_that_exists() -> None:
    targets = {
        "category": {row.code for row in categories()},
        "sheet": {row.code for row in categories()},
        "point": {text for text, _limited in point_words()},
        "material": set(materials()),
        "burial": set(burials()),
        "lifecycle": set(values("lifecycle")),
        "pressurised": set(values("pressurised")),
    }
    for row in rows_of("synonyms.csv"):
        assert row["code"] in targets[row["list"]], row
    for row in rows_of("aliases_local.csv"):
        assert row["list"] in LISTS, row
        if row["list"] in targets:
            assert row["code"] in targets[row["list"]], row


def test_no_synonym_shadows_a_code_or_name_of_the_standard() -> None:
    names = {plain(text) for row in categories() for text in (row.code, row.name_zh, row.name_en)}
    names -= {plain("其他")}
    assert [row["text"] for row in rows_of("synonyms.csv") if row["list"] == "category" and plain(row["text"]) in names] == []


def test_every_profile_has_aliases_and_every_alias_a_profile() -> None:
    assert {row["profile"] for row in rows_of("aliases_local.csv")} == set(profiles())
    assert all(profile.aliases for profile in profiles().values())


def test_point_codes_and_lists_name_categories_that_exist() -> None:
    for name in ("point_codes.csv", "point_lists.csv", "category_colours.csv"):
        assert all(category(row["category"] if "category" in row else row["code"]) for row in rows_of(name))


@pytest.mark.parametrize("code", ["JS", "PS", "RQ", "RL", "DL", "TX", "GY", "QT", "ZH", "BM"])
def test_forms_can_offer_features_and_appurtenances_of_each_category(code: str) -> None:
    assert len(point_names(code, "feature")) > 5
    assert len(point_names(code, "appurtenance")) > 4


def test_sub_categories_offer_the_lists_of_their_major_one() -> None:
    assert point_names("YS", "appurtenance") == point_names("PS", "appurtenance")
    assert "阀门" in point_names("JP", "appurtenance")


def test_point_numbers_of_a_city_resolve_with_its_profile_only() -> None:
    assert code_for("point", "3507", "city-2017") == "阀门"
    assert code_for("point", "3507") is None
    assert node_kind("JS", None, "3507") is NodeKind.POINT
