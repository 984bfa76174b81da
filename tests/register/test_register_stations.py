"""Orders to kitchen and bar: routed by group, only what is new, written down, never lost on the way to the money."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartecr.printer import spool
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal, StationLine
from smartecr.register.paper import printing
from smartecr.register.sale import ordering, selling, training, wishes
from smartecr.register.sale import stations as kitchen
from smartecr.register.till import Till
from support.eventually import eventually
from support.kitchens import Station, kitchens, route
from support.shop import (
    BOTTLES,
    BREAD,
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    ROLL,
    command,
    pay_cash,
    ring,
)


@pytest.fixture
def stations(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[dict[str, Station]]:
    with kitchens(till, tmp_path) as made:
        yield made


def basket(till: Till) -> str:
    return queries.current(till).id


def test_every_group_goes_to_its_station(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL, JUICE)
    slips = kitchen.send(till, CASHIER, basket(till))
    assert [(slip.station, slip.number) for slip in slips] == [("Bar", 1), ("Küche", 2)]
    (drinks,), (food,) = stations["Bar"].texts(), stations["Küche"].texts()
    assert "2 × Espresso" in drinks and "Mohn" not in drinks
    assert "1 × Mohnschnecke" in food
    assert "Apfelschorle" not in drinks + food and "Pfand" not in drinks + food
    assert Journal.objects.filter(kind="slip_sent").count() == 2
    assert verify.examine().findings == []


def test_a_deposit_goes_nowhere(till: Till, stations: dict[str, Station]) -> None:
    route(till, BOTTLES, "Bar")
    ring(till, JUICE)
    kitchen.send(till, CASHIER, basket(till))
    (slip,) = stations["Bar"].texts()
    assert "Apfelschorle" in slip and "Pfand" not in slip


def test_the_next_slip_says_only_what_is_new(till: Till, stations: dict[str, Station]) -> None:
    (first,) = ring(till, ESPRESSO)
    kitchen.send(till, CASHIER, basket(till))
    ring(till, ESPRESSO, LATTE)
    assert kitchen.unsent(till, basket(till), queries.current(till).basket.lines) == 2
    kitchen.send(till, CASHIER, basket(till))
    assert kitchen.unsent(till, basket(till), queries.current(till).basket.lines) == 0
    selling.run(till, CASHIER, [command(till, "quantity", line=first.line_id, quantity=1000)])
    kitchen.send(till, CASHIER, basket(till))
    selling.run(till, CASHIER, [command(till, "void", line=first.line_id)])
    kitchen.send(till, CASHIER, basket(till))
    one, two, three, four = stations["Bar"].texts()
    assert "1 × Espresso" in one and "DAZU" not in one
    assert "DAZU" in two and "1 × Latte Macchiato" in two
    assert "WENIGER" in three and "Latte" not in three
    assert "STORNO" in four and "1 × Espresso" in four
    with pytest.raises(RegisterError) as refused:
        kitchen.send(till, CASHIER, basket(till))
    assert refused.value.code == "nothing"
    assert verify.examine().findings == []


def test_a_wish_goes_to_the_kitchen_and_on_no_receipt(till: Till, stations: dict[str, Station]) -> None:
    (rung,) = ring(till, ROLL)
    noted = selling.run(till, CASHIER, [command(till, "wish", line=rung.line_id, wish="ohne Zwiebeln, scharf")])
    assert [one.ok for one in noted] == [True]
    ring(till, ROLL)  # another one, without the wish: a line of its own
    state = queries.current(till)
    assert [(one.quantity, one.wish) for one in state.basket.lines] == [(1000, "ohne Zwiebeln, scharf"), (1000, "")]
    kitchen.send(till, CASHIER, state.id)
    (slip,) = stations["Küche"].texts()
    assert slip.index("1 × Mohnschnecke") < slip.index("> ohne Zwiebeln, scharf") < slip.rindex("1 × Mohnschnecke")
    assert wishes.lately(till, 8) == ["ohne Zwiebeln, scharf"]
    selling.run(till, CASHIER, [command(till, "wish", line=rung.line_id, wish="")])
    kitchen.send(till, CASHIER, state.id)
    again = stations["Küche"].texts()[1]
    assert again.index("STORNO") < again.index("> ohne Zwiebeln, scharf") < again.rindex("1 × Mohnschnecke")
    selling.run(till, CASHIER, [command(till, "wish", line=rung.line_id, wish="zum Mitnehmen verpackt")])
    pay_cash(till)
    (body,) = Journal.objects.filter(kind="receipt_recorded").values_list("body", flat=True)
    assert "Mohnschnecke" in body and "verpackt" not in body
    assert verify.examine().findings == []


def test_a_wish_for_one_piece_parts_it_from_the_line_and_a_repeated_request_does_nothing(
    till: Till, stations: dict[str, Station]
) -> None:
    (rung, _, _) = ring(till, ROLL, ROLL, ROLL)
    kitchen.send(till, CASHIER, basket(till))
    wish = command(till, "wish", line=rung.line_id, wish="warm", one=True)
    for _ in range(2):
        assert [one.ok for one in selling.run(till, CASHIER, [wish])] == [True]
    lines = queries.current(till).basket.lines
    assert [(one.id, one.quantity, one.wish) for one in lines] == [
        (rung.line_id, 2000, ""), (wish["id"], 1000, "warm"),
    ]  # fmt: skip
    kitchen.send(till, CASHIER, basket(till))
    slip = stations["Küche"].texts()[1]
    assert slip.index("WENIGER") < slip.index("1 × Mohnschnecke") < slip.index("> warm")
    pay_cash(till)
    assert verify.examine().findings == []


def test_a_wish_that_cannot_be_is_refused_with_a_sentence(till: Till) -> None:
    (rung,) = ring(till, ROLL)
    for wish, code in (("x" * 61, "text_too_long"), ("", "nothing")):
        (refused,) = selling.run(till, CASHIER, [command(till, "wish", line=rung.line_id, wish=wish)])
        assert (refused.ok, refused.code) == (False, code)
    (refused,) = selling.run(till, CASHIER, [command(till, "wish", line="0" * 32, wish="warm")])
    assert (refused.ok, refused.code) == (False, "unknown_line")


def test_paying_sends_the_rest_and_only_once(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ESPRESSO)
    kitchen.send(till, CASHIER, basket(till))
    ring(till, ESPRESSO, ROLL)
    pay_cash(till)
    assert [len(stations[name].texts()) for name in ("Bar", "Küche")] == [2, 1]
    assert "DAZU" in stations["Bar"].texts()[1]
    assert verify.examine().findings == []


def test_giving_up_tells_the_kitchen(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ROLL, ROLL)
    kitchen.send(till, CASHIER, basket(till))
    selling.run(till, CASHIER, [command(till, "discard")])
    texts = stations["Küche"].texts()
    assert "STORNO" in texts[1] and "2 × Mohnschnecke" in texts[1]
    assert StationLine.objects.filter(quantity__gt=0).count() == 0


def test_a_basket_never_sent_and_given_up_prints_nothing(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ROLL)
    selling.run(till, CASHIER, [command(till, "discard")])
    assert stations["Küche"].texts() == []


def test_another_table_is_told(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ROLL)
    wanted = basket(till)
    selling.run(till, CASHIER, [command(till, "park", label="Tisch 4")])
    kitchen.send(till, CASHIER, wanted)
    selling.run(till, CASHIER, [command(till, "recall", basket=wanted), command(till, "park", label="Tisch 7")])
    (slip,) = kitchen.send(till, CASHIER, wanted)
    assert (slip.moved_from, slip.label, slip.changes) == ("Tisch 4", "Tisch 7", ())
    assert "Umgezogen von Tisch 4" in stations["Küche"].texts()[1]
    with pytest.raises(RegisterError):
        kitchen.send(till, CASHIER, wanted)


def test_the_key_is_a_command_that_may_be_repeated(till: Till, stations: dict[str, Station]) -> None:
    key = command(till, "send")
    article = command(till, "article", article=ROLL)
    assert [one.ok for one in selling.run(till, CASHIER, [article, key])] == [True, True]
    assert selling.run(till, CASHIER, [key])[0].code == "replay"
    (again,) = selling.run(till, CASHIER, [command(till, "send")])
    assert (again.ok, again.code) == (False, "nothing")
    assert len(stations["Küche"].texts()) == 1


def test_take_away_and_a_change_of_mind(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ROLL)
    kitchen.send(till, CASHIER, basket(till))
    selling.run(till, CASHIER, [command(till, "in_house", value=False)])
    kitchen.send(till, CASHIER, basket(till))
    text = stations["Küche"].texts()[1]
    assert text.index("STORNO") < text.index("außer Haus")


def test_a_station_without_printer_prints_at_the_till(till: Till, stations: dict[str, Station], tmp_path: Path) -> None:
    route(till, BREAD, "Grill")
    assert kitchen.routes(till) == {COFFEE: "Bar"}
    spare = Station("Bon", tmp_path)
    till.printer = spare.spool
    try:
        ring(till, ROLL)
        kitchen.send(till, CASHIER, basket(till))
        assert "GRILL" in spare.texts()[0]
    finally:
        till.printer = None
        spare.close()


def test_without_stations_nothing_is_asked(till: Till, django_assert_num_queries: Any) -> None:
    ring(till, ROLL)
    with django_assert_num_queries(0):
        assert kitchen.unsent(till, basket_id := "x" * 32, ()) == 0
        assert basket_id
    with pytest.raises(RegisterError):
        kitchen.send(till, CASHIER, basket(till))


def test_a_full_disk_stops_the_slip_but_no_sale(
    till: Till, stations: dict[str, Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_job_id: str, _what: Any) -> None:
        raise spool.SpoolError("full")

    monkeypatch.setattr(stations["Küche"].spool, "add", full)
    ring(till, ROLL)
    with pytest.raises(RegisterError) as refused:
        kitchen.send(till, CASHIER, basket(till))
    assert refused.value.code == "storage"
    assert StationLine.objects.count() == 0
    assert pay_cash(till).issued


def test_another_printer_is_chosen_by_hand(till: Till, stations: dict[str, Station]) -> None:
    stations["Küche"].twin.set(paper_out=True)
    ring(till, ROLL)
    kitchen.send(till, CASHIER, basket(till))
    eventually(lambda: [job.state for job in stations["Küche"].spool.jobs()] == ["held"])
    (job,) = stations["Küche"].spool.jobs()
    printing.hand_over(till, MANAGER, job.id, "Bar")
    assert "Ersatz: Küche druckt nicht" in stations["Bar"].texts()[0]
    assert stations["Küche"].spool.jobs() == []
    assert Journal.objects.filter(kind="print_moved").count() == 1
    with pytest.raises(RegisterError):
        printing.hand_over(till, MANAGER, job.id, "Nirgends")


def test_what_is_dropped_is_written_down(till: Till, stations: dict[str, Station]) -> None:
    stations["Küche"].twin.set(paper_out=True)
    ring(till, ROLL)
    kitchen.send(till, CASHIER, basket(till))
    (job,) = stations["Küche"].spool.jobs()
    eventually(lambda: [one.state for one in stations["Küche"].spool.jobs()] == ["held"])
    printing.drop(till, CASHIER, job.id)
    printing.drop(till, CASHIER, job.id)
    assert stations["Küche"].spool.jobs() == []
    assert Journal.objects.filter(kind="print_dropped").count() == 1


def test_the_test_page_comes_out_where_it_should(till: Till, stations: dict[str, Station]) -> None:
    printing.print_test(till, "Küche")
    assert "Testseite" in stations["Küche"].texts()[0].title()
    assert stations["Bar"].texts() == []


def test_a_secured_order_prints_its_slip(till: Till, stations: dict[str, Station]) -> None:
    ring(till, ROLL)
    wanted = basket(till)
    ordering.order(till, CASHIER, wanted, till.new_id(), "Tisch 4")
    selling.run(till, CASHIER, [command(till, "recall", basket=wanted), command(till, "article", article=ROLL)])
    ordering.order(till, CASHIER, wanted, till.new_id(), "Tisch 4")
    first, second = stations["Küche"].texts()
    assert "Tisch 4" in first and "1 × Mohnschnecke" in first
    assert "DAZU" in second
    selling.run(till, CASHIER, [command(till, "recall", basket=wanted), command(till, "discard")])
    assert "STORNO" in stations["Küche"].texts()[2]
    assert len(stations["Küche"].texts()) == 3
    assert verify.examine().findings == []


def test_practice_disturbs_no_kitchen(till: Till, stations: dict[str, Station]) -> None:
    training.switch(till, MANAGER, True)
    ring(till, ROLL)
    with pytest.raises(RegisterError) as refused:
        kitchen.send(till, CASHIER, basket(till))
    assert refused.value.code == "training"
    pay_cash(till)
    assert stations["Küche"].texts() == []
