"""The command `s3tui`: loads settings, runs the app.

Whatever can be refused is refused here in one sentence, with exit code 2 and before the screen is taken.
Everything heavy is imported after that.
"""

from __future__ import annotations

import dataclasses
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.arguments import Refused, flags_of, parse_arguments, with_connection
from s3tui.config.options import did_you_mean
from s3tui.format import printable
from s3tui.settings import DEFAULT_THEME, Flags, Settings, load_settings

if TYPE_CHECKING:
    from s3tui.browse.place.pick_output import Picked
    from s3tui.connect.connection import Connection


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 2 where the request itself was wrong."""
    from s3tui import crash_report

    crash_report.catch_what_nobody_awaits()
    try:
        words = list(sys.argv[1:] if argv is None else argv)
        if words[:1] == ["--complete"]:
            from s3tui.completion import complete

            return complete(words[1:])
        if words[:1] == ["doctor"]:
            return _doctor(words[1:])
        if words[:1] == ["sync"]:
            return _sync(words[1:])
        asked = parse_arguments(words)
        if asked.completion is not None:
            return _print_completion(asked.completion)
        if asked.prints is not None:
            return _print_config(asked.prints)
        if asked.check_config is not None:
            return _check_config(asked.check_config)
        settings, connection = _prepare(flags_of(asked))
        return _run(settings, connection)
    except Refused as refused:
        sys.stderr.write(f"s3tui: {printable(str(refused))}\n")
        return 2
    except KeyboardInterrupt:
        return 130  # as a shell has it; what was under way has ended by now
    except (
        Exception
    ) as error:  # no traceback: its lines and locals are no help to the user, and may hold keys
        file = crash_report.save(error, "the command")
        kept = f" What is known of it is in {file}." if file else ""
        said = printable(crash_report.name_of(error))
        sys.stderr.write(f"s3tui: something went wrong that should not: {said}.{kept}\n")
        return 1


def _doctor(words: Sequence[str]) -> int:
    """Examine a connection without a screen."""
    from s3tui.doctor_command import USAGE, parse_doctor, run_doctor

    asked = parse_doctor(words)
    if asked.helps:
        sys.stdout.write(USAGE)
        return 0
    return run_doctor(asked, *_prepare(asked.flags, has_screen=False))


def _sync(words: Sequence[str]) -> int:
    """Run the command `s3tui sync`, without a screen; return its exit code."""
    _check_system()
    _check_home()
    from s3tui.syncs.command import main as sync

    return sync(words)


def _prepare(flags: Flags, *, has_screen: bool = True) -> tuple[Settings, Connection | None]:
    _check_system()
    _check_home()

    from s3tui.config.reader import ConfigError
    from s3tui.connect.discover import choose
    from s3tui.s3.errors import CredentialsError

    try:
        settings = load_settings(_with_connection(flags), os.environ, paths.config_file())
        is_offline = settings.demo or settings.snapshot or settings.inventory
        connection = None
        if not is_offline:
            with suppress(ConfigError):  # the file names one that cannot be opened: then the user is asked
                connection = choose(settings)
        _check_kept(settings)
        if connection is not None:
            _check_proxy(connection)
    except (CredentialsError, ValueError) as error:
        raise Refused(str(error)) from error
    if settings.demo and find_spec("ministack") is None:
        raise Refused("--demo needs an extra package: pip install 's3tui-browser[demo]'")
    _check_log_file(settings)
    if has_screen:
        _check_terminal()
    return settings, connection


def _with_connection(flags: Flags) -> Flags:
    """Take the name of a connection off the address that begins with one.

    Raises: Refused, where no connection has that name.
    """
    from s3tui.connect.named_address import as_uri, may_name_connection, split_address, unknown_connection

    if flags.uri is None or not may_name_connection(flags.uri):
        return flags
    from s3tui.connect.by_name import known_names

    names = known_names()
    name, address = split_address(flags.uri, names)
    if name is None:
        raise Refused(unknown_connection(flags.uri.partition(":")[0], names))
    return with_connection(flags, name, as_uri(address) if address else None)


def _check_system() -> None:
    """Check that this is POSIX, which the terminal driver and the locks need.

    Raises: Refused.
    """
    if os.name != "posix":
        raise Refused("this system is not POSIX, which s3tui needs: on Windows, run it in WSL")


def _check_home() -> None:
    """Check that there is a home for files.

    Raises: Refused.
    """
    try:
        paths.config_file()
        paths.state_dir()
    except RuntimeError as error:
        raise Refused("HOME is not set, and this account has no home: set HOME") from error


def _check_proxy(connection: Connection) -> None:
    """Check the environment's proxy settings for a connection.

    Raises: ProxyUnreadable.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return
    from s3tui.s3.http.proxy_url import proxy_for

    endpoint = connection.endpoint
    proxy_for(endpoint.scheme, endpoint.host, endpoint.authority)


def _check_terminal() -> None:
    """Check that there is a terminal.

    Raises: Refused.
    """
    from s3tui.tty import has_terminal

    if not has_terminal():
        raise Refused("this is a full-screen program and needs a terminal for its input and its output")
    if os.environ.get("TERM") == "dumb":
        raise Refused("this terminal cannot place its cursor (TERM=dumb): s3tui needs one that can")


def _check_log_file(settings: Settings) -> None:
    """Check that the log file can be written.

    Raises: Refused.
    """
    if settings.log_file is None:
        return
    from s3tui.diagnosis.log_file import LogFile

    try:
        LogFile(settings.log_file).close()
    except OSError as error:
        raise Refused(f"{settings.log_file} cannot be written: {error.strerror}") from error


def _check_kept(settings: Settings) -> None:
    """Check the snapshot or inventory report to open.

    Raises: Refused, where the file is none, or cannot be opened.
    """
    if not (settings.snapshot or settings.inventory or settings.opens_inventory):
        return
    from s3tui.browse.inventory.inventory import need_duckdb
    from s3tui.browse.inventory.manifest import is_manifest, local_report
    from s3tui.browse.snapshot.snapshot import Snapshot
    from s3tui.browse.source.source import SourceError

    try:
        if settings.snapshot is not None:
            Snapshot.open(settings.snapshot)
            return
        need_duckdb()
        if settings.inventory is not None:
            local_report(settings.inventory)
        elif settings.uri is not None and not is_manifest(settings.uri.key):
            raise Refused(f"{settings.uri} is no manifest.json of an S3 Inventory report")
    except SourceError as error:
        raise Refused(str(error)) from error


def _run(settings: Settings, connection: Connection | None) -> int:
    from s3tui.background import collect_rarely

    collect_rarely()

    from s3tui.tty import forget_typed
    from s3tui.tui.app import S3TuiApp

    app = S3TuiApp(_with_theme(settings), connection, greets=True)
    app.run()
    forget_typed()
    # Rows froze the collector's objects; what is still frozen at the end, DuckDB reports as leaked.
    gc.unfreeze()
    if settings.pick and not app.return_code:
        return _print(app.picked, settings)
    return app.return_code or 0


def _with_theme(settings: Settings) -> Settings:
    """Check the theme; in place of one that config.toml names in vain, take the default.

    Raises: Refused, for one of the command line or the environment.
    """
    from s3tui.config.reader import read_config
    from s3tui.tui.runtime.config_names import theme_names

    if settings.theme in (themes := theme_names()):
        return settings
    if settings.theme == read_config(paths.config_file())["theme"]:
        return dataclasses.replace(settings, theme=DEFAULT_THEME)
    hint = did_you_mean(settings.theme, themes) or f"; there are {', '.join(themes)}"
    raise Refused(f"there is no theme {settings.theme!r}{hint}")


def _print(picked: Sequence[Picked], settings: Settings) -> int:
    """Write the pick output to stdout, one a line; return the exit code: 1 when there is none."""
    end = "\0" if settings.pick_print0 else "\n"
    if settings.pick_json:
        lines = [one.as_json() for one in picked]
    else:
        lines = [one.raw_uri if settings.pick_print0 else one.uri for one in picked]
    if sys.stdout.isatty():
        lines, end = list(map(printable, lines)), "\n"
    try:
        sys.stdout.buffer.writelines(f"{line}{end}".encode("utf-8", "surrogateescape") for line in lines)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if lines else 1


def _print_config(what: str) -> int:
    """Write config.toml with all options, all keys, or the man page to stdout; return the exit code."""
    from s3tui.config.template import config_text, keys_text

    if what == "config":
        text = config_text()
    elif what == "man":
        from s3tui.man_page import man_page

        text = man_page()
    else:
        from s3tui.tui.runtime.config_names import key_lines

        text = keys_text(key_lines())
    sys.stdout.write(text)
    return 0


def _print_completion(shell: str) -> int:
    """Write what a shell reads to complete the command to stdout.

    Raises: Refused, for another shell than those that are known.
    """
    from s3tui.completion import SHELLS, script

    if shell not in SHELLS:
        raise Refused(f"--completion is for bash, zsh or fish, not {shell!r}{did_you_mean(shell, SHELLS)}")
    sys.stdout.write(script(shell))
    return 0


def _check_config(name: str) -> int:
    """Write what is wrong in a config.toml to stdout, a line each; return the exit code: 1 for mistakes."""
    from s3tui.config.reader import check_config
    from s3tui.tui.runtime.config_names import names

    _check_home()
    file = paths.expanded(name) if name else paths.config_file()
    shown = printable(str(file))
    if not file.exists():
        sys.stdout.write(f"{shown} is not there: every setting has its default.\n")
        return int(bool(name))
    problems = check_config(file, names())
    sys.stdout.writelines(f"{printable(problem.of(str(file)))}\n" for problem in problems)
    if not problems:
        sys.stdout.write(f"{shown} is right.\n")
    return int(bool(problems))
