"""What all providers share: one POST with its time-outs, an answer that is an object, and the German errors."""

from __future__ import annotations

from typing import Any, Final

import httpx

from smartecr.terminal.errors import ConfigError, Money, NoAnswer, ProtocolBroken, TerminalError, Unplugged

__all__ = ["FRESH", "OTHER", "money_of", "not_known", "object_of", "post", "unusable", "whole"]

SECONDS: Final = 10.0
_LARGEST_ANSWER = 64 << 10
#: what to do next
FRESH: Final = "Den Gast um einen neuen Code bitten."
OTHER: Final = "Ein anderes Zahlungsmittel nehmen."


def money_of(*, charges: bool) -> Money:
    """Return what a missing answer leaves: unknown where the call may move money."""
    return "unknown" if charges else "none"


def post(http: httpx.Client, url: str, *, charges: bool, **how: Any) -> httpx.Response:
    """Ask once; ``charges``: money may have moved when no answer comes. Raises TerminalError."""
    try:
        return http.post(url, timeout=SECONDS, **how)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise _away(type(error).__name__) from None
    except httpx.HTTPError as error:
        raise NoAnswer(type(error).__name__, money=money_of(charges=charges)) from None


def object_of(answer: httpx.Response) -> dict[str, Any] | None:
    """Return the JSON object of an answer, None where there is none."""
    if len(answer.content) > _LARGEST_ANSWER:
        return None
    try:
        told = answer.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def unusable(answer: httpx.Response, *, charges: bool) -> TerminalError:
    """Return the error of an answer that says no result."""
    if answer.status_code in (401, 403):
        return not_known()
    kind = NoAnswer if answer.status_code >= 500 else ProtocolBroken
    return kind(str(answer.status_code), money=money_of(charges=charges))


def whole(value: object) -> int | None:
    """Return cents or milliseconds of an answer; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None


def _away(detail: str) -> TerminalError:
    return Unplugged(
        detail,
        message="Der Dienst für Handy-Codes ist nicht erreichbar. Es wurde nichts abgebucht.",
        next_step="Netz der Kasse prüfen. Bis dahin bar oder mit Karte kassieren.",
    )


def not_known() -> TerminalError:
    """Return the error of a service that does not accept this register."""
    return ConfigError(
        "not known there",
        message="Der Dienst für Handy-Codes kennt diese Kasse nicht. Es wurde nichts abgebucht.",
        next_step="Die Leitung holen: Zugang und Filiale in den Einstellungen prüfen.",
    )
