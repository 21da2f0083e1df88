"""The command line: its options, what goes together, and what is refused in one sentence."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Sequence

from s3tui import __version__
from s3tui.config.options import did_you_mean
from s3tui.settings import Flags

EXAMPLES = (
    ("s3tui --demo", "an S3 of its own, no account"),
    ("s3tui", "the environment or ~/.aws"),
    ("s3tui --profile work s3://bucket/logs/", "start inside a bucket"),
    ("s3tui -c minio", "a connection that you saved"),
    ("s3tui minio:photos/2026/", "the same, at a prefix"),
    ("s3tui --endpoint-url http://127.0.0.1:9000", "MinIO, Ceph, Garage, …"),
    ("s3tui --no-sign-request s3://nyc-tlc", "a public bucket"),
    ("s3tui sync NAME --dry-run", "what a saved sync would do"),
    ("s3tui doctor NAME", "examine an endpoint"),
    ("s3tui --pick --print0 | xargs -0 -n1 aws s3 ls", "choose, hand on"),
    ("source <(s3tui --completion bash)", "complete it at TAB"),
)
"""Commands, and what they do; of the help and the man page."""
ENVIRONMENT = (
    ("AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, …", "as in the AWS tools"),
    ("S3TUI_THEME, S3TUI_READ_ONLY, NO_COLOR", "how it looks, what it may do"),
    ("S3TUI_PATIENCE", "how long a transfer waits"),
    ("S3TUI_DIFF", "false is --no-diff"),
)
"""Variables, and what they say."""
_PATH_STYLES = ("auto", "always", "never")


class Refused(Exception):
    """The request cannot be met; the message is one sentence for the user."""


def flags_of(asked: argparse.Namespace) -> Flags:
    """Return the flags that were given.

    Raises: Refused, where they contradict each other.
    """
    flags = Flags(**{option.name: getattr(asked, option.name) for option in dataclasses.fields(Flags)})
    _check(flags)
    return flags


def with_connection(flags: Flags, name: str, uri: str | None) -> Flags:
    """Return flags whose address named a connection.

    Raises: Refused, where they name another one, or say in another way where to.
    """
    if flags.connection not in (None, name):
        raise Refused(f"--connection is {flags.connection!r}, and the address is for {name!r}")
    flags = dataclasses.replace(flags, connection=name, uri=uri)
    _check(flags)
    return flags


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the words of a command line.

    Raises: Refused.
    """
    parser = new_parser()
    try:
        namespace, unknown = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        wants = "needs a value" if "expected" in error.message else "takes no value"
        raise Refused(f"{error.argument_name} {wants}; s3tui --help shows how") from error
    _refuse_unknown(unknown, parser)
    return namespace


def _refuse_unknown(words: Sequence[str], parser: argparse.ArgumentParser) -> None:
    for word in words:
        if word.startswith("-"):
            option = word.partition("=")[0]
            known = set(re.findall(r"--[a-z-]+", parser.format_help()))
            hint = did_you_mean(option, known) or "; s3tui --help lists them"
            raise Refused(f"there is no option {option}{hint}")
    if words:
        raise Refused(f"{words[0]!r} is one argument too many: one s3://bucket/prefix is all there can be")


def _check(flags: Flags) -> None:
    values = {
        "--connection": flags.connection,
        "--profile": flags.profile,
        "--region": flags.region,
        "--endpoint-url": flags.endpoint_url,
        "--ca-bundle": flags.ca_bundle,
        "--theme": flags.theme,
        "--snapshot": flags.snapshot,
        "--inventory": flags.inventory,
        "--log-file": flags.log_file,
    }
    for option, value in values.items():
        if value is not None and not value.strip():
            raise Refused(f"{option} needs a value; s3tui --help shows how")
    if flags.path_style not in (None, *_PATH_STYLES):
        hint = did_you_mean(flags.path_style, _PATH_STYLES)
        raise Refused(f"--path-style is auto, always or never, not {flags.path_style!r}{hint}")
    if flags.uri is not None and "://" not in flags.uri and not _may_be_named(flags.uri):
        meant = re.sub(r"^(?:s3[an]?:)?/*", "", flags.uri, flags=re.IGNORECASE)
        raise Refused(f"{flags.uri!r} is not an S3 URI: did you mean s3://{meant}?")
    if flags.connection is not None:
        others = {"--profile": flags.profile, "--endpoint-url": flags.endpoint_url}
        others["--no-sign-request"] = "set" if flags.no_sign_request else None
        for option in (option for option, chosen in others.items() if chosen):
            raise Refused(f"a connection says itself where to and as whom: leave {option} out")
        if flags.snapshot is not None:
            raise Refused("--snapshot opens a file without a connection: leave --connection out")
    if flags.json and not flags.pick:
        raise Refused("--json says how --pick prints: add --pick")
    if flags.print0 and (flags.json or not flags.pick):
        raise Refused("--print0 says how --pick prints: add --pick, and leave --json out")
    if flags.snapshot is not None and (flags.demo or flags.uri is not None or flags.pick):
        raise Refused("--snapshot opens a file without a connection: leave s3://, --demo and --pick out")
    if flags.inventory is not None and (flags.demo or flags.uri is not None or flags.snapshot is not None):
        raise Refused("--inventory says itself what to open: leave s3://, --demo and --snapshot out")
    if flags.demo:
        own = {**values, "--theme": None, "--log-file": None, "--no-sign-request": flags.no_sign_request}
        for option, chosen in own.items():
            if chosen:
                raise Refused(f"--demo brings its own endpoint and keys: leave {option} out")


def _may_be_named(uri: str) -> bool:
    from s3tui.connect.named_address import may_name_connection

    return may_name_connection(uri) or uri.lower().startswith("arn:")


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return "".join(f"  {name:46} {about}\n" for name, about in rows)


def new_parser() -> argparse.ArgumentParser:
    """Return the parser of the command: of its help, its man page and its completion, too."""
    parser = argparse.ArgumentParser(
        prog="s3tui",
        usage="s3tui [options] [s3://bucket/prefix]",
        description="Browse Amazon S3 and everything that speaks its protocol.",
        epilog=f"examples:\n{_table(EXAMPLES)}\nenvironment:\n{_table(ENVIRONMENT)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.add_argument(
        "uri", nargs="?", metavar="s3://bucket/prefix", help="where to start; NAME:bucket/prefix too"
    )
    where = parser.add_argument_group("where to, and as whom")
    where.add_argument("-c", "--connection", metavar="NAME", help="a connection, saved or found: aws:work")
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
    how.add_argument("--log-file", metavar="FILE", help="write a line of JSON for each request to FILE")
    how.add_argument("--debug", action="store_true", help="headers and what was signed, too")
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
    shell = parser.add_argument_group("shell")
    shell.add_argument("--completion", metavar="SHELL", help="print what completes it: bash, zsh or fish")
    shell.add_argument("--man", dest="prints", action="store_const", const="man", help="print its man page")
    how.add_argument("--version", action="version", version=f"s3tui {__version__}", help="print the version")
    how.add_argument("-h", "--help", action="help", help="print this")
    return parser
