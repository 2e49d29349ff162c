"""Set pipemap up and start it, on a machine that has Python 3.11 or newer and nothing else.

python3 packaging/start.py              sets up, then opens the window on the sample city
python3 packaging/start.py test …       sets up, then runs every test (what follows goes to pytest)
python3 packaging/start.py setup        only sets up, with everything that tests and benchmarks need
python3 packaging/start.py ANYTHING …   sets up, then runs ``pipemap ANYTHING …``

Set-up makes .venv/ in the checkout from the pinned lists beside this file and adds the few system libraries a bare Debian or
Ubuntu lacks; when nothing changed since, it takes no time. Without a display the window opens in a virtual one and its
picture is kept. This file uses the standard library only and speaks on standard error.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
WINDOW_TESTS = "tests/gui"
VENV = CHECKOUT / ".venv"
STAMP = VENV / "pipemap-setup.txt"
RUNTIME = CHECKOUT / "packaging" / "requirements.txt"
EVERYTHING = CHECKOUT / "packaging" / "requirements-test.txt"
OLDEST_PYTHON = (3, 11)
NETWORK_TROUBLE = re.compile(
    r"connection|timed? ?out|temporary failure|max retries|incompleteread|reset by peer|HTTP error 5", re.IGNORECASE
)


class SetupError(Exception):
    """Set-up cannot go on; the text says what happened and what to do."""


# ------------------------------------------------------------------------------------------------- what the system lacks


@dataclass(frozen=True)
class SystemPart:
    """A Debian package, and how to see that what it brings is there already.

    Attributes
    ----------
    use
        ``python``: no environment can be made without it. ``window``: Qt and VTK cannot start without it.
        ``display``: for a virtual display. ``font``: for Chinese text.
    """

    package: str
    use: str
    is_there: Callable[[], bool]


def can_make_venv() -> bool:
    """Whether Python has its own venv module, which bare Debian and Ubuntu keep in a package of its own, or needs it no more."""
    return venv_python().exists() or all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def has_library(name: str) -> bool:
    """Whether the dynamic loader finds a shared library, such as ``libEGL.so.1``."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_chinese_font() -> bool:
    """Whether a font with Chinese characters is installed."""
    if shutil.which("fc-list"):
        return bool(run_quietly(["fc-list", ":lang=zh-cn", "family"]).stdout.strip())
    known = re.compile(r"cjk|wqy|wenquanyi|droidsansfallback|sourcehan|uming|ukai", re.IGNORECASE)
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(known.search(font.name) for folder in folders if folder.is_dir() for font in folder.rglob("*.[to]t[cf]"))


def has_software_rendering() -> bool:
    """Whether OpenGL works without a graphics card: Mesa's drivers, which no library name gives away."""
    roots = (Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"))
    patterns = ("dri/swrast_dri.so", "*/dri/swrast_dri.so", "libgallium*.so", "*/libgallium*.so")
    return any(next(root.glob(pattern), None) for root in roots for pattern in patterns)


def system_parts() -> list[SystemPart]:
    """Everything that Python, Qt, VTK and the tests need from a Debian or Ubuntu, each with its own test."""
    libraries = {
        "libdbus-1-3": "libdbus-1.so.3",
        "libegl1": "libEGL.so.1",
        "libfontconfig1": "libfontconfig.so.1",
        "libgl1": "libGL.so.1",
        "libglib2.0-0": "libgthread-2.0.so.0",
        "libx11-xcb1": "libX11-xcb.so.1",
        "libxcb-cursor0": "libxcb-cursor.so.0",
        "libxcb-icccm4": "libxcb-icccm.so.4",
        "libxcb-image0": "libxcb-image.so.0",
        "libxcb-keysyms1": "libxcb-keysyms.so.1",
        "libxcb-randr0": "libxcb-randr.so.0",
        "libxcb-render-util0": "libxcb-render-util.so.0",
        "libxcb-render0": "libxcb-render.so.0",
        "libxcb-shape0": "libxcb-shape.so.0",
        "libxcb-shm0": "libxcb-shm.so.0",
        "libxcb-sync1": "libxcb-sync.so.1",
        "libxcb-xfixes0": "libxcb-xfixes.so.0",
        "libxcb-xinerama0": "libxcb-xinerama.so.0",
        "libxcb-xkb1": "libxcb-xkb.so.1",
        "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
        "libxcursor1": "libXcursor.so.1",
        "libxkbcommon0": "libxkbcommon.so.0",
        "libxrender1": "libXrender.so.1",
    }
    return [
        SystemPart(f"python3.{sys.version_info.minor}-venv", "python", can_make_venv),
        *(SystemPart(package, "window", partial(has_library, name)) for package, name in libraries.items()),
        SystemPart("libgl1-mesa-dri", "window", has_software_rendering),
        SystemPart("xvfb", "display", lambda: shutil.which("Xvfb") is not None),
        SystemPart("xauth", "display", lambda: shutil.which("xauth") is not None),
        SystemPart("fonts-noto-cjk", "font", has_chinese_font),
    ]


def lacking_parts(uses: Sequence[str]) -> list[SystemPart]:
    """What is needed for ``uses`` and not there; nothing on systems other than Linux, which have it all."""
    if not sys.platform.startswith("linux"):
        return []
    return [part for part in system_parts() if part.use in uses and not part.is_there()]


def add_system_parts(uses: Sequence[str]) -> None:
    """Install what is lacking where we may, else say the one line to type."""
    lacking = lacking_parts(uses)
    if not lacking:
        return
    packages = [part.package for part in lacking]
    if not install_packages(packages):
        say(f"These system packages are missing. Install them with:\n\n    {install_line(packages)}\n")
        if any(part.use != "font" for part in lacking):
            raise SetupError("Then start this again.")


def install_line(packages: Sequence[str]) -> str:
    """What a person types to get ``packages``, on Debian or elsewhere."""
    if shutil.which("apt-get"):
        prefix = "" if is_root() else "sudo " if shutil.which("sudo") else "(as root)  "
        return f"{prefix}apt-get install -y --no-install-recommends {' '.join(packages)}"
    return f"(your system's package manager; named as in Debian)  {' '.join(packages)}"


def install_packages(packages: Sequence[str]) -> bool:
    """Install Debian packages as root or by password-less sudo; False where that is not possible."""
    if shutil.which("apt-get") is None:
        return False
    prefix = [] if is_root() else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or run_quietly([*prefix, "true"]).returncode):
        return False
    say(f"Installing system packages: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    run_quietly([*apt, "update"])
    installed = run_quietly([*apt, "install", "--no-install-recommends", *packages])
    if installed.returncode:
        say(last_lines(installed.stdout))
    return installed.returncode == 0


def is_root() -> bool:
    """Whether this runs as the system's administrator; never on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


# ------------------------------------------------------------------------------------------------ the Python environment


def venv_python() -> Path:
    """The environment's Python, wherever this system keeps it."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(*, everything: bool) -> str:
    """What the environment was made from: it stands in the stamp, and set-up runs again when it changes."""
    made_from = hashlib.sha256(f"{sys.version_info[:2]} {CHECKOUT}".encode())
    for path in (EVERYTHING if everything else RUNTIME, CHECKOUT / "pyproject.toml"):
        made_from.update(path.read_bytes())
    return f"{'everything' if everything else 'runtime'} {made_from.hexdigest()}"


def is_set_up(*, everything: bool) -> bool:
    """Whether the environment stands as asked for; one with everything serves for running too."""
    try:
        stamps = STAMP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    wanted = [fingerprint(everything=True)] if everything else [fingerprint(everything=True), fingerprint(everything=False)]
    return venv_python().exists() and any(stamp in wanted for stamp in stamps)


def set_up(*, everything: bool) -> None:
    """Make or renew the environment; at once when nothing changed."""
    if is_set_up(everything=everything):
        return
    make_venv()
    STAMP.unlink(missing_ok=True)
    listed = EVERYTHING if everything else RUNTIME
    pins = len(re.findall(r"^[\w.-]+==", listed.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"Installing {pins} pinned Python packages into {VENV}")
    pip("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(listed))
    pip("--no-deps", "--no-index", "--no-build-isolation", "--editable", str(CHECKOUT))
    STAMP.write_text(fingerprint(everything=everything) + "\n", encoding="utf-8")
    say("Set up.")


def make_venv() -> None:
    """Create the environment, or again when its Python is gone or another version."""
    if venv_python().exists():
        version = run_quietly([str(venv_python()), "-c", "import sys, pip; print(*sys.version_info[:2])"])
        if version.returncode == 0 and version.stdout.split() == [str(part) for part in sys.version_info[:2]]:
            return
    say(f"Creating {VENV}")
    made = run_quietly([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if made.returncode:
        raise SetupError(f"Python could not create {VENV}:\n{last_lines(made.stdout)}")


def pip(*arguments: str) -> None:
    """Install with the environment's pip, showing how far it is; once more after network trouble."""
    command = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    for attempt in (1, 2):
        output, code = run_counting(command)
        if code == 0:
            return
        if attempt == 1 and NETWORK_TROUBLE.search(output):
            say("The network failed; trying once more.")
            continue
        raise SetupError(f"pip could not install what pipemap needs:\n{last_lines(output)}")


def run_counting(command: Sequence[str]) -> tuple[str, int]:
    """Run pip; a line for each large download, and everything it said."""
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", env=clean_env()
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            large = re.match(r"\s*Downloading (?:\S*/)?([\w.]+)-\S+ \(([\d.]{2,}) MB\)", line)
            if large and float(large[2]) >= 10:  # noqa: PLR2004 -- MB; smaller ones are not worth a line
                say(f"  downloading {large[1]} ({large[2]} MB)")
    return "".join(lines), process.returncode


def clean_env() -> dict[str, str]:
    """Our environment without what would lead the environment's Python, or its pip, elsewhere."""
    return {
        name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET"}
    }


# ------------------------------------------------------------------------------------------------------------ the display


def has_display() -> bool:
    """Whether windows can open here: always on Windows and macOS, elsewhere when a display server answers."""
    if not sys.platform.startswith("linux"):
        return True
    wayland = os.environ.get("WAYLAND_DISPLAY")
    if wayland and (Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / wayland).exists():
        return True
    if not os.environ.get("DISPLAY"):
        return False
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return True
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = x11.XOpenDisplay(None)
    if connection:
        x11.XCloseDisplay(ctypes.c_void_p(connection))
    return bool(connection)


@contextmanager
def virtual_display() -> Iterator[dict[str, str]]:
    """Start Xvfb on a free number; the environment in which windows open there."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise SetupError("The virtual display (Xvfb) did not start.")
        env = {name: value for name, value in clean_env().items() if name != "WAYLAND_DISPLAY"}
        yield {**env, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


# --------------------------------------------------------------------------------------------------------------- commands


def main(arguments: Sequence[str]) -> int:
    """Set up, then do what was asked; the exit status of that."""
    if arguments and arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    everything = bool(arguments) and arguments[0] in {"setup", "test"}
    without_display = not has_display()
    try:
        add_system_parts(("python", "window", "font", *(("display",) if everything or without_display else ())))
        set_up(everything=everything)
        if arguments[:1] == ["setup"]:
            return 0
        if arguments[:1] == ["test"]:
            os.chdir(CHECKOUT)
            return test(arguments[1:])
        return start(arguments, without_display=without_display)
    except SetupError as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130


def test(arguments: Sequence[str]) -> int:
    """Run the tests that were named; where none were, the window's beside all others: each keeps one core busy for minutes."""
    pytest = [str(venv_python()), "-m", "pytest"]
    if arguments:
        return hand_over([*pytest, *arguments])
    with tempfile.TemporaryFile() as said:
        window = subprocess.Popen([*pytest, WINDOW_TESTS], stdout=said, stderr=subprocess.STDOUT, env=clean_env())
        try:
            others = subprocess.run([*pytest, f"--ignore={WINDOW_TESTS}"], check=False, env=clean_env()).returncode
            ended = window.wait()
        finally:
            window.kill()
        said.seek(0)
        sys.stdout.write(said.read().decode(errors="replace"))
    return others or ended


def start(arguments: Sequence[str], *, without_display: bool) -> int:
    """Run pipemap; nothing asked for means the sample city, and no display means a picture of the window instead."""
    command = list(arguments)
    if not command or command[0] in {"--lang", "--size", "--screenshot"}:
        command[:0] = ["open", "--sample"]
    if command[0] != "open" or not without_display:
        return hand_over([str(venv_python()), "-m", "pipemap", *command])
    picture = None
    if not any(argument.startswith("--screenshot") for argument in command):
        picture = own_folder() / "window.png"
        command += ["--screenshot", str(picture)]
        say("There is no display: opening the window in a virtual one.")
    with virtual_display() as env:
        code = subprocess.run([str(venv_python()), "-m", "pipemap", *command], check=False, env=env).returncode
    if picture is not None and code == 0:
        say(f"The window's picture: {picture}")
    return code


def own_folder() -> Path:
    """Where pipemap keeps a person's files on this system."""
    question = "import platformdirs; print(platformdirs.user_data_dir('pipemap', appauthor=False, ensure_exists=True))"
    return Path(run_quietly([str(venv_python()), "-c", question]).stdout.strip())


def hand_over(command: Sequence[str]) -> int:
    """Become another program, with its signals and exit status; on Windows, which cannot, wait for it."""
    if os.name != "nt":
        os.execve(command[0], list(command), clean_env())  # noqa: S606 -- no shell is wanted
    return subprocess.run(command, check=False, env=clean_env()).returncode


def run_quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run and keep what it says."""
    return subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=clean_env()
    )


def last_lines(text: str, count: int = 15) -> str:
    """The end of what a program said, where its reason stands."""
    return "\n".join(text.rstrip().splitlines()[-count:])


def say(text: str) -> None:
    """One line for the person who waits; standard output belongs to the program that is started."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"pipemap needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    sys.exit(main(sys.argv[1:]))
