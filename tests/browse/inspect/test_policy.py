from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.inspect.policy import findings, pretty

ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}


def policy(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Sid": "S", "Effect": "Allow", "Action": "s3:GetObject", **statement}]})


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}, ["*"]], ids=str
)
def test_everybody_is_found_however_written(principal: object) -> None:
    (found,) = findings(policy(Principal=principal))
    assert (found.statement, found.sentence, found.is_public) == (
        "S",
        "Everybody is allowed s3:GetObject.",
        True,
    )


def test_a_condition_is_named_and_not_judged() -> None:
    (found,) = findings(policy(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    assert found.sentence == "Everybody is allowed s3:GetObject, if its condition holds."
    assert not found.is_public


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [
        ({"Principal": ACCOUNT}, []),
        ({"Principal": "*", "Effect": "Deny"}, []),
        ({"Principal": ACCOUNT, "Action": "s3:*"}, ["Every action is allowed."]),
        ({"Principal": ACCOUNT, "Action": ["s3:GetObject", "*"]}, ["Every action is allowed."]),
        (
            {"NotPrincipal": ACCOUNT, "Action": ["a:1", "a:2", "a:3", "a:4"]},
            ["All but some are allowed a:1, a:2, a:3 and more."],
        ),
    ],
)
def test_what_else_deserves_a_look(statement: dict[str, Any], sentences: list[str]) -> None:
    assert [found.sentence for found in findings(policy(**statement))] == sentences


def test_one_statement_without_a_list_and_one_without_a_name() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "NotAction": "s3:DeleteObject"}})
    assert [(found.statement, found.sentence) for found in findings(text)] == [
        ("1", "Everybody is allowed something."),
        ("1", "Every action but s3:DeleteObject is allowed."),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Principal", "Action", "NotAction", "AWS", "Sid"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON.map(json.dumps) | st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert isinstance(pretty(text), str)
    assert all(found.sentence.endswith(".") for found in findings(text))
