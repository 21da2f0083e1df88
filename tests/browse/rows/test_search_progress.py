from __future__ import annotations

from s3tui.browse.rows.search_progress import FilteredPage, SearchProgress


def test_a_search_has_read_the_keys_of_its_pages() -> None:
    progress = SearchProgress()
    assert (progress.keys, progress.last_key, progress.keys_per_s) == (0, None, 0.0)
    progress = progress.add(FilteredPage((), keys_read=100, last_key="m"), 2.0)
    progress = progress.add(FilteredPage((), keys_read=50), 6.0)
    assert progress == SearchProgress(150, "m", 6.0)
    assert progress.keys_per_s == 25.0


def test_a_search_that_went_on_has_the_keys_and_the_seconds_of_both() -> None:
    first, then = SearchProgress(10, "k", 2.0), SearchProgress(30, "z", 3.0)
    assert first.followed_by(then) == SearchProgress(40, "z", 5.0)
    assert first.followed_by(SearchProgress(5, None, 1.0)) == SearchProgress(15, "k", 3.0)
