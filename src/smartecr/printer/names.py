"""German words for the key words of DSFinV-K, as people read them on receipts and reports."""

from __future__ import annotations

from smartecr.core.kinds import PAID_OUT, TIPS

_PAYMENTS = {
    "Unbar": "Unbar",
    "ECKarte": "Debitkarte",
    "Kreditkarte": "Kreditkarte",
    "ElZahlungsdienstleister": "Bezahldienst",
    "Guthabenkarte": "Guthabenkarte",
    "Keine": "Keine Zahlung",
}

_CASES = {
    "Anfangsbestand": "Anfangsbestand",
    "Geldtransit": "Geldtransit",
    "Privateinlage": "Privateinlage",
    "Privatentnahme": "Privatentnahme",
    "Lohnzahlung": "Lohnzahlung",
    "DifferenzSollIst": "Kassendifferenz",
    "PfandRueckzahlung": "Pfandrückzahlung",
    "TrinkgeldAG": "Trinkgeld (Betrieb)",
    "TrinkgeldAN": "Trinkgeld (Team)",
    "EinzweckgutscheinKauf": "Einzweckgutschein verkauft",
    "EinzweckgutscheinEinloesung": "Einzweckgutschein eingelöst",
    "MehrzweckgutscheinKauf": "Gutschein verkauft",
    "MehrzweckgutscheinEinloesung": "Gutschein eingelöst",
    "ZuschussEcht": "Zuschuss",
    "ZuschussUnecht": "Zuschuss (Preisminderung)",
    "Forderungsentstehung": "Auf Rechnung",
    "Forderungsaufloesung": "Rechnung bezahlt",
    "Anzahlungseinstellung": "Anzahlung",
    "Anzahlungsaufloesung": "Anzahlung verrechnet",
}

_TYPES = {
    "AVRechnung": "Rechnung zu Beleg",
    "AVTransfer": "Übergabe",
    "AVBestellung": "Bestellung",
    "AVTraining": "Training",
    "AVBelegstorno": "Belegstorno",
    "AVBelegabbruch": "Abbruch",
    "AVSachbezug": "Sachbezug",
    "AVSonstige": "Sonstiger Vorgang",
}


def payment(kind: str, name: str = "") -> str:
    """Return the word for a ZAHLART_TYP: "Bar", "Debitkarte (girocard)"."""
    word = _PAYMENTS.get(kind, kind)
    return f"{word} ({name})" if name and name != word else word


def case(gv_typ: str, gv_name: str = "") -> str:
    """Return the word for a GV_TYP, with its own name behind it: "Auszahlung", "Auszahlung: Milch"."""
    if gv_typ == TIPS and gv_name == PAID_OUT:
        return "Trinkgeld ausgezahlt"
    word = _CASES.get(gv_typ, gv_typ)
    return f"{word}: {gv_name}" if gv_name else word


def vorgang(bon_typ: str) -> str:
    """Return the word for a BON_TYP other than Beleg."""
    return _TYPES.get(bon_typ, bon_typ)
