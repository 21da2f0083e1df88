"""ObjectTabs: the tabs of one object, and the requests that fill them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from textual.widget import Widget

from s3tui.browse.inspect.answers import Refused
from s3tui.browse.inspect.object_facts import (
    KnownHead,
    ObjectId,
    ObjectRules,
    object_access,
    object_head,
    object_parts,
    object_rules,
    object_tags,
)
from s3tui.browse.inspect.object_versions import MOST, object_versions
from s3tui.format import count
from s3tui.s3.models import ObjectHead, ObjectVersion
from s3tui.tui.runtime.object_file import open_object, preview_of
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.objects.preview.views import View, fixed_view
from s3tui.tui.text.detail import object_tabs
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.object_fields import metadata_section, raw_sections, source_fields
from s3tui.tui.text.preview.lines import preview_text
from s3tui.tui.widgets.details.tabs import Loaded, Tab

_PREVIEW_LINES = 1_000
_RULES_S = 1.0
"""How long the overview waits for rules once the head is there; later ones are shown behind it."""


class ObjectTabs:
    def __init__(
        self,
        session: Session,
        object: ObjectId,
        versions_came: Callable[[], None],
        preview_came: Callable[[View], None],
    ) -> None:
        """
        Args:
            versions_came: called when `versions` changed.
            preview_came: called with what the preview shows.
        """
        self._session, self._object = session, object
        self._versions_came, self._preview_came = versions_came, preview_came
        self._known: KnownHead | None = None
        self.versions: Sequence[ObjectVersion] = ()

    @property
    def head(self) -> ObjectHead | None:
        """The object's head, once it is known."""
        return None if self._known is None else self._known.head

    def forget(self) -> None:
        """Have the next tab ask for the head again."""
        self._known = None

    def tabs(self, versions: Callable[[], Widget], preview: Callable[[], Widget]) -> Sequence[Tab]:
        """Return the tabs; `versions` makes the list of versions, `preview` what shows the inside."""
        return [
            Tab("overview", "Overview", self._load_overview),
            Tab("metadata", "Metadata", self._load_metadata),
            Tab("tags", "Tags", self._load_tags),
            Tab("versions", "Versions", self._load_versions, versions),
            Tab("access", "Access", self._load_access),
            Tab("parts", "Parts", self._load_parts),
            Tab("preview", "Preview", self._load_preview, preview),
            Tab("raw", "Raw", self._load_raw),
        ]

    async def _ask_head(self) -> KnownHead:
        if self._known is None:
            self._known = await self._session.run(lambda s3: object_head(s3, self._object))
        return self._known

    async def _load_overview(self) -> Loaded:
        """Load the head and the rules at once; rules that take long come behind it."""
        asked = asyncio.ensure_future(self._session.run(lambda s3: object_rules(s3, self._object)))
        try:
            about = await self._ask_head()
            await asyncio.wait([asked], timeout=_RULES_S)
        except BaseException:
            asked.cancel()
            raise
        if asked.done():
            return self._overview(about, asked.result())
        return replace(self._overview(about, None), rest=partial(self._load_rules, about, asked))

    async def _load_rules(self, about: KnownHead, asked: asyncio.Future[ObjectRules]) -> Loaded:
        return self._overview(about, await asked)

    def _overview(self, about: KnownHead, rules: ObjectRules | None) -> Loaded:
        session, bucket = self._session, self._object.bucket
        source = source_fields(session.region_of(bucket), session.routed.get(bucket), session.connection)
        return Loaded(object_tabs.overview(self._object, about, rules, source, session.now()))

    async def _load_metadata(self) -> Loaded:
        head = (await self._ask_head()).head
        return Loaded([metadata_section(head)], _badge(len(head.metadata)))

    async def _load_tags(self) -> Loaded:
        tags = await self._session.run(lambda s3: object_tags(s3, self._object))
        return Loaded(object_tabs.tags(tags), "" if isinstance(tags, Refused) else _badge(len(tags)))

    async def _load_versions(self) -> Loaded:
        about = self._object
        self.versions, is_more = await self._session.run(
            lambda s3: object_versions(s3, about.bucket, about.key)
        )
        self._versions_came()
        return Loaded([], f"{count(MOST)}+" if is_more else _badge(len(self.versions)))

    async def _load_access(self) -> Loaded:
        return Loaded(object_tabs.access(await self._session.run(lambda s3: object_access(s3, self._object))))

    async def _load_parts(self) -> Loaded:
        about = await self._session.run(lambda s3: object_parts(s3, self._object))
        number = object_tabs.part_count(about)
        return Loaded(object_tabs.parts(about), _badge(number or 0))

    async def _load_preview(self) -> Loaded:
        """Read as much as the pane does; the rest is read in a screen of its own."""
        from s3tui.preview.preview import Room
        from s3tui.preview.reader import PANE_BOUND

        about, size = self._object, (await self._ask_head()).head.size
        file = await open_object(
            self._session, about.bucket, about.key, size=size, version_id=about.version_id, bound=PANE_BOUND
        )
        preview = await preview_of(self._session, file, about.key, Room(_PREVIEW_LINES))
        text = preview_text(
            preview, requests=file.requests, received=file.received, size=file.size, keys="p full"
        )
        view = fixed_view(file, preview, f"{text.title} · {text.caption}" if text.caption else text.title)
        self._preview_came(view)
        lines = [view.header, *(line.text for line in view.pager.lines)]
        return Loaded([Section("", [Field("", line) for line in lines])])

    async def _load_raw(self) -> Loaded:
        head = (await self._ask_head()).head
        return Loaded(raw_sections(head), _badge(len(head.headers)))


def _badge(number: int) -> str:
    return count(number) if number else ""
