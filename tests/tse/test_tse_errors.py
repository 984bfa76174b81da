"""Every error can be acted on: a stable code of its own, German words, and the tree of the docstring."""

from __future__ import annotations

import re

import pytest

from smartecr.tse import errors
from smartecr.tse.errors import TseError, TseRefused, TseStateError, TseTransportError, TseUnavailable, TseUnplugged


def tree(error: type[TseError]) -> list[type[TseError]]:
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


ALL = tree(TseError)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_an_error_tells_what_is_safe_and_what_to_do(error: type[TseError]) -> None:
    for text in (error.reason, error.message, error.next_step):
        assert text[0].isupper()
    assert error.message.endswith(".")
    assert error.next_step.endswith(".")
    assert not error.reason.endswith(".")
    assert len(error.reason) <= 200, "DSFinV-K TSE_TA_FEHLER"


def test_codes_are_stable_and_different() -> None:
    codes = {error.__name__: error.code for error in ALL}
    assert len(set(codes.values())) == len(ALL)
    for name, code in codes.items():
        words = re.findall("[A-Z][a-z]+", name.removesuffix("Error"))
        assert code == "_".join(words).lower() or (name, code) == ("TseError", "tse_error")


def test_the_docstring_draws_the_tree() -> None:
    assert errors.__doc__ is not None
    assert re.findall(r"Tse\w+", errors.__doc__.split("\n\n")[2])[: len(ALL)] == [error.__name__ for error in ALL]


def test_whether_nothing_was_signed_is_known() -> None:
    unknown = {error.code for error in ALL if error.outcome_unknown}
    assert unknown == {"tse_timeout", "tse_connection_lost", "tse_protocol"}
    assert all(error.transient for error in ALL if issubclass(error, TseTransportError))
    assert not any(error.transient for error in ALL if issubclass(error, TseRefused))
    assert {error.code for error in ALL if issubclass(error, TseStateError) and error.transient} == {
        "tse_self_test_required",
        "tse_time_not_set",
        "tse_internal",
    }


def test_technical_detail_stays_apart() -> None:
    error = TseUnplugged("/dev/sda1 is gone")
    assert str(error) == "tse_unplugged: /dev/sda1 is gone"
    assert "/dev" not in error.message
    assert str(TseUnplugged()) == "tse_unplugged"
    assert TseUnavailable(cause=error).cause is error
    assert "tse_unplugged" in TseUnavailable(cause=error).detail
