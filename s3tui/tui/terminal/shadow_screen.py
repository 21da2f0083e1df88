"""ShadowScreen: the cells that a terminal shows, those that it should show, and the changes between them.

Terminals disagree on the width of some text (emoji, combining marks, Indic scripts). Such text, with all that
follows it in its strip, is painted as a whole or not at all, and what comes next is positioned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui.tui.terminal.columns import may_be_disputed
from s3tui.tui.terminal.look import PLAIN, Look, change

Cell = tuple[str, Look]
"""Text and look. Text wider than one cell is in its first one; the others are empty."""
Span = tuple[int, int]
"""First column, and the one behind the last."""

_CHEAPER_THAN_MOVING = 4
"""So many bytes of text that stays as it is are written again: to move the cursor takes as many."""


class _Line:
    def __init__(self, width: int) -> None:
        self.cells: list[Cell | None] = [None] * width
        """`None` is not known."""
        self.whole: list[Span] = []
        """Spans that are painted as a whole or not at all."""
        self.strips: dict[int, Strip] = {}
        """What was put last, by its first column: the compositor gives the same objects again."""

    def put(self, x: int, strip: Strip, looks: Callable[[Style | None], Look]) -> bool:
        """Put a strip; tell whether anything may have changed."""
        if self.strips.get(x) is strip:
            return False
        cells, wide_from = _cells(strip.crop(0, len(self.cells) - x), looks)
        end = x + len(cells)
        self._part(x)
        self._part(end)
        self.cells[x:end] = cells
        outside = [((a, min(b, x)), (max(a, end), b)) for a, b in self.whole]
        self.whole = [(a, b) for parts in outside for a, b in parts if a < b]
        if wide_from is not None:
            self.whole.append((x + wide_from, end))
        self.strips = {
            at: other for at, other in self.strips.items() if at >= end or at + other.cell_length <= x
        }
        self.strips[x] = strip
        return True

    def _part(self, x: int) -> None:
        """Part the text that is in columns on both sides of the left edge of column `x`."""
        if x >= len(self.cells) or (cell := self.cells[x]) is None or cell[0]:
            return
        first, end = x, x + 1
        while not (cell := self.cells[first] or ("?", PLAIN))[0]:
            first -= 1
        while end < len(self.cells) and (following := self.cells[end]) is not None and not following[0]:
            end += 1
        text = Strip([Segment(cell[0])])
        self.cells[first] = text.crop(0, x - first).text or " ", cell[1]
        self.cells[x] = text.crop(x - first, end - first).text or " ", cell[1]


Changed = tuple[int, _Line, list[Span]]
"""A line by its number, as it should be, and the spans of it that differ."""


class ShadowScreen:
    """Put strips where they should be, write `changes` to the terminal, and `note_shown`."""

    def __init__(self, width: int, height: int, looks: Callable[[Style | None], Look]) -> None:
        self.size = width, height
        self._looks = looks
        self._wanted = [_Line(width) for _ in range(height)]
        self._shown = [_Line(width) for _ in range(height)]
        self._touched = set[int]()
        """Lines that may differ."""

    def put(self, x: int, y: int, strip: Strip) -> None:
        """Put a strip on the screen as it should be, at a column and a line."""
        if 0 <= y < self.size[1] and 0 <= x < self.size[0] and self._wanted[y].put(x, strip, self._looks):
            self._touched.add(y)

    def forget(self) -> None:
        """Take nothing for shown: the terminal may have been written on by others."""
        width, height = self.size
        self._shown = [_Line(width) for _ in range(height)]
        self._touched = set(range(height))

    def note_shown(self) -> None:
        """Note that the terminal got the latest changes."""
        for y in self._touched:
            self._shown[y].cells = list(self._wanted[y].cells)
            self._shown[y].whole = self._wanted[y].whole
        self._touched.clear()

    def changes(self) -> str:
        """Return what makes the terminal show what it should; nothing if it does."""
        lines = [(y, self._wanted[y], self._shown[y]) for y in sorted(self._touched)]
        differ = [
            (y, wanted, _runs(wanted, shown)) for y, wanted, shown in lines if wanted.cells != shown.cells
        ]
        ordered, look = _by_lines(differ, PLAIN)
        painted = ordered + change(look, PLAIN)
        if sum(len(runs) for _, _, runs in differ) > len(differ):
            disputed = [each for each in differ if each[1].whole]
            before, look = _by_lines(disputed, PLAIN)
            grouped = before + _by_looks([each for each in differ if not each[1].whole], look)
            painted = min(painted, grouped, key=len)
        return painted


def _cells(strip: Strip, looks: Callable[[Style | None], Look]) -> tuple[list[Cell | None], int | None]:
    """Return the cells of a strip, and the first of those whose width is disputed."""
    cells: list[Cell | None] = []
    disputed_from: int | None = None
    for text, style, _ in strip:
        look = looks(style)
        blank = look.of_blank
        if text.isascii() or _is_plain(text):
            cells += [(char, blank if char == " " else look) for char in text]
        elif width := cell_len(text):
            if disputed_from is None:
                disputed_from = len(cells)
            cells += [(text, look), *[("", look)] * (width - 1)]
    return cells, disputed_from


def _is_plain(text: str) -> bool:
    """Tell whether each character is one cell wide, in every terminal."""
    return cell_len(text) == len(text) and not may_be_disputed(text)


def _runs(wanted: _Line, shown: _Line) -> list[Span]:
    """Return the spans that differ, each one painted without a move; those that are whole end one."""
    if not (wanted.whole or any(shown.cells) or None in wanted.cells):
        return [(0, len(wanted.cells))]
    differs = [one is not None and one != other for one, other in zip(wanted.cells, shown.cells, strict=True)]
    whole, grows = {*wanted.whole, *shown.whole}, True
    while grows:
        touched = {(a, b) for a, b in whole if any(differs[a:b])}
        for a, b in touched:
            differs[a:b] = [cell is not None for cell in wanted.cells[a:b]]
        grows, whole = bool(touched), whole - touched
    edges = {edge for span in wanted.whole for edge in span}
    starts = [
        x
        for x in range(len(differs) + 1)
        if x in edges or (x < len(differs) and differs[x]) != (x > 0 and differs[x - 1])
    ]
    return [(a, b) for a, b in pairwise(starts) if differs[a]]


def _by_lines(lines: Sequence[Changed], look: Look) -> tuple[str, Look]:
    """Return what paints lines one after the other, and the look that is on behind them."""
    painted = []
    for y, wanted, runs in lines:
        text, look = _paint_line(y, wanted.cells, runs, look, wanted.whole)
        painted.append(text)
    return "".join(painted), look


def _by_looks(lines: Sequence[Changed], look: Look) -> str:
    """Return what paints lines look by look: moves are shorter than colours, where columns alternate."""
    spans: dict[Look, list[tuple[int, int, int, list[Cell | None]]]] = {}
    for y, wanted, runs in lines:
        for start, end in runs:
            for first, last, wish in _spans_of_a_look(wanted.cells, start, end):
                spans.setdefault(wish, []).append((y, first, last, wanted.cells))
    painted = []
    for wish, places in spans.items():
        painted.append(change(look, wish))
        look, line, at = wish, -1, 0
        for y, first, last, cells in places:
            if y != line:
                painted.append(f"\x1b[{y + 1};{first + 1}H")
            else:
                painted.append(_to(cells, at, first, look))
            painted += (cell[0] for cell in cells[first:last] if cell is not None)
            line, at = y, last
    return "".join([*painted, change(look, PLAIN)])


def _spans_of_a_look(cells: list[Cell | None], start: int, end: int) -> Iterator[tuple[int, int, Look]]:
    """Yield the spans of a run that are of one look, as far as it is seen."""
    first, look = start, PLAIN
    is_blank = True
    """Whether only blanks are in the span."""
    for x in range(start, end):
        text, wish = cells[x] or (" ", look)
        if not text:
            continue
        if text == " ":
            fits = x > start and wish.on_blank_after(look) == look
        else:
            fits = x > start and (wish == look or (is_blank and look.on_blank_after(wish) == wish))
        if not fits and x > start:
            yield first, x, look
        if not fits:
            first, is_blank = x, True
        if not fits or (is_blank and text != " "):
            look = wish
        is_blank = is_blank and text == " "
    yield first, end, look


def _paint_line(
    y: int, cells: list[Cell | None], runs: list[Span], look: Look, whole: list[Span]
) -> tuple[str, Look]:
    """Return what paints runs of a line, and the look that is on behind it."""
    painted: list[str] = []
    at: int | None = None
    """The column of the cursor, if that is known."""
    for start, end in runs:
        if at is None or whole:
            painted.append(f"\x1b[{y + 1};{start + 1}H")
        else:
            painted.append(_to(cells, at, start, look))
        for text, wish in _texts(cells[start:end]):
            after = wish.on_blank_after(look) if not text.strip(" ") else wish
            painted += change(look, after), text
            look = after
        at = end
    return "".join(painted), look


def _to(cells: list[Cell | None], at: int, start: int, look: Look) -> str:
    """Return what moves the cursor to a column to the right."""
    if start == at:
        return ""
    return _between(cells[at:start], look) or f"\x1b[{start - at if start > at + 1 else ''}C"


def _between(cells: list[Cell | None], look: Look) -> str:
    """Return the text of cells that stay as they are, if to write it takes less than to skip it."""
    if len(cells) > _CHEAPER_THAN_MOVING:
        return ""
    text = ""
    for cell in cells:
        if cell is None or (cell[1].on_blank_after(look) if cell[0] == " " else cell[1]) != look:
            return ""
        text += cell[0]
    return text if len(text.encode()) <= _CHEAPER_THAN_MOVING else ""


def _texts(cells: list[Cell | None]) -> Iterator[tuple[str, Look]]:
    """Yield the text of cells by look."""
    written = [cell for cell in cells if cell is not None and cell[0]]
    for look, group in groupby(written, itemgetter(1)):
        yield "".join([text for text, _ in group]), look
