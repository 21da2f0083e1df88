"""Actions on a bucket's learned region: forget it, or take another."""

from __future__ import annotations

from collections.abc import Callable

from s3tui.connect.region_store import CHOSEN
from s3tui.format import printable
from s3tui.s3.client import S3Client
from s3tui.s3.sending.region_redirects import RegionRouted, is_region
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.prompt import Prompt


async def forget_region(host: ScreenHost, bucket: str, then: Callable[[], None]) -> None:
    """Forget what was learned of the bucket's region; the next request asks anew."""
    session = host.session

    async def forget(s3: S3Client) -> None:
        s3.sender.regions.forget(bucket)

    await session.run(forget)
    session.regions.pop(bucket, None)
    session.routed.pop(bucket, None)
    await session.learned_regions.forget(bucket)
    host.say(f"The region of {printable(bucket)} is forgotten: the next request asks anew.", "done")
    then()


async def choose_region(host: ScreenHost, bucket: str, then: Callable[[], None]) -> None:
    """Ask for the region that the bucket's requests are to be signed for."""
    session = host.session
    before = session.region_of(bucket)
    sentence = "Requests are signed for it until the server sends them elsewhere."
    question = Prompt("Sign for a region", sentence, value=before, yes="Sign", check=_wrong, replaces=True)
    region = await host.ask(question)
    if region is None:
        return

    async def learn(s3: S3Client) -> None:
        s3.sender.regions.learn(bucket, region)

    await session.run(learn)
    session.regions[bucket] = region
    await session.learned_regions.keep(RegionRouted(bucket, before, region, CHOSEN, session.now(), None))
    host.say(f"Requests to {printable(bucket)} are signed for {printable(region)}.", "done")
    then()


def _wrong(text: str) -> str | None:
    return None if is_region(text) else "A region is like eu-west-1." if text else ""
