"""The place in the top bar, as a connection tells it."""

from __future__ import annotations

from collections.abc import Iterable

from s3tui.format import printable
from s3tui.tui.runtime.session import Session
from s3tui.tui.text.place import Place
from s3tui.tui.text.whoami import keys_left


def connected_place(
    session: Session | None,
    *,
    title: str = "",
    crumbs: Iterable[str] = (),
    bucket: str | None = None,
    is_object: bool = False,
) -> Place:
    """Return a place on the connection of a session, with the region of `bucket`."""
    if session is None:
        return Place(title=title)
    connection = session.connection
    region = session.region_of(bucket) if bucket else ""
    left, is_soon = keys_left(session.keys, session.now())
    return Place(
        connection=printable(connection.name),
        color=connection.color,
        production=connection.production,
        read_only=connection.read_only,
        tls_unverified=not connection.verify_tls and connection.endpoint.scheme == "https",
        crumbs=tuple(crumbs),
        is_object=is_object,
        title=title,
        region=printable(region),
        redirected=bucket in session.routed,
        keys_left=left,
        keys_end_soon=is_soon,
    )
