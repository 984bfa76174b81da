"""Results and errors the services share, and amounts between cents and a service's own form.

A service tells four digits of a card. What it says nevertheless passes the same mask as a terminal's words, before
anything else sees it; only the numbers by which a payment is found again stay as they are.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from smartecr.terminal.api import PaymentIntent, TerminalResult
from smartecr.terminal.errors import ConfigError, ForeignTerminal, Money, NoAnswer, Rejected, TerminalError, Unplugged
from smartecr.terminal.masking import mask_text

__all__ = ["approved", "cents", "missing", "no_answer", "not_known", "refused", "rejected", "unplugged"]

_AWAY = "Der Dienst des Kartenterminals ist nicht erreichbar. Es wurde nichts abgebucht."
_AWAY_STEP = "Netz der Kasse prüfen. Bis dahin bar kassieren."
_KEY = "Der Dienst des Kartenterminals kennt diese Kasse nicht. Es wurde nichts abgebucht."
_KEY_STEP = "Die Leitung holen: den Schlüssel in den Einstellungen prüfen."
_READER = "Der Dienst kennt dieses Kartenterminal nicht. Es wurde nichts abgebucht."
_READER_STEP = "Die Leitung holen: die Kennung des Terminals in den Einstellungen prüfen."


def cents(major: object) -> int | None:
    """Return cents of an amount in euros as services write it (a JSON number); None for anything else."""
    if isinstance(major, bool) or not isinstance(major, int | float | Decimal | str):
        return None
    amount = Decimal(str(major)) * 100
    return int(amount.to_integral_value()) if amount.is_finite() else None


def approved(
    intent: PaymentIntent, amount: int | None, *, reference: str, last: str = "", **said: Any
) -> TerminalResult:
    """Return the result of a payment that was made; its trace is our own id, `last` the end of the card's number."""
    masked: dict[str, Any] = {name: _masked(value) if isinstance(value, str) else value for name, value in said.items()}
    return TerminalResult(
        approved=True,
        result_code="00",
        amount=intent.amount if amount is None else amount,
        online=True,
        trace=intent.id,
        reference=reference,
        card="*" * 12 + last[-4:] if last else "",
        **masked,
    )


def refused(code: str, *, stopped: bool) -> TerminalResult:
    """Return the result of a payment that was not made, ``code`` as the service names the reason."""
    return TerminalResult(
        approved=False,
        result_code="6C" if stopped else "05",
        host_code=_masked(code)[:40],
        reason="Die Zahlung wurde am Terminal abgebrochen." if stopped else "Die Zahlung wurde abgelehnt.",
        next_step="Noch einmal beginnen oder ein anderes Zahlungsmittel nehmen."
        if stopped
        else "Eine andere Karte oder ein anderes Zahlungsmittel nehmen.",
        error="terminal_aborted" if stopped else "terminal_declined",
    )


def _masked(text: str) -> str:
    return mask_text(text.encode()).decode()


def unplugged(detail: str) -> TerminalError:
    """The service is not to be reached, nothing was sent."""
    return Unplugged(detail, message=_AWAY, next_step=_AWAY_STEP)


def no_answer(detail: str, money: Money) -> TerminalError:
    """A request went out and no answer came."""
    return NoAnswer(detail, money=money)


def rejected(code: str) -> TerminalError:
    """The service refused a request, `code` as it names the reason: nothing was begun."""
    return Rejected(_masked(code))


def not_known(detail: str) -> TerminalError:
    """The service does not accept our key."""
    return ConfigError(detail, message=_KEY, next_step=_KEY_STEP)


def missing(detail: str) -> TerminalError:
    """The service does not know this terminal."""
    return ForeignTerminal(detail, message=_READER, next_step=_READER_STEP)
