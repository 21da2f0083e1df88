"""DoctorContext: what all checks of one run share: the client, the bucket, and where they may write."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from s3tui.diagnosis.doctor.probe import Probed, probe
from s3tui.s3.client import S3Client
from s3tui.s3.sending.capabilities import Capability


@dataclass(slots=True)
class DoctorContext:
    """One run of the doctor."""

    s3: S3Client
    bucket: str | None = None
    """The bucket that is looked at; the first that is listed, where none is named."""
    prefix: str | None = None
    """Everything that is written lies below it; `None`: nothing is written."""
    ignores_unknown: bool = False
    """The server answers a query that it does not know with a listing."""
    lists_versions: bool | None = None
    who: Callable[[S3Client], Awaitable[str]] | None = None
    """Tells in a sentence whose keys the client has."""
    folder: str = field(default_factory=lambda: f".s3tui-probe-{secrets.token_hex(6)}/")

    def key(self, name: str) -> str:
        """Return a key below the prefix that nobody else has."""
        assert self.prefix is not None
        return f"{self.prefix}{self.folder}{name}"

    async def put(self, name: str, body: bytes = b"probe", **headers: str) -> Probed:
        """Write an object of the probe; header names have underscores for hyphens."""
        sent = {header.replace("_", "-"): value for header, value in headers.items()}
        return await probe(
            self.s3, "PUT", "ProbePutObject", self.bucket, self.key(name), headers=sent, body=body
        )

    async def content(self, name: str) -> bytes | None:
        """Return the bytes of an object of the probe, `None` where there is none."""
        answer = await probe(self.s3, "GET", "ProbeGetObject", self.bucket, self.key(name))
        return None if answer.is_refused else answer.body

    def learn(self, capability: Capability, is_there: bool, evidence: str) -> None:
        """Write a row of the endpoint's record, in place of an earlier one."""
        self.s3.capabilities.learn(capability, is_there, f"doctor: {evidence}")
