"""The outcome of each key of DeleteObjects, as responses tell it or fail to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.models import DeletedObject, DeleteError, DeleteResult
from s3tui.s3.wire.deletions import Deletions, Pair, is_of_another_region

ASKED: list[Pair] = [("a", None), ("b", "1"), ("b", "2"), ("c", None)]
KEYS = st.lists(st.sampled_from("abcdef"), unique=True)


def of(asked: list[Pair]) -> Deletions:
    return Deletions(dict.fromkeys(asked))


@given(KEYS, st.data())
def test_each_key_that_was_asked_for_has_one_outcome(keys: list[str], data: st.DataObject) -> None:
    fates = {key: data.draw(st.sampled_from(["deleted", "refused", "unsaid"])) for key in keys}
    asked: list[Pair] = [(key, None) for key in keys]
    answer = DeleteResult(
        tuple(DeletedObject(key) for key, fate in fates.items() if fate == "deleted"),
        tuple(DeleteError(key, "No", "no") for key, fate in fates.items() if fate == "refused"),
    )
    deletions = of(asked)
    silent = deletions.take(asked, answer, 0)
    unsaid = tuple((key, None) for key, fate in fates.items() if fate == "unsaid")
    assert tuple(silent) == unsaid
    assert deletions.result() == DeleteResult(answer.deleted, answer.errors, unsaid)


def test_what_was_not_asked_for_has_no_outcome() -> None:
    deletions = of(ASKED)
    answer = DeleteResult((DeletedObject("z"),), (DeleteError("y", "No", "no"),))
    assert deletions.take(ASKED, answer, 0) == ASKED
    assert deletions.result() == DeleteResult((), (), tuple(ASKED))


def test_what_is_named_twice_has_one_outcome() -> None:
    deletions = of([("a", None)])
    answer = DeleteResult((DeletedObject("a"), DeletedObject("a")), (DeleteError("a", "No", "no"),))
    assert deletions.take([("a", None)], answer, 0) == []
    assert deletions.result() == DeleteResult((), answer.errors, ())


def test_a_version_that_is_not_repeated_is_the_next_one_of_its_key() -> None:
    deletions = of(ASKED)
    answer = DeleteResult((DeletedObject("b", "2"), DeletedObject("b"), DeletedObject("a")))
    assert deletions.take(ASKED, answer, 0) == [("c", None)]
    assert list(deletions.left) == [("c", None)]
    assert deletions.deleted == list(answer.deleted)


@pytest.mark.parametrize(("unnamed", "is_told"), [(2, False), (3, True), (4, True)])
def test_as_many_as_are_deleted_without_a_name_are_these(unnamed: int, is_told: bool) -> None:
    deletions = of(ASKED)
    answer = DeleteResult((), (DeleteError("b", "No", "no", "1"),))
    silent: list[Pair] = [("a", None), ("b", "2"), ("c", None)]
    assert deletions.take(ASKED, answer, unnamed) == ([] if is_told else silent)
    gone = tuple(DeletedObject(key, version_id) for key, version_id in silent) if is_told else ()
    assert deletions.result() == DeleteResult(gone, answer.errors, () if is_told else tuple(silent))


def test_a_batch_leaves_the_keys_of_others_alone() -> None:
    deletions = of(ASKED)
    assert deletions.take(ASKED[:1], DeleteResult((DeletedObject("a"),)), 0) == []
    assert list(deletions.left) == ASKED[1:]


def test_a_key_that_is_deleted_by_itself_is_gone_or_failed() -> None:
    deletions = of(ASKED)
    deletions.is_gone(("b", "1"))
    deletions.failed(("b", "2"), "AccessDenied", "No.")
    for pair in (("b", "1"), ("b", "2")):
        assert pair not in deletions.left
    deletions.is_gone(("z", None))  # and what is not left is no error
    assert deletions.result() == DeleteResult(
        (DeletedObject("b", "1"), DeletedObject("z")),
        (DeleteError("b", "AccessDenied", "No.", "2"),),
        (("a", None), ("c", None)),
    )


@pytest.mark.parametrize(
    ("codes", "deleted", "expected"),
    [
        (["PermanentRedirect"], [], True),
        (["TemporaryRedirect", "AuthorizationHeaderMalformed"], [], True),
        (["PermanentRedirect", "AccessDenied"], [], False),
        (["PermanentRedirect"], ["a"], False),
        ([], [], False),
    ],
)
def test_a_bucket_of_another_region_refuses_every_key(
    codes: list[str], deleted: list[str], expected: bool
) -> None:
    errors = tuple(DeleteError("k", code, "") for code in codes)
    assert is_of_another_region(DeleteResult(tuple(map(DeletedObject, deleted)), errors)) is expected
