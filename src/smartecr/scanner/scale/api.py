"""What a scale at the till can do, and what it says when it cannot."""

from __future__ import annotations

from typing import Protocol

from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One weighing as the scale gave it: net weight and tare in grams, price a kilogram and price in cents."""

    weight_g: int
    unit_price_cents: int
    price_cents: int
    tare_g: int = 0


class ScaleError(Exception):
    """The scale gave no weight. `code` is stable, `passes` tells whether it may work in a moment."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.message, self.next_step, self.passes = _WORDS[code]
        super().__init__(f"{code}: {self.message}")


_WORDS: dict[str, tuple[str, str, bool]] = {
    "offline": ("Die Waage antwortet nicht.", "Strom und Kabel prüfen.", True),
    "garbled": ("Die Waage hat unverständlich geantwortet.", "Noch einmal wiegen.", True),
    "moving": ("Die Waage steht noch nicht still.", "Kurz warten.", True),
    "same": ("Seit dem letzten Wiegen hat sich nichts bewegt.", "Ware abnehmen und neu auflegen.", True),
    "unfinished": ("Die Waage ist noch nicht fertig.", "Kurz warten.", True),
    "too_light": ("Das ist der Waage zu leicht.", "Mehr auflegen oder als Stück verkaufen.", False),
    "negative": ("Die Waage steht unter null.", "Waage leeren und auf null stellen.", False),
    "overload": ("Das ist der Waage zu schwer.", "Teilen und einzeln wiegen.", False),
    "price": ("Diesen Preis nimmt die Waage nicht.", "Preis des Artikels prüfen.", False),
    "tare": ("Diese Tara nimmt die Waage nicht.", "Tara des Artikels prüfen.", False),
    "text": ("Diesen Artikelnamen nimmt die Waage nicht.", "Namen des Artikels prüfen.", False),
    "refused": ("Die Waage hat den Auftrag nicht angenommen.", "Noch einmal wiegen.", True),
    "module": ("Die Waage erkennt das Wiegemodul dieser Kasse nicht an.", "Den Service rufen.", False),
}


class Module(Protocol):
    """The approved part of a till that a scale challenges; its polynomial comes with the approval and is secret.

    `certificate` names the approval, "" for one that has none (practice).
    """

    @property
    def certificate(self) -> str:
        """The number of the approval."""
        ...

    def answer(self, challenge: str) -> tuple[str, str]:
        """Return checksum and correction value, four upper-case hex digits each, rotated by the challenge (two)."""
        ...


class Scale(Protocol):
    """A scale, used by one thread at a time."""

    @property
    def certificate(self) -> str:
        """The approval of the module in front of it, "" without one."""
        ...

    def weigh(self, unit_price_cents: int, tare_g: int = 0, text: str = "") -> Weighing:
        """Return the weight lying on it and its price. Raises ScaleError."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
