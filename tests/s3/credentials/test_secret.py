"""Secrets mask themselves, and no value that holds one shows it."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest
from rich.pretty import pretty_repr

from s3tui.connect import Connection, Given
from s3tui.s3 import S3Client
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials, Profile, Secret, SharedFiles
from s3tui.s3.credentials.shared_files import FileKeys
from s3tui.s3.credentials.web import CredentialsRequest
from s3tui.s3.http.proxies import route_to

TEXT = "hunter2-very-secret"
SHOWN: list[Callable[[object], str]] = [
    repr,
    str,
    ascii,
    lambda it: f"{it}",
    lambda it: f"{it!r:>80}",
    lambda it: "%s and %r" % (it, it),  # noqa: UP031 - this way, too
    lambda it: "{0} {0!s:>50}".format(it),  # noqa: UP032 - this way, too
    pretty_repr,
    lambda it: logging.LogRecord("n", 1, "p", 1, "%s %r", (it, it), None).getMessage(),
    lambda it: repr({"locals": [it, (it,)]}),
]
WRITTEN: list[Callable[[object], object]] = [json.dumps, pickle.dumps, copy.deepcopy]


def holders() -> dict[str, object]:
    keys = Credentials("AKIA", TEXT, TEXT)
    files = SharedFiles(
        {
            "a": Profile(
                "a", {"credential_process": f"keys --password {TEXT}"}, FileKeys("AKIA", Secret(TEXT))
            )
        },
        (),
    )
    return {
        "a secret": Secret(TEXT),
        "keys": keys,
        "a connection": Connection("c", Endpoint.aws(), Given(keys)),
        "a profile": files.profiles["a"],
        "a question": CredentialsRequest("POST", "http://h", {"authorization": TEXT}, TEXT.encode()),
    }


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("holder", list(holders()))
def test_nothing_that_shows_a_value_shows_a_secret(show: Callable[[object], str], holder: str) -> None:
    assert TEXT not in show(holders()[holder])


@pytest.mark.parametrize("write", WRITTEN)
def test_nothing_writes_a_secret_by_accident(write: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as refused:
        write(Secret(TEXT))
    assert TEXT not in str(refused.value)


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy, asdict])
def test_nor_do_keys_let_theirs_out(write: Callable[[Credentials], object]) -> None:
    with pytest.raises(TypeError):
        write(Credentials("AKIA", TEXT, TEXT))


async def test_a_recipe_for_another_process_takes_the_keys_along_and_does_not_show_them() -> None:
    keys = Credentials("AKIA", TEXT, TEXT + "-token", source="here")
    async with S3Client(Endpoint.aws(), keys) as client:
        config = await client.config()
    assert TEXT not in repr(config)
    again = pickle.loads(pickle.dumps(config))
    assert again.credentials == keys
    assert again == config


def test_the_way_through_a_proxy_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{TEXT}@127.0.0.1:3128")
    monkeypatch.setenv("NO_PROXY", "")
    route = route_to(httpx.URL("http://s3.example.test"), use_proxies=True)
    assert route.has_proxy
    assert all(TEXT not in show(route) for show in SHOWN)
    ((name, _),) = route.request_headers
    assert name == b"Proxy-Authorization"


def test_a_file_with_a_secret_in_a_wrong_place_is_refused_without_it(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        f"[a]\naws_access_key_id = AKIA\naws_secret_access_key = {TEXT}\naws_session_token = {TEXT}"
    )
    files = SharedFiles.read({"HOME": str(tmp_path), "AWS_SHARED_CREDENTIALS_FILE": str(file)})
    assert TEXT not in repr(vars(files))
