"""A bucket's policy and rules in the editor: no text is lost with a refusal, and what deletes all is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from s3tui.s3.configuration import PublicAccessBlock
from s3tui.s3.errors import ServiceError
from s3tui.transfer.editing.bucket_text import BucketText, ReadText
from s3tui.tui.screens.buckets.settings_controller import BucketSettingsController
from s3tui.tui.screens.buckets.settings_text import _warnings
from s3tui.tui.screens.common.host import ScreenHost


class Host:
    """A screen that gives some answers, and whose session does, too."""

    def __init__(self, answers: list[object], outcomes: list[object]) -> None:
        self.said: list[str] = []
        self.app = self.session = self.connection = self
        self.production = False
        self._answers, self._outcomes = answers, outcomes

    @contextmanager
    def suspend(self) -> Iterator[None]:
        yield

    def may_write(self) -> bool:
        return True

    def say(self, sentence: str, kind: str = "fact") -> None:
        self.said.append(sentence)

    async def ask(self, question: object) -> object:
        return self._answers.pop(0)

    async def run(self, work: object) -> object:
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


MALFORMED = ServiceError("it is malformed", code="MalformedPolicy", status=400)


@pytest.mark.parametrize(
    ("text", "answers", "outcomes", "keeps"),
    [
        ('{"Statement": [{"Sid": "a"}]}', ["p", "s", False], [MALFORMED], True),
        ('{"Statement": [{"Sid": "a"}]}', ["p", None], [], True),
        ("no policy", ["p", False], [], True),
        ('{"Statement": [{"Sid": "a"}]}', ["p", "s"], [True], False),
        ('{"Statement": []}', ["p"], [], False),
    ],
)
async def test_text_that_was_not_sent_stays(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    answers: list[object],
    outcomes: list[object],
    keeps: bool,
) -> None:
    (home / "text").write_text(text)
    monkeypatch.setenv("VISUAL", f"cp '{home}/text'")
    host = Host(answers, [ReadText(None), *outcomes])
    await BucketSettingsController(cast(ScreenHost, host), "b", lambda: None).edit()
    kept = list(home.rglob("edits/*/policy.json"))  # noqa: ASYNC240 - a few files of the test's own
    assert bool(kept) is keeps
    assert ("Your text is in " in host.said[-1]) is keeps


async def test_public_access_that_somebody_else_changed_is_left_alone() -> None:
    mine, theirs = PublicAccessBlock(True, True, True, True), PublicAccessBlock(True, False, False, False)
    host = Host(["b", mine], [None, theirs])
    await BucketSettingsController(cast(ScreenHost, host), "b", lambda: None).edit()
    assert host.said == ["Somebody else changed that meanwhile: nothing was sent."]


@pytest.mark.parametrize(
    ("expiration", "said"),
    [
        ({"Days": 1}, "1 day after"),
        ({"Days": "1"}, "1 day after"),
        ({"Date": "2020-01-01T00:00:00Z"}, "from 2020-01-01T00:00:00Z on"),
        ({"ExpiredObjectDeleteMarker": True}, None),
    ],
)
def test_a_rule_that_deletes_every_object_is_told(expiration: dict[str, Any], said: str | None) -> None:
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": expiration}
    found = _warnings(BucketText.LIFECYCLE, {"Rules": [rule]}, "b")
    assert len(found) == (said is not None)
    assert said is None or said in found[0]
