"""The system's reasons in German."""

from __future__ import annotations

import errno
import os

import pytest

from smartecr.core.oswords import reason


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "Datei oder Ordner gibt es nicht"),
        (errno.EACCES, "keine Berechtigung"),
        (errno.ENOSPC, "auf dem Datenträger ist kein Platz mehr"),
        (errno.EADDRNOTAVAIL, "die Adresse gehört zu einem anderen Gerät"),
        (-2, "den Namen kennt das Netz nicht"),
        (errno.ENOTRECOVERABLE, "Systemfehler ENOTRECOVERABLE"),
        (98765, "Systemfehler 98765"),
    ],
)
def test_a_number_of_the_system_has_german_words(number: int, words: str) -> None:
    assert reason(OSError(number, "english")) == words


def test_an_error_without_a_number_has_words_too() -> None:
    assert reason(OSError("cannot identify image file")) == "das System nennt keinen Grund"


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_the_system_s_own_language_never_gets_through(number: int) -> None:
    assert os.strerror(number) not in reason(OSError(number, os.strerror(number)))
