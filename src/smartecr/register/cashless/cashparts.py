"""Cash first, the rest by card: a part of what is due lies in the drawer before the receipt exists.

It is a fact of the basket ("cash_part" in the journal) and becomes a payment of the receipt when the rest is paid;
until then it is not in the cash book, so nobody counts the drawer or closes the day meanwhile. When the card does not
pay, the rest is taken another way, or the cash goes back to the guest: nothing was sold then.
"""

from __future__ import annotations

from smartecr.register.cashless import cardbooks, cards, tabs
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.sale.baskets import OpenBasket, load, load_aside
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor


def take(till: Till, actor: Actor, basket_id: str, cents: int, expected_cents: int) -> None:
    """Take `cents` of what is due in cash, less than all of it, and open the drawer; the rest stays due.

    `expected_cents` is what the person saw. Raises RegisterError: "paid", "training", "doubt" (a payment is under way
    or not clear), "tab" (a card is reserved), "changed", "amount".
    """
    basket = load(basket_id)
    if basket is None or basket.row["state"] not in ("open", "paying"):
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    if basket.row["training"]:
        raise RegisterError("training", "Beim Üben wird nicht geteilt.", "Den ganzen Betrag mit der Bar-Taste nehmen.")
    _no_payment(basket)
    if tabs.held(basket_id) is not None:
        raise RegisterError("tab", "Auf diesem Bon ist eine Karte vorgemerkt.", "Zuerst abrechnen oder freigeben.")
    due = cards.due_cents(till, basket)
    if due != expected_cents:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    if not 0 < cents < due:
        raise RegisterError("amount", "Dieser Betrag geht hier nicht.", "Weniger als den offenen Betrag eingeben.")
    _write(till, actor, basket, int(basket.row["cash_cents"]) + cents, cents)


def give_back(till: Till, actor: Actor, basket_id: str) -> int:
    """Give the cash of a basket back to the guest, open the drawer and return the cents; 0 when there is none.

    A basket nothing else has paid is back on the screen (or parked, when another one is there). Raises
    RegisterError("doubt") while a payment is under way or not clear.
    """
    basket = load(basket_id)
    held = int(basket.row["cash_cents"]) if basket is not None else 0
    if basket is None or not held:
        return 0
    _no_payment(basket)
    _write(till, actor, basket, 0, -held)
    cards.release(till, basket_id)
    return held


def waiting(till: Till) -> OpenBasket | None:
    """Return the basket for which cash was taken and whose rest is due, None when there is none."""
    return next((one for one in load_aside(till.register_id, "paying") if one.row["cash_cents"]), None)


def partly_paid(till: Till) -> tuple[int, str]:
    """Return what is due of a basket paid in part while no payment of it is under way, in cents, and when the basket
    was opened (journal text); (0, "") for none."""
    for basket in load_aside(till.register_id, "paying"):
        payments = cardbooks.of_basket(basket.id)
        under_way = any(payment.state in cards.HOLDING for payment in payments)
        if not under_way and (basket.row["cash_cents"] or any(one.paid and one.pays for one in payments)):
            return cards.due_cents(till, basket), str(basket.row["opened_at"])
    return 0, ""


def refuse(till: Till) -> None:
    """Refuse to count the drawer while cash lies in it that no receipt has. Raises RegisterError("cash_part")."""
    sql = "SELECT coalesce(sum(cash_cents), 0) AS cents FROM register_basket WHERE register_id = %s"
    cents = int(fetch(sql, [till.register_id])[0]["cents"])
    if cents:
        amount = f"{cents // 100},{cents % 100:02d}"
        raise RegisterError(
            "cash_part",
            f"In der Lade liegen {amount} € eines Bons, der erst zum Teil bezahlt ist.",
            "Den Rest kassieren oder das Bargeld zurückgeben.",
        )


def _no_payment(basket: OpenBasket) -> None:
    if any(payment.state in cards.HOLDING for payment in cardbooks.of_basket(basket.id)):
        raise RegisterError("doubt", "Die Kartenzahlung ist noch nicht zu Ende.", "Das Terminal fragen oder abbrechen.")


def _write(till: Till, actor: Actor, basket: OpenBasket, held: int, moved: int) -> None:
    with writing(till, actor) as writer:
        rows = fetch("SELECT version FROM register_basket WHERE id = %s", [basket.id])
        if not rows or rows[0]["version"] != basket.row["version"]:
            raise RegisterError(
                "changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen."
            )
        columns = {"state": "paying", "cash_cents": held}
        writer.append("basket_changed", {"basket": basket.id, "columns": columns, "cash_part": moved})
    till.kick()
    till.publish("basket")
    till.publish("status")
