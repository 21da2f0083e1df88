"""Conflict policies, where the target is there already."""

from __future__ import annotations

import pytest

from s3tui.transfer.errors import TransferError
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.target.conflict_policy import Decision, Undecided, are_equal, decide

THERE = Side("/tmp/k", 3, checksum="abc")


@pytest.mark.parametrize("conflict", Conflict)
def test_where_nothing_is_no_policy_stops(conflict: Conflict) -> None:
    assert decide(conflict, None, Side("s3://b/k", 3)) is Decision.PROCEED


@pytest.mark.parametrize(
    ("conflict", "incoming", "decision"),
    [
        (Conflict.SKIP, Side("s3://b/k"), Decision.SKIP),
        (Conflict.OVERWRITE, Side("s3://b/k"), Decision.PROCEED),
        (Conflict.KEEP_BOTH, Side("s3://b/k"), Decision.OTHER_NAME),
        (Conflict.OVERWRITE_IF_DIFFERENT, Side("s3://b/k", 3, checksum="abc"), Decision.SKIP),
        (Conflict.OVERWRITE_IF_DIFFERENT, Side("s3://b/k", 3, checksum="abd"), Decision.PROCEED),
        (Conflict.OVERWRITE_IF_DIFFERENT, Side("s3://b/k", 4, checksum="abc"), Decision.PROCEED),
    ],
)
def test_each_policy_has_its_way(conflict: Conflict, incoming: Side, decision: Decision) -> None:
    assert decide(conflict, THERE, incoming) is decision


def test_failing_names_what_is_in_the_way() -> None:
    with pytest.raises(TransferError, match="/tmp/k exists already") as caught:
        decide(Conflict.FAIL, THERE, Side("s3://b/k"))
    assert caught.value.code == "TargetExists"


def test_a_question_has_both_sides() -> None:
    incoming = Side("s3://b/k", 4)
    with pytest.raises(Undecided) as caught:
        decide(Conflict.ASK, THERE, incoming)
    assert (caught.value.there, caught.value.incoming) == (THERE, incoming)


@pytest.mark.parametrize("other", [Side("x"), Side("x", 3), Side("x", checksum="abc")])
def test_what_is_not_known_proves_nothing(other: Side) -> None:
    assert not are_equal(THERE, other)
    assert not are_equal(other, other)
