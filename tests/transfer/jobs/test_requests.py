"""Requests go to JSON and back, whatever bytes their names hold."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.models import Conflict, Direction
from s3tui.transfer.requests import (
    ChosenObject,
    CopyObject,
    CopyPrefix,
    DownloadChosen,
    DownloadObject,
    DownloadPrefix,
    Request,
    TargetOptions,
    UploadChosen,
    UploadFile,
    UploadFolder,
    describe,
    from_json,
    normalized,
    to_json,
)

NAMES = st.text(min_size=1, max_size=20)
PATHS = st.binary(min_size=1, max_size=20).map(
    lambda raw: Path("/files", os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_")))
)
CONFLICTS = st.sampled_from(Conflict)
INSTANTS = st.datetimes(timezones=st.just(UTC))
OPTIONS = st.builds(
    TargetOptions,
    content_type=st.none() | NAMES,
    storage_class=st.none() | NAMES,
    metadata=st.dictionaries(NAMES, NAMES, max_size=3),
    tags=st.dictionaries(NAMES, NAMES, max_size=3),
)
REQUESTS = st.one_of(
    st.builds(DownloadObject, NAMES, NAMES, NAMES, PATHS, CONFLICTS, st.none() | NAMES),
    st.builds(DownloadPrefix, NAMES, NAMES, NAMES, PATHS, CONFLICTS, st.none() | INSTANTS),
    st.builds(
        DownloadChosen,
        NAMES,
        NAMES,
        st.lists(st.builds(ChosenObject, NAMES, st.integers(0), NAMES, st.none() | NAMES)).map(tuple),
        PATHS,
        CONFLICTS,
    ),
    st.builds(UploadFile, NAMES, PATHS, NAMES, NAMES, CONFLICTS, OPTIONS),
    st.builds(UploadFolder, NAMES, PATHS, NAMES, NAMES, CONFLICTS, OPTIONS, st.booleans()),
    st.builds(UploadChosen, NAMES, PATHS, NAMES, NAMES, st.lists(NAMES).map(tuple), CONFLICTS, OPTIONS),
    st.builds(CopyObject, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, CONFLICTS, st.none() | NAMES, OPTIONS),
    st.builds(CopyPrefix, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, CONFLICTS, OPTIONS, st.none() | INSTANTS),
)


@given(REQUESTS)
def test_a_request_survives_json(request: Request) -> None:
    assert from_json(to_json(request)) == request


def test_what_a_journal_kept_before_there_were_instants_is_still_read() -> None:
    kept = '{"kind": "DownloadPrefix", "connection": "c", "bucket": "b", "prefix": "p/", "target": "/t", "conflict": "skip"}'  # noqa: E501
    assert from_json(kept) == DownloadPrefix("c", "b", "p/", Path("/t"))


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"kind": "Other"}', '{"kind": "DownloadObject", "conflict": "ask"}', "[]", "3"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no request|Expecting|not a valid"):
        from_json(text)


def test_it_reads_as_people_write_it() -> None:
    down = describe(DownloadPrefix("c", "b", "logs/2026/", Path("/tmp/x")))
    assert (down.direction, down.name, down.source, down.target) == (
        Direction.DOWNLOAD,
        "2026/",
        "s3://b/logs/2026/",
        "/tmp/x",
    )
    chosen = DownloadChosen(
        "c", "b", (ChosenObject("p/a", 1, "a"), ChosenObject("p/b/c", 2, "b")), Path("/x")
    )
    assert (describe(chosen).name, describe(chosen).source) == ("2 objects", "s3://b/p/")
    some = describe(UploadChosen("c", Path("/data/in"), "b", "p/", ("a", "b", "c")))
    assert (some.name, some.source, some.target) == ("3 of in/", "/data/in", "s3://b/p/")
    copy = describe(CopyObject("c", "b", "a/k", "d", "e/f"))
    assert (copy.direction, copy.name, copy.source, copy.target) == (
        Direction.COPY,
        "k",
        "s3://b/a/k",
        "s3://d/e/f",
    )
    then = DownloadPrefix("c", "b", "logs/", Path("/x"), at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert describe(then).source == "s3://b/logs/ as of 2026-11-01 12:00:00 UTC"
    assert (
        describe(DownloadObject("c", "b", "k", Path("/x"), version_id="3f")).source == "s3://b/k version 3f"
    )


def test_paths_become_absolute_and_prefixes_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here, there = Path("x"), tmp_path / "x"
    chosen = (ChosenObject("k", 1, "k"),)
    for asked, meant in (
        (DownloadObject("c", "b", "k", here), DownloadObject("c", "b", "k", there)),
        (DownloadPrefix("c", "b", "p", here), DownloadPrefix("c", "b", "p", there)),
        (DownloadChosen("c", "b", chosen, here), DownloadChosen("c", "b", chosen, there)),
        (UploadFile("c", here, "b", "k"), UploadFile("c", there, "b", "k")),
        (UploadFolder("c", here, "b", "p"), UploadFolder("c", there, "b", "p/")),
        (UploadFolder("c", there, "b", "p/"), UploadFolder("c", there, "b", "p/")),
        (UploadFolder("c", there, "b", ""), UploadFolder("c", there, "b", "")),
        (UploadChosen("c", here, "b", "p", ("a",)), UploadChosen("c", there, "b", "p/", ("a",))),
        (CopyPrefix("c", "b", "p", "b", "q"), CopyPrefix("c", "b", "p", "b", "q")),
    ):
        assert normalized(asked) == meant
