"""Whatever hands and servers do to a listed tree, in any turn: nothing raises, and the cursor is on a line.

Listings shrink to nothing, prefixes go while they are expanded, answers and arrangements come too late.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from s3tui.browse.rows.listed_tree import ListedTree, ListingRequest
from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.tree import Tree, TreeLine
from s3tui.browse.rows.view import Arrangement, Order, SortBy
from s3tui.s3.errors import S3Error
from tests.long import rng, share
from tests.s3.listing.listing_server import SyntheticBucket, no_order, utf8_order

NOW = datetime(2026, 11, 28, tzinfo=UTC)
NAMES = ["a", "a/", "a/b", "a/b/c", "a/b/d/e", "a/é", "b/", "b/x", "b/y/z", "c", "d/1", "d/2", "d/3", "é/😀"]


class Hands:
    """One tree, its bucket, and what may happen to them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        order = dice.choice([utf8_order, utf8_order, no_order])
        self.bucket = SyntheticBucket(set(NAMES), order=order)
        self.listed = ListedTree(Tree(Listing(""), at_once=dice.choice([0, 3, 2000])))
        self.requests: list[ListingRequest] = []
        self.arrangements: list[Arrangement] = []
        self.request()

    @property
    def tree(self) -> Tree:
        return self.listed.tree

    def request(self) -> None:
        listing = self.dice.choice(list(self.listed.listings))
        self.requests.append(self.listed.open(listing, NOW))

    def answer(self) -> None:
        """Answer a request, open or not, with its next page; its listing may be another one by now."""
        request = self.dice.choice(self.requests)
        builder, token = request.listing.builder(), request.listing.continuation_token
        listing = request.listing
        if len(listing) and token is None:
            return
        try:
            page = self.bucket.page(
                prefix=listing.prefix, delimiter="/", token=token, max_keys=self.dice.choice([1, 2, 100])
            )
        except ValueError:  # the key of the token is gone: the server refuses it
            self.listed.fail(request, S3Error("gone"))
            return
        builder.add(page)
        self.listed.take(request, builder.take(), begins_at=self.dice.choice([None, None, "b/"]))
        if page.next_continuation_token is None:
            self.listed.end(request)

    def end(self) -> None:
        request = self.dice.choice(self.requests)
        if self.dice.random() < 0.5:
            self.listed.end(request)
        else:
            self.listed.fail(request, S3Error("no"))

    def change_bucket(self) -> None:
        kept = self.dice.choice([0.0, 0.3, 1.0])
        self.bucket.keys = {name for name in NAMES if self.dice.random() < kept}

    def refresh(self) -> None:
        prefixes = ["", *self.tree.opened]
        asked = self.dice.sample(prefixes, self.dice.randrange(1, len(prefixes) + 1))
        for listing in self.listed.refresh(asked):
            self.requests.append(self.listed.open(listing, NOW))

    def replace(self) -> None:
        """Put an empty listing, or one of other rows, in the place of one."""
        listing = Listing(self.dice.choice(["", *self.tree.opened]))
        for _ in range(self.dice.randrange(2)):
            listing.append(self.bucket.page(prefix=listing.prefix, delimiter="/"))
        self.listed.replace(listing)

    def edit(self) -> None:
        """Take rows out of all listings, as a deletion does."""

        def edited(listing: Listing) -> Listing | None:
            if not len(listing):
                return None
            first = self.dice.randrange(len(listing))
            return listing.spliced([(first, self.dice.randrange(first, len(listing) + 1), None)])

        self.listed.edit(edited)

    def page_before(self) -> None:
        root = self.tree.root
        if len(root) and root.is_ordered and (first := root.key(0)) > "a":
            page = self.bucket.page(delimiter="/")
            names = [name for name in (*(o.key for o in page.objects), *page.common_prefixes) if name < first]
            if names and self.bucket.order is utf8_order:
                self.bucket.keys = set(names)
                page = self.bucket.page(delimiter="/")
                self.listed.replace(root.preceded_by(page, begins_at=None))

    def expand(self) -> None:
        line = self.some_line()
        if line is not None and line.is_prefix and line.key is not None:
            if line.is_expanded and self.dice.random() < 0.7:
                self.tree.collapse(line.key)
            else:
                self.tree.expand(line.key)

    def collapse(self) -> None:
        self.tree.collapse(self.dice.choice(["", "none/", *self.tree.opened]))

    def plan(self) -> None:
        order = Order(self.dice.choice(list(SortBy)), descending=self.dice.random() < 0.5)
        needle = self.dice.choice(["", "", "a", "z", "é", "none"])
        if self.dice.random() < 0.5:
            self.tree.arrange(order=order, needle=needle)
        else:
            self.arrangements.append(self.tree.plan(order=order, needle=needle))

    def take(self) -> None:
        if self.arrangements:
            arrangement = self.arrangements.pop(self.dice.randrange(len(self.arrangements)))
            arrangement.run()
            self.tree.take(arrangement)

    def move(self) -> None:
        if self.dice.random() < 0.3:
            self.tree.move_to(self.dice.choice([*NAMES, "", "none"]))
        else:
            self.tree.cursor = self.dice.choice([-5, 0, self.dice.randrange(20), 10**6, len(self.tree) - 1])

    def mark(self) -> None:
        if not len(self.tree):
            return
        number = self.tree.cursor
        line, selection = self.tree.line(number), self.tree.selection
        match self.dice.randrange(4):
            case 0 if line.row is not None:
                selection.toggle(line.listing, line.row)
            case 1:
                selection.invert(*self.tree.siblings(number))
            case 2:
                for listing, rows in self.tree.between(0, number):
                    selection.mark(listing, rows)
            case _:
                selection.clear()

    def stop(self) -> None:
        self.dice.choice([self.listed.stop, self.listed.leave, self.listed.come_back])()

    def look_below(self) -> None:
        """Look at a prefix as a tree of its own, and come back."""
        tree = self.tree.below(self.dice.choice(["none/", *self.tree.opened]))
        if tree is not None:
            check(tree)
            self.tree.catch_up()

    def some_line(self) -> TreeLine | None:
        return self.tree.line(self.dice.randrange(len(self.tree))) if len(self.tree) else None


def check(tree: Tree) -> None:
    assert 0 <= tree.cursor <= max(0, len(tree) - 1)
    for number in range(len(tree)):
        line = tree.line(number)
        line.read()
        assert tree.number(line.listing.prefix, line.row) == number
        above = tree.parent(number)
        assert above is None or above < number
        tree.siblings(number)
    if len(tree):
        shown = sum(len(rows) for _, rows in tree.between(0, len(tree) - 1))
        assert shown == tree.shown <= tree.loaded
    assert len(list(tree.selection.rows())) == tree.selection.count >= 0
    assert len(list(tree.selection.targets())) <= tree.selection.count


@pytest.mark.drawn
def test_nothing_raises_and_the_cursor_is_on_a_line() -> None:
    for seed in range(share(80, 5000)):
        dice = rng(f"hands {seed}")
        hands = Hands(dice)
        steps = [
            hands.request, hands.answer, hands.answer, hands.answer, hands.end, hands.change_bucket,
            hands.refresh, hands.replace, hands.edit, hands.page_before, hands.expand, hands.expand,
            hands.collapse, hands.plan, hands.take, hands.move, hands.move, hands.mark, hands.stop,
            hands.look_below,
        ]  # fmt: skip
        done = []
        try:
            for _ in range(60):
                step = dice.choice(steps)
                done.append(step.__name__)
                step()
                check(hands.tree)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {done[-8:]}") from error
