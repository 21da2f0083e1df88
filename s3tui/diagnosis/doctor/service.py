"""Checks of the service: clock, signature, who one is, what may be listed, regions, style, controls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

from s3tui.diagnosis.doctor.context import DoctorContext
from s3tui.diagnosis.doctor.findings import Finding, failed, passed, unknown, unsupported
from s3tui.diagnosis.doctor.probe import probe
from s3tui.format import counted
from s3tui.s3.errors import AccessDenied, Redirected, ServiceError, SignatureRejected, WrongRegion
from s3tui.s3.wire import conversions

_SKEW_S = 300.0
_ROUNDS = 5


async def account(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Yield whether requests are signed rightly, whose they are, and whether buckets may be listed."""
    s3 = ctx.s3
    try:
        buckets = await s3.list_buckets()
    except SignatureRejected as error:
        clock = error.code in ("RequestTimeTooSkewed", "RequestExpired")
        remedy = (
            "Set this machine's clock."
            if clock
            else "Check access key and secret, and that both are of here."
        )
        yield failed("signature", f"{error.message}.", remedy)
        return
    except AccessDenied as error:
        yield unknown("signature", "No answer proves it: the request was refused.")
        yield failed(
            "list-right", f"{error.message}.", "Grant s3:ListAllMyBuckets, or name a bucket to open."
        )
    except ServiceError as error:
        yield failed("list-right", f"{error.message}.", "Is the URL that of an S3 endpoint?")
    else:
        signed = "Requests are anonymous." if s3.sender.credentials is None else "The signature is accepted."
        yield passed("signature", signed)
        yield passed("list-right", f"It lists {counted(len(buckets), 'bucket')}.")
        if ctx.bucket is None and buckets:
            ctx.bucket = buckets[0].name
    here = s3.sender.regions.get(None)
    if here is not None and here != s3.endpoint.region:
        said = f"The endpoint signs for {here}, not for {s3.endpoint.region}."
        yield unsupported("endpoint-region", said, f"Set the connection's region to {here}.")
    yield await _clock(ctx)
    yield await _identity(ctx)


async def _identity(ctx: DoctorContext) -> Finding:
    if ctx.who is not None:
        said = await ctx.who(ctx.s3)
    else:
        owner = ctx.s3.known_owner() or await ctx.s3.account()
        said = f"The keys are of owner {owner}." if owner else ""
    return passed("identity", said) if said else unknown("identity", "Nothing tells whose keys these are.")


async def _clock(ctx: DoctorContext) -> Finding:
    answer = await probe(ctx.s3, "GET", "ListBuckets")
    at = conversions.http_time(answer.headers.get("date", ""))
    if at is None:
        return unknown("clock", "The server does not tell its time.")
    skew_s = (at - datetime.now(UTC)).total_seconds()
    if abs(skew_s) > _SKEW_S:
        said = f"This machine's clock is {abs(skew_s) / 60:.0f} min {'behind' if skew_s > 0 else 'ahead'}."
        return failed("clock", said, "Set it; until then s3tui corrects its signatures.")
    return passed("clock", "This machine's clock agrees with the server's.")


async def bucket(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Yield where the bucket is, how it is addressed, and whether unknown queries are refused."""
    s3, name = ctx.s3, ctx.bucket
    if name is None:
        yield unknown("region", "There is no bucket to look at.", "Name one: s3tui doctor NAME s3://bucket/")
        return
    try:
        region = await s3.head_bucket(name)
    except (WrongRegion, Redirected) as error:
        host = error.host if isinstance(error, Redirected) else None
        remedy = (
            f"Make a connection for {host}." if host else "Make a connection for the endpoint that has it."
        )
        yield failed("region", f"{error.message}.", remedy)
        ctx.bucket = None
        return
    except ServiceError as error:
        yield failed("region", f"{error.message}.", "Name a bucket that these keys may read.")
        ctx.bucket = None
        return
    asked, now = s3.endpoint.region, s3.region_of(name) or s3.endpoint.region
    if now != asked:
        yield passed("region", f"{name} is in {now}, not in {asked}: requests are signed for {now}.")
    elif region is None:
        yield unsupported("region", f"The server tells no region; {asked} is taken.")
    else:
        yield passed("region", f"{name} is in {region}.")
    target = s3.endpoint.in_region(now).target(name, None)
    is_virtual = target.authority.startswith(f"{name}.")
    yield passed("style", f"The bucket is in the {'host name' if is_virtual else 'path'} of the URL.")
    answer = await probe(s3, "GET", "ProbeControl", name, s3tui_nonsense="")
    ctx.ignores_unknown = answer.status == 200
    if ctx.ignores_unknown:
        yield unsupported(
            "control",
            "It answers settings that it does not know with a listing: only the form of an answer counts.",
        )
    else:
        yield passed("control", f"A query that it does not know is refused ({answer.evidence}).")
    yield await _latency(ctx)


async def _latency(ctx: DoctorContext) -> Finding:
    times = []
    for _ in range(_ROUNDS):
        begun = monotonic()
        await probe(ctx.s3, "HEAD", "HeadBucket", ctx.bucket)
        times.append((monotonic() - begun) * 1000)
    times.sort()
    return passed(
        "latency",
        f"An answer takes {times[0]:.0f} to {times[-1]:.0f} ms, {times[_ROUNDS // 2]:.0f} as a rule.",
    )
