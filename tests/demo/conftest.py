from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from s3tui.demo import Demo, open_demo
from tests.servers import S3Server


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo with all of its samples, shared: look, and change nothing."""
    running = asyncio.run(_open_and_finish())
    yield running
    running.stop()


async def _open_and_finish() -> Demo:
    demo = await open_demo()
    try:
        await demo.finish()
    except BaseException:
        demo.stop()
        raise
    return demo


@pytest.fixture(scope="session")
def oracle(demo: Demo) -> Iterator[S3Server]:
    """A boto3 client with the keys of the demo's user, as the oracle of the demo's content."""
    server = S3Server("demo", demo.server.endpoint.url, demo.server.user, root=demo.server.root)
    yield server
    server.close()
