"""Master data a closing freezes (DSFinV-K 3.1) and how they are read back: the tables change, a closing does not."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from smartecr import __version__
from smartecr.core.errors import UnknownVatKey
from smartecr.core.vat import KEYS, name, rate_on
from smartecr.fiscal.dsfinvk.records import Address, Company, Device, Location, MasterData, Tse
from smartecr.register.rows import Row
from smartecr.sql import fetch


def freeze(shop_id: str, register_id: str, business_day: str) -> dict[str, Any]:
    """Return shop, register, TSEs, VAT rates and software as they stand, ready for JSON (DSFinV-K tables 1 to 7)."""
    shop = fetch("SELECT * FROM register_shop WHERE id = %s", [shop_id])
    register = fetch("SELECT * FROM register_register WHERE id = %s", [register_id])
    return {
        "shop": shop[0] if shop else {},
        "register": register[0] if register else {},
        "tse": _tses(),
        "rates": _rates(business_day),
        "software": __version__,
    }


def _tses() -> list[Row]:
    return fetch("SELECT * FROM register_tse ORDER BY serial")


def _rates(business_day: str) -> list[tuple[int, int, str]]:
    found = []
    for key in sorted(KEYS):
        try:
            found.append((key, rate_on(key, date.fromisoformat(business_day)), name(key)))
        except UnknownVatKey:
            continue
    return found


def master_data(closing: Row) -> tuple[MasterData, dict[str, int]]:
    """Return the master data of a row of register_closing, and TSE_ID by serial.

    What a closing of an earlier version did not freeze comes from the tables, which only ever gained TSEs; so do an
    address and a tax number that were still missing, without which no export can be written.
    """
    frozen = json.loads(closing["totals"])["master"]
    shop, register = _completed(frozen["shop"]), frozen["register"]
    tses = frozen["tse"]
    if not all("public_key" in tse for tse in tses):
        tses = _tses()
    address = Address(
        street=shop["street"], postcode=shop["postcode"], city=shop["city"], country=shop.get("country") or "DEU"
    )
    numbers = {"tax_number": shop["tax_number"], "vat_id": shop["vat_id"]}
    master = MasterData(
        company=Company(name=shop["owner"] or shop["name"], address=address, **numbers),
        location=Location(name=shop["name"], address=address, vat_id=shop["vat_id"]),
        register=Device(
            id=closing["register_id"],
            serial=register["serial"],
            brand="smartECR",
            model=register["name"],
            software="smartECR",
            software_version=frozen.get("software", ""),
        ),
        rates=tuple((key, rate, text) for key, rate, text in frozen.get("rates") or _rates(closing["business_day"])),
        tses=tuple(_tse(number, row) for number, row in enumerate(tses, 1)),
    )
    return master, {tse.serial: tse.id for tse in master.tses}


def _completed(shop: Row) -> Row:
    """Return a frozen shop with the gaps of its address, and its tax number if it had none, filled from today's."""
    gaps = [name for name in ("street", "postcode", "city") if not shop[name]]
    if not shop["tax_number"] and not shop["vat_id"]:
        gaps += ["tax_number", "vat_id"]
    if not gaps:
        return shop
    (today,) = fetch("SELECT * FROM register_shop WHERE id = %s", [shop["id"]])
    return {**shop, **{name: today[name] for name in gaps}}


def _tse(number: int, row: Row) -> Tse:
    return Tse(
        id=number,
        serial=row["serial"],
        algorithm=row["algorithm"],
        time_format=row["time_format"],
        public_key=row["public_key"],
        certificate=row["certificates"].partition("\n")[0],
    )
