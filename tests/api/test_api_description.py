"""The interface keeps its own description: schemathesis asks what it allows and what it forbids, and checks answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from support.shop import CASHIER, COFFEE, ESPRESSO, OWNER, article_row, pay_cash, ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smartecr.register.till import Till

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OPERATIONS = (
    "save_articles", "list_groups", "make_group", "read_group", "change_group", "list_articles", "make_article",
    "read_article", "change_article", "find_barcode", "list_prices", "plan_price", "end_price",
    "list_receipts", "read_receipt", "current", "list_closings", "read_closing",
    "list_customers", "make_customer", "read_consent", "read_customer", "change_customer", "forget_customer", "report",
    "read_figures", "read_articles", "list_stock", "move_stock", "count_stock",
)  # fmt: skip
EXAMPLES = 6
CHECKS = {
    # what a schema cannot say: a number is taken, a group unknown, an ETag old, a stretch ends before it begins
    "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "404", "409", "412", "422"]},
    "missing_required_header": {"expected-statuses": ["400", "401", "428"]},
}


@pytest.fixture(scope="module")
def read() -> list[Any]:
    """Keep what the first test read: all read the same, and each would look through all sources for constants."""
    return []


@pytest.fixture
def schema(at_interface: Till, read: list[Any]) -> Iterator[Any]:
    """The description as schemathesis reads it, over the application a server runs."""
    import schemathesis.openapi
    from django.core import signals
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import close_old_connections

    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)  # the test's transaction outlives its requests
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    if not read:
        read.append(schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), config=config))
    yield read[0]
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(at_interface: Till) -> dict[str, str]:
    """Ids of things that are there, by the name of the parameter that takes them."""
    from smartecr.catalog import rows
    from smartecr.register.books import closing
    from smartecr.register.regulars import guests
    from smartecr.register.rows import row_of
    from smartecr.register.shop import masterdata

    ring(at_interface, ESPRESSO)
    receipt = pay_cash(at_interface)
    closed = closing.close_day(at_interface, OWNER, at_interface.new_id(), None)
    planned = at_interface.new_id()
    values = {"id": planned, "level": 1, "cents": 300, "begins": "2027-01-01T00:00:00.000Z", "ends": ""}
    columns = row_of("catalog_article", article_row(ESPRESSO, "1", "x", COFFEE, 1)["columns"])
    masterdata.save_articles(at_interface, OWNER, [rows.price_row(values, columns)])
    guest = guests.save(at_interface, CASHIER, at_interface.new_id(), {"name": "Anna"})
    return {"group_id": COFFEE, "article_id": ESPRESSO, "receipt_id": receipt.id, "closing_id": closed.id,
            "customer_id": guest.id, "code": "4012345678901",
            "price_id": planned}  # fmt: skip


def test_all_operations_are_asked(schema: Any) -> None:
    assert [one.ok().definition.raw["operationId"] for one in schema.get_all_operations()] == list(OPERATIONS)


def test_everything_is_described_and_every_body_has_an_example_that_is_taken(at_interface: Till) -> None:
    from smartecr.web.api import schemas
    from smartecr.web.api.openapi import description

    whole = description()
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            assert all(one.get("description") for one in operation["parameters"]), where
            if "requestBody" in operation:
                (content,) = operation["requestBody"]["content"].values()
                name = content["schema"]["$ref"].rsplit("/", 1)[-1]
                (example,) = whole["components"]["schemas"][name]["examples"]
                taken = getattr(schemas, name).model_validate(example)
                assert taken.model_dump(exclude_unset=True) == example, where


@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_are_as_described(name: str, schema: Any, known: dict[str, str], token: Callable[..., str]) -> None:
    from schemathesis import GenerationMode

    operation = schema.find_operation_by_id(name)
    parameters = [one["name"] for one in operation.definition.raw["parameters"] if one["in"] == "path"]
    there = {parameter: known[parameter] for parameter in parameters}
    headers = {"Authorization": f"Bearer {token()}"}
    few = settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for mode, fixed in ((GenerationMode.POSITIVE, there), (GenerationMode.NEGATIVE, {})):

        @few
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=fixed or None))
        def asked(case: Any) -> None:
            # an empty list or object is not there any more once it is written into an address
            assume(all(value not in ([], {}, None) for value in (case.query or {}).values()))
            case.call_and_validate(headers=headers)

        if mode is GenerationMode.POSITIVE or operation.definition.raw["parameters"]:
            asked()


def test_what_was_made_can_be_read_changed_and_forgotten(
    schema: Any, known: dict[str, str], token: Callable[..., str]
) -> None:
    """Walks along the links: an operation's answer feeds the next one."""
    from hypothesis.stateful import run_state_machine_as_test
    from schemathesis.specs.openapi.checks import ignored_auth

    text = token()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """Asks with a token."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {text}"}}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            # its requests with a wrong token would go out with the right one
            case.validate_response(response, excluded_checks=[ignored_auth], recorder=self.recorder)

    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=6, stateful_step_count=6, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
