"""Fixtures of all tests: a clean environment, and the servers, started on first use."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

from tests import servers
from tests.fault_proxy import FaultProxy
from tests.long import IS_LONG, rng, share
from tests.servers import S3Server

_NULL_KEYRING = "keyring.backends.null.Keyring"
_SNAPSHOT_FOLDER = "TEXTUAL_SNAPSHOT_TEMPDIR"
"""Put there by the snapshot plugin for itself."""

hypothesis.settings.register_profile(
    "s3tui", deadline=None, derandomize=not IS_LONG, max_examples=share(60, 100)
)  # no stopwatch: machines are busy
hypothesis.settings.load_profile("s3tui")


_OF_A_SERVER = frozenset(
    {"ministack", "ministack_tls", "moto_server", "rclone_server", "proxy", "demo", "demo_server"}
    | {"server", "rig", "make_rig", "real", "archive", "place", "environment"}
)
"""Fixtures that start a server or the whole program, or that choose one of those that do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that `make quick` leaves it out; draw the cases of sampled tests."""
    for item in items:
        if _OF_A_SERVER & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")
    kept = _sampled(items)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _sampled(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return `items` with so many cases of a test as its marker `sampled` says; `make long` runs all."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled") is not None:
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = set(items)
    for name, group in cases.items():
        marker = group[0].get_closest_marker("sampled")
        assert marker is not None
        kept -= set(group)
        kept.update(rng(name).sample(group, min(share(marker.args[0], len(group)), len(group))))
    return kept


def pytest_collection_finish() -> None:
    """Let the garbage collector look at no test and no module again: they stay until the end.

    It looks less often too: apps by the thousand begin and end here, and at Python's own thresholds it takes
    more than a quarter of the time.
    """
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_sessionfinish() -> None:
    """Let go of what listings froze: DuckDB would report it as leaked."""
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def _isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        _isolate(monkeypatch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that are not there yet: most tests need no `tmp_path`, which costs more."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home of its own, no AWS setting, no keyring, no animation and UTC."""
    folder = next(_homes)
    folder.mkdir()
    _isolate(monkeypatch, folder)
    return folder


def _isolate(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in os.environ:
        if name == _SNAPSHOT_FOLDER:
            continue
        if (
            name in ("TMUX", "STY")
            or name.startswith(("AWS_", "S3TUI_", "XDG_", "TEXTUAL"))
            or name.lower().endswith("_proxy")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    for variable, place in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_DOWNLOAD_DIR": "Downloads",
    }.items():
        monkeypatch.setenv(variable, str(folder / place))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", _NULL_KEYRING)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The main server: checks signatures, redirects wrong regions, has users and versions."""
    with servers.ministack(tmp_path_factory.mktemp("ministack")) as server:
        yield server


@pytest.fixture(scope="session")
def ministack_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """MiniStack over https; its certificate is signed by `ca_file`."""
    with servers.ministack(tmp_path_factory.mktemp("ministack-tls"), tls=True) as server:
        yield server


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The second opinion; no signature is checked."""
    with servers.moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The nasty one; signatures are checked, buckets are folders."""
    with servers.rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture
def proxy(ministack: S3Server) -> Iterator[FaultProxy]:
    """A fault proxy before MiniStack, passing everything until told otherwise."""
    with FaultProxy(ministack.endpoint_url, region=ministack.region) as running:
        yield running
