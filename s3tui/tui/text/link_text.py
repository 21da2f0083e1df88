"""Presigned links as text: URLs, commands, forms for a web page; until when they work. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from html import escape
from math import ceil
from urllib.parse import quote

from s3tui.format import counted, duration, timestamp
from s3tui.s3.signing.presign import MAX_EXPIRES_S, PresignedUrl
from s3tui.s3.signing.presign_post import PresignedForm

_MINUTE_S = 60
_TOLERANCE_S = 2
"""A signature has whole seconds, and is made a moment after it was asked for."""
_MOST_SHOWN = 20
_UNSAFE_IN_QUOTES = re.compile(r'[^\x20-\x7e]|["\\]')


class LinkFormat(Enum):
    URL = "URL"
    CURL = "curl"
    WGET = "wget"
    HTML = "HTML form"


@dataclass(frozen=True, slots=True)
class LinkWish:
    """A link as the user wants it."""

    method: str
    """GET, HEAD, PUT, DELETE, or POST for a form."""
    key: str
    """Of an upload; else each object has its own."""
    expires_s: int
    content_type: str | None = None
    save_as: str | None = None
    """File name under which a browser saves what it reads."""
    only_if_new: bool = False
    format: LinkFormat = LinkFormat.URL


Presigned = PresignedUrl | PresignedForm


def link_text(link: Presigned, format: LinkFormat, key: str) -> str:
    """Return a link in a format; commands name a local file as the key's last part."""
    name = file_name(key)
    if isinstance(link, PresignedForm):
        return _html_form(link) if format is LinkFormat.HTML else _curl_form(link, name)
    match format:
        case LinkFormat.CURL:
            return _curl(link, name, ["--path-as-is"] if has_dot_segments(key) else [])
        case LinkFormat.WGET:
            return _wget(link, name)
        case _:
            return link.url


def file_name(key: str) -> str:
    """Return a local name for a key's object: a plain one, that no command takes for an option."""
    last = key.removesuffix("${filename}").rstrip("/").rpartition("/")[2]
    name = "".join(character if character.isprintable() else "_" for character in last)
    return f"_{name[1:]}" if name.startswith(("-", ".")) else name or "file"


def attachment(name: str) -> str:
    """Return the Content-Disposition that has a browser save under `name` (RFC 6266)."""
    plain = _UNSAFE_IN_QUOTES.sub("_", name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'


def _headers(link: PresignedUrl) -> list[str]:
    return [f"{name}: {value}" for name, value in link.headers.items()]


def has_dot_segments(key: str) -> bool:
    """Say whether a key has `.` or `..` between slashes, which browsers and wget take out of a URL."""
    return not {".", ".."}.isdisjoint(key.split("/"))


def _curl(link: PresignedUrl, name: str, more: Sequence[str]) -> str:
    options = {
        "GET": ["-f", "-o", name],
        "HEAD": ["-f", "-I"],
        "PUT": ["-f", "-g", "-T", name],  # else braces and brackets would stand for several files
        "DELETE": ["-f", "-X", "DELETE"],
    }
    sent = [word for header in _headers(link) for word in ("-H", header)]
    return shlex.join(["curl", *options[link.method], *more, *sent, link.url])


def _wget(link: PresignedUrl, name: str) -> str:
    options = {
        "GET": ["-O", name],
        "HEAD": ["--spider", "-S"],
        "PUT": ["--method=PUT", f"--body-file={name}", "-O", "-"],
        "DELETE": ["--method=DELETE", "-O", "-"],
    }
    headers = _headers(link)
    if link.method == "PUT" and "content-type" not in link.headers:
        headers.append("content-type: application/octet-stream")  # else wget says that it is a form
    sent = [f"--header={header}" for header in headers]
    return shlex.join(["wget", *options[link.method], *sent, link.url])


def _curl_form(form: PresignedForm, name: str) -> str:
    words = ["curl", "-f"]
    for field, value in form.fields.items():
        words += ["--form-string", f"{field}={value}"]
    return shlex.join([*words, "-F", f"file=@{_in_form(name)}", form.url])


def _in_form(name: str) -> str:
    """Return a name as curl takes it in a form, where `;` and `,` begin what describes the file."""
    if not set(name) & set(';,"'):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _html_form(form: PresignedForm) -> str:
    hidden = [
        f'  <input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.fields.items()
    ]
    lines = [
        f'<form action="{escape(form.url)}" method="post" enctype="multipart/form-data">',
        *hidden,
        '  <input type="file" name="file"> <button>Upload</button>',
        "</form>",
    ]
    return "\n".join(lines)


def end_sentence(link: Presigned, asked_s: int, now: datetime) -> str:
    """Say until when a link works, and why no longer where it ends before it was asked to."""
    left_s = (link.expires_at - now).total_seconds()
    whole_s = left_s if left_s < _MINUTE_S else ceil(left_s / _MINUTE_S) * _MINUTE_S
    said = f"It works until {timestamp(link.expires_at)}, for {duration(whole_s)}."
    if left_s + _TOLERANCE_S < min(asked_s, MAX_EXPIRES_S):
        return f"{said} The session of these keys ends then."
    if asked_s > MAX_EXPIRES_S:
        return f"{said} S3 allows no more than seven days."
    if not link.is_end_known:
        return f"{said} It ends earlier if these temporary keys do: they do not say when."
    return said


def shown_links(texts: Sequence[str]) -> str:
    """Return links for the screen, one a line: the first of very many."""
    rest = len(texts) - _MOST_SHOWN
    shown = list(texts[:_MOST_SHOWN])
    return "\n".join([*shown, f"… and {counted(rest, 'more link')}: all are copied."] if rest > 0 else shown)
