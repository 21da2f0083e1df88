"""ConnectionList: the demo, connections that are saved, in memory or found here, and forms for new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from s3tui.connect.connection import THIS_RUN, Anonymous, Connection
from s3tui.connect.identity import identity_of
from s3tui.format import printable
from s3tui.tui.runtime.session import Session
from s3tui.tui.text.cells import Cell, StyledLine, Tone, left
from s3tui.tui.widgets.lists.row_list import RowList

_NAME, _SHORT_NAME, _ROOMY = 26, 20, 90
"""Cells of the name; the second if the list is narrower than the third."""
_SIGNS = {(False, False): "   ", (False, True): " ○ ", (True, False): " ● ", (True, True): " ● "}
"""By whether a connection is the current one, and has its keys in memory only."""


_COLOR_TONES: Mapping[str, Tone] = {
    "red": "bad",
    "yellow": "warn",
    "green": "good",
    "cyan": "accent",
    "blue": "heading",
    "magenta": "strong",
}
"""The tone of a list that is nearest to each colour."""


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One line of the list: a connection, the demo, a form or the snapshots."""

    name: str
    details: str
    connection: Connection | None = None
    """`None` for the demo, the forms and the snapshots."""
    is_saved: bool = False
    is_current: bool = False
    is_default: bool = False
    """It is opened where nothing else is said."""
    is_in_memory: bool = False
    """Its keys are lost when s3tui ends."""


DEMO = ConnectionRow("Try the demo", "an S3 of its own on this machine, no account")
NEW = ConnectionRow("New connection", "AWS, MinIO, R2, Ceph, … · keys go to your keyring")
SSO = ConnectionRow("Single sign-on", "IAM Identity Center (SSO): an account and a role")
SNAPSHOTS = ConnectionRow("Snapshots", "listings that you kept: they need no connection")
PUBLIC = ConnectionRow("A public bucket", "without signing")


class ConnectionList(RowList[ConnectionRow]):
    def row_id(self, row: ConnectionRow) -> object:
        return (row.name, row.is_saved)

    def line(self, row: ConnectionRow, width: int) -> StyledLine:
        name = _NAME if width >= _ROOMY else _SHORT_NAME
        blocked = row.connection is not None and row.connection.obstacle is not None
        return [
            (" ❯ " if row is self.current else _SIGNS[row.is_current, row.is_in_memory], "accent"),
            (left(row.name, name), "dim" if blocked else "strong"),
            _color_sign(row.connection),
            (left(row.details, width - name - 5), "warn" if blocked else "dim"),
        ]


def _color_sign(connection: Connection | None) -> Cell:
    if connection is None or not connection.color:
        return " ", ""
    return "▌", _COLOR_TONES[connection.color]


def connection_rows(
    saved: Sequence[Connection],
    found: Sequence[Connection],
    in_memory: Sequence[Connection],
    here: Session | None,
    default: str | None = None,
) -> Iterator[ConnectionRow]:
    """Yield the rows; a saved connection whose keys are in memory stands there with these.

    Args:
        in_memory: connections whose keys no keyring took.
        here: the session at hand.
        default: the name of the connection that is opened where nothing else is said.
    """
    kept = {(each.name, identity_of(each)): each for each in in_memory}
    for connection in saved:
        with_keys = kept.pop((connection.name, identity_of(connection)), None)
        yield _row(with_keys or connection, here, default, is_saved=True)
    for connection in (*kept.values(), *found):
        yield _row(connection, here, default, is_saved=False)


def _row(
    connection: Connection, here: Session | None, default: str | None, *, is_saved: bool
) -> ConnectionRow:
    endpoint, is_in_memory = connection.endpoint, connection.origin == THIS_RUN
    where = endpoint.region if endpoint.is_aws else endpoint.url
    if connection.obstacle:
        details = [connection.obstacle]
    elif is_in_memory:
        details = ["saved without its secret" if is_saved else THIS_RUN, "keys until s3tui ends", where]
    else:
        details = ["saved" if is_saved else f"found in {connection.origin}", where]
    details += ["unsigned"] * isinstance(connection.credentials, Anonymous) * (not connection.obstacle)
    is_default = connection.name == default
    details = ["opened first"] * is_default + [connection.notes] * bool(connection.notes) + details
    details += ["read-only"] * connection.read_only + ["production"] * connection.production
    is_named = here is not None and here.connection.name == connection.name
    is_current = here is not None and is_named and here.identity == identity_of(connection)
    said = printable(" · ".join(details))
    name = printable(connection.name)
    return ConnectionRow(name, said, connection, is_saved, is_current, is_default, is_in_memory)
