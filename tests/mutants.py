"""A mutation run: one change at a time in a module, and whether a test of its package notices.

    python -m tests.mutants s3tui/transfer/integrity [--tests PATH …] [--minutes 30]

mutmut works on a copy of the project in `.mutants`. It changes what is inside of functions, not constants
of a module. A change that no test can notice, for it means the same, counts as survived like any other.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPY = ROOT / ".mutants"
MUTMUT = Path(sys.executable).with_name("mutmut")
NOTICED = frozenset({"killed", "timeout", "segfault", "suspicious"})
"""In mutmut's words: what the tests failed at, hung at or crashed at."""
ENVIRONMENT = {**os.environ, "S3TUI_NO_SERVERS": "1", "NO_COLOR": "1", "COLUMNS": "200"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", allow_abbrev=False)
    parser.add_argument("module", help="a folder or file of s3tui", type=Path)
    parser.add_argument("--tests", nargs="+", type=Path, help="else the tests of the same package")
    parser.add_argument("--minutes", type=float, default=30)
    asked = parser.parse_args()
    module = (ROOT / asked.module).resolve().relative_to(ROOT)
    if not (ROOT / module).exists():
        parser.error(f"there is no {module}")
    tests = asked.tests or [tests_of(module)]
    print(f"{module}, by the tests in {' '.join(map(str, tests))}")
    make_copy(module, tests)
    is_over = run(asked.minutes * 60)
    survivors = report(results())
    print(f"see one: cd {COPY.name} && ../.venv/bin/mutmut show NAME; all: … mutmut browse")
    if not is_over:
        print(f"stopped after {asked.minutes:g} minutes: --minutes for longer")
    return 0 if is_over and survivors is not None else 1


def tests_of(module: Path) -> Path:
    """Return the folder of tests that mirrors the package of `module`, or the next one above it."""
    package = module if (ROOT / module).is_dir() else module.parent
    folder = Path("tests", *package.parts[1:])
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    return folder


def make_copy(module: Path, tests: list[Path]) -> None:
    """Copy what git knows of the project, with mutmut set up for one module."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name)
    pattern = f"{module}/*" if (ROOT / module).is_dir() else str(module)
    others = sorted({Path(name).parts[0] for name in names} - {"s3tui", "tests", "pyproject.toml"})
    with (COPY / "pyproject.toml").open("a") as settings:
        settings.write(
            "\n[tool.mutmut]\n"
            'source_paths = ["s3tui"]\n'
            f"only_mutate = {_listed([pattern])}\n"
            f"also_copy = {_listed(others)}\n"
            f"pytest_add_cli_args_test_selection = {_listed(tests)}\n"
            'pytest_add_cli_args = ["-m", "not server and not long", "-p", "no:cacheprovider"]\n'
            "timeout_constant = 2.0\n"
            "timeout_multiplier = 4.0\n"
        )


def _listed(texts: Iterable[object]) -> str:
    return json.dumps([str(text) for text in texts])


def run(limit_s: float) -> bool:
    """Run mutmut; say whether it came to its end within the time."""
    with subprocess.Popen([MUTMUT, "run"], cwd=COPY, env=ENVIRONMENT) as mutmut:
        try:
            return mutmut.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            mutmut.send_signal(signal.SIGINT)  # it ends its own children, and keeps what it knows
            mutmut.wait(60)
            return False


def results() -> dict[str, str]:
    """Return what became of each mutant, by its name."""
    command = [str(MUTMUT), "results", "--all", "true"]
    said = subprocess.run(command, cwd=COPY, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return dict(line.strip().rsplit(": ", 1) for line in said.stdout.splitlines() if ": " in line)


def report(found: dict[str, str]) -> list[str] | None:
    """Print the score of each module and what survived; return that, `None` where nothing ran."""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    tried = {name: fate for name, fate in found.items() if fate != "not checked"}
    for name, fate in tried.items():
        by_module[name.rpartition(".")[0]][fate in NOTICED] += 1
        by_module["all"][fate in NOTICED] += 1
    survivors = sorted(name for name, fate in tried.items() if fate not in NOTICED)
    for name in survivors:
        print(f"  {tried[name]:10} {name}")
    for module, counts in by_module.items():
        print(
            f"{module:50} {counts[True]:5} of {counts.total():5} noticed {counts[True] / counts.total():7.1%}"
        )
    return survivors if tried else None


if __name__ == "__main__":
    sys.exit(main())
