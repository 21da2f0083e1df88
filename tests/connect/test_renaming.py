"""A connection gets another name: its secret goes with it, or nothing changes."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from s3tui.config.reader import ConfigError
from s3tui.connect import Anonymous, Connection, FromKeyring
from s3tui.connect.keychain import KeyringUnavailable
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from tests.keyrings import Ring, ring_in_use

WORK = Connection("work", Endpoint.aws("eu-west-1"), FromKeyring("AKIAFIRST"), origin="config.toml")
TEXT = 'connection = "work"\n\n[connections.work]  # ours\nregion = "eu-west-1"  # near\naccess_key = "AKIAFIRST"\n\n[keys]\n"app.quit" = "Q"\n'  # noqa: E501


@pytest.fixture
def ring() -> Iterator[Ring]:
    with ring_in_use() as ring:
        yield ring


@pytest.fixture
def file(home: Path) -> Path:
    file = home / "conf" / "config.toml"
    file.parent.mkdir()
    file.write_text(TEXT)
    return file


@pytest.fixture
def store(file: Path, ring: Ring) -> ConnectionStore:
    store = ConnectionStore(file)
    store.save(WORK, Credentials("AKIAFIRST", "first"), replaces=True)
    return store


def test_the_secret_and_what_names_it_go_along(store: ConnectionStore, ring: Ring, file: Path) -> None:
    store.rename("work", "prod")
    assert store.connections() == [replace(WORK, name="prod")]
    assert list(ring.entries) == [("s3tui", "prod")]
    keys = resolve(store.connections()[0])
    assert isinstance(keys, Credentials)
    assert keys.secret_key.reveal() == "first"
    text = file.read_text()
    assert 'connection = "prod"' in text
    assert "# near" in text


@contextmanager
def no_room() -> Iterator[None]:
    """Have this process write nothing to any file, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("when", ["read", "write", "file"])
def test_what_refuses_leaves_all_as_it_was(store: ConnectionStore, ring: Ring, file: Path, when: str) -> None:
    before = file.read_text(), dict(ring.entries)
    ring.reading_refusal = KeyringLocked("no") if when == "read" else None
    ring.refusal = KeyringLocked("no") if when == "write" else None
    with (
        pytest.raises(ConfigError if when == "file" else KeyringUnavailable),
        no_room() if when == "file" else nullcontext(),
    ):
        store.rename("work", "prod")
    assert (file.read_text(), ring.entries) == before


def test_the_name_of_another_one_is_not_taken(store: ConnectionStore, ring: Ring) -> None:
    store.save(Connection("public", Endpoint.aws(), Anonymous()))
    before = store.connections(), dict(ring.entries)
    with pytest.raises(ValueError, match="There is a connection public already"):
        store.rename("work", "public")
    assert (store.connections(), ring.entries) == before
