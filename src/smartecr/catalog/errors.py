"""What the catalogue refuses: one error, named by code, field and sentence."""

from __future__ import annotations


class CatalogError(Exception):
    """A refusal: stable `code`, translated `message`, and the `field` (column name) it is about, "" for none."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
