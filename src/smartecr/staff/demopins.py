"""The PINs of the demo shop. They are no secret: its log-in screen prints them (only there, see `Shop.demo`)."""

from __future__ import annotations

PINS = {"Jana": "1111", "Murat": "2222", "Christine": "3333"}
"""PIN by name."""
