"""Facts and their chain."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.register.journal import GENESIS, Entry, canonical, digest

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=5), plain))
def test_canonical_json_reads_back_and_does_not_depend_on_order(body: dict[str, Any]) -> None:
    text = canonical(body)
    assert json.loads(text) == body
    assert canonical(dict(reversed(body.items()))) == text


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, "\ud800", {1}, object()])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"a": [value]})


@given(st.floats(), st.sampled_from(["value", "list", "deep", "first"]))
def test_floats_are_refused_wherever_they_hide(number: float, place: str) -> None:
    body = {
        "value": {"a": number},
        "list": {"a": [1, number]},
        "first": {"a": [number, 1]},
        "deep": {"a": {"b": [{"c": number}]}},
    }[place]
    with pytest.raises((TypeError, ValueError)):
        canonical(body)


def test_texts_that_look_like_floats_are_kept() -> None:
    assert canonical({"a": '":1.5 ,2.5 [3.5'}) == '{"a":"\\":1.5 ,2.5 [3.5"}'


ENTRY = Entry(
    register_id="r", seq=1, id="i", shop_id="s", kind="k", business_day="2026-11-24", at="t", actor_id="a",
    actor_name="n", body="{}", previous=GENESIS,
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in Entry._fields if name != "hash"])
def test_every_field_is_under_the_hash(name: str) -> None:
    other = 2 if name == "seq" else getattr(ENTRY, name) + "x"
    assert digest(ENTRY._replace(**{name: other})) != digest(ENTRY)


def test_fields_cannot_flow_into_each_other() -> None:
    assert digest(ENTRY._replace(kind="ab", id="c")) != digest(ENTRY._replace(kind="a", id="bc"))
