"""The demo's server checks signatures and regions, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from s3tui.demo import Demo, DemoError, DemoServer, open_demo
from s3tui.demo.sample_data import ASSETS, DATASETS, REGIONS
from s3tui.demo.server import PRIVATE_BUCKET
from s3tui.s3 import RegionRouted, S3Client
from s3tui.s3.errors import AccessDenied, SignatureRejected, TransportError
from s3tui.s3.secret import Secret
from s3tui.s3.sending.request_log import Exchange
from tests.servers import S3Server, wait_until


async def test_a_wrong_secret_is_refused(demo: Demo) -> None:
    wrong = replace(demo.server.user, secret_key=Secret("wrong"))
    async with S3Client(demo.server.endpoint, wrong) as s3:
        with pytest.raises(SignatureRejected):
            await s3.list_buckets()


async def test_the_private_bucket_is_refused(demo: Demo) -> None:
    async with S3Client(demo.server.endpoint, demo.server.user) as s3:
        with pytest.raises(AccessDenied) as caught:
            await anext(s3.list_objects(PRIVATE_BUCKET))
    assert caught.value.status == 403


@pytest.mark.parametrize("bucket", [ASSETS, DATASETS])
async def test_a_bucket_of_another_region_redirects(demo: Demo, bucket: str) -> None:
    facts: list[object] = []
    async with S3Client(demo.server.endpoint, demo.server.user, observer=facts.append) as s3:
        page = await anext(s3.list_objects(bucket))
    assert page.objects
    assert [fact.status for fact in facts if isinstance(fact, Exchange)] == [301, 200]
    hops = [(fact.from_region, fact.to_region) for fact in facts if isinstance(fact, RegionRouted)]
    assert hops == [("us-east-1", REGIONS[bucket])]


def test_the_user_cannot_make_users(demo: Demo, oracle: S3Server) -> None:
    iam = oracle.boto3(service="iam")
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.create_user(UserName="intruder")


def test_no_secret_is_in_what_a_demo_shows_of_itself(demo: Demo) -> None:
    shown = repr(demo.connection) + str(demo)
    assert demo.server.user.secret_key.reveal() not in shown
    assert demo.server.root.secret_key.reveal() not in shown


@pytest.mark.server
async def test_stop_ends_the_process_and_removes_its_folder() -> None:
    demo = await open_demo()
    pid, folder, endpoint = demo.server.pid, demo.server.folder, demo.server.endpoint
    assert folder is not None
    assert folder.is_dir()
    demo.stop()
    demo.stop()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()
    async with S3Client(endpoint, demo.server.user, connect_timeout_s=1) as s3:
        with pytest.raises(TransportError):
            await s3.list_buckets()


@pytest.mark.server
def test_who_lets_go_need_not_wait() -> None:
    server = DemoServer()
    server.start()
    folder, port = server.folder, server.endpoint.port
    assert folder is not None
    assert port is not None
    server.let_go()
    wait_until(lambda: not is_listening(port), "the port is free")
    wait_until(lambda: not folder.exists(), "the folder is gone")


@pytest.mark.server
def test_a_server_that_died_leaves_no_folder_behind() -> None:
    server = DemoServer()
    server.start()
    assert server.is_running
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server.is_running, "it died")
    server.let_go()
    assert server.folder is not None
    assert not server.folder.exists()


PARENT = """
import time
from s3tui.demo import DemoServer
server = DemoServer()
server.start()
print(server.endpoint.port, server.folder, flush=True)
time.sleep(60)
"""


@pytest.mark.server
def test_when_the_parent_is_killed_the_server_goes_too() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port, folder = parent.stdout.readline().split()
        assert Path(folder).is_dir()
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not Path(folder).exists(), "the folder is gone")
    wait_until(lambda: not is_listening(int(port)), "the port is free")


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.server
def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    server = DemoServer()
    with pytest.raises(DemoError, match="did not start: "):
        server.start()
    assert server.folder is not None
    assert not server.folder.exists()
