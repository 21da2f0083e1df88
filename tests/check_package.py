"""The check of the distributions: built, whole, installed into an empty environment, and started.

`make package` runs it. The wheel is built from the sdist, so the sdist holds what building takes.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import tarfile
import tempfile
import termios
import time
import venv
import zipfile
from pathlib import Path

from s3tui import __version__
from s3tui.demo.sample_data import ANALYTICS

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="s3tui-package-") as name:
        folder = Path(name)
        files = _copy(folder / "source")
        build = [sys.executable, "-m", "build", "--outdir", name, f"{name}/source"]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
        _check_sdist(sdist, files)
        _check_wheel(wheel, files)
        command = _install(wheel, folder / "venv")
        said = subprocess.run(
            [command, "--version"], check=True, capture_output=True, text=True, env={}, cwd=folder
        ).stdout
        assert said == f"s3tui {__version__}\n", said
        _check_demo(command, folder)
        _say(f"{sdist.name}, {wheel.name}: whole, installed, started")


def _copy(source: Path) -> set[str]:
    """Copy what version control has, or is to have: what tools left in the tree changes no distribution."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    return files


def _check_sdist(sdist: Path, files: set[str]) -> None:
    """Say whether it holds every file but those that mean something to git alone."""
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    missing = files - packed - {".gitignore"}
    assert not missing, f"not in the sdist: {sorted(missing)}"


def _check_wheel(wheel: Path, files: set[str]) -> None:
    """Say whether it holds the package whole, and nothing beside it."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in files if name.startswith("s3tui/")}


def _install(wheel: Path, folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [*pip, "--constraint", f"{ROOT}/constraints.txt", f"{wheel}[demo]"], check=True, env=environment
    )
    return folder / "bin" / "s3tui"


def _check_demo(command: Path, home: Path) -> None:
    """Start it in a terminal of its own, wait for a bucket on its screen, and quit."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    demo = subprocess.Popen(
        [command, "--demo"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"HOME": str(home), "PATH": os.defpath, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        cwd=home,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        painted = _read_until(ours, ANALYTICS.encode())
        assert ANALYTICS.encode() in painted, f"the demo shows no bucket: {painted[-2000:]!r}"
        os.write(ours, b"q")
        _read_until(ours, None)
        assert demo.wait(PATIENCE_S) == 0
    finally:
        demo.kill()
        demo.wait()
        os.close(ours)


def _read_until(terminal: int, text: bytes | None) -> bytes:
    """Return what was painted until `text` was, or until the program ended; after a time, what there is."""
    painted, end = b"", time.monotonic() + PATIENCE_S
    while (text is None or text not in painted) and (left := end - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            read = os.read(terminal, 65536)
        except OSError:  # Linux: nobody has its other side open
            break
        if not read:
            break
        painted += read
    return painted


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
