"""The keys of the terminal: its own secure surface for the PIN, for an amount, and the red, yellow and green key.

What is typed stays in here until the green key hands it to the terminal's thread; nobody outside sees more than the
number of digits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from smartecr.terminal.zvt.virtual.events import Entered, StopPressed

OK, CLEAR, STOP = "OK", "C", "STOP"
PIN_DIGITS = range(4, 7)
_MOST_AMOUNT_DIGITS = 6

Asking = Literal["", "pin", "amount"]


class PinPad:
    """The pad. ``notify`` gets Entered and StopPressed; ``changed`` is called after every change of state."""

    def __init__(self, notify: Callable[[Entered | StopPressed], None], changed: Callable[[], None]) -> None:
        self._notify = notify
        self._changed = changed
        self._mutex = threading.Lock()
        self._asking: Asking = ""
        self._digits = ""

    @property
    def asking(self) -> Asking:
        """What the pad waits for: "pin", "amount" (cents), or "" for nothing."""
        return self._asking

    @property
    def shown(self) -> str:
        """What the customer sees of it: dots for a PIN, the digits of an amount."""
        with self._mutex:
            return "•" * len(self._digits) if self._asking == "pin" else self._digits

    def ask(self, what: Asking) -> None:
        """Open the window for a PIN or an amount, with nothing typed; "" closes it and forgets what was typed."""
        with self._mutex:
            self._asking, self._digits = what, ""
        self._changed()

    def press(self, key: str) -> bool:
        """Press a key ("0" to "9", "OK", "C", "STOP"). False when it has no effect now."""
        with self._mutex:
            effect = self._stop() if key == STOP else bool(self._asking) and self._type(key)
        if effect:
            self._changed()
        return effect

    def _stop(self) -> bool:
        self._asking, self._digits = "", ""
        self._notify(StopPressed())
        return True

    def _type(self, key: str) -> bool:
        if key == CLEAR:
            self._digits = ""
            return True
        if key == OK:
            if self._asking == "pin" and len(self._digits) not in PIN_DIGITS:
                return False
            digits, self._asking, self._digits = self._digits, "", ""
            self._notify(Entered(digits))
            return True
        most = PIN_DIGITS[-1] if self._asking == "pin" else _MOST_AMOUNT_DIGITS
        if len(key) != 1 or key not in "0123456789" or len(self._digits) >= most:
            return False
        self._digits += key
        return True
