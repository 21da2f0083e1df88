"""The command line, as a user meets it: a process, its exit code, and one sentence."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from s3tui import __version__
from tests.patience import PATIENCE_S

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "config").write_text("[profile sso]\nsso_session = corp\n[profile far]\nregion = eu west\n")
    (aws / "credentials").write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "s3tui", *words],
            env={
                "HOME": str(home),
                "PATH": os.defpath,
                "PYTHONPATH": str(Path.cwd()),
                "COLUMNS": "100",
                **environ,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    return run


def test_a_name_in_somebodys_file_sends_nothing_to_the_terminal(run: Run, home: Path) -> None:
    (home / ".s3cfg").write_text("[a\x1b]2;title\x07]\naccess_key = AK\nsecret_key = s\n")
    done = run("-c", "nobody")
    assert done.returncode == 2
    assert "s3cfg:a␛" in done.stderr
    assert done.stderr.strip().isprintable()


def test_version_is_one_line(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"s3tui {__version__}\n", "")


ELSEWHERE = (
    "import os, sys, s3tui.cli, s3tui.crash_report; os.name = 'nt'; sys.exit(s3tui.cli.main(sys.argv[1:]))"
)


@pytest.mark.parametrize(
    ("words", "code", "said"), [([], 2, "s3tui: this system is not POSIX"), (["--version"], 0, "")]
)
def test_another_system_than_posix_is_refused_in_a_sentence(words: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *words], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == code
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == bool(said)


def test_help_names_every_option_and_fits_the_screen(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--profile", "--region", "--endpoint-url", "--path-style", "--no-sign-request", "--demo"):
        assert option in done.stdout
    for option in ("--read-only", "--theme", "--version", "--help", "examples:", "AWS_PROFILE"):
        assert option in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 80


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["--profle"], ["--profile", "work"], ["--config"]]
)
def test_nothing_heavy_is_imported_before_the_arguments_are_checked(home: Path, words: list[str]) -> None:
    script = (
        "import sys\n"
        "from s3tui.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'textual', 'rich', 'httpx', 'httptools', 'keyring', 'tomlkit', 'sqlite3', 'asyncio'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--profle", "work"], "there is no option --profle: did you mean --profile?"),
        (["--read_only=1"], "there is no option --read_only: did you mean --read-only?"),
        (["--zzz"], "there is no option --zzz; s3tui --help lists them"),
        (["-x"], "there is no option -x; s3tui --help lists them"),
        (["--profile"], "--profile needs a value; s3tui --help shows how"),
        (["--profile", ""], "--profile needs a value; s3tui --help shows how"),
        (["--profile", "--demo"], "--profile needs a value; s3tui --help shows how"),
        (["--demo=yes"], "--demo takes no value; s3tui --help shows how"),
        (
            ["s3://a", "s3://b"],
            "'s3://b' is one argument too many: one s3://bucket/prefix is all there can be",
        ),
        (["my-bucket/logs"], "'my-bucket/logs' is not an S3 URI: did you mean s3://my-bucket/logs?"),
        (["http://b/k"], "'http://b/k' is not an S3 URI: expected s3://bucket or s3://bucket/prefix"),
        (["s3:///k"], "'s3:///k' names no bucket: expected s3://bucket or s3://bucket/prefix"),
        (
            ["--path-style", "alway"],
            "--path-style is auto, always or never, not 'alway': did you mean always?",
        ),
        (["--region", "eu west"], "'eu west' is not a region: expected something like us-east-1 or auto"),
        (["--endpoint-url", "localhost:9000"], "the endpoint URL 'localhost:9000' needs http:// or https://"),
        (["--endpoint-url", "http://u:p@h"], "an endpoint URL holds no user name or password"),
        (["--profile", "wrok"], "there is no profile 'wrok' in "),
        (["--profile", "wrok"], "the profiles there are: far, sso, work"),
        (["--profile", "sso"], "names the sso-session 'corp', which is not in the file"),
        (["-c", "wrok"], "there is no connection 'wrok'; there are: aws:far, aws:sso, aws:work"),
        (["--connection", "aws:wrok"], "there is no connection 'aws:wrok': did you mean aws:work?"),
        (["-c", "aws:sso"], "the connection 'aws:sso' cannot be opened: profile 'sso' names"),
        (["wrok:b/k"], "there is no connection 'wrok'; there are: "),
        (["aws:wrok:b/k"], "there is no connection 'aws'"),
        (["aws:work:"], "needs a terminal"),
        (["aws:work:b/k"], "needs a terminal"),
        (["-c", "aws:work", "s3://b/k"], "needs a terminal"),
        (["-c", "aws:work", "--profile", "work"], "where to and as whom: leave --profile out"),
        (["aws:work:b", "--endpoint-url", "http://h"], "where to and as whom: leave --endpoint-url out"),
        (["-c", "aws:far", "aws:work:b"], "--connection is 'aws:far', and the address is for 'aws:work'"),
        (["-c", "aws:work", "--demo"], "leave --connection out"),
        (["-c", "aws:work", "--snapshot", "x"], "leave --connection out"),
        (["--connection", ""], "--connection needs a value"),
        (["--demo", "--profile", "work"], "--demo brings its own endpoint and keys: leave --profile out"),
        (["--demo", "--no-sign-request"], "leave --no-sign-request out"),
        (["--snapshot", "none.db"], "none.db is not there."),
        (["--snapshot", "~nobody-of-that-name/x.db"], "~nobody-of-that-name/x.db is not there."),
        (["--snapshot", "x", "s3://b"], "leave s3://, --demo and --pick out"),
        (["--snapshot", ""], "--snapshot needs a value"),
        (["--inventory", "nowhere"], "nowhere cannot be read"),
        (["--inventory", "s3://b/data.csv", "--no-sign-request"], "is no manifest.json of an S3 Inventory"),
        (["--inventory", "x", "--demo"], "leave s3://, --demo and --snapshot out"),
        (["--profile", "work"], "needs a terminal"),
        ([], "needs a terminal"),
    ],
)
def test_what_cannot_be_gets_one_sentence_and_exit_code_2(run: Run, words: list[str], sentence: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("s3tui: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_a_wrong_environment_gets_a_sentence_too(run: Run, home: Path) -> None:
    assert "AWS_SECRET_ACCESS_KEY not set" in run(AWS_ACCESS_KEY_ID="AKIA").stderr
    assert "there is no profile 'gone'" in run(AWS_PROFILE="gone").stderr
    assert "needs http://" in run(AWS_ENDPOINT_URL="minio:9000").stderr
    (home / ".aws" / "credentials").write_text("aws_secret_access_key = hunter2\n")
    done = run()
    assert "is not a valid AWS file at line 1" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thme = 1\n", ":1: there is no setting 'thme': did you mean theme?\n"),
        ('# mine\ntheme = "nrod"\n', ":2: there is no theme 'nrod': did you mean nord?\n"),
        ('[keys]\n"app.quti" = "q"\n', ":2: there is no key 'app.quti': did you mean app.quit?\n"),
        ('connection = "aws:wrok"\n', ":1: there is no connection 'aws:wrok': did you mean aws:work?\n"),
        ('connection = "aws:work"\n', " is right.\n"),
    ],
)
def test_a_config_file_is_checked(run: Run, home: Path, text: str, said: str) -> None:
    file = home / "config" / "s3tui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    configured = {"XDG_CONFIG_HOME": str(home / "config")}
    for done in (run("--check-config", **configured), run("--check-config", str(file))):
        assert (done.returncode, done.stdout, done.stderr) == (int("right" not in said), f"{file}{said}", "")
    done = run(**configured)
    assert "needs a terminal" in done.stderr  # a mistake in the file does not stop the start


def test_a_file_to_be_checked_that_is_not_there_is_named(run: Run, home: Path) -> None:
    done = run("--check-config", "~/none.toml")
    assert (done.returncode, done.stdout) == (
        1,
        f"{home}/none.toml is not there: every setting has its default.\n",
    )
    assert run("--check-config").returncode == 0


def test_what_is_printed_to_be_pasted_is_right(run: Run, home: Path) -> None:
    pasted = home / "pasted.toml"
    for option in ("--config", "--keys"):
        pasted.write_text(run(option).stdout)
        assert pasted.stat().st_size > 1_000
        assert run("--check-config", str(pasted)).returncode == 0


def test_the_demo_without_its_extra_says_how_to_get_it(home: Path) -> None:
    script = (
        "import sys\n"
        "sys.modules['ministack'] = None  # counts as not installed\n"
        "from s3tui.cli import main\n"
        "sys.exit(main(['--demo']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert done.stderr == "s3tui: --demo needs an extra package: pip install 's3tui-browser[demo]'\n"


def test_an_inventory_without_its_extra_says_how_to_get_it(home: Path) -> None:
    script = (
        "import sys\n"
        "sys.modules['duckdb'] = None  # counts as not installed\n"
        "from s3tui.cli import main\n"
        "sys.exit(main(['--inventory', '.']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    sentence = "An inventory needs an extra package: pip install 's3tui-browser[inventory]'"
    assert done.stderr == f"s3tui: {sentence}\n"


def test_a_wrong_theme_is_refused_before_the_screen_is_taken(home: Path) -> None:
    pytest.importorskip("s3tui.tui.app")
    output, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "s3tui", "--profile", "work", "--theme", "nrod"],
        env={"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": str(Path.cwd()), "TERM": "xterm-256color"},
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        timeout=PATIENCE_S,
    )
    os.close(terminal)
    written = os.read(output, 65536).decode()
    os.close(output)
    assert done.returncode == 2
    assert written == "s3tui: there is no theme 'nrod': did you mean nord?\r\n"


def test_an_account_without_a_home_gets_a_sentence() -> None:
    code = (
        "import os, pwd, sys\nos.environ.pop('HOME', None)\n"
        "def nobody(*_): raise KeyError('no such uid')\npwd.getpwuid = nobody\n"
        "from s3tui.cli import main\nsys.exit(main(['--no-sign-request']))"
    )
    environ = {"PATH": os.defpath, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "s3tui: HOME is not set, and this account has no home: set HOME\n"
