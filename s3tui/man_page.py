"""The man page, made of the parser that `--help` is made of. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from s3tui import __version__
from s3tui.arguments import ENVIRONMENT, EXAMPLES, new_parser

_FILES = (
    (
        "~/.config/s3tui/config.toml",
        "Settings, saved connections; s3tui --config prints all.",
    ),
    ("~/.local/state/s3tui/", "Transfers, changes, bookmarks, history. XDG_STATE_HOME moves it."),
    ("~/.local/share/s3tui/snapshots/", "Listings that you kept. XDG_DATA_HOME moves it."),
    ("~/.aws/config, ~/.aws/credentials", "Profiles of the AWS tools; read, never written."),
    ("~/.aws/sso/cache/", "Tokens of IAM Identity Center, shared with the AWS tools."),
)
_EXIT = (
    ("0", "Done."),
    ("1", "Nothing was chosen with --pick, config.toml has mistakes, or something went wrong."),
    ("2", "The command line cannot be."),
)


def man_page() -> str:
    """Return the page, as `man` reads it."""
    return "\n".join(_lines(new_parser())) + "\n"


def _lines(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f'.TH S3TUI 1 "" "s3tui {__version__}" "User Commands"'
    yield from (".SH NAME", r"s3tui \- browse Amazon S3 and everything that speaks its protocol")
    yield from (".SH SYNOPSIS", ".B s3tui", r".RI [ options ]", r".RI [ s3://bucket/prefix ]")
    yield from (".SH DESCRIPTION", _text(parser.description or ""))
    yield _text("Inside of it, ? shows all keys that work where you are, and ^p finds a command by its name.")
    yield ".SH COMMANDS"
    yield from (
        ".TP",
        r"\fBs3tui doctor\fR [\fINAME\fR] [\fIs3://bucket/prefix/\fR] [\fB\-\-write\fR] [\fB\-\-json\fR]",
    )
    yield _text("Examines an endpoint: what passed, what failed and its remedy, what it does not know.")
    yield from (
        ".TP",
        r"\fBs3tui sync\fR [\fINAME\fR \fB\-\-dry\-run\fR|\fB\-\-yes\fR] [\fB\-\-json\fR]",
    )
    yield _text("Shows what a saved sync would do, or does it; without a NAME, lists the saved syncs.")
    yield _text("s3tui sync --help has its exit codes.")
    yield ".SH OPTIONS"
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if action.help is not argparse.SUPPRESS]
        if not actions:
            continue
        if any(action.option_strings for action in actions):
            yield f".SS {_text((group.title or '').capitalize())}"
        for action in actions:
            yield from (".TP", _names(action), _text(f"{_sentence(action.help or '')}"))
    yield ".SH EXAMPLES"
    for command, about in EXAMPLES:
        yield from (".TP", rf"\fB{_text(command)}\fR", _text(_sentence(about)))
    for title, rows in (("ENVIRONMENT", ENVIRONMENT), ("FILES", _FILES), ("EXIT STATUS", _EXIT)):
        yield f".SH {title}"
        for name, about in rows:
            yield from (".TP", rf"\fB{_text(name)}\fR", _text(_sentence(about)))


def _names(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    shown = rf" \fI{_text(value)}\fR" if value else ""
    if not action.option_strings:
        return rf"\fI{_text(value)}\fR"
    if action.nargs == "?":
        shown = f" [{shown.strip()}]"
    return ", ".join(rf"\fB{_text(name)}\fR" for name in action.option_strings) + shown


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "…")) else f"{text}."


def _text(text: str) -> str:
    """Return text that no line or sign of which is taken for a command."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("^", r"\(ha").replace("~", r"\(ti")
    text = "".join(sign if sign.isascii() else rf"\[u{ord(sign):04X}]" for sign in text)
    return rf"\&{text}" if text.startswith((".", "'")) else text
