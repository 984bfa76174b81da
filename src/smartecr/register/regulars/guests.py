"""Customers: enrolled, changed, found, forgotten.

Personal data lie in one row beside the books; the journal keeps a seal of them (`customers.people`, ADR 0007). Erasing
the row and its key leaves receipts, points and the chain as they are, and nobody in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from smartecr.core.records import dataclass
from smartecr.core.vouchers import shown
from smartecr.customers import codes, people
from smartecr.customers.consent import CURRENT
from smartecr.customers.errors import CardError
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import Writer, writing
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.sql import clear_log, fetch, shred, write
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

UNKNOWN = "Diese Kundenkarte gibt es hier nicht."
KEEP_YEARS = 3
"""Whoever did not come for so long (whole calendar years) is proposed to be forgotten."""

_NEAR = 0.75
_MOST_COMPARED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A customer with what is personal; erased ones have no name. `price_level` is the group's."""

    id: str
    number: str
    secret: str
    group_id: str
    group: str
    price_level: int
    since: str
    name: str
    phone: str
    mail: str
    birthday: str
    note: str

    @property
    def code(self) -> str:
        """Return the text of the card's QR code."""
        return codes.code(codes.CUSTOMER, self.number, self.secret)


_SELECT = (
    "SELECT c.id, c.number, c.secret, c.group_id, coalesce(g.name, '') AS \"group\", "
    "coalesce(g.price_level, 1) AS price_level, c.since, coalesce(p.name, '') AS name, coalesce(p.phone, '') AS phone, "
    "coalesce(p.mail, '') AS mail, coalesce(p.birthday, '') AS birthday, coalesce(p.note, '') AS note "
    "FROM customers_customer c LEFT JOIN customers_person p ON p.customer_id = c.id "
    "LEFT JOIN customers_group g ON g.id = c.group_id "
)


def _read(where: str, arguments: Sequence[Any]) -> list[Guest]:
    return [Guest(**row) for row in fetch(_SELECT + where, arguments)]


def find(customer_id: str) -> Guest | None:
    """Return the customer with this id, or None."""
    found = _read("WHERE c.id = %s", [customer_id])
    return found[0] if found else None


def by_code(text: str) -> Guest:
    """Return the customer whose card this is. Raises RegisterError("code", "unknown", "old")."""
    try:
        number, secret = codes.read(text, codes.CUSTOMER)
    except CardError as error:
        raise RegisterError(error.code, error.message, error.next_step) from error
    found = _read("WHERE c.number = %s", [number])
    if not found or not found[0].secret:
        raise RegisterError("unknown", UNKNOWN, "Nach dem Namen suchen oder neu anlegen.")
    if not codes.same(found[0].secret, secret):
        raise RegisterError("old", "Diese Karte wurde durch eine neue ersetzt.", "Nach dem Namen suchen.")
    return found[0]


def search(text: str, limit: int = 20) -> list[Guest]:
    """Return customers by name (as it sounds, with a slip of the pen), number, telephone; newest for an empty text."""
    text = text.strip()
    if not text:
        return _read("WHERE c.digest <> '' ORDER BY c.since DESC, c.id DESC LIMIT %s", [limit])
    number = "".join(character for character in text.upper() if character in codes.ALPHABET)
    phone = people.digits(text)
    if len(phone) >= 4 and not any(character.isalpha() for character in text):
        return _read("WHERE p.digits LIKE %s OR c.number = %s LIMIT %s", [f"%{phone}%", number, limit])
    words = people.folded(text).split()
    where = " AND ".join(["p.folded LIKE %s"] * len(words)) or "1 = 0"
    found = _read(
        f"WHERE c.digest <> '' AND (({where}) OR c.number = %s) ORDER BY p.name LIMIT %s",
        [*(f"% {word}%" for word in words), number, limit],
    )
    return found or _near(" ".join(words), limit)


def _near(wanted: str, limit: int) -> list[Guest]:
    """Return those whose name is nearly what was typed, nearest first."""
    rows = fetch("SELECT customer_id, folded FROM customers_person LIMIT %s", [_MOST_COMPARED])
    rated = [(SequenceMatcher(None, wanted, row["folded"].strip()).ratio(), row["customer_id"]) for row in rows]
    best = sorted((one for one in rated if one[0] >= _NEAR), reverse=True)[:limit]
    return [guest for _rate, key in best if (guest := find(key)) is not None]


def after(customer_id: str, limit: int) -> list[Guest]:
    """Return customers who were not forgotten by id, those behind `customer_id` first."""
    return _read("WHERE c.digest <> '' AND c.id > %s ORDER BY c.id LIMIT %s", [customer_id, limit])


def save(
    till: Till, actor: Actor, customer_id: str, values: Mapping[str, str], group_id: str = "", *, agreed: bool = True
) -> Guest:
    """Enrol a customer or change one; `values` are the fields of `people.FIELDS`.

    Raises CardError for a field that cannot be kept, RegisterError("consent") when a new customer did not agree,
    ("gone") for one already erased.
    """
    person = people.checked(values)
    with writing(till, actor) as writer:
        known = find(customer_id)
        if known is None and not agreed:
            raise RegisterError("consent", "Ohne Einwilligung gibt es keine Karte.", "Den Text vorlesen und fragen.")
        if known is not None and not known.secret:
            raise RegisterError("gone", "Diese Daten sind gelöscht.", "Die Person neu anlegen.")
        if person["birthday"] > writer.business_day:
            raise CardError("birthday", "Dieser Tag liegt in der Zukunft.", "Das Jahr prüfen.")
        if known is None:
            number, secret = _fresh(till)
            row = {"id": customer_id, "number": number, "secret": secret, "since": writer.business_day}
        else:
            row = {name: getattr(known, name) for name in ("id", "number", "secret", "since")}
        key = till.random_bytes(people.KEY_BYTES).hex()
        customer = {**row, "group_id": group_id, "digest": people.seal(key, person)}
        consent = {"consent": {"version": CURRENT, "given": True}} if known is None else {}
        writer.append("customer_saved", {"customer": customer, **consent})
        _keep(customer_id, key, person)
    return _found(customer_id)


def _keep(customer_id: str, key: str, person: Mapping[str, str]) -> None:
    """Write the personal row: the one table that is not written by the projection, because it must be erasable."""
    shred()
    write("DELETE FROM customers_person WHERE customer_id = %s", [customer_id])
    row = {
        "customer_id": customer_id, "key": key, **person,
        "folded": people.folded(person["name"])[:200], "digits": people.digits(person["phone"]),
    }  # fmt: skip
    marks = ", ".join(["%s"] * len(row))
    write(f"INSERT INTO customers_person ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608


def _fresh(till: Till) -> tuple[str, str]:
    number, secret = codes.fresh(till.random_bytes(codes.RANDOM_BYTES))
    return _fresh(till) if _read("WHERE c.number = %s", [number]) else (number, secret)


def _found(customer_id: str) -> Guest:
    found = find(customer_id)
    if found is None:
        raise RegisterError("unknown", UNKNOWN)
    return found


def new_card(till: Till, actor: Actor, customer_id: str) -> Guest:
    """Issue the card anew: the number stays, the code changes, the card before is refused."""
    with writing(till, actor) as writer:
        known = _found(customer_id)
        if not known.secret:
            raise RegisterError("gone", "Diese Daten sind gelöscht.", "Die Person neu anlegen.")
        _number, secret = _fresh(till)
        (row,) = fetch("SELECT * FROM customers_customer WHERE id = %s", [customer_id])
        writer.append("customer_saved", {"customer": {**row, "secret": secret}})
    return _found(customer_id)


def erase(till: Till, actor: Actor, customer_id: str, approver: Actor | None = None) -> None:
    """Forget who a customer is (Art. 17 DSGVO); receipts and the chain stay, the card is worthless.

    Raises RegisterError("unknown", "right").
    """
    note = require(actor, approver, Right.CUSTOMERS)
    with writing(till, actor) as writer:
        _found(customer_id)
        _forget(writer, customer_id, note)
    clear_log()


def erase_overdue(till: Till, actor: Actor) -> int:
    """Forget everybody whose time is up (`overdue`); return how many they were. Raises RegisterError("right")."""
    note = require(actor, None, Right.CUSTOMERS)
    with writing(till, actor) as writer:
        late = overdue(writer.business_day)
        for guest, _last in late:
            _forget(writer, guest.id, {**note, "retention": KEEP_YEARS})
    clear_log()
    return len(late)


def _forget(writer: Writer, customer_id: str, note: Mapping[str, Any]) -> None:
    """Erase the personal row and its key, down to the disk; consent ends with it."""
    consent = {"version": CURRENT, "given": False}
    writer.append("customer_erased", {"customer": customer_id, "consent": consent, **note})
    shred()
    write("DELETE FROM customers_person WHERE customer_id = %s", [customer_id])


def save_group(till: Till, actor: Actor, group_id: str, name: str, price_level: int) -> None:
    """Write a group of customers. Raises CardError("name", "level", "double"), RegisterError("right")."""
    note = require(actor, None, Right.CUSTOMERS)
    name = " ".join(name.split())
    if not 0 < len(name) <= 50:
        raise CardError("name", "Eine Gruppe braucht einen Namen bis 50 Zeichen.")
    if not 1 <= price_level <= 9:
        raise CardError("level", "Preisebenen gibt es von 1 bis 9.")
    with writing(till, actor) as writer:
        if any(one["name"].casefold() == name.casefold() and one["id"] != group_id for one in groups()):
            raise CardError("double", "Diese Gruppe gibt es schon.", "Einen anderen Namen wählen.")
        writer.append("group_saved", {"group": {"id": group_id, "name": name, "price_level": price_level}, **note})


def groups() -> list[dict[str, Any]]:
    """Return the groups by name: id, name, price_level."""
    return fetch("SELECT id, name, price_level FROM customers_group WHERE active ORDER BY name")


def history(customer_id: str, limit: int = 50) -> list[dict[str, Any]]:
    """Return the customer's receipts, newest first: id, number, at, total_cents."""
    return fetch(
        "SELECT r.id, r.number, r.recorded_at AS at, r.total_cents FROM customers_visit v "
        "JOIN register_receipt r ON r.id = v.receipt_id WHERE v.customer_id = %s ORDER BY r.recorded_at DESC LIMIT %s",
        [customer_id, limit],
    )


def report(customer_id: str) -> dict[str, Any]:
    """Return everything the shop knows of a person (Art. 15, 20 DSGVO), ready for JSON. Raises RegisterError."""
    guest = _found(customer_id)
    receipts = history(customer_id, 100_000)
    lines = {
        row["id"]: fetch(
            "SELECT text, quantity, amount_cents FROM register_receipt_line WHERE receipt_id = %s ORDER BY position",
            [row["id"]],
        )
        for row in receipts
    }
    consents = fetch("SELECT version, given, at FROM customers_consent WHERE customer_id = %s ORDER BY at", [guest.id])
    return {
        "about": about(),
        "person": {field: getattr(guest, field) for field in people.FIELDS},
        "card": {"number": shown(guest.number), "since": guest.since, "group": guest.group},
        "collected": fetch(
            "SELECT r.recorded_at AS at, e.account, e.amount FROM customers_entry e "
            "JOIN register_receipt r ON r.id = e.receipt_id WHERE e.customer_id = %s ORDER BY r.recorded_at, e.account",
            [guest.id],
        ),
        "consents": [{**one, "given": bool(one["given"])} for one in consents],
        "receipts": [
            {"number": row["number"], "at": row["at"], "total_cents": row["total_cents"], "lines": lines[row["id"]]}
            for row in receipts
        ],
    }


def about() -> dict[str, str]:
    """Return what Art. 15 (1) a to h DSGVO asks for beside the data, in German: it is read out to a guest."""
    return {
        "Zweck": "Kundenkarte: Punkte, Stempel, eigene Preise und Vorteile; die Einkäufe mit der Karte.",
        "Rechtsgrundlage": "Ihre Einwilligung (Art. 6 Abs. 1 a DSGVO), mit Fassung und Zeit unten.",
        "Herkunft": "Von Ihnen selbst, an der Kasse.",
        "Empfänger": "Niemand. Die Daten liegen auf der Kasse im Laden und in deren Sicherungen.",
        "Speicherdauer": f"Bis Sie die Löschung verlangen oder {KEEP_YEARS} ganze Kalenderjahre nicht da waren. Bons "
        "bleiben nach Steuerrecht (§ 147 AO) acht Jahre, dann ohne Hinweis auf Sie.",
        "Automatische Entscheidungen": "Keine. Welche Aktion gilt, sagt eine feste Regel: die, die am meisten spart.",
        "Ihre Rechte": "Berichtigung, Löschung, Einschränkung, Mitnahme (Art. 16 bis 20 DSGVO), Widerruf jederzeit "
        "(Art. 7 Abs. 3), Beschwerde bei der Datenschutz-Aufsicht Ihres Landes (Art. 77).",
    }


def overdue(business_day: str) -> list[tuple[Guest, str]]:
    """Return who did not come for three whole years, with their last day; to be forgotten (Art. 5 (1) e DSGVO)."""
    before = f"{date.fromisoformat(business_day).year - KEEP_YEARS}-01-01"
    rows = fetch(
        "SELECT c.id, c.since, (SELECT max(r.business_day) FROM customers_visit v JOIN register_receipt r "
        "ON r.id = v.receipt_id WHERE v.customer_id = c.id) AS last FROM customers_customer c WHERE c.digest <> ''"
    )
    late = [(row["id"], max(row["since"], row["last"] or "")) for row in rows]
    return [(_found(key), last) for key, last in sorted(late, key=lambda one: one[1]) if last < before]


def wrong() -> list[str]:
    """Return customers whose personal row is not the one the journal sealed (see `verify`)."""
    sql = (
        "SELECT c.number, c.digest, p.* FROM customers_customer c LEFT JOIN customers_person p ON p.customer_id = c.id "
        "WHERE c.number > %s ORDER BY c.number LIMIT 500"
    )
    found: list[str] = []
    last = ""
    while rows := fetch(sql, [last]):
        last = rows[-1]["number"]
        found += [
            f"Kundenkarte {shown(row['number'])}: die Daten sind nicht die, die das Journal kennt"
            for row in rows
            if (people.seal(row["key"], row) if row["key"] else "") != row["digest"]
        ]
    return found
