"""Examines an endpoint: runs all checks in order, and yields a finding as soon as there is one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from s3tui.diagnosis.doctor import reading, service, writing
from s3tui.diagnosis.doctor.context import DoctorContext
from s3tui.diagnosis.doctor.findings import Finding, Outcome, unknown
from s3tui.diagnosis.doctor.network import network
from s3tui.s3.client import S3Client
from s3tui.s3.errors import CredentialsError, S3Error
from s3tui.s3.retries import RetryPolicy

_TWICE = RetryPolicy(attempts=2, base_s=0.1, cap_s=0.5)
"""A probe that fails on the server's side is sent once more."""


_HOW_TO_WRITE = "W in the app tries writes, as s3tui doctor NAME s3://bucket/prefix/ --write does."


async def examine(
    s3: S3Client,
    *,
    bucket: str | None = None,
    prefix: str | None = None,
    may_write: bool = False,
    who: Callable[[S3Client], Awaitable[str]] | None = None,
) -> AsyncGenerator[Finding, None]:
    """Yield what each check finds; what it finds of the endpoint is recorded in `s3.capabilities`.

    Its requests are observed as those of `s3` are.

    Args:
        bucket: the one to look at; else the first that is listed.
        prefix: the one to write below, where that is allowed.
        who: tells in a sentence whose keys a client has; empty where that is not known.
        may_write: say yes for a connection that is neither read-only nor production.
    """
    async for finding in network(s3.endpoint, s3.options):
        yield finding
        if finding.outcome is Outcome.FAILED and finding.check in ("proxy", "dns", "tcp", "tls"):
            return
    client, is_own = await _patient(s3)
    try:
        ctx = DoctorContext(client, bucket, (prefix or "") if may_write and bucket else None, who=who)
        async with aclosing(_of_service(ctx)) as findings:
            async for finding in findings:
                yield finding
    except CredentialsError as error:
        yield unknown("signature", f"{error}.", "Give this connection keys.")
    finally:
        if is_own:
            await client.aclose()


async def _patient(s3: S3Client) -> tuple[S3Client, bool]:
    """Return a client that gives up early, and whether it is another one."""
    try:
        config = await s3.config()
    except CredentialsError:
        config = None
    if config is None:
        return s3, False
    options = replace(config.options, retry=_TWICE, read_timeout_s=min(config.options.read_timeout_s, 20.0))
    return S3Client.from_config(replace(config, options=options), observer=s3.heard), True


async def _of_service(ctx: DoctorContext) -> AsyncGenerator[Finding, None]:
    async for finding in _guarded("signature", service.account(ctx)):
        yield finding
        if finding.check == "signature" and finding.outcome is Outcome.FAILED:
            return
    async for finding in _guarded("region", service.bucket(ctx)):
        yield finding
    if ctx.bucket is None:
        return
    for name, check in (
        ("list", reading.listings),
        ("versions", reading.markers),
        ("subresources", reading.subresources),
    ):
        async for finding in _guarded(name, check(ctx)):
            yield finding
    async with aclosing(_of_writes(ctx)) as findings:
        async for finding in findings:
            yield finding


async def _of_writes(ctx: DoctorContext) -> AsyncGenerator[Finding, None]:
    if ctx.prefix is None:
        yield unknown(
            "writes",
            "Nothing was written.",
            _HOW_TO_WRITE,
        )
        return
    why = await writing.obstacle(ctx)
    if why is not None:
        yield unknown("writes", f"Nothing was written: {why}.", "Name another bucket.")
        return
    try:
        first = await _one(writing.puts, ctx)
        yield first
        if first.outcome is Outcome.PASSED:
            for check in writing.CHECKS:
                yield await _one(check, ctx)
            async for finding in _guarded("versions", reading.markers(ctx)):
                if finding.check.endswith("-marker"):
                    yield finding
    finally:
        left = [finding async for finding in _guarded("clean-up", writing.clean_up(ctx))]
    for finding in left:
        yield finding


async def _one(check: Callable[[DoctorContext], Awaitable[Finding]], ctx: DoctorContext) -> Finding:
    try:
        return await check(ctx)
    except S3Error as error:
        return unknown(check.__name__.replace("_", "-"), f"{error.message}.")


async def _guarded(name: str, findings: AsyncIterator[Finding]) -> AsyncGenerator[Finding, None]:
    try:
        async for finding in findings:
            yield finding
    except CredentialsError:
        raise
    except S3Error as error:
        yield unknown(name, f"{error.message}.")
