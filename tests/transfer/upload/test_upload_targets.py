"""Where picked files and folders go: the requests name the keys that were shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import NO_OPTIONS, UploadChosen, UploadFile, UploadFolder
from s3tui.transfer.upload.local_folder import LocalEntry
from s3tui.transfer.upload.upload_targets import (
    Upload,
    UploadRequest,
    default_target,
    prefix_of,
    shared_key,
    targets,
)


def file(path: str) -> LocalEntry:
    return LocalEntry(Path(path), is_folder=False, size=1)


def folder(path: str) -> LocalEntry:
    return LocalEntry(Path(path), is_folder=True)


@pytest.mark.parametrize(
    ("sources", "keeps_names", "filled_in", "prefix"),
    [
        ([], True, "", ""),
        ([file("/d/a.csv")], True, "in/a.csv", "in/"),
        ([folder("/d/logs")], True, "in/logs/", "in/"),
        ([folder("/d/logs")], False, "in/", "in/"),
        ([folder("/")], True, "in/", ""),
        ([file("/d/a.csv"), folder("/d/logs")], True, "in/", "in/"),
    ],
)
def test_the_target_begins_below_the_prefix(
    sources: list[LocalEntry], keeps_names: bool, filled_in: str, prefix: str
) -> None:
    assert default_target("in/", sources, keeps_names=keeps_names) == filled_in
    assert prefix_of(filled_in, sources, keeps_names=keeps_names) == prefix


@pytest.mark.parametrize(
    ("sources", "target", "keeps_names", "keys"),
    [
        ([file("/d/a.csv")], "in/b.csv", True, ["in/b.csv"]),
        ([file("/d/a.csv")], "in/", True, ["in/a.csv"]),
        ([folder("/d/logs")], "in", True, ["in/"]),
        ([folder("/d/logs")], "", True, [""]),
        ([file("/d/a"), folder("/d/logs")], "in", True, ["in/a", "in/logs/"]),
        ([file("/d/a"), folder("/d/logs")], "in/", False, ["in/a", "in/"]),
        ([file("/d/a"), file("/d/b")], "", True, ["a", "b"]),
    ],
)
def test_each_source_gets_its_key(
    sources: list[LocalEntry], target: str, keeps_names: bool, keys: list[str]
) -> None:
    assert [planned.key for planned in targets(sources, target, keeps_names=keeps_names)] == keys


def test_no_two_get_one_key_unless_folders_are_put_together() -> None:
    twice = [file("/one/a"), file("/two/a"), folder("/one/d"), folder("/two/d")]
    assert shared_key(targets(twice, "in/", keeps_names=True), keeps_names=True) == "in/a"
    assert shared_key(targets(twice[2:], "in/", keeps_names=True), keeps_names=True) == "in/d/"
    assert shared_key(targets(twice[2:], "in/", keeps_names=False), keeps_names=False) is None
    assert shared_key(targets(twice[1:3], "in/", keeps_names=True), keeps_names=True) is None


NAMES = st.sampled_from(["a", "b", "a.csv", "logs", "in", ".c"])
ENTRIES = st.builds(
    lambda where, name, is_folder: folder(f"/{where}/{name}") if is_folder else file(f"/{where}/{name}"),
    st.sampled_from(["one", "one/in", "two"]),
    NAMES,
    st.booleans(),
)


def written(request: UploadRequest) -> set[tuple[Path, str]]:
    """Return the paths that a request moves, each with its key or prefix."""
    match request:
        case UploadFile(source=source, key=key) | UploadFolder(source=source, prefix=key):
            return {(source, key)}
        case UploadChosen(source=source, names=names, prefix=prefix):
            return {(source / name, prefix + name) for name in names}


@given(
    st.lists(ENTRIES, min_size=1, max_size=6, unique_by=lambda entry: entry.path),
    st.sampled_from(["", "in/", "x/in", "a/"]),
    st.booleans(),
)
def test_requests_move_each_source_to_its_key_once(
    sources: list[LocalEntry], target: str, keeps_names: bool
) -> None:
    planned = targets(sources, target, keeps_names=keeps_names)
    made = Upload(planned, NO_OPTIONS, Conflict.ASK).requests("c", "b")
    moved = [pair for request in made for pair in written(request)]
    assert sorted((path, key.rstrip("/")) for path, key in moved) == sorted(
        (each.source.path, each.key.rstrip("/")) for each in planned
    )
    together = {entry.path.parent for entry in sources}
    if keeps_names and len(sources) > 1:
        assert len(made) == len(together), "one transfer for each folder that something was picked in"
