"""Fields and words for the identity behind a connection's keys, and for the time left. Pure."""

from __future__ import annotations

from datetime import datetime

from s3tui.connect.connection import Connection
from s3tui.connect.whoami import WhoAmI
from s3tui.format import duration, printable
from s3tui.s3.credentials import Credentials
from s3tui.tui.text.fields import Field, Section

_SOON_S = 10 * 60


def keys_left(keys: Credentials | None, now: datetime) -> tuple[str, bool]:
    """Return how long temporary keys last, as the top bar says it, and whether that is a warning."""
    if keys is None or keys.expires_at is None:
        return "", False
    left_s = (keys.expires_at - now).total_seconds()
    if left_s <= 0:
        return "keys ended", not keys.is_renewable
    whole = duration(left_s // 60 * 60) if left_s >= 60 else "< 1m"
    return f"keys {whole.removesuffix(' 00s')}", left_s < _SOON_S and not keys.is_renewable


def whoami_fields(connection: Connection, known: WhoAmI, now: datetime) -> list[Section]:
    """Return the fields of the dialog."""
    endpoint = connection.endpoint
    where = f"Amazon S3, {endpoint.region}" if endpoint.is_aws else f"{endpoint.url}, {endpoint.region}"
    first = [Field("Connection", printable(connection.name), "strong"), Field("Endpoint", printable(where))]
    if known.access_key is None:
        return [Section("", [*first, Field("Keys", "none: requests are not signed")])]
    keys = [Field("Access key", printable(known.access_key)), Field("From", printable(known.source))]
    if known.expires_at is not None:
        keys.append(Field("Ends", _end(known, known.expires_at, now)))
    who = [
        Field(name, printable(value))
        for name, value in (("Account", known.account), ("Who", known.arn), ("Owner", known.owner))
        if value
    ]
    if not who:
        who = [Field("Who", f"unknown{f': {printable(known.why_unknown)}' if known.why_unknown else ''}")]
    return [Section("", first), Section("Keys", keys), Section("Identity", who)]


def _end(known: WhoAmI, end: datetime, now: datetime) -> str:
    left_s = (end - now).total_seconds()
    left = f"in {duration(left_s)}" if left_s > 0 else "they have ended"
    then = "renewed by themselves" if known.is_renewable else "then you are asked again"
    return f"{end:%Y-%m-%d %H:%M} UTC, {left}; {then}"
