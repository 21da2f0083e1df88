"""A refusal leads to its explanation, and `$` agrees to pay for the requests to one bucket."""

from __future__ import annotations

from s3tui.connect.connection import Connection, Given
from s3tui.tui.app import S3TuiApp
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text

_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


async def test_a_refusal_is_explained_and_who_asks_can_agree_to_pay(
    ministack: S3Server, proxy: FaultProxy, running: Running
) -> None:
    bucket = ministack.make_bucket("payer")
    ministack.boto3().put_object(Bucket=bucket, Key="k.txt", Body=b"content")
    proxy.add(
        Answer(403, {"content-type": "application/xml"}, _DENIED),
        times=None,
        when=lambda request: bucket in request.target and "x-amz-request-payer" not in request.headers,
    )
    connection = Connection("paid", proxy.endpoint, Given(ministack.credentials))
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        assert "^g explains" in screen_text(pilot)
        await press(pilot, "ctrl+g", "slash")
        await type_text(pilot, "accessdenied listobjects")
        await press(pilot, "enter", "enter")
        said = screen_text(pilot)
        assert "Explained" in said
        assert "s3:ListBucket" in said
        assert "$ in the bucket agrees to pay" in said
        await press(pilot, "escape", "escape", "escape", "dollar_sign")
        tree = app.screen.query_one(ObjectTree)
        assert tree.display
        assert "k.txt" in screen_text(pilot)
        assert "You pay for requests" in screen_text(pilot)
        paid = [each for each in app.requests.log.recent() if "x-amz-request-payer" in each.sent]
        assert paid
        assert {each.bucket for each in paid} == {bucket}
        await press(pilot, "dollar_sign")
        later = app.requests.log.recent()[app.requests.log.recent().index(paid[-1]) + 1 :]
        assert "AccessDenied" in {each.error for each in later}
