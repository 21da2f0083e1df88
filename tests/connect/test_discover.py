"""Discovery of connections, and the choice of the first one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from s3tui.config.reader import ConfigError
from s3tui.connect import Anonymous, Connection, FromChain, FromEnvironment, FromKeyring, FromProfile, Given
from s3tui.connect.discover import choose, found_connections
from s3tui.connect.store import resolve
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Flags, Settings, load_settings
from tests.s3.credentials.local_http import Asked, serving

NOTHING = Flags()
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "e"}


class Machine:
    """A home folder with AWS's and mc's files, and a config.toml."""

    def __init__(self, home: Path) -> None:
        self.environ = {"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        self.config_file = home / "config.toml"
        self.home = home

    def aws(self, config: str = "", credentials: str = "") -> None:
        self._write(".aws/config", config)
        self._write(".aws/credentials", credentials)

    def mc(self, text: str) -> None:
        self._write(".mc/config.json", text)

    def choose(self, flags: Flags = NOTHING, /, **environ: str) -> Connection | None:
        env = self.environ | environ
        return choose(load_settings(flags, env, self.config_file), env, self.config_file)

    def found(self, **environ: str) -> dict[str, Connection]:
        return {connection.name: connection for connection in found_connections(self.environ | environ)}

    def _write(self, name: str, text: str) -> None:
        file = self.home / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Machine(tmp_path)


@pytest.fixture
def furnished(machine: Machine) -> Machine:
    machine.aws(
        "[default]\nregion = eu-west-1\n[profile minio]\nendpoint_url = http://minio:9000\n"
        "region = eu-north-1\n"
        "[profile sso]\nsso_session = corp\nregion = us-west-2\n",
        "[default]\naws_access_key_id = AKIADEF\naws_secret_access_key = d\n"
        "[minio]\naws_access_key_id = AKIAMIN\naws_secret_access_key = m\n",
    )
    return machine


def test_an_empty_machine_offers_nothing_and_chooses_nothing(machine: Machine) -> None:
    assert machine.found() == {}
    assert machine.choose() is None


def test_profiles_are_found_with_region_and_endpoint(furnished: Machine) -> None:
    found = furnished.found()
    assert set(found) == {"aws:default", "aws:minio", "aws:sso"}
    assert found["aws:default"] == Connection(
        "aws:default", Endpoint.aws("eu-west-1"), FromProfile("default"), origin="~/.aws"
    )
    assert found["aws:minio"].endpoint == Endpoint.custom("http://minio:9000", region="eu-north-1")


def test_a_profile_that_cannot_sign_says_why(furnished: Machine) -> None:
    sso = furnished.found()["aws:sso"]
    assert sso.obstacle is not None
    assert "names the sso-session 'corp', which is not in the file" in sso.obstacle
    assert sso.endpoint.region == "us-west-2"


def test_the_environments_keys_are_found(machine: Machine) -> None:
    env = machine.found(**KEYS, AWS_REGION="ap-south-1")["env"]
    assert env == Connection("env", Endpoint.aws("ap-south-1"), FromEnvironment(), origin="environment")


@pytest.mark.parametrize(
    ("files", "environ", "name", "word"),
    [
        ("[profile odd]\nregion = a b\n", {}, "aws:odd", "is not a region"),
        ("nonsense", {}, "aws", "not a valid AWS file"),
        ("", {"AWS_ACCESS_KEY_ID": "AKIA"}, "env", "AWS_SECRET_ACCESS_KEY not set"),
        ("", {**KEYS, "AWS_ENDPOINT_URL": "minio"}, "env", "needs http://"),
    ],
)
def test_what_is_broken_is_found_with_its_obstacle(
    machine: Machine, files: str, environ: dict[str, str], name: str, word: str
) -> None:
    machine.aws(files)
    assert word in (machine.found(**environ)[name].obstacle or "")


def test_mc_aliases_are_found(machine: Machine) -> None:
    aliases = {
        "local": {"url": "http://127.0.0.1:9000", "accessKey": "minio", "secretKey": "hunter2", "path": "on"},
        "open": {"url": "https://play.min.io", "accessKey": "", "secretKey": "", "path": "auto"},
        "s3": {"url": "https://s3.amazonaws.com", "accessKey": "AKIA", "secretKey": "s"},
        "half": {"url": "http://h", "accessKey": "AKIA", "secretKey": ""},
        "none": {},
    }
    machine.mc(json.dumps({"version": "10", "aliases": aliases}))
    found = machine.found()
    local = found["mc:local"]
    assert local.endpoint == Endpoint.custom("http://127.0.0.1:9000", addressing=Addressing.PATH)
    assert isinstance(local.credentials, Given)
    assert local.credentials.credentials.secret_key.reveal() == "hunter2"
    assert "hunter2" not in repr(found)
    assert found["mc:open"].credentials == Anonymous()
    assert found["mc:s3"].endpoint == Endpoint.aws()
    assert "secret key is empty" in (found["mc:half"].obstacle or "")
    assert "has no url" in (found["mc:none"].obstacle or "")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"version": "10"}',
        '{"aliases": []}',
        '{"aliases": {"a": 1}}',
        '{"aliases": {"a": {"url": 7}}}',
    ],
)
def test_an_mc_file_that_cannot_be_read_is_no_crash(machine: Machine, text: str) -> None:
    machine.mc(text)
    assert all(connection.obstacle for connection in machine.found().values())


def test_a_flag_beats_the_environment_which_beats_the_default_profile(furnished: Machine) -> None:
    default = furnished.choose()
    assert default is not None
    assert (default.name, default.endpoint.region) == ("aws:default", "eu-west-1")
    env = furnished.choose(**KEYS)
    assert env is not None
    assert (env.name, env.endpoint.region) == ("env", "eu-west-1")
    minio = furnished.choose(Flags(profile="minio"), **KEYS)
    assert minio is not None
    assert (minio.name, minio.endpoint.url) == ("aws:minio", "http://minio:9000")
    by_variable = furnished.choose(AWS_PROFILE="minio")
    assert by_variable is not None
    assert by_variable.name == "aws:minio"


def test_flags_beat_what_the_profile_says(furnished: Machine) -> None:
    flags = Flags(profile="minio", region="eu-west-3", endpoint_url="https://x.example", path_style="never")
    chosen = furnished.choose(flags)
    assert chosen is not None
    assert chosen.endpoint == Endpoint.custom(
        "https://x.example", region="eu-west-3", addressing=Addressing.VIRTUAL
    )


def test_the_environments_endpoint_beats_the_profiles(furnished: Machine) -> None:
    chosen = furnished.choose(Flags(profile="minio"), AWS_ENDPOINT_URL_S3="http://other:1")
    assert chosen is not None
    assert chosen.endpoint.url == "http://other:1"


def test_no_sign_request_uses_no_keys_but_the_profiles_endpoint(furnished: Machine) -> None:
    chosen = furnished.choose(Flags(no_sign_request=True, profile="minio"), **KEYS)
    assert chosen is not None
    assert (chosen.credentials, chosen.endpoint.url) == (Anonymous(), "http://minio:9000")


def test_a_profile_asked_for_by_name_must_be_there_and_able_to_sign(furnished: Machine) -> None:
    with pytest.raises(CredentialsError, match="the profiles there are: default, minio, sso"):
        furnished.choose(Flags(profile="gone"))
    with pytest.raises(CredentialsError, match="which is not in the file"):
        furnished.choose(Flags(profile="sso"))


def test_a_default_profile_that_cannot_sign_is_not_chosen(machine: Machine) -> None:
    machine.aws("[default]\nsso_session = corp\n")
    assert machine.choose() is None


@pytest.mark.parametrize("flags", [Flags(region="a b"), Flags(endpoint_url="x")])
def test_a_wrong_region_or_url_is_refused_on_an_empty_machine_too(machine: Machine, flags: Flags) -> None:
    with pytest.raises(ValueError, match=r"region|endpoint URL"):
        machine.choose(flags)


SAVED = '[connections.lab]\nendpoint_url = "http://lab:1"\naccess_key = "AKIALAB"\n'


def test_the_only_saved_connection_is_taken_before_asking(machine: Machine) -> None:
    machine.config_file.write_text(SAVED)
    chosen = machine.choose(Flags(region="eu-west-1", path_style="never"))
    assert chosen == Connection(
        "lab",
        Endpoint.custom("http://lab:1", region="eu-west-1", addressing=Addressing.VIRTUAL),
        FromKeyring("AKIALAB"),
        origin="config.toml",
    )
    machine.config_file.write_text(SAVED + SAVED.replace("lab", "lab2"))
    assert machine.choose() is None


def test_config_can_name_a_saved_or_a_found_connection(furnished: Machine) -> None:
    furnished.config_file.write_text('connection = "lab"\n' + SAVED)
    chosen = furnished.choose()
    assert chosen is not None
    assert chosen.name == "lab"
    furnished.config_file.write_text('connection = "aws:minio"\n' + SAVED)
    chosen = furnished.choose()
    assert chosen is not None
    assert chosen.name == "aws:minio"
    assert replace(chosen, name="env").name == furnished.choose(**KEYS).name  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("labb", "did you mean lab?"), ("zzz", "there are: lab, aws:default"), ("aws:sso", "not in the file")],
)
def test_config_that_names_what_cannot_be_opened_is_refused(
    furnished: Machine, name: str, sentence: str
) -> None:
    furnished.config_file.write_text(f'connection = "{name}"\n' + SAVED)
    with pytest.raises(ConfigError) as caught:
        furnished.choose()
    assert sentence in str(caught.value)


@pytest.mark.parametrize("text", ["[connections.lab]\nregion = 1\n", "[connections\n"])
def test_a_wrong_saved_connection_is_not_chosen_and_hides_no_other(furnished: Machine, text: str) -> None:
    expected = furnished.choose()
    furnished.config_file.write_text(text)
    assert furnished.choose() == expected


def test_a_wrong_saved_connection_alone_is_not_opened(machine: Machine) -> None:
    machine.config_file.write_text("[connections.lab]\nregion = 1\n")
    assert choose(Settings(), machine.environ, machine.config_file) is None


CONTAINER = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"}
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}
INSTANCE = {
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1",
    "AWS_EC2_METADATA_DISABLED": "false",
}


@pytest.mark.parametrize("machines_own", [CONTAINER, INSTANCE, WEB])
@pytest.mark.parametrize("config", ["", "[default]\nregion = eu-west-1\n"])
def test_a_machine_that_has_keys_of_its_own_opens_with_them(
    machine: Machine, config: str, machines_own: dict[str, str]
) -> None:
    machine.aws(config)
    chosen = machine.choose(**machines_own)
    assert chosen is not None
    assert (chosen.name, chosen.credentials, chosen.obstacle) == ("aws", FromChain(), None)
    assert chosen.endpoint.region == ("eu-west-1" if config else "us-east-1")
    assert machine.found(**machines_own)["aws"] == chosen


@pytest.mark.parametrize("flags", [Flags(profile="p"), NOTHING])
def test_a_profile_with_only_a_region_opens_where_the_machine_has_keys(
    machine: Machine, flags: Flags
) -> None:
    machine.aws("[profile p]\nregion = eu-west-1\n")
    environ = {} if flags.profile else {"AWS_PROFILE": "p"}
    for machines_own in (CONTAINER, INSTANCE):
        chosen = machine.choose(flags, **environ, **machines_own)
        assert chosen is not None
        assert (chosen.name, chosen.endpoint.region) == ("aws:p", "eu-west-1")
    with pytest.raises(CredentialsError, match="profile 'p' cannot sign requests: it holds no keys"):
        machine.choose(flags, **environ)


def as_instance(asked: Asked) -> tuple[int, bytes]:
    """EC2's metadata service, version 2: *Instance metadata categories* in the EC2 User Guide."""
    if (asked.method, asked.path) == ("PUT", "/latest/api/token"):
        return 200, b"TOKEN"
    if asked.headers.get("x-aws-ec2-metadata-token") != "TOKEN":
        return 401, b""
    return (200, b"ap-south-1") if asked.path == "/latest/meta-data/placement/region" else (404, b"")


REGION_SAID = {
    "nowhere": ("", Flags(), {}, "ap-south-1"),
    "nowhere, profile named": ("", Flags(profile="p"), {}, "ap-south-1"),
    "nowhere, keys in the environment": ("", Flags(), KEYS, "ap-south-1"),
    "profile": ("region = eu-west-1\n", Flags(profile="p"), {}, "eu-west-1"),
    "AWS_REGION": ("", Flags(profile="p"), {"AWS_REGION": "eu-west-2"}, "eu-west-2"),
    "flag": ("", Flags(profile="p", region="eu-west-3"), {}, "eu-west-3"),
}


@pytest.mark.parametrize("said", REGION_SAID)
def test_the_region_of_an_instance_is_asked_where_nothing_names_one(machine: Machine, said: str) -> None:
    config, flags, environ, region = REGION_SAID[said]
    machine.aws(f"[profile p]\n{config}")
    with serving(as_instance) as imds:
        instance = INSTANCE | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.url}
        for _ in range(2):
            chosen = machine.choose(flags, **environ, **instance)
            assert chosen is not None
            assert chosen.endpoint.region == region
        is_asked = region == "ap-south-1"
        assert len(imds.asked) == 2 * is_asked, "once in a run, for a token and the region"


@pytest.mark.parametrize("answer", [(404, b""), (200, b""), (200, b"no region/"), (500, b"")])
def test_an_instance_that_names_no_region_is_in_the_usual_one(
    machine: Machine, answer: tuple[int, bytes]
) -> None:
    with serving(lambda asked: (200, b"TOKEN") if asked.method == "PUT" else answer) as imds:
        chosen = machine.choose(**INSTANCE | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.url})
    assert chosen is not None
    assert chosen.endpoint.region == "us-east-1"


@pytest.mark.parametrize("environ", [{"AWS_PROFILE": "p"}, {"AWS_DEFAULT_PROFILE": "p"}, {}])
def test_a_named_profile_with_only_a_region_opens_where_nobody_sees_what_machine_it_is(
    machine: Machine, environ: dict[str, str]
) -> None:
    # Its vendor cannot be read everywhere: in a container, or where only root may.
    machine.aws("[profile p]\nregion = eu-west-1\n[profile half]\naws_secret_access_key = s\n")
    flags = NOTHING if environ else Flags(profile="p")
    chosen = machine.choose(flags, **environ, AWS_EC2_METADATA_DISABLED="false")
    assert chosen == Connection(
        "aws:p", Endpoint.aws("eu-west-1"), FromProfile("p"), origin=chosen.origin if chosen else ""
    )
    with pytest.raises(CredentialsError, match="has no aws_access_key_id"):
        machine.choose(Flags(profile="half"), AWS_EC2_METADATA_DISABLED="false")


def test_the_older_variable_names_a_profile_too(furnished: Machine) -> None:
    chosen = furnished.choose(AWS_DEFAULT_PROFILE="minio")
    assert chosen is not None
    assert chosen.name == "aws:minio"
    both = furnished.choose(AWS_DEFAULT_PROFILE="default", AWS_PROFILE="minio")
    assert both == chosen


def test_a_web_identity_comes_before_the_default_profiles_keys(furnished: Machine) -> None:
    chosen = furnished.choose(**WEB)
    assert chosen is not None
    assert chosen.credentials == FromChain()
    named = furnished.choose(Flags(profile="minio"), **WEB)
    assert named is not None
    assert named.credentials == FromProfile("minio")


@pytest.mark.parametrize("broken", [None, b"nonsense", b"\xff\xfe\x00[", b"[default]\nregion = \xe9\n"])
def test_files_that_cannot_be_read_do_not_matter_where_keys_and_endpoint_are_given(
    machine: Machine, broken: bytes | None
) -> None:
    machine.aws()
    file = machine.home / ".aws" / "config"
    if broken is None:
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(broken)
    with pytest.raises(CredentialsError, match="config"):
        machine.choose(**KEYS)
    for flags, environ in (
        (Flags(endpoint_url="http://h:1"), KEYS),
        (NOTHING, {**KEYS, "AWS_ENDPOINT_URL_S3": "http://h:1"}),
        (Flags(endpoint_url="http://h:1", no_sign_request=True), {}),
    ):
        chosen = machine.choose(flags, **environ)
        assert chosen is not None
        assert chosen.endpoint.url == "http://h:1"
    for flags, environ in (
        (Flags(profile="p", endpoint_url="http://h:1"), KEYS),
        (NOTHING, {"AWS_PROFILE": "p"}),
    ):
        with pytest.raises(CredentialsError, match="config"):
            machine.choose(flags, **environ)


def test_the_files_may_come_from_windows(machine: Machine) -> None:
    machine.aws()
    (machine.home / ".aws" / "config").write_bytes(b"\xef\xbb\xbf[default]\r\nregion = eu-west-1\r\n")
    (machine.home / ".aws" / "credentials").write_bytes(
        b"\xef\xbb\xbf[default]\r\naws_access_key_id = AK\r\naws_secret_access_key = s\r\n"
    )
    chosen = machine.choose()
    assert chosen is not None
    assert chosen.endpoint.region == "eu-west-1"
    keys = resolve(chosen, machine.environ)
    assert isinstance(keys, Credentials)
    assert (keys.access_key, keys.secret_key.reveal()) == ("AK", "s")
