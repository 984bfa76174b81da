"""GS1 Digital Link: a web address that carries a GTIN. It is read and never opened.

Source: GS1 Digital Link Standard: URI Syntax 1.4: ``…/01/{gtin}`` with the qualifiers 22, 10 and 21 in the path and
further application identifiers in the query, at any host.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from smartecr.scanner import elements, gtin
from smartecr.scanner.code import CodeError

_QUALIFIERS = ("22", "10", "21")
_MOST_FIELDS = 40


def split(address: str) -> dict[str, str] | None:
    """Return the elements of a digital link, AI to value; None when the address is none.

    Raises CodeError when it is one and breaks the rules (a GTIN with a wrong check digit).
    """
    try:
        parts = urlsplit(address)
        query = parse_qsl(parts.query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    steps = [unquote(step) for step in parts.path.split("/")]
    places = [place for place, step in enumerate(steps[:-1]) if step == "01" and gtin.digits(steps[place + 1])]
    if not places:
        return None
    start = places[-1]
    number = steps[start + 1]
    if len(number) not in gtin.LENGTHS:
        raise CodeError("partial", f"Falsch gelesen: Die Artikelnummer {number[:20]} in der Adresse ist unvollständig.")
    tail = steps[start + 2 :]
    pairs = [("01", number.zfill(14)), *zip(tail[::2], tail[1::2], strict=False)]
    pairs = [pairs[0], *(pair for pair in pairs[1:] if pair[0] in _QUALIFIERS)]
    pairs += [(key, value) for key, value in query if elements.known(key)]
    return elements.collect(pairs)
