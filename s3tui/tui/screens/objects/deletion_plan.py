"""Questions before a delete: objects are counted, and versioning is looked up, while the dialog is open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, counted, printable
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import S3Error
from s3tui.tui.runtime.bucket_versioning import fate, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question, TypedConfirm
from s3tui.tui.text.sentences import explain, least_size

_LOOKING = "Looking whether the bucket keeps versions …"


def deletion_question(session: Session, bucket: str, rows: Sequence[Row], keys: list[str]) -> Question:
    """Return the question whether `rows` shall go, prefixes with all that is under them.

    Args:
        keys: filled while it is open; when yes is said, each key that is to go is there.
    """
    learning = _plan(session, bucket, rows, keys)
    if _is_object(rows):
        where = printable(f"s3://{bucket}/{rows[0].key}")
        return Confirm("Delete this object?", f"{where}\n{_LOOKING}", yes="Delete", learning=learning)
    title, sentence = f"Delete {_words(rows)}?", _counting(0, rows, bucket)
    return TypedConfirm(title, sentence, yes="Delete", learning=learning)


def bucket_question(session: Session, bucket: str) -> Question:
    """Return the question whether an empty bucket shall go."""
    sentence = "Only an empty bucket can be deleted. Its name may be taken by anybody afterwards."

    async def learn() -> Learning:
        status = await learn_versioning(session, bucket)
        keeps = status not in (None, VersioningStatus.OFF)
        more = " It has versions: old ones and delete markers count too." if keeps else ""
        yield Asked(sentence + more, expected=bucket)

    now = f"{sentence}\n{_LOOKING}"
    return TypedConfirm("Delete this bucket?", now, yes="Delete bucket", learning=learn())


async def _plan(session: Session, bucket: str, rows: Sequence[Row], keys: list[str]) -> Learning:
    """Walk prefixes to their last object, then learn what deleting means in the bucket."""
    # A key counts once, however often it is listed or marked.
    sizes = {row.key: row.size for row in rows if row.kind is not Kind.PREFIX}
    try:
        for row in rows:
            if row.kind is not Kind.PREFIX:
                continue
            pages = session.stream(lambda s3, prefix=row.key: s3.list_objects(bucket, prefix))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            async with aclosing(pages):
                async for page in pages:
                    sizes.update((summary.key, summary.size) for summary in page.objects)
                    yield _counting(len(sizes), rows, bucket)
    except S3Error as error:
        yield Asked(f"{explain(error)} Nothing was deleted.", is_answerable=False)
        return
    keys += sizes
    if not keys:
        yield Asked("There is nothing under it to delete.", is_answerable=False)
        return
    weight = least_size(sum(filter(None, sizes.values())), list(sizes.values()).count(None))
    objects = counted(len(keys), "object")
    where = printable(f"s3://{bucket}/")
    found = f"{where}{printable(keys[0])}\n{weight}. "
    if not _is_object(rows):
        found = f"{objects}, {weight}: {_words(rows)} in {where}\n"
    yield found + _LOOKING
    meaning = found + fate(await learn_versioning(session, bucket), len(keys))
    if _is_object(rows):
        yield Asked(meaning)
    else:
        title = f"Delete {objects}?"
        yield Asked(meaning, title, yes=f"Delete {count(len(keys))}", expected=str(len(keys)))


def _is_object(rows: Sequence[Row]) -> bool:
    return len(rows) == 1 and rows[0].kind is not Kind.PREFIX


def _words(rows: Sequence[Row]) -> str:
    return printable(rows[0].key) if len(rows) == 1 else counted(len(rows), "marked row")


def _counting(objects: int, rows: Sequence[Row], bucket: str) -> str:
    where = printable(f"s3://{bucket}/")
    return f"Counting … {counted(objects, 'object')} so far: {_words(rows)} in {where}"
