"""RequesterPays: agrees to pay for the requests to one bucket, until the connection is closed."""

from __future__ import annotations

from collections.abc import Callable

from s3tui.format import printable
from s3tui.s3.client import S3Client
from s3tui.tui.screens.objects.host import ObjectHost

_GROUP = "requester pays"


class RequesterPays:
    """Turns `x-amz-request-payer` on and off for the bucket of a screen.

    Args:
        refresh: lists the bucket again.
    """

    def __init__(self, host: ObjectHost, refresh: Callable[[], None]) -> None:
        self._host = host
        self._refresh = refresh

    def toggle(self) -> None:
        self._host.run(self._toggle, _GROUP, exclusive=True)

    async def _toggle(self) -> None:
        bucket = self._host.bucket

        async def turn(s3: S3Client) -> bool:
            s3.sender.pays_for ^= {bucket}
            return bucket in s3.sender.pays_for

        pays, name = await self._host.session.run(turn), printable(bucket)
        self._refresh()  # it clears the notice
        if pays:
            self._host.say(f"You pay for requests to {name} from now on: $ ends that.", "warning")
        else:
            self._host.say(f"You pay for requests to {name} no longer.")
