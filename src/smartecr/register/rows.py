"""Row operations and the shapes of the tables they touch.

The operations are not frozen: one is made for every row of every receipt, and freezing costs as much as the rest of it.
"""

from __future__ import annotations

from functools import cache, cached_property
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import models

from smartecr.core.records import dataclass

Row = dict[str, Any]


@dataclass(slots=True)
class Insert:
    """A new row; `columns` are all of its columns."""

    table: str
    columns: Row


@dataclass(slots=True)
class Put:
    """A row as it stands from now on, new or not; `columns` are all of its columns."""

    table: str
    columns: Row


@dataclass(slots=True)
class Change:
    """New values for some columns of the row with this key."""

    table: str
    key: tuple[Any, ...]
    columns: Row


@dataclass(slots=True)
class Delete:
    """The rows whose `column` has this value go."""

    table: str
    column: str
    value: Any


Operation = Insert | Put | Change | Delete


class Table:
    """Shape of a projected table, found out when it is first asked for: a start meets few of the tables."""

    def __init__(self, model: type[models.Model]) -> None:
        self.name = model._meta.db_table
        self._model = model

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Return the key columns."""
        return tuple(str(field.column) for field in self._model._meta.pk_fields)

    @cached_property
    def defaults(self) -> Row:
        """Return all columns with their defaults."""
        return {field.column: _default(field) for field in self._model._meta.concrete_fields if field.column}

    @cached_property
    def truths(self) -> frozenset[str]:
        """Return the columns that are true or false; SQLite has numbers for them."""
        fields = self._model._meta.concrete_fields
        return frozenset(str(field.column) for field in fields if isinstance(field, models.BooleanField))

    def row(self, columns: Row) -> Row:
        """Return a full row: `columns` over the defaults. Unknown columns raise KeyError."""
        row = {**self.defaults, **columns}
        if len(row) != len(self.defaults):
            raise KeyError(f"{self.name} has no column {', '.join(columns.keys() - self.defaults.keys())}")
        return row


CATALOG = ("catalog_group", "catalog_article", "catalog_barcode", "catalog_price")
STOCK = ("catalog_stock_move", "catalog_stock_count")
_APPS = ("register", "catalog", "customers")
CHAIN = ("register_journal", "register_chain_end")
CUSTOMERS = (
    "customers_voucher",
    "customers_voucher_mark",
    "customers_group",
    "customers_customer",
    "customers_consent",
    "customers_visit",
    "customers_promotion",
    "customers_entry",
    "customers_token",
)


@cache
def tables() -> dict[str, Table]:
    """Return the projected tables by name."""
    found = {}
    for model in chain.from_iterable(apps.get_app_config(app).get_models() for app in _APPS):
        name = model._meta.db_table
        if name not in CHAIN and (name.startswith("register_") or name in (*CATALOG, *STOCK, *CUSTOMERS)):
            found[name] = Table(model)
    return found


def _default(field: models.Field[Any, Any]) -> Any:
    return None if field.null and not field.has_default() else field.get_default()


def row_of(table: str, columns: Row) -> Row:
    """Return a full row of a table."""
    return tables()[table].row(columns)
