"""The command `s3tui`: parses arguments, loads settings, runs the app.

Whatever can be refused is refused here in one sentence, with exit code 2 and before the screen is taken.
Everything heavy is imported after that.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from s3tui import __version__, paths
from s3tui.config.options import did_you_mean
from s3tui.format import printable
from s3tui.settings import DEFAULT_THEME, Flags, Settings, load_settings

if TYPE_CHECKING:
    from s3tui.browse.place.pick_output import Picked
    from s3tui.connect.connection import Connection

_EXAMPLES = """\
examples:
  s3tui --demo                                an S3 of its own, no account
  s3tui                                       the environment or ~/.aws
  s3tui --profile work s3://bucket/logs/      start inside a bucket
  s3tui --endpoint-url http://127.0.0.1:9000  MinIO, Ceph, Garage, …
  s3tui --no-sign-request s3://nyc-tlc        a public bucket
  s3tui --pick --print0 | xargs -0 -n1 aws s3 ls   choose, and hand on

environment:
  AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
  AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_S3     as in the AWS tools
  S3TUI_THEME, S3TUI_READ_ONLY, NO_COLOR     how it looks, what it may do
  S3TUI_PATIENCE                             how long a transfer waits
  S3TUI_DIFF                                 false is --no-diff
"""
_PATH_STYLES = ("auto", "always", "never")


class _Refused(Exception):
    """The request cannot be met; the message is one sentence for the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 2 where the request itself was wrong."""
    from s3tui import crash_report

    crash_report.catch_what_nobody_awaits()
    try:
        asked = _parse(sys.argv[1:] if argv is None else argv)
        if asked.prints is not None:
            return _print_config(asked.prints)
        if asked.check_config is not None:
            return _check_config(asked.check_config)
        settings, connection = _prepare(_flags(asked))
        return _run(settings, connection)
    except _Refused as refused:
        sys.stderr.write(f"s3tui: {refused}\n")
        return 2
    except (
        Exception
    ) as error:  # no traceback: its lines and locals are no help to the user, and may hold keys
        file = crash_report.save(error, "the command")
        kept = f" What is known of it is in {file}." if file else ""
        said = printable(crash_report.name_of(error))
        sys.stderr.write(f"s3tui: something went wrong that should not: {said}.{kept}\n")
        return 1


def _prepare(flags: Flags) -> tuple[Settings, Connection | None]:
    _check_system()
    _check_home()

    from s3tui.config.reader import ConfigError
    from s3tui.connect.discover import choose
    from s3tui.s3.errors import CredentialsError

    try:
        settings = load_settings(flags, os.environ, paths.config_file())
        is_offline = settings.demo or settings.snapshot or settings.inventory
        connection = None
        if not is_offline:
            with suppress(ConfigError):  # the file names one that cannot be opened: then the user is asked
                connection = choose(settings)
        _check_kept(settings)
        if connection is not None:
            _check_proxy(connection)
    except (CredentialsError, ValueError) as error:
        raise _Refused(str(error)) from error
    if settings.demo and find_spec("ministack") is None:
        raise _Refused("--demo needs an extra package: pip install 's3tui-browser[demo]'")
    _check_terminal()
    return settings, connection


def _check_system() -> None:
    """Check that this is POSIX, which the terminal driver and the locks need.

    Raises: _Refused.
    """
    if os.name != "posix":
        raise _Refused("this system is not POSIX, which s3tui needs: on Windows, run it in WSL")


def _check_home() -> None:
    """Check that there is a home for files.

    Raises: _Refused.
    """
    try:
        paths.config_file()
        paths.state_dir()
    except RuntimeError as error:
        raise _Refused("HOME is not set, and this account has no home: set HOME") from error


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

    Raises: _Refused.
    """
    from s3tui.tty import has_terminal

    if not has_terminal():
        raise _Refused("this is a full-screen program and needs a terminal for its input and its output")
    if os.environ.get("TERM") == "dumb":
        raise _Refused("this terminal cannot place its cursor (TERM=dumb): s3tui needs one that can")


def _check_kept(settings: Settings) -> None:
    """Check the snapshot or inventory report to open.

    Raises: _Refused, where the file is none, or cannot be opened.
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
            raise _Refused(f"{settings.uri} is no manifest.json of an S3 Inventory report")
    except SourceError as error:
        raise _Refused(str(error)) from error


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

    Raises: _Refused, for one of the command line or the environment.
    """
    from s3tui.config.reader import read_config
    from s3tui.tui.runtime.config_names import theme_names

    if settings.theme in (themes := theme_names()):
        return settings
    if settings.theme == read_config(paths.config_file())["theme"]:
        return dataclasses.replace(settings, theme=DEFAULT_THEME)
    hint = did_you_mean(settings.theme, themes) or f"; there are {', '.join(themes)}"
    raise _Refused(f"there is no theme {settings.theme!r}{hint}")


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
    """Write config.toml with all options, or all keys, to stdout; return the exit code."""
    from s3tui.config.template import config_text, keys_text

    if what == "config":
        text = config_text()
    else:
        from s3tui.tui.runtime.config_names import key_lines

        text = keys_text(key_lines())
    sys.stdout.write(text)
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


def _flags(asked: argparse.Namespace) -> Flags:
    flags = Flags(**{option.name: getattr(asked, option.name) for option in dataclasses.fields(Flags)})
    _check(flags)
    return flags


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    try:
        namespace, unknown = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        wants = "needs a value" if "expected" in error.message else "takes no value"
        raise _Refused(f"{error.argument_name} {wants}; s3tui --help shows how") from error
    _refuse_unknown(unknown, parser)
    return namespace


def _refuse_unknown(words: Sequence[str], parser: argparse.ArgumentParser) -> None:
    for word in words:
        if word.startswith("-"):
            option = word.partition("=")[0]
            known = set(re.findall(r"--[a-z-]+", parser.format_help()))
            hint = did_you_mean(option, known) or "; s3tui --help lists them"
            raise _Refused(f"there is no option {option}{hint}")
    if words:
        raise _Refused(f"{words[0]!r} is one argument too many: one s3://bucket/prefix is all there can be")


def _check(flags: Flags) -> None:
    values = {
        "--profile": flags.profile,
        "--region": flags.region,
        "--endpoint-url": flags.endpoint_url,
        "--ca-bundle": flags.ca_bundle,
        "--theme": flags.theme,
        "--snapshot": flags.snapshot,
        "--inventory": flags.inventory,
    }
    for option, value in values.items():
        if value is not None and not value.strip():
            raise _Refused(f"{option} needs a value; s3tui --help shows how")
    if flags.path_style not in (None, *_PATH_STYLES):
        hint = did_you_mean(flags.path_style, _PATH_STYLES)
        raise _Refused(f"--path-style is auto, always or never, not {flags.path_style!r}{hint}")
    if flags.uri is not None and "://" not in flags.uri:
        meant = re.sub(r"^(?:s3[an]?:)?/*", "", flags.uri, flags=re.IGNORECASE)
        raise _Refused(f"{flags.uri!r} is not an S3 URI: did you mean s3://{meant}?")
    if flags.json and not flags.pick:
        raise _Refused("--json says how --pick prints: add --pick")
    if flags.print0 and (flags.json or not flags.pick):
        raise _Refused("--print0 says how --pick prints: add --pick, and leave --json out")
    if flags.snapshot is not None and (flags.demo or flags.uri is not None or flags.pick):
        raise _Refused("--snapshot opens a file without a connection: leave s3://, --demo and --pick out")
    if flags.inventory is not None and (flags.demo or flags.uri is not None or flags.snapshot is not None):
        raise _Refused("--inventory says itself what to open: leave s3://, --demo and --snapshot out")
    if flags.demo:
        own = {**values, "--theme": None, "--no-sign-request": flags.no_sign_request}
        for option, chosen in own.items():
            if chosen:
                raise _Refused(f"--demo brings its own endpoint and keys: leave {option} out")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s3tui",
        usage="s3tui [options] [s3://bucket/prefix]",
        description="Browse Amazon S3 and everything that speaks its protocol.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.add_argument("uri", nargs="?", metavar="s3://bucket/prefix", help="where to start")
    where = parser.add_argument_group("where to, and as whom")
    where.add_argument("--demo", action="store_true", help="try it on an S3 of its own, full of samples")
    where.add_argument("--snapshot", metavar="FILE", help="a listing that was kept, without a connection")
    where.add_argument(
        "--inventory", metavar="WHERE", help="an S3 Inventory report: a folder, s3://…/manifest.json"
    )
    where.add_argument("--profile", metavar="NAME", help="a profile of ~/.aws/config or ~/.aws/credentials")
    where.add_argument("--region", metavar="NAME", help="the region to ask first, like eu-west-1")
    where.add_argument("--endpoint-url", metavar="URL", help="another S3 service than Amazon's")
    where.add_argument(
        "--path-style", metavar="WHEN", help="bucket in the path of the URL: auto, always, never"
    )
    where.add_argument("--no-sign-request", action="store_true", help="use no keys: for public buckets")
    where.add_argument("--ca-bundle", metavar="FILE", help="certificate authorities to trust (PEM)")
    where.add_argument("--no-verify-ssl", action="store_true", help="take any certificate: not safe")
    how = parser.add_argument_group("how")
    how.add_argument("--read-only", action="store_true", help="refuse whatever would change something")
    how.add_argument("--theme", metavar="NAME", help="colours: s3tui-dark, s3tui-light, nord, …")
    how.add_argument("--no-diff", action="store_true", help="repaint whole areas, not only cells that change")
    how.add_argument("--pick", action="store_true", help="print the URIs of what you choose, and end")
    how.add_argument("--json", action="store_true", help="with --pick: JSON, an object a line")
    how.add_argument("--print0", action="store_true", help="with --pick: a NUL behind each, for xargs -0")
    config = parser.add_argument_group("config.toml")
    for option, text in (
        ("config", "print one with every option"),
        ("keys", "print all keys, for its table [keys]"),
    ):
        config.add_argument(f"--{option}", dest="prints", action="store_const", const=option, help=text)
    config.add_argument(
        "--check-config", metavar="FILE", nargs="?", const="", help="say what is wrong in yours, or in FILE"
    )
    how.add_argument("--version", action="version", version=f"s3tui {__version__}", help="print the version")
    how.add_argument("-h", "--help", action="help", help="print this")
    return parser
