"""The bucket detail: what holds for a whole bucket, in tabs that load one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from s3tui.browse.inspect.answers import Refused
from s3tui.browse.inspect.bucket_facts import (
    bucket_access,
    bucket_documents,
    bucket_lifecycle,
    bucket_policy,
    bucket_settings,
)
from s3tui.format import count, printable
from s3tui.tui.keymap.screens import BUCKET_DETAIL_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.region_actions import choose_region, forget_region
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.detail import bucket_tabs
from s3tui.tui.text.detail.routing import routing_sections
from s3tui.tui.text.object_fields import bucket_choices, bucket_sections
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.tabs import Loaded, Tab, TabbedFacts


class BucketDetailScreen(FramedScreen):
    HELP_TITLE = "Bucket"
    BINDINGS: ClassVar[list[BindingType]] = [*BUCKET_DETAIL_KEYS]

    def __init__(self, session: Session, transfers: Transfers, row: BucketRow) -> None:
        super().__init__(session, transfers)
        self._row = row

    @property
    def uri(self) -> str:
        return f"s3://{self._row.name}/"

    def compose_body(self) -> Iterable[Widget]:
        yield TabbedFacts(self._tabs())

    def place(self) -> Place:
        return connected_place(self._session, crumbs=[printable(self._row.name)], bucket=self._row.name)

    def _tabs(self) -> Sequence[Tab]:
        return [
            Tab("settings", "Settings", self._load_settings),
            Tab("access", "Access", self._load_access),
            Tab("policy", "Policy", self._load_policy),
            Tab("lifecycle", "Lifecycle", self._load_lifecycle),
            Tab("routing", "Routing", self._load_routing),
            Tab("more", "More", self._load_documents),
        ]

    async def _load_settings(self) -> Loaded:
        session, row = self.session, self._row
        about = await session.run(lambda s3: bucket_settings(s3, row.name))
        known = bucket_sections(row, session.routed.get(row.name), session.connection, session.now())
        return Loaded([*known, *bucket_tabs.settings(about, session.now())])

    async def _load_access(self) -> Loaded:
        about = await self.session.run(lambda s3: bucket_access(s3, self._row.name))
        return Loaded(bucket_tabs.access(about))

    async def _load_policy(self) -> Loaded:
        return Loaded(
            bucket_tabs.policy(await self.session.run(lambda s3: bucket_policy(s3, self._row.name)))
        )

    async def _load_lifecycle(self) -> Loaded:
        rules = await self.session.run(lambda s3: bucket_lifecycle(s3, self._row.name))
        badge = "" if isinstance(rules, Refused) or not rules else count(len(rules))
        return Loaded(bucket_tabs.lifecycle(rules), badge)

    async def _load_routing(self) -> Loaded:
        session, name = self.session, self._row.name
        hops = await session.learned_regions.trail(name)
        sections = routing_sections(session.region_of(name), hops, session.now())
        return Loaded(sections, count(len(hops)) if hops else "")

    async def _load_documents(self) -> Loaded:
        answers = await self.session.run(lambda s3: bucket_documents(s3, self._row.name))
        return Loaded(bucket_tabs.documents(answers))

    def action_refresh(self) -> None:
        self.query_one(TabbedFacts).reload()

    def action_tab(self, step: int) -> None:
        self.query_one(TabbedFacts).step(step)

    def action_edit(self) -> None:
        self.run(self._edit, "question", exclusive=True)

    async def _edit(self) -> None:
        from s3tui.tui.screens.buckets.settings_controller import BucketSettingsController

        await BucketSettingsController(self, self._row.name, self.action_refresh).edit()

    def action_forget_region(self) -> None:
        self.run(partial(forget_region, self, self._row.name, self.action_refresh), "question")

    def action_choose_region(self) -> None:
        self.run(partial(choose_region, self, self._row.name, self.action_refresh), "question")

    def action_copy(self) -> None:
        self.run(self._copy, "question", exclusive=True)

    async def _copy(self) -> None:
        text = self.query_one(TabbedFacts).active.text
        choices = [*bucket_choices(self._row.name), *([("t", "all of this tab", text)] if text else [])]
        if (answer := await self.ask(ClipboardMenu(choices))) is not None:
            await self.copy(answer[1], f"{answer[0]}: {printable(answer[1])}")

    def action_back(self) -> None:
        self.app.pop_screen()
