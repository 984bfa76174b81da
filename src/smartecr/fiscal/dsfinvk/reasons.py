"""Why a file could not be read, in German; the libraries say it in English and to programmers."""

from __future__ import annotations

import csv
import struct
import zipfile
import zlib
from typing import Final

from smartecr.core import oswords

_SYNTAX: Final = {
    "field larger": "ein Feld hat mehr als 131.072 Zeichen",
    "expected after": "nach dem schließenden Anführungszeichen steht kein Trennzeichen",
    "unexpected end": "ein Anführungszeichen wird nicht geschlossen",
    "new-line": "mitten in der Zeile steht ein Zeilenumbruch",
}


def of_reading(error: Exception) -> str:
    """Return why bytes could not be had from a file or an archive."""
    if isinstance(error, RuntimeError):
        if "encrypt" in str(error):
            return "die Datei ist mit einem Kennwort verschlüsselt"
        return "die Art der Komprimierung ist nicht bekannt"
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | ValueError | struct.error):
        return "das Archiv ist beschädigt oder abgeschnitten"
    return oswords.reason(error) if isinstance(error, OSError) and error.errno else str(error)


def of_syntax(error: csv.Error) -> str:
    """Return what the csv module did not understand."""
    return next((text for words, text in _SYNTAX.items() if words in str(error)), str(error))
