"""The description of the interface (OpenAPI 3.1): what django-ninja knows of it, completed; and the same for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from django.utils.translation import gettext as _

from smartecr.register.outside.interface import SCOPES
from smartecr.web.api import bulk, catalog, closings, customers, figures, prices, problems, receipts, stock
from smartecr.web.api.access import Bearer
from smartecr.web.api.examples import EXAMPLES
from smartecr.web.api.v1 import api

SERVER = "/api/v1"
_ROUTERS = (
    bulk.router,
    catalog.router,
    prices.router,
    receipts.router,
    closings.router,
    customers.router,
    figures.router,
    stock.router,
)
_LINKS = {
    "make_group": {"read_group": "group_id", "change_group": "group_id"},
    "make_article": {"read_article": "article_id", "change_article": "article_id"},
    "make_customer": {
        "read_customer": "customer_id",
        "change_customer": "customer_id",
        "forget_customer": "customer_id",
    },
}
"""What can be done with what an operation made: operations with the parameter that takes its id."""

_ABOUT = """\
The till as a ledger: what is written here goes through the same rules as in the office, and stands in the journal
under the token's name. Money is whole cents, quantities are whole thousandths, instants are UTC. Every write carries an
`Idempotency-Key`; changes carry the `ETag` they were based on as `If-Match`. Refusals are `application/problem+json`
(RFC 9457) in German or English (`Accept-Language`), and a refusal has changed nothing. Bodies hold up to 2.5 MB, lists
come in pages of up to 200."""


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI description, ready for JSON. It holds no secret."""
    schema: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    schema["info"] |= {"description": _ABOUT, "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}}
    schema["servers"] = [{"url": SERVER}]
    schema["components"]["securitySchemes"]["Bearer"]["description"] = "A token from the office, page „Schnittstelle“."
    for name, example in EXAMPLES.items():
        schema["components"]["schemas"][name]["examples"] = [example]
    scopes = _scopes()
    for operations in schema["paths"].values():
        for operation in operations.values():
            name = operation["operationId"]
            operation["x-scope"] = scopes[name]
            for parameter in operation["parameters"]:
                # a missing one has its own answer (428), so django-ninja must not ask for it
                if parameter["name"] == "If-Match":
                    parameter["required"], parameter["schema"]["minLength"] = True, 1
            for status, response in operation["responses"].items():
                _complete(status, response)
            for made, takes in _LINKS.get(name, {}).items():
                operation["responses"]["201"].setdefault("links", {})[made] = {
                    "operationId": made,
                    "parameters": {takes: "$response.body#/id"},
                }
    return schema


def _scopes() -> dict[str, str]:
    return {
        operation.view_func.__name__: cast("Bearer", operation.auth_param).scope
        for router in _ROUTERS
        for view in router.path_operations.values()
        for operation in view.operations
    }


def _complete(status: str, response: dict[str, Any]) -> None:
    """Say how a refusal is written, and which headers come with an answer."""
    number = int(status)
    if number == 304:
        response.pop("content", None)
    elif number >= 400:
        response["content"] = {problems.MEDIA: next(iter(response["content"].values()))}
    text = {"schema": {"type": "string"}}
    for wanted, header in ((401, "WWW-Authenticate"), (429, "Retry-After"), (201, "Location")):
        if number == wanted:
            response["headers"] = {header: text}


def for_people() -> dict[str, Any]:
    """Return the context of the page that shows the description."""
    schema = description()
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            parts.setdefault(operation["tags"][0], []).append(_told(path, method, operation))
    return {
        "about": _ABOUT.replace("\n", " ").replace("`", ""),
        "parts": parts,
        "schemas": [
            (name, one.get("description", "").replace("`", ""), list(_fields(one)))
            for name, one in sorted(schema["components"]["schemas"].items())
        ],
        "problems": [(code, status, title) for code, (status, title) in problems.CODES.items()],
        "scopes": SCOPES,
        "server": SERVER,
    }


def _told(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    answers = good.get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "name": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "about": operation.get("description", "").replace("`", ""),
        "scope": operation["x-scope"],
        "parameters": [
            (one["name"], _("nötig") if one["required"] else "", one.get("description", "").replace("`", ""))
            for one in operation["parameters"]
        ],
        "body": _type(body),
        "example": json.dumps(EXAMPLES[_type(body)], ensure_ascii=False, indent=2) if body else "",
        "answer": _type(answers),
        "refusals": [status for status in operation["responses"] if int(status) >= 400],
    }


def _fields(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield name, _type(one), _("nötig") if name in needed else ""


def _type(schema: dict[str, Any]) -> str:
    """Return a schema in a few words: "Article", "integer", "string or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("type", ""))
