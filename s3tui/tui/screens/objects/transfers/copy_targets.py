"""Targets of copies: each row's key below a target, the sentence for a wrong one, and a suggestion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from textual.suggester import Suggester

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.connect.identity import Handle
from s3tui.connect.named_address import as_uri, split_address
from s3tui.format import printable
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.errors import S3Error
from s3tui.tui.runtime.session import Session


def labels(handles: Sequence[str]) -> list[tuple[str, str]]:
    """Return each connection with how it is shown: by its name, and where that is not enough, by all."""
    read = [Handle.parse(handle) for handle in handles]
    names = Counter(each.name for each in read)
    return [(each.name if names[each.name] == 1 else each.words, str(each)) for each in read]


def place(rows: Sequence[Row], target: str) -> list[tuple[Row, str]]:
    """Return the key or prefix that each row gets: `target`, or below it where it is a folder for them."""
    if len(rows) == 1 and rows[0].kind is Kind.PREFIX:
        return [(rows[0], target if not target or target.endswith("/") else f"{target}/")]
    if len(rows) == 1 and target and not target.endswith("/"):
        return [(rows[0], target)]
    folder = target if not target or target.endswith("/") else f"{target}/"
    return [(row, folder + (row.name if _has_path(row) else _last_part(row.key))) for row in rows]


def _has_path(row: Row) -> bool:
    """Say whether a flat listing has it from below a further prefix: keys there may share a last part."""
    return row.kind is not Kind.PREFIX and DELIMITER in row.name


def parse_target(text: str, names: Collection[str], own: str) -> tuple[str | None, S3Uri]:
    """Parse a target, and the name of a connection that may stand in front of it; `None` for `own`.

    Raises: ValueError.
    """
    name, address = split_address(text, names)
    return None if name == own else name, S3Uri.parse(address if name is None else as_uri(address))


def wrong_copy(
    text: str,
    bucket: str,
    rows: Sequence[Row],
    *,
    is_now: bool = True,
    names: Collection[str] = (),
    own: str = "",
) -> str | None:
    """Return what is wrong with a target, or `None`.

    Args:
        is_now: whether what is copied is there now: it cannot be copied onto itself.
        names: of connections, which may stand in front of the target.
        own: of the connection at hand.
    """
    try:
        name, uri = parse_target(text, names, own)
    except ValueError as error:
        return str(error)
    places = place(rows, uri.key)
    if len({key for _, key in places}) < len(places):
        return "Several of them would get the same key: copy one version of a key at a time."
    if uri.bucket != bucket or not is_now or name is not None:
        return None
    for row, key in places:
        if key == row.key and row.status is VersionStatus.OLDER:
            continue
        if key == row.key:
            return f"{printable(row.key)} is there already: that is what is copied."
        if row.kind is Kind.PREFIX and key.startswith(row.key):
            return f"{printable(row.key)} cannot be copied into itself."
    return None


def _last_part(key: str) -> str:
    name = key.removesuffix("/").rpartition("/")[2]
    return f"{name}/" if key.endswith("/") else name


class S3Suggester(Suggester):
    """Completes a bucket of those known, then prefixes by asking S3."""

    def __init__(self, session: Session) -> None:
        super().__init__(case_sensitive=True)
        self._session = session

    async def get_suggestion(self, value: str) -> str | None:
        bucket, slash, key = value.removeprefix("s3://").partition("/")
        if not value.startswith("s3://"):
            return None
        if not slash:
            known = (name for name in sorted(self._session.regions) if name.startswith(bucket))
            return next((f"s3://{name}/" for name in known), None)
        pages = self._session.stream(lambda s3: s3.list_objects(bucket, key, delimiter="/", max_keys=20))
        try:
            async for page in pages:
                prefix = next(iter(page.common_prefixes), None)
                return None if prefix is None else f"s3://{bucket}/{prefix}"
        except S3Error:  # no suggestion, then; the copy itself will say what is wrong
            return None
        finally:
            await pages.aclose()
        return None
