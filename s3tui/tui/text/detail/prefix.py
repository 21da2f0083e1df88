"""Sections of the detail of a prefix, from what was counted below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from s3tui.browse.sizes.count import Age, Sizes, SizeTotal
from s3tui.format import ago, counted, printable, timestamp
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.sentences import counted_words, least_size, short_size

_LARGEST = 5


def counted_sections(sizes: Sizes, now: datetime) -> list[Section]:
    """Return classes, ages, the newest object and the largest ones."""
    sections = []
    if sizes.newest is not None:
        when = f"{timestamp(sizes.newest.modified)}   {ago(sizes.newest.modified, now)}"
        name = Field("Name", _name(sizes, sizes.newest.key))
        sections.append(Section("Newest", [name, Field("Modified", when)]))
    if sizes.largest:
        fields = [Field(short_size(each.size), _name(sizes, each.key)) for each in sizes.largest[:_LARGEST]]
        sections.append(Section("Largest", fields))
    ages = ((age.value, sizes.by_age[age]) for age in Age if age in sizes.by_age)
    classes = sorted(sizes.by_class.items(), key=lambda item: -item[1].size)
    sections += [Section("By class", _totals(classes)), Section("By age", _totals(ages))]
    words = "all of it" if sizes.is_complete else "in part: z goes on"
    sections.append(Section("", [Field("Counted", f"{words}   {counted_words(sizes.begun_at, now)}", "dim")]))
    return sections


def _totals(totals: Iterable[tuple[str, SizeTotal]]) -> list[Field]:
    return [Field(printable(name), _words(total)) for name, total in totals]


def _words(total: SizeTotal) -> str:
    return f"{least_size(total.size, total.unsized)}   {counted(total.objects, 'object')}"


def _name(sizes: Sizes, key: str) -> str:
    return printable(key.removeprefix(sizes.prefix) or key, mark_spaces=True)
