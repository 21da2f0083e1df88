"""SizesChart: sizes as a bar chart: in total, by storage class, by age, and of the largest objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s3tui.browse.sizes.count import Age, Sizes, SizeTotal
from s3tui.format import UNKNOWN, count, printable, size
from s3tui.tui.text.cells import StyledLine, left, middle, right
from s3tui.tui.widgets.lists.row_list import RowList
from s3tui.tui.widgets.tree.tree_lines import bar

_SIZE, _COUNT, _SHARE, _WORD = 9, 16, 6, 16
_LEAST_BAR, _MOST_BAR = 8, 60
_UNSIZED = "of unknown size"


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One line of the chart: a section title, a share of the total, or one object."""

    title: str
    """Title of the section; shown alone if the row has neither objects nor key."""
    label: str = ""
    """Must be printable."""
    size: int | None = None
    """`None`: unknown."""
    objects: int | None = None
    share: float = 0.0
    """Share of the total size, from 0 to 1."""
    key: str | None = None
    """Key of the object, if the row is about one."""


def chart_rows(sizes: Sizes) -> Iterator[ChartRow]:
    total = sizes.total
    is_all = sizes.is_complete and not total.unsized
    yield ChartRow("Total", "all" if is_all else "at least", _size(total), total.objects)
    if total.unsized:
        yield ChartRow("Total", _UNSIZED, None, total.unsized)
    yield from _section("By storage class", sizes, sorted(sizes.by_class.items(), key=_by_size, reverse=True))
    ages = [(age.value, sizes.by_age[age]) for age in Age if age in sizes.by_age]
    yield from _section("By age", sizes, ages)
    if sizes.largest:
        yield ChartRow("Largest objects")
    for large in sizes.largest:
        name = printable(large.key[len(sizes.prefix) :] or large.key, mark_spaces=True)
        share = large.size / total.size if total.size else 0.0
        yield ChartRow("Largest objects", name, large.size, None, share, large.key)


def _section(title: str, sizes: Sizes, totals: list[tuple[str, SizeTotal]]) -> Iterator[ChartRow]:
    if totals:
        yield ChartRow(title)
    for name, total in totals:
        share = total.size / sizes.total.size if sizes.total.size else 0.0
        yield ChartRow(title, printable(name), _size(total), total.objects, share)


def _size(total: SizeTotal) -> int | None:
    """Return the size of a total; `None` if no size is known."""
    return None if 0 < total.objects == total.unsized else total.size


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _by_size(item: tuple[str, SizeTotal]) -> int:
    return item[1].size


class SizesChart(RowList[ChartRow]):
    def __init__(self) -> None:
        super().__init__(header=False)

    def row_id(self, row: ChartRow) -> object:
        return row.title, row.label, row.key

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable `choose` only on an object: the key is the screen's elsewhere."""
        return action != "choose" or (self.current is not None and self.current.key is not None)

    def line(self, row: ChartRow, width: int) -> StyledLine:
        if row.objects is None and row.key is None:
            return [(f" {row.title}", "accent")]
        amount = right(UNKNOWN if row.size is None else size(row.size), _SIZE)
        has_share = row.title != "Total" and row.size is not None
        share = right(_percent(row.share) if has_share else "", _SHARE)
        if row.key is not None:
            room = max(_WORD, width - _SIZE - _SHARE - 4)
            name = left(middle(row.label, room), room)
            return [(f"   {name}", ""), (amount, ""), (share, "dim")]
        objects = "" if row.objects is None else f"{count(row.objects)} obj."
        room = max(_LEAST_BAR, min(_MOST_BAR, width - _WORD - _SIZE - _COUNT - _SHARE - 6))
        label = row.title if row.title == "Total" and row.label != _UNSIZED else f"  {row.label}"
        least = " at least" if row.label == "at least" and row.size is not None else ""
        return [
            (f" {left(middle(label + least, _WORD + 2), _WORD + 2)}", "strong" if not row.share else ""),
            (amount, ""),
            (right(objects, _COUNT), "dim"),
            (share, "dim"),
            (f"  {bar(row.share, room)}", "accent"),
        ]
