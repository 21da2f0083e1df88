"""Links as text: each command is run as it stands, against a server that checks signatures."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from s3tui.s3 import S3Client
from s3tui.s3.signing.presign import PresignedUrl, ResponseOverrides
from s3tui.s3.signing.presign_post import PresignedForm
from s3tui.tui.screens.objects.links.link_form import kept_key
from s3tui.tui.text.link_text import (
    LinkFormat,
    attachment,
    end_sentence,
    file_name,
    has_dot_segments,
    link_text,
    shown_links,
)
from tests.patience import PATIENCE_S
from tests.servers import S3Server

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
KEYS = ["a b/ü (1)+'!*~.txt", "-c.txt", "x;rm -rf ~.txt", '"q"&<$HOME>`id`.txt']


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("format", [LinkFormat.CURL, LinkFormat.WGET])
async def test_each_command_does_what_it_says_and_nothing_else(
    ministack: S3Server, tmp_path: Path, key: str, format: LinkFormat
) -> None:
    if shutil.which(format.value) is None:
        pytest.skip(f"there is no {format.value} here")
    bucket, name = ministack.make_bucket(), file_name(key)
    (tmp_path / name).write_bytes(b"hello")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        put = await s3.presign("PUT", bucket, key, content_type="text/csv", only_if_new=True)
        get, head, delete = [await s3.presign(method, bucket, key) for method in ("GET", "HEAD", "DELETE")]
    client = ministack.boto3()
    _run(link_text(put, format, key), tmp_path)
    assert client.head_object(Bucket=bucket, Key=key)["ContentType"] == "text/csv"
    (tmp_path / name).unlink()
    _run(link_text(get, format, key), tmp_path)
    assert (tmp_path / name).read_bytes() == b"hello"
    assert "text/csv" in _run(link_text(head, format, key), tmp_path)
    assert os.listdir(tmp_path) == [name]
    _run(link_text(delete, format, key), tmp_path)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


async def test_the_command_of_a_form_uploads_and_its_page_holds_the_same_fields(
    ministack: S3Server, tmp_path: Path
) -> None:
    bucket = ministack.make_bucket()
    (tmp_path / "n.txt").write_bytes(b"hello")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        form = await s3.presign_post(bucket, "a <b>/n.txt", content_type="text/plain")
    _run(link_text(form, LinkFormat.CURL, "a <b>/n.txt"), tmp_path)
    assert ministack.boto3().head_object(Bucket=bucket, Key="a <b>/n.txt")["ContentLength"] == 5
    page = link_text(form, LinkFormat.HTML, "n.txt")
    assert 'name="key" value="a &lt;b&gt;/n.txt"' in page
    assert page.count("hidden") == len(form.fields)
    assert page.index('name="file"') > page.index('name="x-amz-signature"')


def _run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "NO_PROXY": "*", "HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("name", ["plain.txt", "a b.txt", 'q"\\.txt', "naïve ü.txt", "日本.csv"])
async def test_a_browser_is_told_the_name_also_beyond_ascii(ministack: S3Server, name: str) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="k", Body=b"x")
    overrides = ResponseOverrides(content_disposition=attachment(name))
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        url = await s3.presign("GET", bucket, "k", overrides=overrides)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        said = (await client.get(url.url)).headers["content-disposition"]
    assert said == attachment(name)
    assert said.isascii()
    assert said.startswith('attachment; filename="')


LINK = PresignedUrl("https://b/k?x", "GET", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("link", "asked_s", "said"),
    [
        (LINK, 3600, "for 1h 00m."),
        (LINK, 7200, "for 1h 00m. The session of these keys ends then."),
        (replace(LINK, expires_at=NOW + timedelta(days=7)), 10**6, "S3 allows no more than seven days."),
        (replace(LINK, is_end_known=False), 3600, "they do not say when."),
        (PresignedForm("https://b/", {}, NOW + timedelta(seconds=59)), 60, "for 59s."),
    ],
)
def test_it_is_said_when_a_link_really_ends_and_why(
    link: PresignedUrl | PresignedForm, asked_s: int, said: str
) -> None:
    assert end_sentence(link, asked_s, NOW).endswith(said)


def test_curl_is_told_to_keep_dots_between_slashes_which_others_take_out() -> None:
    assert "--path-as-is" in link_text(LINK, LinkFormat.CURL, "a/../b")
    assert "--path-as-is" not in link_text(LINK, LinkFormat.CURL, "a/..b")
    assert not has_dot_segments("a.b/c..")


@pytest.mark.parametrize("name", ["plain.txt", "a;b,c.txt", "a{1,2}[3-4].txt", 'q"\\;x.txt', "-#1 ä'.txt"])
def test_curl_finds_the_file_that_a_command_names(tmp_path: Path, name: str) -> None:
    form = PresignedForm("http://127.0.0.1:1/", {"key": "k"}, NOW)
    put = replace(LINK, url="http://127.0.0.1:1/k", method="PUT")
    (tmp_path / file_name(name)).write_text("x")
    for link in (form, put):
        done = subprocess.run(shlex.split(link_text(link, LinkFormat.CURL, name)), cwd=tmp_path, check=False)
        assert done.returncode == 7  # it found the file, and nobody listens


@pytest.mark.parametrize(("text", "key"), [("a b", " a b "), ("a", "a"), ("", "")])
def test_the_key_of_an_object_keeps_the_spaces_around_it(text: str, key: str) -> None:
    assert kept_key(text, " a b ") == key


def test_of_very_many_links_the_first_are_shown() -> None:
    assert shown_links(["a", "b"]) == "a\nb"
    shown = shown_links([str(number) for number in range(30)]).splitlines()
    assert shown[-1] == "… and 10 more links: all are copied."
    assert len(shown) == 21
