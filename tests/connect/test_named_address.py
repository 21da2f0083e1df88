"""Addresses with a connection in front: the longest known name before a colon, and names that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3tui.config.reader import read_config
from s3tui.connect import Anonymous, Connection
from s3tui.connect.named_address import as_uri, may_name_connection, split_address, unknown_connection
from s3tui.connect.store import ConnectionStore
from s3tui.s3 import Endpoint

NAMES = ["work", "aws", "aws:work", "mc:local", "two words", "s3:odd"]


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("work:bucket/a:b", "work", "bucket/a:b"),
        ("aws:work:bucket/", "aws:work", "bucket/"),
        ("aws:bucket", "aws", "bucket"),
        ("aws:workbench", "aws", "workbench"),
        (" mc:local: ", "mc:local", ""),
        ("two words:b/k", "two words", "b/k"),
        ("work:s3://b/k", "work", "s3://b/k"),
        ("s3:odd:b", None, "s3:odd:b"),
        ("s3://work:b/k", None, "s3://work:b/k"),
        ("S3A://b", None, "S3A://b"),
        ("arn:aws:s3:::b/k", None, "arn:aws:s3:::b/k"),
        ("https://work:1/b", None, "https://work:1/b"),
        ("bucket/work:k", None, "bucket/work:k"),
        ("wrok:b", None, "wrok:b"),
        ("bucket/key", None, "bucket/key"),
    ],
)
def test_the_longest_known_name_before_a_colon_is_the_connections(
    text: str, name: str | None, address: str
) -> None:
    assert split_address(text, NAMES) == (name, address)
    assert name is None or may_name_connection(text)


@pytest.mark.parametrize(
    "name", ["s3", "S3", "s3a", "s3n", "arn", "http", "https", "http://b", "arn:aws", " "]
)
def test_what_begins_an_address_is_no_name(name: str, tmp_path: Path) -> None:
    store = ConnectionStore(tmp_path / "config.toml")
    connection = Connection(name, Endpoint.aws(), Anonymous())
    with pytest.raises(ValueError, match=r"cannot be called|needs a name"):
        store.save(connection)
    store.save(Connection("good", Endpoint.aws(), Anonymous()))
    with pytest.raises(ValueError, match=r"cannot be called|needs a name"):
        store.rename("good", name)
    assert [each.name for each in store.connections()] == ["good"]


def test_a_file_that_has_such_a_name_is_told_the_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[connections.good]\nanonymous = true\n[connections.s3]\nanonymous = true\n")
    (problem,) = read_config(file).problems
    assert problem.line == 3
    assert "a connection cannot be called 's3': s3: begins an address" in problem.sentence
    assert [each.obstacle is None for each in ConnectionStore(file).connections()] == [True, False]


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("b/k", "s3://b/k"),
        ("s3://b/k", "s3://b/k"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("b/a:c", "s3://b/a:c"),
    ],
)
def test_behind_a_name_bucket_and_key_are_enough(address: str, uri: str) -> None:
    assert as_uri(address) == uri


def test_a_name_that_none_has_is_told_with_the_one_that_was_meant() -> None:
    assert unknown_connection("wrok", NAMES).endswith("did you mean work?")
    assert unknown_connection("zzz", ["b", "a"]) == "there is no connection 'zzz'; there are: b, a"
