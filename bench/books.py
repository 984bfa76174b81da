"""A register to measure, in this process: Django over a folder of ours, a till on a virtual TSE, a catalogue, sales.

Django keeps one database a process, so everything that needs two files talks to two `bench.worker` processes.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.staff.actor import Actor
    from smartecr.tse.virtual import Faults

GROUPS = 10
LINES = 5
PIN = "4711"
PERSON = f"{1:032x}"


def prepare(folder: Path, database: str = "") -> None:
    """Bring Django up over `folder` (or the `database` at a URL) and the database up to date; once a process."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["SMARTECR_DATA"] = str(folder)
    os.environ["DATABASE_URL"] = database
    from smartecr.server import boot

    boot.setup()
    boot.migrate()


def open_till(folder: Path, curve: str = "secp256r1", faults: Faults | None = None) -> Till:
    """Return a till whose identity and virtual TSE lie in `folder`; the caller closes `till.tse`."""
    from smartecr.server import wiring
    from smartecr.tse.virtual import open_demo

    till = wiring.build_till(
        folder, open_device=lambda: open_demo(folder / "tse", time.time, curve=curve, faults=faults)
    )
    till.tse.info()
    return till


def owner() -> Actor:
    """Return somebody who may do everything."""
    from smartecr.staff.actor import Actor

    return Actor(PERSON, "Christine", "owner")


def open_shop(till: Till) -> None:
    """Save shop, register and somebody who can log in, if there is none yet."""
    from smartecr.register.shop import masterdata
    from smartecr.staff import people
    from smartecr.staff.models import Person

    address = {"street": "Lindenweg 1", "postcode": "10115", "city": "Berlin", "country": "DEU"}
    masterdata.save_shop(till, owner(), {"name": "Messladen", **address, "tax_number": "99/815/08150"})
    masterdata.save_register(till, owner(), "Kasse 1")
    if not Person.objects.filter(id=PERSON).exists():
        people.create(person_id=PERSON, name="Christine", role="owner", pin=PIN, documented_pin=True)


_FIRST = ("Apfel", "Birnen", "Käse", "Roggen", "Milch", "Wurst", "Kirsch", "Mineral", "Bio", "Mohn", "Nuss", "Honig")
_SECOND = (
    "saft",
    "brot",
    "kuchen",
    "wasser",
    "schnecke",
    "tasche",
    "riegel",
    "creme",
    "tee",
    "essig",
    "öl",
    "brötchen",
)
_THIRD = ("klein", "groß", "Glas", "Dose", "Karton", "hell", "dunkel", "frisch", "mild", "würzig", "rot", "weiß")


def article_id(number: int) -> str:
    """Return the id of the article with this number (from 1)."""
    return f"{0xA000_0000_0000 + number:012x}70008000{number:012x}"


def code(number: int) -> str:
    """Return the GTIN-13 of the article with this number."""
    digits = f"40{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def name(number: int) -> str:
    """Return the name of the article with this number: three words and the number."""
    first, second, third = _FIRST[number % 12], _SECOND[number // 12 % 12], _THIRD[number // 144 % 12]
    return f"{first}{second} {third} {number}"


def fill_catalogue(count: int) -> None:
    """Write `count` articles with one code each and their search index, straight into the tables."""
    from django.db import transaction

    from smartecr.catalog import search
    from smartecr.catalog.models import Article, Barcode, Group

    with transaction.atomic():
        Group.objects.bulk_create(
            Group(
                id=f"{0x60 + place:032x}", name=f"Gruppe {place + 1}", icon="coffee", hue=place * 36,
                position=place + 1, vat_key_in=1 + place % 2, vat_key_out=1 + place % 2, active=True,
            )
            for place in range(GROUPS)
        )  # fmt: skip
        for begin in range(1, count + 1, 5000):
            numbers = range(begin, min(begin + 5000, count + 1))
            Article.objects.bulk_create(_article(number) for number in numbers)
            Barcode.objects.bulk_create(
                Barcode(code=code(number), article_id=article_id(number), quantity=1000) for number in numbers
            )
    search.rebuild()


def _article(number: int) -> Any:
    from smartecr.catalog.models import Article

    group = number % GROUPS
    return Article(
        id=article_id(number), number=str(number), name=name(number), group_id=f"{0x60 + group:032x}",
        vat_key_in=1 + group % 2, vat_key_out=1 + group % 2, price_cents=50 + number * 37 % 2000, open_price=False,
        unit="", favourite_position=number if number <= 20 else None, position=number, sold_out=False, age=0,
        deposit_article=None, gv_typ="Umsatz", icon="", picture="", active=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sale:
    """Where the time of one sale went, in milliseconds; `total` is the sum of the first four.

    lines: the batch of commands until it is durable · intent: pricing and the durable receipt ·
    signing: waiting for the TSE's finish · result: the durable signature and the receipt read back ·
    start: the TSE's start, overlapped · cpu: user and system time of the process.
    """

    lines: float
    intent: float
    signing: float
    result: float
    start: float
    cpu: float

    @property
    def total(self) -> float:
        """Return the milliseconds of the whole sale."""
        return self.lines + self.intent + self.signing + self.result


class _Watch:
    """Stands before the TSE service and notes when start and finish were asked for and answered."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self.times: dict[str, float] = {}

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._service, attribute)

    def start(self, *arguments: Any, **named: Any) -> Any:
        """Ask for a start."""
        return self._note("start", lambda: self._service.start(*arguments, **named))

    def finish(self, *arguments: Any, **named: Any) -> Any:
        """Ask for a finish."""
        return self._note("finish", lambda: self._service.finish(*arguments, **named))

    def _note(self, word: str, ask: Callable[[], Any]) -> Any:
        self.times[f"{word} asked"] = time.perf_counter()
        future = ask()
        future.add_done_callback(lambda _: self.times.__setitem__(f"{word} answered", time.perf_counter()))
        return future


class Seller:
    """Sells five articles and takes cash, again and again, through the use cases the screens call.

    `folder` is the data folder; with `one_by_one` every line is a batch of its own, as when a person taps.
    """

    def __init__(self, till: Till, folder: Path, articles: int, seed: int = 1, *, one_by_one: bool = False) -> None:
        self._till = till
        self._watch = _Watch(till.tse)
        till.tse = self._watch  # type: ignore[assignment]
        self._file = f"file:{folder / 'smartecr.sqlite3'}?mode=ro"
        self._books = sqlite3.connect(self._file, uri=True)
        self._articles = articles
        self._random = random.Random(seed)
        self._actor = owner()
        self._one_by_one = one_by_one

    def sell(self, pause: Callable[[], object] = lambda: None) -> Sale:
        """Complete one sale; raises AssertionError when it was refused or is not signed.

        `pause` passes between the last line and the payment and is not counted. The basket's id, which a screen gets
        with its answer, is read on a connection of our own outside the time taken.
        """
        from smartecr.core.receipt import Payment
        from smartecr.register.sale import paying, selling

        till, actor, times = self._till, self._actor, self._watch.times
        batch = self._batch()
        receipt_id, given = till.new_id(), [Payment(kind="Bar", cents=50_000)]
        cpu = time.process_time()
        begin = time.perf_counter()
        outcomes = [one for part in batch for one in selling.run(till, actor, part)]
        rung, idle = time.perf_counter(), time.thread_time()
        basket_id = self._basket_id()
        pause()
        asked, idle = time.perf_counter(), time.thread_time() - idle
        receipt = paying.pay(till, actor, basket_id, receipt_id, given)
        end = time.perf_counter()
        cpu = time.process_time() - cpu - idle
        assert all(outcome.ok for outcome in outcomes), outcomes
        assert receipt.signed and len(receipt.content.lines) == LINES, receipt
        finish, finished = times["finish asked"], times["finish answered"]
        start = times["start answered"] - times["start asked"]
        return Sale(
            *(1000 * span for span in (rung - begin, finish - asked, finished - finish, end - finished, start, cpu))
        )

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """Let go of the database for the block and yield its file: nobody else in this process has it open then."""
        from django.db import connection

        connection.close()
        self._books.close()
        yield Path(str(connection.settings_dict["NAME"]))
        self._books = sqlite3.connect(self._file, uri=True)

    def _batch(self) -> list[list[dict[str, Any]]]:
        commands: list[dict[str, Any]] = [
            {
                "id": self._till.new_id(),
                "do": "article",
                "article": article_id(number),
                "quantity": 1000 * (1 + number % 3),
            }
            for number in self._random.sample(range(1, self._articles + 1), LINES)
        ]
        return [[one] for one in commands] if self._one_by_one else [commands]

    def _basket_id(self) -> str:
        sql = "SELECT id FROM register_basket WHERE register_id = ? AND state = 'open'"
        return str(self._books.execute(sql, [self._till.register_id]).fetchone()[0])
