"""Words on what an upload takes and where it goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s3tui.format import count, counted, exact_size, printable
from s3tui.transfer.upload.local_folder import FileCount, LocalEntry
from s3tui.transfer.upload.upload_targets import Target, is_one_file, shared_key, targets
from s3tui.tui.text.sentences import short_size, tilde


def target_words(bucket: str, planned: Sequence[Target], most: int) -> list[str]:
    """Return the URIs that come of an upload, in at most so many lines; `…` stands for paths in a folder."""
    shown = planned if len(planned) <= most else planned[: max(1, most - 1)]
    uris = [f"s3://{bucket}/{target.key}{'…' * target.source.is_folder}" for target in shown]
    lines = [f"→ {printable(uri, mark_spaces=True)}" for uri in uris]
    left = len(planned) - len(lines)
    if left and most == 1:
        return [f"{lines[0]}   and {count(left)} more"]
    return [*lines, f"  and {count(left)} more"] if left else lines


def total_words(sources: Sequence[LocalEntry], below: FileCount, *, is_counting: bool, is_whole: bool) -> str:
    """Return how much is uploaded: `3 picked: 1,204 files, 4.2 GB`.

    Args:
        below: the count of the files below the folders among them.
    """
    if is_one_file(sources):
        return exact_size(sources[0].size or 0)
    total = replace(below)
    for source in sources:
        if not source.is_folder:
            total.add(FileCount(1, source.size or 0))
    words = f"{counted(total.files, 'file')}, {short_size(total.size)}"
    if is_counting:
        words = f"counting … {words} so far   esc stops"
    elif not is_whole:
        words = f"at least {words}: the count was stopped"
    elif total.unreadable:
        folders = "a folder" if total.unreadable == 1 else f"{count(total.unreadable)} folders"
        words = f"{words}; {folders} cannot be read"
    elif total.part_files:
        words = f"{words}, without {counted(total.part_files, 'unfinished download')}"
    return f"{count(len(sources))} picked: {words}" if len(sources) > 1 else words


def source_words(planned: Sequence[Target]) -> str:
    """Return what is uploaded, for a sentence: the name of one, the number of several."""
    if len(planned) > 1:
        return f"{count(len(planned))} picked"
    path = planned[0].source.path
    return printable(path.name or tilde(path))


def wrong_upload(sources: Sequence[LocalEntry], target: str, *, keeps_names: bool) -> str | None:
    """Return why these sources cannot be uploaded to `target`, or `None`."""
    if not sources:
        return "Type or pick a file or folder."
    if odd := [source.path.name for source in sources if not source.can_be_uploaded]:
        return f"{printable(odd[0])} is neither a file nor a folder: it cannot be uploaded."
    if is_one_file(sources) and not target:
        return "A key is needed."
    planned = targets(sources, target, keeps_names=keeps_names)
    if (key := shared_key(planned, keeps_names=keeps_names)) is not None:
        return f"Two of these would get the key {printable(key)}: upload them one after the other."
    return None
