"""Version 1 of the interface: its operations, and what becomes of what they raise."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from smartecr.catalog.errors import CatalogError
from smartecr.customers.errors import CardError
from smartecr.register.errors import RegisterError
from smartecr.web.api import bulk, catalog, closings, customers, figures, prices, problems, receipts, stock
from smartecr.web.api.problems import ProblemError

_log = logging.getLogger(__name__)


class _Api(NinjaAPI):
    """An operation is called like its function."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of an operation."""
        return operation.view_func.__name__


api = _Api(
    title="smartECR",
    version="1",
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
)
api.add_router("", bulk.router)  # before /articles/{article_id}
api.add_router("", catalog.router)
api.add_router("/articles/{article_id}/prices", prices.router)
api.add_router("/receipts", receipts.router)
api.add_router("/closings", closings.router)
api.add_router("/customers", customers.router)
api.add_router("/figures", figures.router)
api.add_router("/stock", stock.router)


def _fault(error: Exception) -> ProblemError:
    _log.error("interface failed", exc_info=error)
    return ProblemError("fault")


_REFUSALS: dict[type[Exception], Callable[[Any], ProblemError]] = {
    ProblemError: lambda problem: problem,
    RegisterError: problems.of_register,
    CatalogError: problems.of_field,
    CardError: problems.of_field,
    ValidationError: problems.of_validation,
    HttpError: problems.of_http,
    Exception: _fault,
}


def _refuse(request: HttpRequest, error: Any) -> HttpResponse:
    refusal = next(refusal for kind, refusal in _REFUSALS.items() if isinstance(error, kind))
    return refusal(error).answer(request)


for kind in _REFUSALS:
    api.add_exception_handler(kind, _refuse)
