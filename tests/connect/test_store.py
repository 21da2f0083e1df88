"""Connections in config.toml: writing, keeping, refusing. Secrets have a test module of their own."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from s3tui.config.reader import ConfigError
from s3tui.connect import (
    Anonymous,
    Connection,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    FromSso,
    Given,
)
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.errors import CredentialsError

MINIO = Endpoint.custom("http://127.0.0.1:9000", region="eu-central-1", addressing=Addressing.PATH)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "config.toml"


@pytest.fixture
def store(file: Path) -> ConnectionStore:
    return ConnectionStore(file)


def test_no_file_means_no_connections(store: ConnectionStore) -> None:
    assert store.connections() == []


@pytest.mark.parametrize(
    "source",
    [
        Anonymous(),
        FromEnvironment(),
        FromProfile("work"),
        FromKeyring("AKIA"),
        FromSso("https://corp.awsapps.com/start", "eu-west-1", "111122223333", "Reader"),
    ],
)
@pytest.mark.parametrize("endpoint", [MINIO, Endpoint.aws("eu-west-1")])
@pytest.mark.parametrize("claimed", [False, True])
def test_what_was_saved_comes_back(
    store: ConnectionStore,
    endpoint: Endpoint,
    source: Anonymous | FromEnvironment | FromProfile | FromKeyring | FromSso,
    claimed: bool,
) -> None:
    connection = Connection(
        "a b.c", endpoint, source, origin="config.toml", read_only=claimed, production=claimed
    )
    store.save(connection)
    assert store.connections() == [connection]


def test_a_save_keeps_comments_order_and_other_settings(store: ConnectionStore, file: Path) -> None:
    file.parent.mkdir()
    before = (
        '# mine\ntheme = "nord"  # dark\n\n[connections.old]  # the old one\n'
        'region = "eu-west-1"  # where it is\nanonymous = true\n'
        'production = true\n\n[keys]\n"app.quit" = "q"\n'
    )
    file.write_text(before)
    store.save(Connection("new", MINIO, Anonymous()))
    store.save(Connection("old", Endpoint.aws("eu-west-2"), FromProfile("work")), replaces=True)
    after = file.read_text()
    for comment in ("# mine", "# dark", "# the old one", "# where it is"):
        assert comment in after
    assert tomllib.loads(after) == {
        "theme": "nord",
        "connections": {
            "old": {"region": "eu-west-2", "path_style": "auto", "profile": "work"},
            "new": {
                "endpoint_url": "http://127.0.0.1:9000",
                "region": "eu-central-1",
                "path_style": "always",
                "anonymous": True,
            },
        },
        "keys": {"app.quit": "q"},
    }
    store.remove("new")
    assert [connection.name for connection in store.connections()] == ["old"]


@pytest.mark.parametrize(
    "text",
    [
        "connections = { lab = { anonymous = true } }\n",
        "connections.lab.anonymous = true\n",
        "[connections]\nlab = { anonymous = true }\n",
        '[connections.lab]\nanonymous = true\n[keys]\nquit = "q"\n',
    ],
)
def test_every_way_to_write_a_table_is_understood(store: ConnectionStore, file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    store.save(Connection("new", MINIO, Anonymous()))
    store.save(Connection("lab", MINIO, FromProfile("work")), replaces=True)
    assert {c.name: c.credentials for c in store.connections()} == {
        "lab": FromProfile("work"),
        "new": Anonymous(),
    }
    store.remove("lab")
    assert [c.name for c in store.connections()] == ["new"]


def test_a_removed_connection_is_gone_and_removing_nothing_is_fine(
    store: ConnectionStore, file: Path
) -> None:
    store.remove("never there")
    assert not file.exists()
    store.save(Connection("one", MINIO, Anonymous()))
    store.save(Connection("two", MINIO, Anonymous()))
    store.remove("one")
    assert [connection.name for connection in store.connections()] == ["two"]
    store.remove("two")
    assert store.connections() == []


def test_the_file_is_the_users_alone_and_nothing_is_left_beside_it(
    store: ConnectionStore, file: Path
) -> None:
    store.save(Connection("one", MINIO, Anonymous()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    store.save(Connection("two", MINIO, Anonymous()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_link_into_somebodys_dotfiles_stays_a_link(
    store: ConnectionStore, file: Path, tmp_path: Path
) -> None:
    dotfile = tmp_path / "dotfiles.toml"
    dotfile.write_text("# kept\n")
    file.parent.mkdir()
    file.symlink_to(dotfile)
    store.save(Connection("one", MINIO, Anonymous()))
    assert file.is_symlink()
    assert "# kept" in dotfile.read_text()
    assert "one" in dotfile.read_text()


def test_keys_in_memory_are_never_saved(store: ConnectionStore, file: Path) -> None:
    with pytest.raises(ValueError, match="in memory only"):
        store.save(Connection("one", MINIO, Given(Credentials("AKIA", "hunter2"))))
    assert not file.exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        ConnectionStore(tmp_path / "a file" / "config.toml").save(Connection("one", MINIO, Anonymous()))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("regoin = 'x'\nanonymous = true", "connections.work has no setting 'regoin': did you mean region?"),
        ("region = 1\nanonymous = true", "connections.work.region must be text in quotes, not 1"),
        ("anonymous = 'yes'", "connections.work.anonymous must be true or false, not 'yes'"),
        ("path_style = 'x'\nanonymous = true", "path_style must be auto, always or never, not 'x'"),
        (
            "region = 'eu-west-1'",
            "connections.work needs exactly one of access_key, profile, environment, anonymous",
        ),
        ("profile = 'a'\nanonymous = true", "connections.work needs exactly one of"),
        (
            "endpoint_url = 'minio'\nanonymous = true",
            "connections.work: the endpoint URL 'minio' needs http://",
        ),
        ("secret_key = 'hunter2'\nanonymous = true", "connections.work has no setting 'secret_key'"),
    ],
)
def test_a_wrong_entry_has_what_is_wrong_as_its_obstacle(
    store: ConnectionStore, file: Path, table: str, sentence: str
) -> None:
    file.parent.mkdir()
    file.write_text(f"[connections.work]\n{table}\n")
    (work,) = store.connections()
    assert work.obstacle is not None
    assert sentence in work.obstacle
    assert "hunter2" not in work.obstacle


def test_a_file_with_a_mistake_is_never_overwritten(store: ConnectionStore, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("theme = \n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        store.save(Connection("one", MINIO, Anonymous()))
    assert file.read_text() == "theme = \n"


def test_resolve_reads_the_environment_and_the_profiles_when_asked(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    environ = {
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ACCESS_KEY_ID": "AKIAENV",
        "AWS_SECRET_ACCESS_KEY": "e",
        "AWS_SESSION_TOKEN": "t",
    }
    given = Credentials("AKIAGIVEN", "g")
    assert resolve(Connection("a", MINIO, Anonymous()), environ) is None
    assert resolve(Connection("g", MINIO, Given(given)), environ) is given
    from_environment = resolve(Connection("env", MINIO, FromEnvironment()), environ)
    assert isinstance(from_environment, Credentials)
    assert from_environment == Credentials("AKIAENV", "e", "t", source="environment")
    from_profile = resolve(Connection("aws:work", MINIO, FromProfile("work")), environ)
    assert isinstance(from_profile, Credentials)
    assert from_profile.access_key == "AKIAWORK"
    with pytest.raises(CredentialsError, match="no profile 'gone'"):
        resolve(Connection("aws:gone", MINIO, FromProfile("gone")), environ)


async def test_a_profile_that_signs_in_by_a_process_resolves_to_who_can_be_asked(home: Path) -> None:
    (home / ".aws").mkdir()
    said = '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}'
    (home / ".aws" / "config").write_text(f"[profile p]\ncredential_process = echo '{said}'\n")
    provider = resolve(Connection("aws:p", MINIO, FromProfile("p")))
    assert isinstance(provider, Refreshing)
    assert (await provider()).access_key == "AKIAPROCESS"


def test_a_connection_with_an_obstacle_says_it_when_opened() -> None:
    blocked = Connection("aws:sso", MINIO, FromProfile("sso"), obstacle="it signs in by sso_session")
    with pytest.raises(CredentialsError, match="sso_session"):
        resolve(blocked)


def test_no_repr_shows_a_secret() -> None:
    connection = Connection("one", MINIO, Given(Credentials("AKIA", "hunter2", "token3")))
    assert "hunter2" not in f"{connection!r} {connection}"
    assert "token3" not in f"{connection!r} {connection}"
