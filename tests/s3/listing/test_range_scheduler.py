"""The range scheduler of a parallel listing, played through without a network: answers come in any order."""

from __future__ import annotations

from contextlib import suppress
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3.errors import AccessDenied, S3Error, SlowDown, TransportError
from s3tui.s3.listing.key_range import KeyRange, Survey
from s3tui.s3.listing.range_scheduler import RangeScheduler
from s3tui.s3.models import ListObjectsPage
from tests.long import share
from tests.s3.listing.listing_server import SyntheticBucket, no_order, utf8_order, utf16_order

MAX_PAGES = 12

# Dense enough to collide, rich enough for folders, hashes, numbers and characters of one to four bytes.
keys = st.one_of(
    st.sets(st.text(st.sampled_from("ab/0"), min_size=1, max_size=7), max_size=120),
    st.sets(st.text(st.sampled_from("a/9é猫\uffee\U0001f600"), min_size=1, max_size=5), max_size=80),
    st.builds(
        lambda n, width: {f"x/{i:0{width}d}" for i in range(n)}, st.integers(0, 150), st.integers(1, 9)
    ),
    st.sets(st.integers(0, 2**32).map(lambda i: f"h/{i:08x}"), max_size=120),
)


@st.composite
def buckets(draw: st.DrawFn) -> SyntheticBucket:
    return SyntheticBucket(
        draw(keys),
        names_begun_prefixes=draw(st.booleans()),
        repeats_prefixes=draw(st.booleans()),
        knows_start_after=draw(st.sampled_from([True, True, False])),
        order=draw(st.sampled_from([utf8_order, utf8_order, utf16_order, no_order])),
    )


class Play:
    """Answers what the scheduler asks for, in an order that hypothesis chooses."""

    def __init__(
        self,
        bucket: SyntheticBucket,
        scheduler: RangeScheduler,
        data: st.DataObject,
        page_size: int,
        *,
        has_short_pages: bool = False,
    ) -> None:
        self.bucket = bucket
        self.scheduler = scheduler
        self.data = data
        self.page_size = page_size
        self.has_short_pages = has_short_pages
        self.asked: list[KeyRange | Survey] = []
        self.pages: list[ListObjectsPage] = []
        self.most_held = 0
        self.requests = 0

    def run(self, prefix: str = "", delimiter: str = "", failures: tuple[S3Error, ...] = ()) -> list[str]:
        """Return what came out: objects and common prefixes in one row, page after page."""
        left = list(failures)
        while True:
            while (page := self.scheduler.take()) is not None:
                self.pages.append(page)
            new = self.scheduler.next_asked()
            self.requests += len(new)
            self.asked += new
            if self.scheduler.is_finished:
                break
            assert self.asked, "nothing is asked for, and the end is not reached"
            chosen = self.asked.pop(self.data.draw(st.integers(0, len(self.asked) - 1)))
            if isinstance(chosen, Survey):
                found = self.bucket.page(prefix=chosen.folder, delimiter="/", start_after=chosen.start_after)
                self.scheduler.surveyed(chosen, found.common_prefixes)
            elif left and self.data.draw(st.integers(0, 3)) == 0:
                self.scheduler.failed(chosen, left.pop())
            else:
                self.scheduler.arrived(chosen, self._page(chosen, prefix, delimiter))
            held = sum(len(r.pages) for r in self.scheduler._ranges[1:])
            self.most_held = max(self.most_held, held)
        return [name for page in self.pages for name in names(page)]

    def _page(self, r: KeyRange, prefix: str, delimiter: str) -> ListObjectsPage:
        return self.bucket.page(
            prefix=prefix,
            delimiter=delimiter,
            start_after=r.after if r.token is None else None,
            token=r.token,
            max_keys=self.data.draw(st.integers(1, self.page_size))
            if self.has_short_pages
            else self.page_size,
        )


def names(page: ListObjectsPage) -> list[str]:
    return sorted([*(summary.key for summary in page.objects), *page.common_prefixes])


@settings(max_examples=share(300, 300))
@given(
    buckets(),
    st.data(),
    st.integers(1, 20),
    st.sampled_from(["", "a", "x/", "h/0"]),
    st.sampled_from(["", "/", "a", "é"]),
    st.booleans(),
)
def test_any_listing_is_complete_and_in_order(
    bucket: SyntheticBucket,
    data: st.DataObject,
    page_size: int,
    prefix: str,
    delimiter: str,
    has_short_pages: bool,
) -> None:
    scheduler = RangeScheduler(prefix, delimiter=delimiter, max_workers=6, max_pages=MAX_PAGES)
    play = Play(bucket, scheduler, data, page_size, has_short_pages=has_short_pages)
    found = play.run(prefix, delimiter)
    truth = [entry.name for entry in bucket.entries(prefix, delimiter)]
    if bucket.order is utf8_order and bucket.knows_start_after:
        assert found == truth
        assert play.most_held <= MAX_PAGES
    elif not bucket.repeats_prefixes:
        assert sorted(found) == sorted(truth)
    else:
        assert set(found) == set(truth)
    tokens = [page.next_continuation_token for page in play.pages]
    assert tokens[-1] is None
    assert None not in tokens[:-1]


@settings(max_examples=share(200, 200))
@given(
    buckets(),
    st.randoms(use_true_random=False),
    st.integers(1, 20),
    st.sampled_from(["", "/", "a"]),
    st.sampled_from([2, 6, 32]),
)
def test_requests_are_few_whatever_the_keys(
    bucket: SyntheticBucket, choice: Random, page_size: int, delimiter: str, workers: int
) -> None:
    truth = bucket.entries("", delimiter)
    most = 12 * (len(truth) // page_size + 1) + 2 * workers
    scheduler = RangeScheduler("", delimiter=delimiter, max_workers=workers, max_pages=6 * workers)
    asked: list[KeyRange | Survey] = []
    requests = 0
    while not scheduler.is_finished:
        while scheduler.take() is not None:
            pass
        new = scheduler.next_asked()
        requests += len(new)
        assert requests <= most
        asked += new
        if asked:
            answer(scheduler, bucket, asked.pop(choice.randrange(len(asked))), delimiter, page_size)


def test_a_common_prefix_is_not_cut_inside() -> None:
    bucket = SyntheticBucket([f"{letter}/{i:04}" for letter in "abc" for i in range(50)] + ["b", "bb"])
    scheduler = RangeScheduler("", delimiter="/", max_workers=32, max_pages=192)
    asked = scheduler.next_asked()
    requests = 0
    while asked:
        requests += 1
        answer(scheduler, bucket, asked.pop(), "/", 1)
        while scheduler.take() is not None:
            pass
        asked += scheduler.next_asked()
    assert requests < 60


def answer(
    scheduler: RangeScheduler,
    bucket: SyntheticBucket,
    asked: KeyRange | Survey,
    delimiter: str,
    page_size: int,
) -> None:
    if isinstance(asked, Survey):
        found = bucket.page(prefix=asked.folder, delimiter="/", start_after=asked.start_after)
        scheduler.surveyed(asked, found.common_prefixes)
        return
    start_after = asked.after if asked.token is None else None
    scheduler.arrived(
        asked,
        bucket.page(delimiter=delimiter, start_after=start_after, token=asked.token, max_keys=page_size),
    )


def test_a_key_put_where_two_ranges_meet_costs_a_reread_and_no_key() -> None:
    keys = [f"{i:05d}" for i in range(2000)]
    bucket = SyntheticBucket(keys)
    scheduler = RangeScheduler("", max_workers=4, max_pages=64)
    found: list[str] = []
    asked = scheduler.next_asked()
    while asked:
        each = asked.pop(0)
        is_new = isinstance(each, KeyRange) and each.last is None
        answer(scheduler, bucket, each, "", 50)
        if is_new and isinstance(each, KeyRange) and each.after and each.first:
            # The range in front has yet to come here, and will see what this one did not.
            bucket.keys = {*bucket.keys, f"{each.after}!"}
        while (page := scheduler.take()) is not None:
            found += names(page)
        asked += scheduler.next_asked()
    assert len(found) > len(keys)
    assert set(keys) <= set(found)
    assert found == sorted(set(found))


@settings(max_examples=share(100, 100))
@given(keys, st.data(), st.integers(1, 20))
def test_every_page_says_where_the_next_one_starts(
    found: set[str], data: st.DataObject, page_size: int
) -> None:
    bucket = SyntheticBucket(found)
    play = Play(bucket, RangeScheduler("", max_workers=6, max_pages=MAX_PAGES), data, page_size)
    everything = play.run()
    seen: list[str] = []
    for page in play.pages:
        seen += names(page)
        if page.next_continuation_token is not None:
            following = bucket.page(token=page.next_continuation_token, max_keys=10_000)
            assert names(following) == everything[len(seen) :]


@settings(max_examples=share(100, 100))
@given(keys, st.data(), st.integers(1, 20), st.sampled_from(["", "/"]))
def test_a_listing_between_two_keys_is_that_part_of_it(
    found: set[str], data: st.DataObject, page_size: int, delimiter: str
) -> None:
    low, high = sorted(
        data.draw(st.tuples(*[st.sampled_from(["", "a/0", "b", "h/7", "x/5", "猫", "~"])] * 2))
    )
    bucket = SyntheticBucket(found, names_begun_prefixes=False)
    scheduler = RangeScheduler(
        "", start_after=low, end_before=high, delimiter=delimiter, max_workers=6, max_pages=MAX_PAGES
    )
    truth = [entry.name for entry in bucket.entries("", delimiter) if low < entry.name < high]
    assert Play(bucket, scheduler, data, page_size).run("", delimiter) == truth


@settings(max_examples=share(100, 100))
@given(keys, st.data(), st.integers(1, 10))
def test_failures_ahead_lose_nothing_and_the_one_that_counts_comes_in_its_place(
    found: set[str], data: st.DataObject, page_size: int
) -> None:
    failures = data.draw(
        st.lists(st.sampled_from([_slow_down(), TransportError("cut"), _denied()]), max_size=6)
    )
    bucket = SyntheticBucket(found)
    play = Play(bucket, RangeScheduler("", max_workers=6, max_pages=MAX_PAGES), data, page_size)
    truth = sorted(found)
    is_complete = False
    with suppress(S3Error):
        assert play.run(failures=tuple(failures)) == truth
        is_complete = True
    seen = [name for page in play.pages for name in names(page)]
    assert seen == truth[: len(seen)]
    assert is_complete or failures


def test_workers_become_fewer_when_asked_and_more_again_slowly() -> None:
    bucket = SyntheticBucket([f"{i:05d}" for i in range(2000)])
    scheduler = RangeScheduler("", max_workers=8, max_pages=64)
    asked = scheduler.next_asked()
    assert len(asked) == 1

    def answer() -> int:
        each = asked.pop(0)
        if isinstance(each, Survey):
            scheduler.surveyed(each, ())
        else:
            scheduler.arrived(
                each,
                bucket.page(
                    start_after=each.after if each.token is None else None, token=each.token, max_keys=10
                ),
            )
        while scheduler.take() is not None:
            pass
        asked.extend(scheduler.next_asked())
        return len(asked)

    assert max(answer() for _ in range(12)) == 8
    scheduler.slow_down()
    scheduler.slow_down()  # what was in flight together counts once
    assert [answer() for _ in range(6)][-1] == 4
    assert 5 <= max(answer() for _ in range(16)) <= 7


def _slow_down() -> SlowDown:
    return SlowDown("slow down", code="SlowDown", status=503)


def _denied() -> AccessDenied:
    return AccessDenied("no", code="AccessDenied", status=403)
