"""Books with every business case and real signatures, and exports taken apart to plant errors in them."""

from __future__ import annotations

import csv
import io
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smartecr.core.vat import name as vat_name
from smartecr.core.vat import rate_on, slot, split_gross
from smartecr.fiscal import process_data
from smartecr.fiscal.dsfinvk.records import (
    Address,
    Agency,
    Closing,
    Company,
    Device,
    Line,
    Location,
    MasterData,
    Part,
    Payment,
    Pricing,
    Receipt,
    Reference,
    Tse,
    TseTransaction,
    VatAmount,
)
from smartecr.fiscal.dsfinvk.writer import write
from smartecr.tse import log_message
from smartecr.tse.algorithms import BY_NAME

ALGORITHM = "ecdsa-plain-SHA256"
BEGIN = int(datetime(2026, 11, 2, 7, 0, tzinfo=UTC).timestamp())
DAY = datetime(2026, 11, 2, tzinfo=UTC).date()
ADDRESS = Address(street="Weg 1", postcode="10115", city="Berlin")
RATES = tuple((key, rate_on(key, DAY), vat_name(key)) for key in (1, 2, 5, 6, 7))


@lru_cache
def _identity() -> tuple[ec.EllipticCurvePrivateKey, bytes, bytes]:
    """Return a key, its point and its self-signed certificate."""
    key = ec.derive_private_key(20261102, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Prüfling")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2033, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key, point, certificate.public_bytes(Encoding.DER)


def tse() -> Tse:
    _, point, certificate = _identity()
    return Tse(
        id=1,
        serial=sha256(point).hexdigest(),
        algorithm=ALGORITHM,
        time_format="unixTime",
        public_key=b64encode(point).decode(),
        certificate=b64encode(certificate).decode(),
    )


def master(**changes: object) -> MasterData:
    data = MasterData(
        company=Company(name="Beispiel GmbH", address=ADDRESS, tax_number="30/123/45678"),
        location=Location(name="Gasthaus & Laden", address=ADDRESS),
        register=Device(id="K1", serial="smartecr-K1", brand="smartECR", software="smartECR", software_version="1"),
        rates=RATES,
        tses=(tse(),),
    )
    return replace(data, **changes)  # type: ignore[arg-type]


def amount(gross: int, key: int) -> VatAmount:
    return VatAmount(key, gross, *split_gross(gross, rate_on(key, DAY)))


def line(case: str, gross: int, key: int, text: str = "", quantity: int | None = 1000, **more: object) -> Line:
    price = None if quantity is None else gross * 1000 // quantity
    return Line(text or case, case, (amount(gross, key),), quantity, price, **more)  # type: ignore[arg-type]


class Till:
    """Makes receipts one after another: numbers, times, sums and signatures follow from what is sold."""

    def __init__(self, client: str = "smartecr-K1", sign: bool = True) -> None:
        self.now = BEGIN
        self.number = 0
        self.counter = 1
        self.transaction = 0
        self.z_number = 0
        self.signs = sign
        self._client = client

    def receipt(
        self,
        lines: Iterable[Line],
        payments: Iterable[Payment],
        *,
        vat: tuple[VatAmount, ...] | None = None,
        total: int | None = None,
        error: str = "",
        **more: object,
    ) -> Receipt:
        self.number += 1
        self.now += 60
        lines, payments = tuple(lines), tuple(payments)
        counted = [one for row in lines if not row.voided for one in row.vat]
        if vat is None:
            keys = sorted({one.vat_key for one in counted})
            vat = tuple(amount(sum(one.gross for one in counted if one.vat_key == key), key) for key in keys)
        receipt = Receipt(
            id=str(self.number),
            number=self.number,
            start=self.now - 20,
            end=self.now,
            operator_id="7",
            operator_name="Anna",
            total=sum(one.gross for one in vat) if total is None else total,
            lines=lines,
            vat=vat,
            payments=payments,
            tse=(),
            **more,  # type: ignore[arg-type]
        )
        return receipt._replace(tse=(self._secure(receipt, error),))

    def _secure(self, receipt: Receipt, error: str) -> TseTransaction:
        if error:
            return TseTransaction(tse_id=1, error=error)
        slots = [0, 0, 0, 0, 0]
        for one in receipt.vat:
            slots[slot(one.vat_key)] += one.gross
        sums: dict[tuple[bool, str], int] = {}
        for paid in receipt.payments:
            cash = paid.kind == "Bar"
            cents = paid.cents if paid.foreign_cents is None else paid.foreign_cents
            sums[cash, paid.currency] = sums.get((cash, paid.currency), 0) + cents
        ordered = sorted(sums.items(), key=lambda row: (not row[0][0], row[0][1] != "EUR", row[0][1]))
        payments = [process_data.PaidSum(cash=c, cents=cents, currency=cur) for (c, cur), cents in ordered if cents]
        data = process_data.Kassenbeleg(type=receipt.type, slots=tuple(slots), payments=tuple(payments)).text()  # type: ignore[arg-type]
        return self.signed("Kassenbeleg-V1", data, receipt.start, receipt.end)

    def signed(self, kind: str, data: str, start: int, end: int) -> TseTransaction:
        key, point, _ = _identity()
        self.counter += 2
        self.transaction += 1
        signature = b"\0" * 64
        if self.signs:
            encoder = log_message.Encoder(sha256(point).digest(), BY_NAME[ALGORITHM], "unixTime")
            place = (self.transaction, self.counter, end)
            message = encoder.transaction(log_message.FINISH, self._client, data.encode(), kind, *place)
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        encoded = b64encode(signature).decode()
        return TseTransaction(1, self.transaction, start, end, kind, self.counter, encoded, data)

    def close(self, **changes: object) -> Closing:
        self.z_number += 1
        self.now += 600
        closing = Closing(number=self.z_number, created=self.now, master=master(**changes))
        self.now += int(timedelta(hours=10).total_seconds())
        return closing


CASH = "Bar"
NOTHING = Payment("Keine", 0)


def every_case(till: Till) -> list[Receipt]:
    """A day with every business case a register knows."""
    made: list[Receipt] = []

    def sell(*args: object, **more: object) -> Receipt:
        made.append(till.receipt(*args, **more))  # type: ignore[arg-type]
        return made[-1]

    sell([line("Anfangsbestand", 20000, 5, quantity=None)], [Payment(CASH, 20000)])
    pasta = line("Umsatz", 1290, 2, 'Pasta "al; forno"', article_number="112", group_id="F1", in_house=True)
    sale = sell(
        [line("Umsatz", 840, 1, "Cola 0,4 l", 2000, article_number="301", gtin="4000000000017"), pasta],
        [Payment("ECKarte", 2130, "girocard")],
        groups=("Tisch 10",),
    )
    sell(
        [
            line("Umsatz", 2000, 2),
            line("Umsatz", 1000, 1),
            Line("Rabatt 10 %", "Rabatt", (amount(-200, 2), amount(-100, 1))),
            line("Pfand", 25, 1),
            line("Umsatz", 777, 1, "vertippt", voided=True),
        ],
        [Payment(CASH, 2725)],
    )
    sell([line("PfandRueckzahlung", -25, 1)], [Payment(CASH, -25)])
    weighed = Line("Käse", "Umsatz", (amount(667, 2),), 2000, 500, "9", unit="kg", factor=1500)
    menu = Line(
        "Menü",
        "Umsatz",
        (amount(900, 2), amount(300, 1)),
        1000,
        1200,
        parts=(Part("1", "Suppe", amount(900, 2)), Part("2", "Bier", amount(300, 1))),
    )
    cut = line("Umsatz", 450, 1, pricing=(Pricing("base_amount", amount(500, 1)), Pricing("discount", amount(-50, 1))))
    sell([weighed, menu, cut], [Payment(CASH, 1317), Payment("Kreditkarte", 1000, "Visa")])
    tip = [line("Umsatz", 4000, 2), line("Umsatz", 800, 1), line("TrinkgeldAN", 400, 5), line("TrinkgeldAG", 100, 1)]
    sell(tip, [Payment("ECKarte", 5300)])
    sell([line("TrinkgeldAN", -400, 5)], [Payment(CASH, -400)])
    sell([line("MehrzweckgutscheinKauf", 5000, 5, voucher="M1")], [Payment(CASH, 5000)])
    sell([line("EinzweckgutscheinKauf", 5000, 1, voucher="E1")], [Payment(CASH, 5000)])
    sell([line("Umsatz", 5000, 1), line("MehrzweckgutscheinEinloesung", -5000, 5, voucher="M1")], [NOTHING])
    sell([line("Umsatz", 5000, 1), line("EinzweckgutscheinEinloesung", -5000, 1, voucher="E1")], [NOTHING])
    deposit = sell([line("Anzahlungseinstellung", 30000, 1)], [Payment("Kreditkarte", 30000)])
    settled = [line("Umsatz", 250000, 1), line("Anzahlungsaufloesung", -30000, 1)]
    sell(settled, [Payment(CASH, 220000)], references=(_to(deposit, till),))
    credit = [line("Umsatz", 1300, 1), line("Umsatz", 1000, 2), line("Forderungsentstehung", -2300, 7)]
    owed = sell(credit, [NOTHING])
    sell([line("Forderungsaufloesung", 2300, 7)], [Payment(CASH, 2300)], references=(_to(owed, till),))
    back = pasta._replace(quantity=-1000, vat=(amount(-1290, 2),))
    sell([back], [Payment("ECKarte", -1290, "girocard")], references=(_to(sale, till),), void=True, note="kalt")
    sell([line("Umsatz", 1000, 2)], [Payment(CASH, 1400, currency="USD", foreign_cents=1500), Payment(CASH, -400)])
    sell([line("Privateinlage", 100000, 5, quantity=None)], [Payment(CASH, 100000)])
    sell([line("Privatentnahme", -3000, 5, quantity=None)], [Payment(CASH, -3000)], note="Kino Kinder")
    sell([line("Einzahlung", 500, 5, quantity=None, case_name="Fund")], [Payment(CASH, 500)])
    sell([line("Auszahlung", -199, 5, quantity=None, case_name="Milch")], [Payment(CASH, -199)])
    sell([line("Umsatz", 500, 1), line("Umsatz", 300, 2)], [], type="AVTraining")
    sell([line("Umsatz", 500, 1)], [], type="AVBelegabbruch", vat=(), total=0)
    sell([line("Umsatz", 620, 2)], [Payment("Keine", 0)], error="TSE nicht erreichbar")
    made[-1] = till_outage(made[-1])
    made.append(_order(till))
    made.append(_note(till))
    sell([line("DifferenzSollIst", -87, 5, quantity=None)], [Payment(CASH, -87)], note="verzählt")
    sell([line("Geldtransit", -100000, 5, quantity=None)], [Payment(CASH, -100000)])
    return made


def till_outage(receipt: Receipt) -> Receipt:
    """The sale during an outage was paid in cash."""
    return receipt._replace(payments=(Payment(CASH, receipt.total),))


def _to(receipt: Receipt, till: Till) -> Reference:
    return Reference(receipt.id, register_id="K1", closing=till.z_number + 1, ended=receipt.end)


def _order(till: Till) -> Receipt:
    order = till.receipt([line("Umsatz", 840, 1, "Cola 0,4 l", 2000)], [], type="AVBestellung", total=0, error="x")
    data = '2;"Cola 0,4 l";4.20'
    return order._replace(tse=(till.signed("Bestellung-V1", data, order.start, order.end),), groups=("Tisch 10",))


def _note(till: Till) -> Receipt:
    return till.receipt([], [], type="AVSonstige", name="Anmeldung", error="x")._replace(tse=())


def books(days: int = 2, *, sign: bool = True, till: Till | None = None) -> Iterator[tuple[Closing, list[Receipt]]]:
    """Some days with every business case."""
    till = till or Till(sign=sign)
    for _ in range(days):
        receipts = every_case(till)
        yield till.close(agencies=(Agency(id=1, name="Verlag", address=ADDRESS),)), receipts


def export(path: Path, days: int = 2, *, sign: bool = True) -> Path:
    """Write an export of such days."""
    write(path, books(days, sign=sign), at=datetime(2026, 11, 30, tzinfo=UTC), supplier="Beispiel GmbH")
    return path


Tables = dict[str, list[list[str]]]


def taken_apart(path: Path) -> tuple[Tables, dict[str, bytes]]:
    """Return the rows of each CSV file (header first) and the other files."""
    tables: Tables = {}
    others = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(".csv"):
                tables[name] = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";"))
            else:
                others[name] = data
    return tables, others


def put_together(
    path: Path, tables: Tables, others: dict[str, bytes], *, delimiter: str = ";", encoding: str = "utf-8"
) -> Path:
    """Write files into a folder the way another maker might."""
    path.mkdir(exist_ok=True)
    for name, rows in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        (path / name).write_bytes(text.getvalue().encode(encoding))
    for name, data in others.items():
        (path / name).write_bytes(data)
    return path
