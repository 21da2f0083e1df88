"""A mutation run: one change at a time in a module, and whether a test of its package notices.

    python -m tests.mutants s3tui/transfer/integrity [--tests PATH …] [--sample 150 [--seed 1]] [--minutes 30]

mutmut works on a copy of the project in `.mutants`. It changes what is inside of functions, not constants
of a module. A change that no test can notice, for it means the same, counts as survived like any other.
A sample is drawn of all mutants alike: the same one again for the same seed, module and code.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import chdir, suppress
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name, parse_mutant_key

ROOT = Path(__file__).parent.parent
COPY = ROOT / ".mutants"
MUTMUT = Path(sys.executable).with_name("mutmut")
NOTICED = frozenset({"killed", "timeout", "segfault", "suspicious"})
"""In mutmut's words: what the tests failed at, hung at or crashed at."""
UNSHRUNK = """
hypothesis.settings.register_profile(
    "mutants",
    hypothesis.settings.get_profile("s3tui"),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
hypothesis.settings.load_profile("mutants")
"""
"""Hypothesis need not look for the smallest example: it is enough that one fails."""
ENVIRONMENT = {**os.environ, "S3TUI_NO_SERVERS": "1", "NO_COLOR": "1", "COLUMNS": "200"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", allow_abbrev=False)
    parser.add_argument("module", help="a folder or file of s3tui", type=Path)
    parser.add_argument("--tests", nargs="+", type=Path, help="else the tests of the same package")
    parser.add_argument("--sample", type=int, metavar="N", help="try N mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="what the sample is drawn from")
    parser.add_argument("--minutes", type=float, default=30)
    asked = parser.parse_args()
    module = (ROOT / asked.module).resolve().relative_to(ROOT)
    if not (ROOT / module).exists():
        parser.error(f"there is no {module}")
    tests = asked.tests or [tests_of(module)]
    print(f"{module}, by the tests in {' '.join(map(str, tests))}")
    make_copy(module, tests)
    names = names_of(module)
    drawn = draw(names, asked.sample, asked.seed)
    is_over = run(drawn, asked.minutes * 60)
    found = {name: fate for name, fate in results().items() if name in set(drawn) and fate != "not checked"}
    report(found)
    seed = "" if asked.sample is None else f", seed {asked.seed}"
    print(f"tried {len(found)} of {len(names)} mutants{seed}")
    print(f"see one: cd {COPY.name} && ../.venv/bin/mutmut show NAME; all: … mutmut browse")
    if not is_over:
        print(f"stopped after {asked.minutes:g} minutes: --minutes for longer")
    return 0 if is_over and found else 1


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
    with (COPY / "tests/conftest.py").open("a") as settings:
        settings.write(UNSHRUNK)
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


def names_of(module: Path) -> list[str]:
    """Return the names of all mutants of the module, as mutmut gives them."""
    with chdir(COPY):  # where its settings are
        files = sorted(module.rglob("*.py")) if module.is_dir() else [module]
        return [
            get_mutant_name(file, name)
            for file in files
            for name in mutate_file_contents(str(file), file.read_text()).mutant_names
        ]


def draw(names: list[str], count: int | None, seed: int) -> list[str]:
    """Return `count` of the names, drawn at random, or all where there are fewer or none is asked for."""
    return names if count is None or count >= len(names) else random.Random(seed).sample(names, count)


def run(names: list[str], limit_s: float) -> bool:
    """Let mutmut try these mutants, one at a time; say whether it came to its end within the time."""
    command = [str(MUTMUT), "run", "--max-children", "1", *names]
    with subprocess.Popen(command, cwd=COPY, env=ENVIRONMENT, start_new_session=True) as mutmut:
        try:
            return mutmut.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(mutmut.pid, signal.SIGTERM)  # it has written what it knows


def results() -> dict[str, str]:
    """Return what became of each mutant, by its name."""
    command = [str(MUTMUT), "results", "--all", "true"]
    said = subprocess.run(command, cwd=COPY, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return dict(line.strip().rsplit(": ", 1) for line in said.stdout.splitlines() if ": " in line)


def report(found: dict[str, str]) -> None:
    """Print what survived, by function, and the score of each module."""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    survivors: dict[str, list[str]] = defaultdict(list)
    for name, fate in found.items():
        module = name.rpartition(".")[0]
        by_module[module][fate in NOTICED] += 1
        by_module["all"][fate in NOTICED] += 1
        if fate not in NOTICED:
            survivors[function_of(name)].append(f"{fate:10} {name}")
    for function, lines in sorted(survivors.items()):
        print(f"{function}: {len(lines)}", *sorted(lines), sep="\n    ")
    for module, counts in by_module.items():
        print(
            f"{module:50} {counts[True]:5} of {counts.total():5} noticed {counts[True] / counts.total():7.1%}"
        )


def function_of(name: str) -> str:
    """Return the function of a mutant: `s3tui.format.size` for `s3tui.format.x_size__mutmut_3`."""
    module, _, mutant = name.rpartition(".")
    function, owner = parse_mutant_key(mutant.partition("__mutmut_")[0])
    return ".".join(filter(None, (module, owner, function)))


if __name__ == "__main__":
    sys.exit(main())
