"""Each operation of the client follows each form of region redirect, in one hop."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from s3tui.s3 import RegionRouted, RetryPolicy, S3Client
from s3tui.s3.sending.sender import Fact
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.s3.sending.test_request_log import LOCAL, PUBLIC, begin

HOME = "eu-west-1"
HOST = f"b.s3.{HOME}.amazonaws.com"
LOCATION = Reply(body=f"<LocationConstraint>{HOME}</LocationConstraint>".encode())
FORMS = {
    "301": error_reply(301, "PermanentRedirect", "", {"x-amz-bucket-region": HOME}, Endpoint=HOST),
    "307": error_reply(307, "TemporaryRedirect", "", {"location": f"https://{HOST}/k"}, Endpoint=HOST),
    "400 malformed": error_reply(400, "AuthorizationHeaderMalformed", Region=HOME),
    "400 constraint": error_reply(
        400, "IllegalLocationConstraintException", f"The {HOME} location constraint is incompatible"
    ),
    "301 without anything": Reply(301),
}
OF_NO_BUCKET = {"list_buckets"}
ASKS_THE_REGION = {"create_bucket"}
"""The region is an argument of it."""


def answer(seen: Seen, away: Reply) -> Reply:
    if b"?location" in seen.target and away.status == 301:
        return LOCATION
    return Reply(headers={"etag": '"e"'}) if seen.signed_region == HOME else away


@pytest.mark.parametrize("form", FORMS)
async def test_each_operation_follows_it_in_one_hop(form: str) -> None:
    away, strayed = FORMS[form], {}
    for name in PUBLIC:
        if name in LOCAL | OF_NO_BUCKET | ASKS_THE_REGION:
            continue
        facts: list[Fact] = []
        async with (
            scripted(lambda seen: answer(seen, away)) as server,
            S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1), observer=facts.append) as s3,
        ):
            await asyncio.gather(begin(s3, name), return_exceptions=True)
            asked = [seen.signed_region for seen in server.requests]
        hops = [fact for fact in facts if isinstance(fact, RegionRouted)]
        if not asked or (name == "get_bucket_location" and HOME not in asked):
            continue
        if len(hops) != 1 or asked[-1] != HOME or hops[0].bucket != "b":
            strayed[name] = (asked, [hop.evidence for hop in hops])
    assert strayed == {}


def test_what_is_left_out_is_there() -> None:
    assert {*OF_NO_BUCKET, *ASKS_THE_REGION} <= set(PUBLIC)
    assert inspect.iscoroutinefunction(S3Client.list_buckets)
