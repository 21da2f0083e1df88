"""Connections that other tools have: found in their files and variables, never copied, never written."""

from __future__ import annotations

from collections.abc import Mapping

from s3tui.connect.connection import Connection


def other_tools(environ: Mapping[str, str]) -> list[Connection]:
    """Return the connections of other tools than AWS's; one that cannot be opened has its obstacle."""
    from s3tui.connect.tools import clouds, cyberduck, rclone, s3cmd
    from s3tui.connect.tools.mc import mc_aliases

    found = (mc_aliases, rclone.remotes, s3cmd.accounts, cyberduck.bookmarks, clouds.in_environment)
    return [connection for find in found for connection in find(environ)]
