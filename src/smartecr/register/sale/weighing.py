"""Weighing at the till: for practice always, for money only behind a certified module.

Scale and till are one measuring system (MessEG § 37; 2014/31/EU, EN 45501, WELMEC 2.2 and 7.2). This programme has no
approval of its own; with a module that has one it may sell what it weighs, else it says why not. Labels of a scale that
prices by itself are codes and need none of this.
"""

from __future__ import annotations

from smartecr.core.quantity import line_cents
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.sale import items, selling
from smartecr.register.sale.selling import Outcome
from smartecr.register.shop import pricedates
from smartecr.register.till import Till
from smartecr.scanner.scale.api import ScaleError
from smartecr.staff.actor import Actor

WHY_NOT = "Wiegen und sofort verkaufen braucht ein zugelassenes Wiegemodul (MessEG). Diese Kasse hat keines."
_UNITS = {"kg": 1000, "g": 1}


def allowed(till: Till) -> bool:
    """Tell whether what is weighed here may be put on a ticket now."""
    return till.scale is not None and (bool(till.scale.certificate) or head(till).training)


def weigh(till: Till, actor: Actor, article_id: str, command_id: str) -> Outcome:
    """Weigh an article sold by weight and put it on the ticket; the outcome is that of ringing it up.

    Raises RegisterError: "scale" (none here, or what the scale says), "scale_module" (not allowed), "unit".
    """
    if till.scale is None:
        raise RegisterError("scale", "An dieser Kasse ist keine Waage.", "Gewicht eintippen.")
    if not allowed(till):
        raise RegisterError("scale_module", WHY_NOT, "Etikett der Waage scannen, oder im Übungsmodus wiegen.")
    pricedates.look(till)  # the scale and the books take one price
    article = items.by_id(till, article_id).article
    grams = _UNITS.get(article.unit)
    if grams is None or article.price_at(1) <= 0:
        raise RegisterError("unit", "Dieser Artikel wird nicht nach Gewicht verkauft.", "Stückzahl eintippen.")
    try:
        weighing = till.scale.weigh(article.price_at(1) * 1000 // grams, 0, article.name)
    except ScaleError as error:
        raise RegisterError("scale", error.message, error.next_step) from error
    quantity = weighing.weight_g * 1000 // grams
    if line_cents(article.price_at(1), quantity) != weighing.price_cents:
        raise RegisterError("scale", "Waage und Kasse rechnen verschieden.", "Nicht verkaufen, den Service rufen.")
    command = {"id": command_id, "do": "article", "article": article_id, "quantity": quantity}
    (outcome,) = selling.run(till, actor, [command])
    return outcome
