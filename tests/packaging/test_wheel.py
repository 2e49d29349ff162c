"""The wheel as a person installs it, and what importing pipemap costs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    built = subprocess.run([sys.executable, "-c", build, str(folder)], check=True, capture_output=True, text=True, cwd=CHECKOUT)
    with zipfile.ZipFile(folder / built.stdout.split()[-1]) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run_there(unpacked: Path, *arguments: str) -> str:
    """Run Python with the unpacked wheel before everything else on its path."""
    setting_up = f"import sys; sys.path.insert(0, {str(unpacked)!r}); "
    command = [sys.executable, "-I", "-c", setting_up + arguments[0], *arguments[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=unpacked.parent).stdout


def test_the_wheel_holds_what_the_program_reads(unpacked: Path) -> None:
    for folder in ("resources", "sample_networks"):
        shipped = [path.relative_to(CHECKOUT) for path in (CHECKOUT / folder).rglob("*") if path.is_file()]
        lacking = sorted(str(path) for path in shipped if not (unpacked / "pipemap" / path).is_file())
        assert lacking == []


def test_the_wheel_holds_no_tests_and_no_scripts(unpacked: Path) -> None:
    assert {path.name.split("-")[0] for path in unpacked.iterdir()} == {"pipemap"}


def test_the_installed_program_finds_its_resources_and_answers(unpacked: Path) -> None:
    found = run_there(unpacked, "from pipemap.assets import resource; print(resource('schema', 'fields.csv'))")
    assert Path(found.strip()) == unpacked / "pipemap" / "resources" / "schema" / "fields.csv"
    run = "from pipemap.cli.main import main; sys.exit(main(sys.argv[1:]))"
    assert "trace" in run_there(unpacked, run, "--help")


def test_importing_pipemap_loads_nothing_heavy() -> None:
    heavy = ("PySide6", "vtkmodules", "pandas", "pyogrio", "pyproj", "sqlite_utils", "scipy", "pyqtgraph", "matplotlib")
    code = f"import sys, pipemap; print([name for name in {heavy!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=CHECKOUT)
    assert answer.stdout.strip() == "[]"


def test_help_loads_nothing_heavy() -> None:
    heavy = ("PySide6", "vtkmodules", "pandas", "pyogrio", "numpy", "networkx", "scipy")
    code = (
        "import sys; from pipemap.cli.main import main; status = main(['--help']); "
        f"print([name for name in {heavy!r} if name in sys.modules]); sys.exit(status)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=CHECKOUT)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_every_promised_name_of_the_package_is_there() -> None:
    import pipemap

    for name in pipemap.__all__:
        assert getattr(pipemap, name) is not None
