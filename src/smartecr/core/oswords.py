"""Why the operating system refused something, in German; the system itself says it in its own language."""

from __future__ import annotations

import errno
from typing import Final

_WORDS: Final = {
    errno.ENOENT: "Datei oder Ordner gibt es nicht",
    errno.ENOTDIR: "Datei oder Ordner gibt es nicht",
    errno.ENXIO: "Datei oder Gerät gibt es nicht",
    errno.ENODEV: "Datei oder Gerät gibt es nicht",
    errno.EISDIR: "das ist ein Ordner, keine Datei",
    errno.EEXIST: "dort liegt schon etwas anderes",
    errno.ENOTEMPTY: "der Ordner ist nicht leer",
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "keine Berechtigung",
    errno.EROFS: "der Datenträger ist schreibgeschützt",
    errno.ENOSPC: "auf dem Datenträger ist kein Platz mehr",
    errno.EDQUOT: "auf dem Datenträger ist kein Platz mehr",
    errno.EFBIG: "die Datei wird größer, als hier erlaubt ist",
    errno.EIO: "der Datenträger meldet einen Fehler",
    errno.EBUSY: "ein anderes Programm benutzt es gerade",
    errno.ETXTBSY: "ein anderes Programm benutzt es gerade",
    errno.EXDEV: "Ziel und Quelle liegen auf verschiedenen Datenträgern",
    errno.ENAMETOOLONG: "der Name ist zu lang",
    errno.EILSEQ: "der Name enthält Zeichen, die hier nicht gehen",
    errno.EINVAL: "das geht dort nicht",
    errno.ELOOP: "die Verknüpfung führt im Kreis",
    errno.EMFILE: "es sind zu viele Dateien offen",
    errno.ENFILE: "es sind zu viele Dateien offen",
    errno.ENOMEM: "der Arbeitsspeicher reicht nicht",
    errno.EADDRINUSE: "der Anschluss ist belegt",
    errno.EADDRNOTAVAIL: "die Adresse gehört zu einem anderen Gerät",
    errno.ECONNREFUSED: "dort antwortet niemand",
    errno.ECONNRESET: "die Verbindung ist abgerissen",
    errno.EPIPE: "die Verbindung ist abgerissen",
    errno.ETIMEDOUT: "keine Antwort",
    errno.EHOSTUNREACH: "kein Weg dorthin im Netz",
    errno.ENETUNREACH: "kein Weg dorthin im Netz",
}


def reason(error: OSError) -> str:
    """Return why, as the middle of a sentence; a number of the system where there is no word for it."""
    if not error.errno:
        return "das System nennt keinen Grund"
    if error.errno < 0:  # only looking up a name in the network counts downwards (EAI_NONAME, …)
        return "den Namen kennt das Netz nicht"
    return _WORDS.get(error.errno) or f"Systemfehler {errno.errorcode.get(error.errno, error.errno)}"
