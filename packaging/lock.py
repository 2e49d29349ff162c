"""Pin everything that pipemap, its tests and its gates need: ``python packaging/lock.py`` (needs uv) writes both lists.

The lists name versions and hashes, for every Python and system at once, and no index: plain pip installs them from
whatever index the machine uses. Each is then tried, without installing anything, on every system and Python promised.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNTIME = HERE / "requirements.txt"
EVERYTHING = HERE / "requirements-test.txt"
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = ("x86_64-manylinux_2_34", "x86_64-pc-windows-msvc", "aarch64-apple-darwin")
OLDEST_MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}


def main() -> int:
    """Write both lists, then try them everywhere; non-zero when somewhere has no wheel."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        print("uv is not installed. Install it with: python -m pip install uv", file=sys.stderr)
        return 1
    compile_list(uv, RUNTIME, "--extra=build")
    compile_list(uv, EVERYTHING, "--extra=test", "--extra=dev", f"--constraint={RUNTIME.relative_to(HERE.parent)}")
    lacking = [
        f"{listed.name}: Python {python} on {system}\n{problem}"
        for listed in (RUNTIME, EVERYTHING)
        for python in PYTHONS
        for system in SYSTEMS
        if (problem := try_list(uv, listed, python, system))
    ]
    print("\n".join(lacking) or "Every system and Python has a wheel of everything.")
    return 1 if lacking else 0


def compile_list(uv: str, target: Path, *options: str) -> None:
    """Resolve ``pyproject.toml`` into ``target``; one version for all Pythons wherever one serves them all."""
    command = [
        *(uv, "pip", "compile", "pyproject.toml", "--universal", f"--python-version={PYTHONS[0]}", "--fork-strategy=fewest"),
        *("--no-build", "--generate-hashes", "--no-annotate", "--upgrade", "--quiet"),
        *("--no-config", "--no-emit-index-url", "--no-emit-find-links"),
        *("--custom-compile-command=python packaging/lock.py", "--output-file", str(target.relative_to(HERE.parent)), *options),
    ]
    subprocess.run(command, cwd=HERE.parent, check=True, stdout=subprocess.DEVNULL)


def try_list(uv: str, listed: Path, python: str, system: str) -> str:
    """Resolve ``listed`` from wheels alone for one system; what stands in the way, or nothing."""
    command = [
        *(uv, "pip", "compile", str(listed), "--no-config", "--no-build", "--quiet", "--generate-hashes"),
        *(f"--python-version={python}", f"--python-platform={system}"),
    ]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **OLDEST_MACOS})
    return answer.stderr.strip() if answer.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
