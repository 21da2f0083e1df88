"""DoctorScreen: examines the endpoint of the open connection, and shows each finding as it comes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.connect.whoami import who_am_i
from s3tui.diagnosis.doctor.examine import examine
from s3tui.diagnosis.doctor.findings import Finding
from s3tui.format import counted
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap.screens import DOCTOR_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.text.detail.findings import SIGNS, finding_sections, summary
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled

_GROUP = "doctor"


class DoctorScreen(FramedScreen):
    HELP_TITLE = "Doctor"
    BINDINGS: ClassVar[list[BindingType]] = [*DOCTOR_KEYS]

    def __init__(self, session: Session, transfers: Transfers) -> None:
        super().__init__(session, transfers)
        self.findings: list[Finding] = []
        self._target: S3Uri | None = None
        """The prefix that is written below."""

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"), Scrolled():
            yield Fields()

    def place(self) -> Place:
        return connected_place(self._session, title="Doctor")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#queue-panel").border_title = Content("Doctor")
        self.query_one(Scrolled).focus()
        self.action_again()

    def action_again(self) -> None:
        self.findings = []
        self.run(self._examine, _GROUP, exclusive=True)

    async def _examine(self) -> None:
        target = self._target
        bucket = None if target is None else target.bucket
        prefix = None if target is None else target.key
        writes = target is not None
        question = partial(examine, bucket=bucket, prefix=prefix, may_write=writes, who=self._who)
        try:
            async with aclosing(self.session.stream(question)) as findings:
                async for finding in findings:
                    self.show_findings([*self.findings, finding], is_over=False)
        except S3Error as error:
            self.say(explain(error), "error")
        self.show_findings(self.findings, is_over=True)

    async def _who(self, s3: S3Client) -> str:
        return (await who_am_i(s3, self.session.connection)).words

    def show_findings(self, findings: list[Finding], *, is_over: bool) -> None:
        """Show what was found; `is_over` where no more is to come."""
        self.findings = findings
        self.query_one(Fields).show(finding_sections(findings))
        self.query_one("#queue-panel").border_subtitle = Content(summary(findings, is_over=is_over))

    def action_write(self) -> None:
        if self.session.connection.production:
            self.say("Nothing is tried on a connection that is marked as production.", "warning")
        elif self.may_change():
            self.run(self._ask, "question", exclusive=True)

    async def _ask(self) -> None:
        sentence = (
            "Some small objects and 4 MiB are written below it, and taken away again; nothing is "
            "written where Object Lock, replication or notifications would act on it."
        )
        question = Prompt(
            "Try writes below", sentence, placeholder="s3://bucket/prefix/", yes="Try", check=_wrong
        )
        text = await self.ask(question)
        if text is not None:
            self._target = S3Uri.parse(text)
            self.action_again()

    def action_copy(self) -> None:
        self.run(self._copy, "question", exclusive=True)

    async def _copy(self) -> None:
        lines = []
        for each in self.findings:
            lines.append(f"{SIGNS[each.outcome]} {each.check}\t{each.sentence}")
            if each.remedy:
                lines.append(f"  → {each.remedy}")
        await self.copy("\n".join(lines), counted(len(self.findings), "finding"))

    def action_back(self) -> None:
        self.app.pop_screen()


def _wrong(text: str) -> str | None:
    try:
        uri = S3Uri.parse(text)
    except ValueError as error:
        return f"{error}." if text else ""
    return None if uri.bucket else "It needs a bucket."
