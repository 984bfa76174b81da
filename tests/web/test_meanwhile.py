"""Every form that overwrites, every key that ends or renews: what another window did meanwhile is kept or told."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.http import QueryDict

from smartecr.catalog import rows
from smartecr.catalog.models import Article
from smartecr.core.promotions import Promotion
from smartecr.register.books import auditing
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.outside import interface, webhooks
from smartecr.register.regulars import guests, loyalty, vouchers
from smartecr.register.shop import masterdata, options
from smartecr.server.backups import backup_desk
from smartecr.server.backups.backup_desk import Desk
from smartecr.web import meanwhile
from smartecr.web.office.articleform import columns_of
from support.screens import PINS, form_of, words
from support.shop import (
    BOTTLES,
    BREAD,
    CASHIER,
    COFFEE,
    ESPRESSO,
    MANAGER,
    OWNER,
    article_row,
    pay_cash,
    ring,
)

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
PART = {"HX-Request": "true"}
GUEST, RULE, GIFT, TOKEN, HOOK, AUDITOR, OFFER = (digit * 32 for digit in "789abcd")


class Form(NamedTuple):
    """Where a form stands and goes, a field of it, what it is called, and another field.

    `among` tells it from others of its page; a `part` is sent by a script and stays as it is when it is refused.
    """

    page: str
    field: str
    word: str
    other: str
    texts: tuple[str, str, str] = ("101", "102", "103")
    to: str = ""
    among: dict[str, str] = {}
    part: bool = False


FORMS = {
    "article": Form(f"/office/articles/{ESPRESSO}", "price", "Preis", "unit", ("2,60", "2,70", "g")),
    "group": Form(f"/office/articles/groups/{BREAD}", "position", "Platz", "name"),
    "person": Form(f"/office/team/{CASHIER.person_id}", "name", "Name", "language", ("Ayşe", "Bea", "en")),
    "shop": Form("/office/settings", "city", "Ort", "street"),
    "receipt": Form("/office/settings", "footer", "Fußzeile", "paper_always", ("Bis bald", "Danke", "on")),
    "currencies": Form("/office/settings/currencies", "CHF.rate", "CHF Kurs", "USD.rate", ("1,06", "1,07", "0,90")),
    "invoices": Form("/office/books/invoices", "contact", "Ansprechpartner", "phone", ("Anna", "Bea", "030 123")),
    "adviser": Form("/office/books/papers", "client", "Mandantennummer", "account.Bar", ("101", "102", "1600"),
                    among={"form": "datev"}),
    "notice": Form("/office/books/papers", "since", "In Betrieb seit", "model",
                   ("2026-01-02", "2026-01-03", "SP1"), among={"form": "notice"}),
    "hours": Form("/office/tse", "hours", "Öffnungszeiten", "", ("Mo-Fr 7-18", "Mo-Sa 8-13", ""), to="/office/tse/do"),
    "customer": Form(f"/office/customers/{GUEST}", "birthday", "Geburtstag", "note",
                     ("17.05.2000", "17.05.2001", "nett"), part=True),
    "promotion": Form(f"/office/promotions/{RULE}", "groups", "Wofür", "code", (BREAD, BOTTLES, "ABEND"), part=True),
    "payments": Form("/till/sheet/payments", "tips", "Trinkgeld", "code_city",
                     ("TrinkgeldAN", "TrinkgeldAG", "Leipzig"), to="/till/payments", part=True),
}  # fmt: skip
SHOWN = {BREAD: "Backwaren", "TrinkgeldAN": "für das Personal", "2026-01-02": "02.01.2026"}
"""How a sentence says a value that a form sends otherwise."""


@pytest.fixture
def office(at_till: AtTill, till: Till) -> Client:
    """Return the owner's client; there are a customer and a promotion."""
    guests.save(till, CASHIER, GUEST, {"name": "Anna Müller"})
    options.save(till, OWNER, "datev", {"consultant": 29098, "client": 55003})
    loyalty.save(
        till,
        MANAGER,
        Promotion(id=RULE, name="Mittag", kind="percent", value=1000, articles=(ESPRESSO,), groups=(COFFEE,)),
    )
    return at_till("Christine")


def opened(office: Client, form: Form) -> dict[str, Any]:
    """Return the form as its page shows it now."""
    return form_of(office.get(form.page), form.field, **form.among)


def sent(office: Client, form: Form, fields: dict[str, Any], **changed: str) -> HttpResponse:
    """Send a form with changes, as its page does."""
    return office.post(form.to or form.page, {**fields, **changed}, headers=PART if form.part else {})


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_what_others_changed_meanwhile_is_kept_or_asked_about(office: Client, form: Form) -> None:
    theirs, mine, other = form.texts
    stale = opened(office, form)
    assert sent(office, form, stale, **{form.field: theirs}).status_code < 400
    if form.other:
        assert sent(office, form, stale, **{form.other: other}).status_code < 400, "the other field is nobody else's"
        assert {name: opened(office, form)[name] for name in (form.field, form.other)} == {
            form.field: theirs,
            form.other: other,
        }
    refused = sent(office, form, stale, **{form.field: mine})
    assert refused.status_code == 422
    now = f"{form.word} „{SHOWN.get(theirs, theirs)}“"
    sentence = f"Inzwischen hat jemand anders geändert: {now}. Noch einmal speichern übernimmt deine Eingabe."
    assert sentence in words(refused)
    assert opened(office, form)[form.field] == theirs
    # What the answer leaves in the browser, sent once more: a page drawn anew, or the old one with a new `was`.
    again = stale | form_of(refused, "was") if form.part else form_of(refused, form.field, **form.among)
    if not form.part:
        assert again[form.field] == mine, "what was typed stands there still"
    assert sent(office, form, again, **{form.field: mine}).status_code < 400
    kept = opened(office, form)
    assert kept[form.field] == mine
    assert not form.other or kept[form.other] == other


class Key(NamedTuple):
    """Where a key stands and goes, what another window made of it meanwhile; `fields` come with it."""

    page: str
    to: str
    now: str
    fields: dict[str, str] = {}


KEYS = {
    "card": Key(f"/office/customers/{GUEST}", f"/office/customers/{GUEST}/card", "Karte „neu ausgegeben“"),
    "voucher": Key("/office/vouchers/{voucher}", "/office/vouchers/{voucher}/mark", "Sperre „verloren“",
                   {"reason": "verloren"}),
    "token": Key("/office/interface", f"/office/interface/tokens/{TOKEN}/revoke", "Webshop „widerrufen“"),
    "secret": Key(f"/office/interface/webhooks/{HOOK}", f"/office/interface/webhooks/{HOOK}/rotate",
                  "Geheimnis „neu“"),
    "auditor": Key("/office/books/auditors", f"/office/books/auditors/{AUDITOR}/close",
                   "Zugang für Frau Adler „geschlossen“"),
    "price": Key(f"/office/articles/{ESPRESSO}", f"/office/articles/{ESPRESSO}/prices/{OFFER}/end",
                 "Gilt bis „24.11.2026 08:42“"),
    "swap": Key("/office/tse/swap", "", "Schritt „Daten sichern“", {"do": "begin"}),
}  # fmt: skip


@pytest.fixture
def kept(office: Client, till: Till) -> dict[str, str]:
    """Have something that each key of KEYS is about; return what their addresses do not know beforehand."""
    masterdata.save_articles(till, OWNER, [article_row(GIFT, "20", "Gutschein", COFFEE, 2000, vat_key_in=5,
                                           vat_key_out=5, gv_typ="MehrzweckgutscheinKauf")])  # fmt: skip
    ring(till, GIFT)
    (voucher,) = vouchers.sold_with(pay_cash(till).id)
    interface.issue(till, OWNER, TOKEN, "Webshop", ["catalog:read"], 30)
    webhooks.add(till, OWNER, HOOK, "Buchhaltung", "https://example.org/kasse", ["closing.made"])
    auditing.let_in(till, OWNER, AUDITOR, "Frau Adler", "", 4)
    offer = {"id": OFFER, "article_id": ESPRESSO, "level": 1, "cents": 200, "begins": "2026-11-20T07:00:00.000000Z",
             "ends": "2027-01-01T07:00:00.000000Z"}  # fmt: skip
    masterdata.save_articles(till, OWNER, [rows.price_row(offer, columns_of(Article.objects.get(id=ESPRESSO)))])
    return {"voucher": voucher.number}


def shown_key(office: Client, page: str, to: str) -> dict[str, str]:
    """Return what the form of a key brings back."""
    html = office.get(page).content.decode()
    form = html[html.index(f'="{to}"') if to else html.index('<form method="post" class="actions"') :]
    (was,) = re.findall(r'name="was"[^>]* value="([^"]*)"', form[: form.index("</form>")])
    return {"was": unescape(was)}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_key_does_not_do_again_what_another_window_did(office: Client, kept: dict[str, str], key: Key) -> None:
    page, to = key.page.format(**kept), key.to.format(**kept)
    stale = {**shown_key(office, page, to), **key.fields}
    assert office.post(to or page, stale).status_code < 400
    facts = Journal.objects.count()
    refused = office.post(to or page, stale)
    assert refused.status_code == 422
    assert f"Inzwischen hat jemand anders geändert: {key.now}. Es ist nichts weiter geschehen." in words(refused)
    assert Journal.objects.count() == facts


def test_a_key_that_was_refused_brings_what_stands_there_now(office: Client, kept: dict[str, str], clock: Any) -> None:
    page, to = f"/office/vouchers/{kept['voucher']}", f"/office/vouchers/{kept['voucher']}/mark"
    stale = shown_key(office, page, to)
    office.post(to, {**stale, "reason": "verloren"}, headers=PART)
    refused = office.post(to, {**stale, "reason": "gestohlen"}, headers=PART)
    clock.forward(seconds=1)  # marks of one instant have no order
    assert office.post(to, {**form_of(refused, "was"), "reason": "gestohlen"}, headers=PART).status_code == 200
    found = vouchers.find(kept["voucher"])
    assert found is not None
    assert found.blocked == "gestohlen"
    freed = office.post(to, {**form_of(refused, "was"), "free": "1"}, headers=PART)
    assert "Sperre „gestohlen“" in words(freed), "free was a key for another reason"


def test_somebody_changed_meanwhile_is_not_forgotten_unseen(office: Client) -> None:
    page, to = f"/office/customers/{GUEST}", f"/office/customers/{GUEST}/erase"
    stale = {**shown_key(office, page, to), "sure": "1"}
    form = FORMS["customer"]
    assert sent(office, form, opened(office, form), note="zieht um, bleibt Kundin").status_code == 200
    refused = office.post(to, stale, headers=PART)
    assert (refused.status_code, "Notiz „zieht um, bleibt Kundin“" in words(refused)) == (422, True)
    again = {**shown_key(office, page, to), "sure": "1"}
    assert office.post(to, again, headers=PART).status_code == 204
    facts = Journal.objects.count()
    assert "inzwischen gelöscht" in words(office.post(to, again, headers=PART))
    assert Journal.objects.count() == facts


def test_a_receiver_removed_meanwhile_is_said_to_be_gone(office: Client, kept: dict[str, str]) -> None:
    hook = f"/office/interface/webhooks/{HOOK}"
    stale = shown_key(office, hook, f"{hook}/remove")
    assert office.post(f"{hook}/remove", stale).status_code == 302
    for what in ("remove", "rotate", "skip", "test"):
        refused = office.post(f"{hook}/{what}", stale)
        assert (refused.status_code, "inzwischen entfernt" in words(refused)) == (422, True)


def test_a_second_key_for_backups_does_not_outdate_the_first_unseen(
    office: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(backup_desk, "_desk", Desk(tmp_path, "", clock))

    def offered() -> dict[str, Any]:
        page = office.post("/office/backups/key")
        (secret,) = re.findall(r'<p class="secret"[^>]*>(.*?)</p>', page.content.decode())
        return {**form_of(page, "end"), "end": re.sub(r"<[^>]+>", "", secret)[-6:]}

    first, second = offered(), offered()
    assert office.post("/office/backups/confirm", first).status_code == 302, "each window has its own"
    recipient = backup_desk.desk().state().recipient
    third = offered()
    refused = office.post("/office/backups/confirm", second)
    assert (refused.status_code, "Schlüssel „neu angelegt“" in words(refused)) == (422, True)
    assert backup_desk.desk().state().recipient == recipient
    assert office.post("/office/backups/confirm", third).status_code == 302
    assert backup_desk.desk().state().recipient != recipient


def test_a_promotion_keeps_the_articles_its_form_does_not_show(office: Client) -> None:
    form = FORMS["promotion"]
    assert sent(office, form, opened(office, form), name="Nachmittag").status_code == 204
    ((rule, _active),) = loyalty.every()
    assert (rule.name, rule.articles) == ("Nachmittag", (ESPRESSO,))


def test_a_pin_set_meanwhile_is_said_and_shows_nothing_of_it(office: Client) -> None:
    page, to = f"/office/team/{CASHIER.person_id}", f"/office/team/{CASHIER.person_id}/pin"
    stale = form_of(office.get(page), "pin")
    assert office.post(to, {**stale, "pin": "604813", "pin_again": "604813"}).status_code == 302
    typed = {"pin": "719204", "pin_again": "719204"}
    refused = office.post(to, {**stale, **typed})
    assert refused.status_code == 422
    assert "Inzwischen wurde hier schon eine neue PIN gesetzt." in words(refused)
    assert "604813" not in refused.content.decode()
    assert office.post("/login", {"person": CASHIER.person_id, "pin": "604813"}).status_code == 302
    office.post("/login", {"person": OWNER.person_id, "pin": PINS["Christine"]})
    assert office.post(to, {**form_of(refused, "pin"), **typed}).status_code == 302
    assert office.post("/login", {"person": CASHIER.person_id, "pin": "719204"}).status_code == 302


def test_the_plan_of_backups_is_asked_about_and_all_stays_all(
    office: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    stick, folder = tmp_path / "stick", tmp_path / "data"
    stick.mkdir()
    folder.mkdir()
    monkeypatch.setattr(backup_desk, "_desk", Desk(folder, "", clock))
    form = Form("/office/backups", "target", "Ordner", "", to="/office/backups/target")
    stale = opened(office, form)
    assert sent(office, form, stale, target=str(stick), keep="0").status_code == 302
    assert opened(office, form)["keep"] == "0"
    refused = sent(office, form, stale, target=str(folder))
    assert f"geändert: Ordner „{stick}“" in words(refused)
    again = form_of(refused, "target")
    assert (again["target"], again["keep"]) == (str(folder), "0")
    assert sent(office, form, again).status_code == 302
    assert opened(office, form)["target"] == str(folder)


def test_what_moves_between_reading_and_saving_is_read_again(till: Till) -> None:
    said = {"name": "Brot"}

    def save(fields: meanwhile.Fields) -> None:
        if said["name"] == "Brot":
            said["name"] = "Gebäck"  # somebody else, just now
        options.save(till, OWNER, "notice", {"maker": fields["name"]})

    post = QueryDict(mutable=True)
    post.update({"was": meanwhile.as_shown({"name": "Brot"}), "name": "Kuchen"})
    typed = meanwhile.take(post, lambda: {**said}, save)
    assert typed.crossed == ("name",)
    assert options.read(till.shop_id, "notice") == {}
    post["was"] = meanwhile.as_shown(typed.was)
    assert meanwhile.take(post, lambda: {**said}, save).crossed == ()
    assert options.read(till.shop_id, "notice") == {"maker": "Kuchen"}


def test_a_refusal_comes_back_with_what_was_typed() -> None:
    def save(_fields: meanwhile.Fields) -> None:
        raise RegisterError("long", "Das ist zu lang.", "Kürzer fassen.")

    typed = meanwhile.take(QueryDict("name=x&days=2&days=1"), lambda: {"name": "", "days": [], "active": True}, save,
                           RegisterError)  # fmt: skip
    assert meanwhile.why(typed.refusal) == "Das ist zu lang. Kürzer fassen."
    assert typed.fields == {"name": "x", "days": ["1", "2"], "active": False}


@pytest.mark.parametrize("was", ["", "[]", "null", "{", '{"name": 7}', '"x"'])
def test_a_was_nobody_sent_hides_nothing(was: str) -> None:
    post = QueryDict(mutable=True)
    post.update({"was": was, "name": "Brot"})
    assert meanwhile.read(post, {"name": "Gebäck"}).fields == {"name": "Brot"}
