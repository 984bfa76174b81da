# ruff: noqa: N818 - the tree says "error" once, at its root; the leaves are named like the states of a device
"""What can go wrong between a code and its text::

    ScannerError
    ├── PictureUnreadable   a file or frame is no picture, is broken or too large
    └── DeviceUnavailable   a camera or scanner is not there, is held by another program or speaks no format we know

Codes that were read and make no sense are no errors here: they are a `Code` that says why (see `grammar`).
"""

from __future__ import annotations


class ScannerError(Exception):
    """Base of the errors; raise one of the leaves.

    ``code`` is stable, ``message`` a German sentence that says what to do, ``transient`` that it may pass by itself;
    ``detail`` is for the log.
    """

    code = "scanner_error"
    message = "Der Scanner meldet einen Fehler. Nummern lassen sich weiter eintippen."
    transient = False

    def __init__(self, detail: str = "", *, code: str = "", message: str = "") -> None:
        super().__init__(f"{code or self.code}: {detail}" if detail else code or self.code)
        self.detail = detail
        self.code = code or self.code
        self.message = message or self.message


class PictureUnreadable(ScannerError):
    """A file or frame is no picture, is broken or too large."""

    code = "picture_unreadable"
    message = "Das Bild ist nicht lesbar. Bitte ein Foto als JPEG oder PNG nehmen."


class DeviceUnavailable(ScannerError):
    """A camera or scanner is not there, is held by another program or does not speak a format we know."""

    code = "device_unavailable"
    message = "Der Scanner ist nicht erreichbar. Nummern lassen sich weiter eintippen; Stecker prüfen."
    transient = True
