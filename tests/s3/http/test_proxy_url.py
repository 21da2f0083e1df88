"""Proxies from the environment, and the sentences for values that cannot be one."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from s3tui.s3 import Credentials, Endpoint, RetryPolicy, S3Client
from s3tui.s3.credentials import Secret
from s3tui.s3.errors import TransportError
from s3tui.s3.http.proxy_url import Proxy, ProxyUnreadable, proxy_for
from tests.patience import PATIENCE_S

PASSWORD = "pass-hunter2"
VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
UNREADABLE = [
    f"http://user:{PASSWORD}{sign}x@127.0.0.1:3128{end}" for sign, end in product("#/?", ("", "/"))
] + [
    f"http://user:{PASSWORD}@127.0.0.1:port",
    f"http://user:{PASSWORD}@127.0.0.1:99999",
    f"http://user:{PASSWORD}@[::1",
    f"http://user:{PASSWORD}@",
    f"http://user:{PASSWORD}@a..b:1",
    f"http://user:{PASSWORD}@a b:1",
    f"http://user:{PASSWORD}@{'a' * 64}.test:1",
    f"http://user:{PASSWORD}℀@host:1",
    f"socks5://user:{PASSWORD}@127.0.0.1:1080",
    f"{PASSWORD}://127.0.0.1:1",
    f"user:{PASSWORD}#x@127.0.0.1:1",
    "http://",
    "http://[::1",
]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://127.0.0.1:3128", Proxy("http", "127.0.0.1", 3128)),
        ("HTTP://127.0.0.1:3128", Proxy("http", "127.0.0.1", 3128)),
        (" http://127.0.0.1:3128/ ", Proxy("http", "127.0.0.1", 3128)),
        ("proxy.test:3128", Proxy("http", "proxy.test", 3128)),
        ("https://proxy.test", Proxy("https", "proxy.test", None)),
        ("http://[::1]:3128", Proxy("http", "::1", 3128)),
        ("http://u:p%23%2F%3F@h:1", Proxy("http", "h", 1, Secret("u:p#/?"))),
        ("http://u:p@ss@h:1", Proxy("http", "h", 1, Secret("u:p@ss"))),
        ("http://u@h:1", Proxy("http", "h", 1, Secret("u:"))),
        ("http://pröxy.test:1", Proxy("http", "xn--prxy-6qa.test", 1)),
    ],
)
def test_a_proxy_is_read(monkeypatch: pytest.MonkeyPatch, text: str, proxy: Proxy) -> None:
    monkeypatch.setenv("HTTP_PROXY", text)
    assert proxy_for("http", "s3.test", "s3.test:9000") == proxy
    assert proxy_for("https", "s3.test", "s3.test") is None


@pytest.mark.parametrize(
    ("host", "no_proxy", "is_excepted"),
    [
        ("s3.test", "*", True),
        ("s3.test", "s3.test", True),
        ("S3.Test.", "s3.test", True),
        ("s3.test", "S3.TEST.", True),
        ("a.s3.test", "s3.test", True),
        ("as3.test", "s3.test", False),
        ("a.s3.test", ".s3.test", True),
        ("a.s3.test", "*.s3.test", True),
        ("s3.test", "other, s3.test", True),
        ("s3.test", "other s3.test", True),
        ("s3.test", "s3.test:9000", True),
        ("s3.test", "s3.test:9001", False),
        ("s3.test", "", False),
        ("s3.test", ".", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:9000", True),
        ("10.1.2.3", "10.1.2.3:9001", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]", True),
        ("fd00::1", "[fd00::1]:9000", True),
        ("fd00::1", "[fd00::1]:9001", False),
        ("fe80::1", "fd00::/8", False),
        ("s3.test", "10.0.0.0/8", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_ranges(
    monkeypatch: pytest.MonkeyPatch, host: str, no_proxy: str, is_excepted: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    authority = f"[{host}]:9000" if ":" in host else f"{host}:9000"
    assert (proxy_for("http", host, authority) is None) is is_excepted


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_told_by_its_variable_and_without_the_password(
    monkeypatch: pytest.MonkeyPatch, text: str, variable: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ProxyUnreadable) as refused:
        proxy_for("http", "s3.test", "s3.test:9000")
    said = str(refused.value)
    assert said.lower().startswith(variable.lower())
    assert PASSWORD not in said
    assert "hunter2" not in repr(refused.value.__cause__)
    monkeypatch.setenv("NO_PROXY", "s3.test")
    assert proxy_for("http", "s3.test", "s3.test:9000") is None


@pytest.mark.parametrize("text", UNREADABLE)
async def test_the_core_fails_with_its_own_error_at_once(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", text)
    endpoint = Endpoint.custom("http://s3.example.test:9000")
    async with S3Client(endpoint, Credentials("AK", "SK"), retry=RetryPolicy(attempts=5)) as s3:
        with pytest.raises(TransportError, match="HTTP_PROXY") as failed:
            await s3.list_buckets()
    assert failed.value.is_final
    assert PASSWORD not in str(failed.value)


@pytest.mark.parametrize("text", [UNREADABLE[0], UNREADABLE[6], "http://[::1"])
def test_the_command_ends_with_one_sentence(tmp_path: Path, text: str) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "HTTP_PROXY": text,
    }
    command = [sys.executable, "-m", "s3tui", "--endpoint-url", "http://s3.example.test"]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert done.stderr.startswith("s3tui: HTTP_PROXY ")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr
