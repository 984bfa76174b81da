"""The Cross Industry Invoice (UN/CEFACT D22B) of an invoice: EN 16931 as ZUGFeRD / Factur-X, and XRechnung 3.0.

The order of elements is the schema's. Prices are net with six decimals, so that price times quantity meets the line's
net to the cent (PEPPOL-EN16931-R120 in XRechnung); what takes back has a negative quantity, never a negative price
(BR-27).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from smartecr.fiscal.einvoice.model import Invoice, Line, Paid, Party, Rate

Profile = Literal["en16931", "xrechnung"]

GUIDELINES: Final = {
    "en16931": "urn:cen.eu:en16931:2017",
    "xrechnung": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

_RSM: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM: Final = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT: Final = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT: Final = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"

UNITS: Final = {"": "H87", "kg": "KGM", "g": "GRM", "l": "LTR", "ml": "MLT", "m": "MTR", "h": "HUR"}
"""UN/ECE Recommendation 20 by the register's units; what is not here is C62, one."""

MEANS: Final = {"Bar": "10"}
"""UNTDID 4461 by ZAHLART_TYP: cash; cards without their digits and vouchers are ZZZ, mutually defined."""
_MUTUAL: Final = "ZZZ"
_TRANSFER: Final = "58"

for _prefix, _uri in (("rsm", _RSM), ("ram", _RAM), ("udt", _UDT), ("qdt", _QDT)):
    register_namespace(_prefix, _uri)


def write(invoice: Invoice, profile: Profile = "en16931") -> bytes:
    """Return the invoice as XML in UTF-8. Raises ValueError without a buyer: EN 16931 knows no invoice to nobody."""
    if invoice.buyer is None:
        raise ValueError("an electronic invoice has a buyer")
    root = Element(f"{{{_RSM}}}CrossIndustryInvoice")
    context = SubElement(root, f"{{{_RSM}}}ExchangedDocumentContext")
    _text(_node(context, "BusinessProcessSpecifiedDocumentContextParameter"), "ID", _PROCESS)
    _text(_node(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", GUIDELINES[profile])
    head = SubElement(root, f"{{{_RSM}}}ExchangedDocument")
    _text(head, "ID", invoice.number)
    _text(head, "TypeCode", invoice.kind)
    _day(_node(head, "IssueDateTime"), invoice.day)
    for note in _notes(invoice):
        _text(_node(head, "IncludedNote"), "Content", note)
    trade = SubElement(root, f"{{{_RSM}}}SupplyChainTradeTransaction")
    for number, line in enumerate(invoice.lines, 1):
        _line(_node(trade, "IncludedSupplyChainTradeLineItem"), number, line)
    _agreement(_node(trade, "ApplicableHeaderTradeAgreement"), invoice, invoice.buyer, profile)
    event = _node(_node(trade, "ApplicableHeaderTradeDelivery"), "ActualDeliverySupplyChainEvent")
    _day(_node(event, "OccurrenceDateTime"), invoice.supplied)
    _settlement(_node(trade, "ApplicableHeaderTradeSettlement"), invoice)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _notes(invoice: Invoice) -> Iterable[str]:
    yield invoice.receipt
    if invoice.reason:
        yield invoice.reason
    if invoice.refers is not None:
        yield f"Storno zu Rechnung {invoice.refers.number}"


def _line(item: Element, number: int, line: Line) -> None:
    _text(_node(item, "AssociatedDocumentLineDocument"), "LineID", str(number))
    _text(_node(item, "SpecifiedTradeProduct"), "Name", line.text)
    quantity = Decimal(line.quantity) / 1000
    if line.net_cents * line.quantity < 0:
        quantity = -quantity  # a price is never negative (BR-27): what is taken off counts backwards
    price = abs(Decimal(line.net_cents) / 100 / quantity) if quantity else Decimal(0)
    net_price = _node(_node(item, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _text(net_price, "ChargeAmount", str(price.quantize(Decimal("0.000001"), ROUND_HALF_UP)))
    billed = _text(_node(item, "SpecifiedLineTradeDelivery"), "BilledQuantity", _plain(quantity))
    billed.set("unitCode", UNITS.get(line.unit, "C62"))
    settlement = _node(item, "SpecifiedLineTradeSettlement")
    tax = _node(settlement, "ApplicableTradeTax")
    _text(tax, "TypeCode", "VAT")
    rate = Rate(vat_key=line.vat_key, rate_bp=line.rate_bp, gross_cents=0, net_cents=0, tax_cents=0)
    _text(tax, "CategoryCode", rate.category)
    _text(tax, "RateApplicablePercent", _percent(line.rate_bp))
    total = _node(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
    _text(total, "LineTotalAmount", _amount(line.net_cents))


def _agreement(agreement: Element, invoice: Invoice, buyer: Party, profile: Profile) -> None:
    reference = buyer.leitweg or buyer.order or (invoice.number if profile == "xrechnung" else "")
    if reference:
        _text(agreement, "BuyerReference", reference)
    _party(_node(agreement, "SellerTradeParty"), invoice.seller)
    _party(_node(agreement, "BuyerTradeParty"), buyer)
    if buyer.order:
        _text(_node(agreement, "BuyerOrderReferencedDocument"), "IssuerAssignedID", buyer.order)
    receipt = _node(agreement, "AdditionalReferencedDocument")
    _text(receipt, "IssuerAssignedID", invoice.receipt_id)
    _text(receipt, "TypeCode", "916")
    _text(receipt, "Name", invoice.receipt)


def _party(node: Element, party: Party) -> None:
    _text(node, "Name", party.name)
    if party.contact or party.phone or party.mail:
        contact = _node(node, "DefinedTradeContact")
        _text(contact, "PersonName", party.contact or party.name)
        if party.phone:
            _text(_node(contact, "TelephoneUniversalCommunication"), "CompleteNumber", party.phone)
        if party.mail:
            _text(_node(contact, "EmailURIUniversalCommunication"), "URIID", party.mail)
    address = _node(node, "PostalTradeAddress")
    _optional(address, "PostcodeCode", party.postcode)
    _optional(address, "LineOne", party.street)
    _optional(address, "LineTwo", party.addition)
    _optional(address, "CityName", party.city)
    _text(address, "CountryID", party.country)
    if party.leitweg:
        _text(_node(node, "URIUniversalCommunication"), "URIID", party.leitweg).set("schemeID", "0204")
    elif party.mail:
        _text(_node(node, "URIUniversalCommunication"), "URIID", party.mail).set("schemeID", "EM")
    for scheme, number in (("FC", party.tax_number), ("VA", party.vat_id)):
        if number:
            _text(_node(node, "SpecifiedTaxRegistration"), "ID", number).set("schemeID", scheme)


def _settlement(settlement: Element, invoice: Invoice) -> None:
    _text(settlement, "InvoiceCurrencyCode", "EUR")
    code, words = _means(invoice)
    means = _node(settlement, "SpecifiedTradeSettlementPaymentMeans")
    _text(means, "TypeCode", code)
    _optional(means, "Information", words)
    if code == _TRANSFER:
        account = _node(means, "PayeePartyCreditorFinancialAccount")
        _text(account, "IBANID", invoice.account[1])
        _optional(account, "AccountName", invoice.account[0])
    for (category, rate_bp), (net, tax) in _breakdown(invoice.rates).items():
        row = _node(settlement, "ApplicableTradeTax")
        _text(row, "CalculatedAmount", _amount(tax))
        _text(row, "TypeCode", "VAT")
        if category == "E":
            _text(row, "ExemptionReason", invoice.exemption)
        _text(row, "BasisAmount", _amount(net))
        _text(row, "CategoryCode", category)
        _text(row, "RateApplicablePercent", _percent(rate_bp))
    terms = _node(settlement, "SpecifiedTradePaymentTerms")
    if invoice.due_cents > 0:
        _text(terms, "Description", "Zahlbar ohne Abzug.")
        if invoice.due_day:
            _day(_node(terms, "DueDateDateTime"), invoice.due_day)
    else:
        _text(terms, "Description", "Erstattet." if invoice.gross_cents < 0 else "Bezahlt.")
    sums = _node(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    _text(sums, "LineTotalAmount", _amount(invoice.net_cents))
    _text(sums, "TaxBasisTotalAmount", _amount(invoice.net_cents))
    _text(sums, "TaxTotalAmount", _amount(invoice.tax_cents)).set("currencyID", "EUR")
    _text(sums, "GrandTotalAmount", _amount(invoice.gross_cents))
    _text(sums, "TotalPrepaidAmount", _amount(invoice.paid_cents))
    _text(sums, "DuePayableAmount", _amount(invoice.due_cents))
    if invoice.refers is not None:
        preceding = _node(settlement, "InvoiceReferencedDocument")
        _text(preceding, "IssuerAssignedID", invoice.refers.number)
        _day(_node(preceding, "FormattedIssueDateTime"), invoice.refers.day, _QDT)


def _means(invoice: Invoice) -> tuple[str, str]:
    """Code and words of how it is paid; there is room for one code only, so several means are ZZZ (CII-SR-467)."""
    if invoice.due_cents > 0:
        return (_TRANSFER, "") if invoice.account[1] else ("1", "")
    codes = {MEANS.get(paid.kind, _MUTUAL) for paid in invoice.paid}
    words = ", ".join(dict.fromkeys(_word(paid) for paid in invoice.paid))
    return (codes.pop() if len(codes) == 1 else _MUTUAL, words)


def _word(paid: Paid) -> str:
    return "Bar" if paid.kind == "Bar" else paid.name or paid.kind


def _breakdown(rates: Iterable[Rate]) -> dict[tuple[str, int], tuple[int, int]]:
    """Net and tax by category and rate: two keys of one rate (today's and a former one) are one there."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for rate in rates:
        net, tax = found.get((rate.category, rate.rate_bp), (0, 0))
        found[rate.category, rate.rate_bp] = (net + rate.net_cents, tax + rate.tax_cents)
    return found


def _node(parent: Element, name: str) -> Element:
    return SubElement(parent, f"{{{_RAM}}}{name}")


def _text(parent: Element, name: str, text: str) -> Element:
    node = _node(parent, name)
    node.text = text
    return node


def _optional(parent: Element, name: str, text: str) -> None:
    if text:
        _text(parent, name, text)


def _day(parent: Element, day: str, namespace: str = _UDT) -> None:
    node = SubElement(parent, f"{{{namespace}}}DateTimeString")
    node.set("format", "102")
    node.text = day.replace("-", "")


def _amount(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _percent(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02d}"


def _plain(number: Decimal) -> str:
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
