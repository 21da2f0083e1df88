"""TLS trust of a connection: CA bundles from flags, the environment, profiles and config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3tui.connect.client import as_set, open_client
from s3tui.connect.connection import Anonymous, Connection
from s3tui.connect.discover import choose
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.errors import TransportError
from s3tui.settings import Flags, Settings, load_settings

PROFILE = (
    "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\nca_bundle = /profile.pem\n"
)


@pytest.mark.parametrize(
    ("flags", "environ", "ca_file"),
    [
        (Flags(), {}, "/profile.pem"),
        (Flags(), {"AWS_CA_BUNDLE": "/environment.pem"}, "/environment.pem"),
        (Flags(ca_bundle="/flag.pem"), {"AWS_CA_BUNDLE": "/environment.pem"}, "/flag.pem"),
    ],
)
def test_the_nearest_ca_bundle_wins(home: Path, flags: Flags, environ: dict[str, str], ca_file: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(PROFILE)
    environ = {"HOME": str(home), **environ}
    config = home / "config.toml"
    settings = load_settings(flags, environ, config)
    chosen = choose(settings, environ, config)
    assert chosen is not None
    chosen = as_set(chosen, settings)
    assert (chosen.ca_file, chosen.verify_tls) == (ca_file, True)


def test_certificates_are_verified_unless_told_otherwise(home: Path) -> None:
    config = home / "config.toml"
    settings = load_settings(Flags(no_sign_request=True, no_verify_ssl=True), {}, config)
    chosen = choose(settings, {"HOME": str(home)}, config)
    assert chosen is not None
    assert not as_set(chosen, settings).verify_tls


def test_a_saved_connection_keeps_whom_it_trusts(home: Path) -> None:
    store = ConnectionStore(home / "config.toml")
    saved = Connection(
        "lab",
        Endpoint.custom("https://s3.lab"),
        Anonymous(),
        ca_file="~/ca.pem",
        verify_tls=False,
        origin="config.toml",
    )
    store.save(saved)
    assert store.connections() == [saved]


def test_a_wrong_setting_is_named(home: Path) -> None:
    config = home / "config.toml"
    config.write_text('[connections.lab]\nanonymous = true\nverify_tls = "no"\n')
    (lab,) = ConnectionStore(config).connections()
    assert lab.obstacle == "connections.lab.verify_tls must be true or false, not 'no'"


async def test_a_ca_file_in_a_home_that_nobody_knows_is_named() -> None:
    file = "~nobody-of-that-name/ca.pem"
    lab = Connection("lab", Endpoint.custom("https://127.0.0.1:1"), Anonymous(), ca_file=file)
    async with open_client(lab, Settings(), lambda fact: None) as s3:
        with pytest.raises(TransportError, match=f"the CA file {file} cannot be used"):
            await s3.list_buckets()
