"""Saving over another connection, and its secret: only when that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked, PasswordSetError

from s3tui.config.reader import ConfigError
from s3tui.connect import Anonymous, Connection, FromKeyring, FromProfile
from s3tui.connect.connection import CredentialsSource
from s3tui.connect.keychain import KeyringUnavailable
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from tests.keyrings import Ring, ring_in_use

FIRST = Connection("work", Endpoint.aws("eu-west-1"), FromKeyring("AKIAFIRST"), origin="config.toml")


@pytest.fixture
def ring() -> Iterator[Ring]:
    with ring_in_use() as ring:
        yield ring


@pytest.fixture
def store(home: Path, ring: Ring) -> ConnectionStore:
    store = ConnectionStore(home / "conf" / "config.toml")
    assert store.save(FIRST, Credentials("AKIAFIRST", "first"))
    return store


OTHERS: list[tuple[Endpoint, CredentialsSource]] = [
    (FIRST.endpoint, FromKeyring("AKIASECOND")),
    (FIRST.endpoint, FromProfile("work")),
    (FIRST.endpoint, Anonymous()),
    (Endpoint.custom("http://127.0.0.1:9000"), FIRST.credentials),
]


@pytest.mark.parametrize(("endpoint", "source"), OTHERS)
def test_another_connection_of_that_name_stays_unless_it_may_go(
    store: ConnectionStore, ring: Ring, endpoint: Endpoint, source: CredentialsSource
) -> None:
    coming = Connection("work", endpoint, source, origin="config.toml")
    secret = Credentials(source.access_key, "second") if isinstance(source, FromKeyring) else None
    before = dict(ring.entries)
    assert not store.save(coming, secret)
    assert (store.connections(), ring.entries) == ([FIRST], before)
    assert store.save(coming, secret, replaces=True)
    assert store.connections() == [coming]
    assert (ring.entries == before) is (secret is None and isinstance(source, FromKeyring))
    assert bool(ring.entries) is isinstance(source, FromKeyring), "what is replaced goes with its secret"


def test_a_secret_that_cannot_be_taken_out_of_the_keyring_is_no_obstacle(
    store: ConnectionStore, ring: Ring
) -> None:
    ring.reading_refusal = KeyringLocked("no")
    assert store.save(Connection("work", FIRST.endpoint, Anonymous(), origin="config.toml"), replaces=True)
    assert [connection.credentials for connection in store.connections()] == [Anonymous()]


def test_the_same_connection_may_get_another_secret(store: ConnectionStore, ring: Ring) -> None:
    assert store.save(FIRST, Credentials("AKIAFIRST", "renewed"))
    assert "renewed" in ring.entries["s3tui", "work"]


@pytest.mark.parametrize("refusal", [KeyringLocked("no"), PasswordSetError("no"), OSError(5, "no")])
@pytest.mark.parametrize("name", ["work", "new"])
@pytest.mark.parametrize("text", [None, "# mine\n"])
def test_where_the_keyring_refuses_the_file_is_as_it_was(
    home: Path, ring: Ring, refusal: Exception, name: str, text: str | None
) -> None:
    file = home / "conf" / "config.toml"
    store = ConnectionStore(file)
    if text is not None:
        file.parent.mkdir()
        file.write_text(text)
        store.save(FIRST, Credentials("AKIAFIRST", "first"))
    before = file.read_bytes() if file.exists() else None, dict(ring.entries)
    ring.refusal = refusal
    with pytest.raises(KeyringUnavailable):
        store.save(
            Connection(name, FIRST.endpoint, FromKeyring("AKIANEW")),
            Credentials("AKIANEW", "new"),
            replaces=True,
        )
    assert (file.read_bytes() if file.exists() else None, ring.entries) == before


@pytest.mark.parametrize("name", ["work", "new"])
def test_where_the_file_cannot_be_written_the_secret_is_as_it_was(home: Path, ring: Ring, name: str) -> None:
    (home / "file").write_text("")
    ring.entries["s3tui", "work"] = "kept"
    with pytest.raises(ConfigError):
        ConnectionStore(home / "file" / "config.toml").save(
            Connection(name, FIRST.endpoint, FromKeyring("AKIANEW")),
            Credentials("AKIANEW", "new"),
            replaces=True,
        )
    assert ring.entries == {("s3tui", "work"): "kept"}
