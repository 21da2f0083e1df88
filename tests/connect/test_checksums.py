"""Checksum modes: every place that can set them, and their precedence."""

from __future__ import annotations

import itertools
from pathlib import Path

import botocore.session
import pytest

from s3tui.config.reader import ConfigError, read_config
from s3tui.connect import Connection, FromChain, FromEnvironment, FromKeyring, FromProfile, Given
from s3tui.connect.checksums import call_defaults
from s3tui.connect.client import open_client
from s3tui.connect.store import ConnectionStore
from s3tui.s3 import ChecksumMode, Endpoint
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Flags, load_settings
from tests.s3.scripted import KEYS, Reply, scripted

SAID = [None, "when_supported", "when_required"]
REQUESTS, RESPONSES = "AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"


def an_environment(home: Path, profile: tuple[str | None, str | None], **variables: str) -> dict[str, str]:
    (home / ".aws").mkdir(exist_ok=True)
    names = ("request_checksum_calculation", "response_checksum_validation")
    lines = [f"{name} = {said}" for name, said in zip(names, profile, strict=True) if said is not None]
    text = "\n".join(["[default]", "region = eu-west-1", *lines, ""])
    (home / ".aws" / "config").write_text(text)
    return {"HOME": str(home), "AWS_CONFIG_FILE": str(home / ".aws" / "config"), **variables}


@pytest.mark.parametrize(("request_said", "response_said"), itertools.product(SAID, SAID))
@pytest.mark.parametrize("in_profile", itertools.product(SAID, SAID))
@pytest.mark.parametrize("source", [FromProfile("default"), FromEnvironment(), FromChain()])
def test_environment_and_profile_say_what_they_say_to_botocore(
    source: FromProfile | FromEnvironment | FromChain,
    in_profile: tuple[str | None, str | None],
    request_said: str | None,
    response_said: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = {
        name: said.upper()
        for name, said in ((REQUESTS, request_said), (RESPONSES, response_said))
        if said is not None
    }
    environ = an_environment(tmp_path, in_profile, **variables)
    for name in (REQUESTS, RESPONSES, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    theirs = botocore.session.Session()
    settings = load_settings(Flags(), environ, tmp_path / "none.toml")
    ours = call_defaults(Connection("env", Endpoint.aws(), source), settings, environ)
    assert ours.checksums.value == theirs.get_config_variable("request_checksum_calculation").lower()
    wanted = theirs.get_config_variable("response_checksum_validation").lower()
    assert ours.verifies is (wanted == "when_supported")


@pytest.mark.parametrize(("of_all", "of_one", "in_environment"), itertools.product(SAID, SAID, SAID))
def test_what_a_connection_says_comes_before_the_environment_and_that_before_the_file(
    of_all: str | None, of_one: str | None, in_environment: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    line = 'checksums = "{}"\n'
    file.write_text(
        ("" if of_all is None else line.format(of_all))
        + '[connections.work]\nendpoint_url = "http://127.0.0.1:9"\naccess_key = "AKIA"\n'
        + ("" if of_one is None else line.format(of_one))
    )
    environ = {} if in_environment is None else {REQUESTS: in_environment, RESPONSES: in_environment}
    [connection] = ConnectionStore(file).connections()
    defaults = call_defaults(connection, load_settings(Flags(), environ, file), environ)
    expected = of_one or in_environment or of_all or "when_supported"
    assert (defaults.checksums.value, defaults.verifies) == (expected, expected == "when_supported")
    again = ConnectionStore(tmp_path / "again.toml")
    again.save(connection)
    assert again.connections()[0].checksums == connection.checksums


@pytest.mark.parametrize(
    "text",
    [
        'checksums = "sometimes"',
        'checksums = ""',
        "checksums = true",
        '[connections.w]\naccess_key = "A"\nchecksums = "always"',
    ],
)
def test_a_word_that_is_none_is_said_to_be(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    (problem,) = read_config(file).problems
    assert "checksums must be auto, when_supported or when_required, not " in problem.sentence


@pytest.mark.parametrize("variable", [REQUESTS, RESPONSES])
def test_a_variable_that_says_nothing_known_is_named(variable: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=variable):
        load_settings(Flags(), {variable: "maybe"}, tmp_path / "none.toml")


def test_a_profile_that_says_nothing_known_is_named_and_others_do_not_ask_it(tmp_path: Path) -> None:
    environ = an_environment(tmp_path, ("maybe", None))
    settings = load_settings(Flags(), environ, tmp_path / "none.toml")
    with pytest.raises(CredentialsError, match="request_checksum_calculation"):
        call_defaults(Connection("env", Endpoint.aws(), FromProfile("default")), settings, environ)
    own = Connection("own", Endpoint.aws(), FromKeyring("AKIA"))
    assert call_defaults(own, settings, environ).checksums is ChecksumMode.WHEN_SUPPORTED


@pytest.mark.parametrize("mode", [ChecksumMode.WHEN_SUPPORTED, ChecksumMode.WHEN_REQUIRED])
async def test_the_client_of_a_connection_does_what_was_said(mode: ChecksumMode, tmp_path: Path) -> None:
    settings = load_settings(Flags(), {REQUESTS: mode.value, RESPONSES: mode.value}, tmp_path / "none.toml")
    async with scripted(lambda _: Reply(headers={"etag": '"e"'})) as server:
        connection = Connection("own", server.endpoint, Given(KEYS))
        async with open_client(connection, settings, lambda fact: None) as s3:
            await s3.put_object("b", "k", b"bytes")
            await s3.get_object("b", "k")
        named = [any(name.startswith("x-amz-checksum") for name in seen.headers) for seen in server.requests]
    assert named == [mode is ChecksumMode.WHEN_SUPPORTED] * 2
