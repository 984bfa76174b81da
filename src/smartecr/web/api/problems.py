"""Refusals as problem+json (RFC 9457): a stable code, a sentence in the caller's language, what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.errors import HttpError, ValidationError

from smartecr.catalog.errors import CatalogError
from smartecr.customers.errors import CardError
from smartecr.register.errors import RegisterError
from smartecr.web.till.words import said

MEDIA = "application/problem+json"
CODES = {
    "syntax": (400, gettext_lazy("Die Anfrage ist nicht zu lesen.")),
    "idempotency_key": (400, gettext_lazy("Der Kopf Idempotency-Key fehlt oder ist unlesbar.")),
    "token": (401, gettext_lazy("Ohne gültigen Schlüssel geht es nicht.")),
    "scope": (403, gettext_lazy("Dieser Schlüssel ist dafür nicht ausgestellt.")),
    "not_found": (404, gettext_lazy("Das gibt es hier nicht.")),
    "method": (405, gettext_lazy("So lässt sich diese Adresse nicht ansprechen.")),
    "conflict": (409, gettext_lazy("Das passt nicht zu dem, was schon da ist.")),
    "changed": (412, gettext_lazy("Inzwischen hat es jemand anders geändert.")),
    "too_large": (413, gettext_lazy("Der Inhalt ist zu groß.")),
    "media_type": (415, gettext_lazy("Der Inhalt muss application/json sein.")),
    "invalid": (422, gettext_lazy("Etwas an den Angaben stimmt nicht.")),
    "key_reused": (422, gettext_lazy("Dieser Idempotency-Key steht schon für eine andere Anfrage.")),
    "if_match": (428, gettext_lazy("Der Kopf If-Match fehlt.")),
    "too_many": (429, gettext_lazy("Das sind zu viele Anfragen auf einmal.")),
    "fault": (500, gettext_lazy("Da ist etwas schiefgegangen.")),
    "storage": (503, gettext_lazy("Die Kasse kann gerade nicht speichern.")),
}
"""Codes with their status and title."""

_OF_FIELDS = {
    "missing": gettext_lazy("Diese Angabe fehlt."),
    "extra_forbidden": gettext_lazy("Diese Angabe gibt es nicht."),
    "string_type": gettext_lazy("Hier gehört ein Text hin."),
    "int_type": gettext_lazy("Hier gehört eine ganze Zahl hin."),
    "int_parsing": gettext_lazy("Hier gehört eine ganze Zahl hin."),
    "int_from_float": gettext_lazy("Hier gehört eine ganze Zahl hin."),
    "bool_type": gettext_lazy("Hier gehört Ja oder Nein hin."),
    "bool_parsing": gettext_lazy("Hier gehört Ja oder Nein hin."),
    "list_type": gettext_lazy("Hier gehört eine Liste hin."),
    "dict_type": gettext_lazy("Hier gehört ein Objekt hin."),
    "model_type": gettext_lazy("Hier gehört ein Objekt hin."),
    "model_attributes_type": gettext_lazy("Hier gehört ein Objekt hin."),
    "string_too_short": gettext_lazy("Der Text ist zu kurz."),
    "string_too_long": gettext_lazy("Der Text ist zu lang."),
    "too_long": gettext_lazy("Das sind zu viele."),
    "string_pattern_mismatch": gettext_lazy("Die Form stimmt nicht."),
    "greater_than_equal": gettext_lazy("Die Zahl ist zu klein."),
    "less_than_equal": gettext_lazy("Die Zahl ist zu groß."),
    "literal_error": gettext_lazy("Das steht nicht zur Wahl."),
    "enum": gettext_lazy("Das steht nicht zur Wahl."),
}
"""What pydantic finds wrong with a field, by its error types."""

_STATUS_OF = {"unknown": "not_found", "gone": "conflict", "storage": "storage", "id": "conflict"}
"""Refusals of the register that are something else than an invalid value."""


class ProblemError(Exception):
    """A refusal: `code` is one of CODES, `detail` what is safe and what to do, `errors` pointers with sentences."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return it as a response in the active language."""
        status, title = CODES[self.code]
        body: dict[str, Any] = {
            "type": f"/api/v1/docs#problem-{self.code}",
            "title": str(title),
            "status": status,
            "code": self.code,
            "instance": request.path,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = [{"pointer": pointer, "detail": sentence} for pointer, sentence in self.errors]
        return HttpResponse(orjson.dumps(body), content_type=MEDIA, status=status, headers=dict(self.headers))


def of_register(error: RegisterError) -> ProblemError:
    """Return a refusal of the register."""
    code = _STATUS_OF.get(error.code, "scope" if error.right else "invalid")
    sentences = [said(one) for one in (error.message, error.next_step) if one]
    return ProblemError(code, " ".join(sentences))


def of_field(error: CatalogError | CardError) -> ProblemError:
    """Return a refusal of the catalogue or of a customer's data, which names its field."""
    field = error.field if isinstance(error, CatalogError) else error.code
    return ProblemError("invalid", said(error.message), [(f"/{field}", said(error.message))])


def of_validation(error: ValidationError) -> ProblemError:
    """Return what pydantic refused: an address that cannot be is not there, a missing key or ETag has its own code."""
    places = [(one["loc"], one["type"]) for one in error.errors]
    if any(place[0] == "path" for place, _type in places):
        return ProblemError("not_found")
    if any(place[0] == "header" for place, _type in places):
        return ProblemError(
            "idempotency_key", _("Ein frei gewählter Text von 1 bis 64 Zeichen, für jeden Schreibvorgang ein neuer.")
        )
    fields = [(_pointer(place), str(_OF_FIELDS.get(kind, _("Diese Angabe ist ungültig.")))) for place, kind in places]
    return ProblemError("invalid", _("Es wurde nichts geändert."), fields[:20])


def _pointer(place: Sequence[Any]) -> str:
    """Return where a value stands: a JSON pointer into the body, "?name" for a parameter."""
    source, *rest = place
    if source == "query":
        return f"?{rest[-1]}" if rest else "?"
    # the first name is that of the view's argument
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in rest[1:]) or "/"


def of_http(error: HttpError) -> ProblemError:
    """Return what django-ninja itself refuses: a body it cannot read."""
    return ProblemError("not_found" if error.status_code == 404 else "syntax")
