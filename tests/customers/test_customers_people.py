"""Personal data: what may be kept, how it is sealed, how a name is found."""

from __future__ import annotations

import pytest

from smartecr.customers import people
from smartecr.customers.errors import CardError

ANNA = {"name": "Anna Müller", "phone": "+49 171 2345678", "mail": "anna@example.org", "birthday": "17.5.1990"}


def test_what_is_typed_is_kept_tidily() -> None:
    kept = people.checked({**ANNA, "name": "  Anna   Müller ", "note": "ohne\u00a0Zucker"})
    assert kept == {**ANNA, "birthday": "1990-05-17", "note": "ohne Zucker"}
    assert people.checked({"name": "Jo", "birthday": "29.2."})["birthday"] == "--02-29"
    for birthday in ("1990-05-17", "--02-29", ""):
        spoken = people.written(birthday)
        assert "-" not in spoken
        assert people.checked({"name": "Jo", "birthday": spoken})["birthday"] == birthday
    assert people.checked(kept) == kept, "what is kept can be kept again"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""), ("name", " "), ("name", "x" * 81), ("name", "a\u202eb"), ("phone", "ruf mich an"),
        ("phone", "12"),        ("mail", "anna"), ("mail", "a@b"),
        ("birthday", "31.2."), ("birthday", "morgen"), ("birthday", "29.2.1999"),
        ("birthday", "1990-13-45"), ("birthday", "--02-30"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_named_by_its_field(field: str, text: str) -> None:
    with pytest.raises(CardError) as refused:
        people.checked({**ANNA, field: text})
    assert refused.value.code == field
    assert refused.value.message


def test_a_seal_fits_one_person_and_one_key() -> None:
    kept, key = people.checked(ANNA), "ab" * 32
    seal = people.seal(key, kept)
    assert seal == people.seal(key, dict(kept))
    assert seal != people.seal("ac" * 32, kept)
    for field in people.FIELDS:
        assert people.seal(key, {**kept, field: kept[field] + "x"}) != seal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"), ("Müller", "MULLER"), ("Schmidt", "Schmitt"), ("Meyer", "Meier"), ("Groß", "Gross"),
        ("Philipp", "Filip"), ("Becker", "Beker"), ("André", "Andre"), ("Voß", "Foss"), ("Thomas", "Tomas"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_are_one(one: str, other: str) -> None:
    assert people.folded(one) == people.folded(other)


def test_names_that_sound_otherwise_are_not() -> None:
    assert people.folded("Maier") != people.folded("Bauer")
    assert people.folded("Anna-Lena  Öz") == " ana lena oz"


@pytest.mark.parametrize("text", ["0171/2345678", "+49 171 2345678", "0049 171 2345678", "171 2345678"])
def test_a_number_is_one_however_it_is_written(text: str) -> None:
    assert people.digits(text) == "1712345678"
