"""Other programmes are told everything, in order, signed, until they hear it; and nothing is sent where it must not."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.shop import CASHIER, COFFEE, ESPRESSO, OWNER, Clock, article_row, pay_cash, ring
from support.webhook_receiver import Receiver, receiving, signed_by

if TYPE_CHECKING:
    from smartecr.register.outside.webhooks import Webhook
    from smartecr.register.till import Till
    from smartecr.web.hooks.reply import Reply
    from smartecr.web.hooks.worker import Messenger

KEY = "the shop's key"
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that hears everything."""
    with receiving() as one:
        yield one


@pytest.fixture
def messenger(till: Till) -> Messenger:
    """What tells the receivers of this till; loopback may be reached."""
    from smartecr.web.hooks.worker import Messenger

    return Messenger(till=till, key=KEY, allowed=LOOPBACK, spread=lambda: 0.0)


@pytest.fixture
def subscribe(till: Till, receiver: Receiver) -> Callable[..., Webhook]:
    """Return a function that has the receiver told: of everything, unless events are named."""
    from smartecr.register.outside import webhooks

    def add(*events: str, address: str = "") -> Webhook:
        wanted = events or tuple(webhooks.EVENTS)
        return webhooks.add(till, OWNER, till.new_id(), "Buchhaltung", address or receiver.address, wanted)

    return add


def tell_all(messenger: Messenger) -> None:
    """Tell until nobody hears anything more."""
    while messenger.run():
        pass


def sell(till: Till) -> str:
    """Sell an espresso and return the receipt's id."""
    ring(till, ESPRESSO)
    return pay_cash(till).id


def test_what_happens_is_told_in_order_and_signed(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook]
) -> None:
    from smartecr.catalog import rows
    from smartecr.register.books import closing
    from smartecr.register.outside import webhooks
    from smartecr.register.regulars import guests
    from smartecr.register.rows import row_of
    from smartecr.register.shop import masterdata

    before = sell(till)
    hook = subscribe()
    receipt = sell(till)
    masterdata.save_articles(till, OWNER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, 250)])
    price = {"id": till.new_id(), "level": 1, "cents": 190, "begins": till.now(), "ends": ""}
    columns = row_of("catalog_article", article_row(ESPRESSO, "1", "x", COFFEE, 1)["columns"])
    masterdata.save_articles(till, OWNER, [rows.price_row(price, columns)])
    guest = guests.save(till, CASHIER, till.new_id(), {"name": "Anna Müller"})
    guests.erase(till, OWNER, guest.id)
    closed = closing.close_day(till, OWNER, till.new_id(), None)
    tell_all(messenger)
    assert [(event["type"], event["data"].get("id")) for event in receiver.events] == [
        ("receipt.issued", receipt), *[("article.changed", None)] * 3, ("customer.changed", guest.id),
        ("customer.changed", guest.id), ("closing.made", closed.id),
    ]  # fmt: skip
    assert receiver.events[0]["data"]["total_cents"] == 240
    assert [event["data"] for event in receiver.events[1:4]] == [{"articles": [ESPRESSO], "groups": []}] * 3
    assert (receiver.events[5]["data"]["erased"], receiver.events[6]["data"]["turnover_cents"]) == (True, 480)
    secret = webhooks.shown_secret(KEY, hook)
    assert all(signed_by(secret, *request) for request in receiver.requests)
    assert not any(signed_by(webhooks.shown_secret("another key", hook), *request) for request in receiver.requests)
    assert before not in str(receiver.requests)
    assert "Anna" not in str(receiver.requests)


def test_only_what_was_asked_for_is_told(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook]
) -> None:
    from smartecr.register.books import closing
    from smartecr.register.outside import webhooks

    hook = subscribe("closing.made")
    sell(till)
    closing.close_day(till, OWNER, till.new_id(), None)
    tell_all(messenger)
    assert [event["type"] for event in receiver.events] == ["closing.made"]
    webhooks.remove(till, OWNER, hook.id)
    webhooks.remove(till, OWNER, hook.id)
    sell(till)
    closing.close_day(till, OWNER, till.new_id(), None)
    tell_all(messenger)
    assert len(receiver.events) == 1


def test_an_article_that_runs_low_is_told_once(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    from smartecr.register.shop import masterdata, stock

    subscribe("stock.low")
    row = article_row(ESPRESSO, "1", "Espresso", COFFEE, 240, stocked=True, stock_min=2000, stock_full=None)
    masterdata.save_articles(till, OWNER, [row])
    stock.move(till, OWNER, till.new_id(), "in", {ESPRESSO: 4000})
    for _ in range(3):
        clock.forward(seconds=1)
        sell(till)
    clock.forward(seconds=1)
    stock.move(till, OWNER, till.new_id(), "in", {ESPRESSO: 4000})
    clock.forward(seconds=1)
    stock.count(till, OWNER, till.new_id(), {ESPRESSO: 5000}, {ESPRESSO: 0})
    tell_all(messenger)
    assert [event["data"]["articles"] for event in receiver.events] == [
        [{"id": ESPRESSO, "quantity": 2000, "stock_min": 2000}], [{"id": ESPRESSO, "quantity": 0, "stock_min": 2000}],
    ]  # fmt: skip


def test_a_retry_sends_the_same_whatever_was_changed_meanwhile(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    from smartecr.register.shop import masterdata, stock
    from smartecr.web.hooks import states

    hook = subscribe("stock.low")
    row = article_row(ESPRESSO, "1", "Espresso", COFFEE, 240, stocked=True, stock_min=2000)
    masterdata.save_articles(till, OWNER, [row])
    stock.move(till, OWNER, till.new_id(), "in", {ESPRESSO: 3000})
    sell(till)
    statuses = iter([500, 500, 500])
    receiver.answer = lambda: next(statuses, 200)
    assert not messenger.run()
    row["columns"]["stock_min"] = 5000
    masterdata.save_articles(till, OWNER, [row])
    clock.forward(minutes=1)
    assert not messenger.run()
    row["columns"]["stocked"] = False
    masterdata.save_articles(till, OWNER, [row])
    clock.forward(minutes=1)
    assert not messenger.run()
    states.resume(till, hook)
    tell_all(messenger)
    assert len(receiver.requests) == 4
    assert len({(one, body) for one, (_headers, body) in zip(receiver.ids, receiver.requests, strict=True)}) == 1
    assert receiver.events[0]["data"]["articles"] == [{"id": ESPRESSO, "quantity": 2000, "stock_min": 2000}]


def test_of_two_processes_one_tells(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    """The second looks while the first is sending; what it takes over after the first died bears the same id."""
    from smartecr.web.hooks import states

    hook = subscribe()
    sell(till)
    seen = states.of(hook)
    (event,), _seq = webhook_events(till, hook)
    assert states.claim(till, seen, event) is not None
    assert states.claim(till, seen, event) is None
    assert not messenger.run()
    assert receiver.requests == []
    clock.forward(seconds=states.LEASE.total_seconds() + 1)
    tell_all(messenger)
    assert receiver.ids == [event.id]
    assert states.of(hook).pending == ""


def webhook_events(till: Till, hook: Webhook) -> Any:
    """Return the events a receiver has not heard."""
    from smartecr.register.outside import webhooks

    return webhooks.events_after(till, hook.since, hook.events)


def test_after_a_failure_the_same_comes_again_later_and_nothing_overtakes_it(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    from smartecr.web.hooks import states
    from smartecr.web.hooks.worker import WAITS

    hook = subscribe()
    with receiving() as other:
        subscribe(address=other.address)
        first, second = sell(till), sell(till)
        statuses = iter([500, 302, 503])
        receiver.redirect = other.address.replace("/hook", "/secret")
        receiver.answer = lambda: next(statuses, 200)
        for wait in WAITS[:3]:
            tell_all(messenger)
            tell_all(messenger)
            assert states.of(hook).next_at
            clock.forward(seconds=wait - 0.1)
            tell_all(messenger)
            clock.forward(seconds=0.2)
        tell_all(messenger)
        assert [event["data"]["id"] for event in receiver.events] == [first] * 4 + [second]
        assert len(set(receiver.ids)) == 2
        assert len({body for _headers, body in receiver.requests[:4]}) == 1
        assert [event["data"]["id"] for event in other.events] == [first, second]
    log = states.log(hook.id)
    assert [(row["attempt"], row["status"]) for row in log] == [(1, 200), (4, 200), (3, 503), (2, 302), (1, 500)]


def test_a_receiver_is_given_up_after_days_and_goes_on_where_it_stood(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    from smartecr.register.books import inorder
    from smartecr.web.hooks import states
    from smartecr.web.hooks.worker import TRIES, WAITS

    hook = subscribe()
    missed = sell(till)
    receiver.answer = lambda: 500
    for wait in (*WAITS, 0):
        messenger.run()
        clock.forward(seconds=wait)
    assert (states.of(hook).stopped, len(receiver.requests)) == ("tries", TRIES)
    clock.forward(days=30)
    assert not messenger.run()
    assert sum(WAITS) > dt.timedelta(days=4.9).total_seconds()
    receiver.answer = lambda: 200
    receiver.requests.clear()
    states.resume(till, hook)
    tell_all(messenger)
    assert [event["data"]["id"] for event in receiver.events] == [missed]
    receiver.answer = lambda: 410
    sell(till)
    messenger.run()
    assert states.of(hook).stopped == "gone"
    receiver.answer = lambda: 200
    receiver.requests.clear()
    states.resume(till, hook, skip_to=inorder.last_entry(till))
    last = sell(till)
    tell_all(messenger)
    assert [event["data"]["id"] for event in receiver.events] == [last]


def test_a_replaced_secret_signs_for_a_day_more(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook], clock: Clock
) -> None:
    from smartecr.register.outside import webhooks

    hook = subscribe()
    old = webhooks.shown_secret(KEY, hook)
    new = webhooks.shown_secret(KEY, webhooks.rotate(till, OWNER, hook.id))
    sell(till)
    tell_all(messenger)
    clock.forward(hours=25)
    sell(till)
    tell_all(messenger)
    assert [[signed_by(secret, *request) for secret in (old, new)] for request in receiver.requests] == [
        [True, True], [False, True],
    ]  # fmt: skip


def test_nobody_there_is_a_failure_that_passes(
    till: Till, messenger: Messenger, subscribe: Callable[..., Webhook]
) -> None:
    from smartecr.web.hooks import states

    with receiving() as gone:
        pass
    hook = subscribe(address=gone.address)
    far = subscribe(address="http://10.1.2.3/")
    sell(till)
    assert not messenger.run()
    assert [states.log(one.id)[0]["error"] for one in (hook, far)] == ["connection", "address"]


def test_a_float_is_told_as_no_sale(
    till: Till, receiver: Receiver, messenger: Messenger, subscribe: Callable[..., Webhook]
) -> None:
    from smartecr.register.cashdesk import cash

    subscribe("receipt.issued")
    cash.move(till, OWNER, till.new_id(), "Anfangsbestand", 20_000, "")
    sell(till)
    tell_all(messenger)
    told = [(event["data"]["total_cents"], event["data"]["cash_movement"]) for event in receiver.events]
    assert told == [(20_000, True), (240, False)]


def test_who_trickles_an_answer_is_cut_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.web.hooks import sending
    from smartecr.web.hooks.target import check

    monkeypatch.setattr(sending, "SECONDS", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            wire, _address = server.accept()
            with wire, suppress(OSError):
                wire.sendall(b"HTTP/1.1 204 No Content\r\n")
                while not ended.wait(0.02):
                    wire.sendall(b"X-More: 1\r\n")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        target = check(f"http://127.0.0.1:{server.getsockname()[1]}/", LOOPBACK)
        replies: list[Reply] = []
        sender = threading.Thread(target=lambda: replies.append(sending.post(target, b"{}", {})), daemon=True)
        sender.start()
        sender.join(20)
        told = [(reply.status, reply.error) for reply in replies]
        ended.set()
        thread.join()
    assert told == [(0, "timeout")]


def test_the_books_prove_who_was_told_and_a_sale_writes_nothing_for_it(
    till: Till, messenger: Messenger, subscribe: Callable[..., Webhook]
) -> None:
    from smartecr.register.books.verify import examine
    from smartecr.register.outside import webhooks
    from smartecr.sql import fetch

    webhooks.rotate(till, OWNER, subscribe().id)
    before = [row["kind"] for row in fetch("SELECT kind FROM register_journal ORDER BY seq")]
    sell(till)
    kinds = [row["kind"] for row in fetch("SELECT kind FROM register_journal ORDER BY seq")][len(before) :]
    assert not [kind for kind in kinds if "hook" in kind]
    assert fetch("SELECT * FROM api_hook_state") == []
    tell_all(messenger)
    assert examine().findings == []


@pytest.mark.parametrize(
    ("address", "ips", "why"),
    [
        ("https://example.org/x?y=1", ["93.184.216.34"], ""),
        ("https://example.org:8443/", ["93.184.216.34", "2606:2800:220:1::1"], ""),
        ("http://example.org/", ["93.184.216.34"], "Nur https"),
        ("https://example.org/", ["10.0.0.1"], "öffentlichen"),
        ("https://example.org/", ["93.184.216.34", "192.168.0.1"], "öffentlichen"),
        ("https://example.org/", ["169.254.169.254"], "öffentlichen"),
        ("https://example.org/", ["127.0.0.1"], "öffentlichen"),
        ("https://example.org/", ["0.0.0.0"], "öffentlichen"),
        ("https://example.org/", ["100.64.0.1"], "öffentlichen"),
        ("https://example.org/", ["224.0.0.1"], "öffentlichen"),
        ("https://example.org/", ["::1"], "öffentlichen"),
        ("https://example.org/", ["::ffff:127.0.0.1"], "öffentlichen"),
        ("https://example.org/", ["64:ff9b::7f00:1"], "öffentlichen"),
        ("https://example.org/", ["2002:7f00:1::"], "öffentlichen"),
        ("https://example.org/", ["fe80::1"], "öffentlichen"),
        ("https://example.org/", ["fd00::1"], "öffentlichen"),
        ("https://example.org/", [], "öffentlichen"),
        ("ftp://example.org/", ["93.184.216.34"], "https://"),
        ("https://", ["93.184.216.34"], "https://"),
        ("https://user:word@example.org/", ["93.184.216.34"], "Anmeldung"),
        ("https://example.org/#part", ["93.184.216.34"], "Anmeldung"),
        ("https://exämple.org/", ["93.184.216.34"], "Umlaute"),
        ("https://example.org:99999/", ["93.184.216.34"], "unlesbar"),
        ("https://[::1", ["93.184.216.34"], "unlesbar"),
        ("https://example.org/\r\nX: y", ["93.184.216.34"], "Umlaute"),
    ],
)
def test_where_a_webhook_may_go(address: str, ips: list[str], why: str) -> None:
    from smartecr.web.hooks.target import TargetError, check

    if not why:
        assert check(address, (), lambda _name, _port: ips).ip == ips[0]
        return
    with pytest.raises(TargetError, match=why):
        check(address, (), lambda _name, _port: ips)


@pytest.mark.parametrize(("setting", "allowed"), [("192.168.178.20", True), ("192.168.178.0/30, ::1/128", False)])
def test_a_setting_names_networks_of_the_shop(setting: str, allowed: bool) -> None:
    from smartecr.web.hooks.target import TargetError, check, networks

    def asked(address: str) -> Any:
        return check(address, networks(setting), lambda _name, _port: ["192.168.178.20"])

    if allowed:
        assert (asked("http://nas.lan:8080/a").host, asked("https://nas.lan/a").port) == ("nas.lan:8080", 443)
        return
    with pytest.raises(TargetError):
        asked("https://nas.lan/a")


@pytest.mark.parametrize(("name", "status", "error"), [("till.example", 204, ""), ("other.example", 0, "tls")])
def test_the_certificate_must_be_that_of_the_name(name: str, status: int, error: str, tmp_path: Path) -> None:
    from smartecr.web.hooks.sending import post
    from smartecr.web.hooks.target import check

    certificate = _certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with receiving(server) as receiver:
        address = f"https://{name}:{receiver.port}/hook"
        target = check(address, LOOPBACK, lambda _name, _port: ["127.0.0.1"])
        reply = post(target, b"{}", {"Webhook-Id": "1"}, trust)
        assert (reply.status, reply.error) == (status, error)
        assert [headers["host"] for headers, _body in receiver.requests] == [f"{name}:{receiver.port}"] * bool(status)


def _certificate(folder: Path) -> Path:
    """Write a certificate for till.example with its key, and return the file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "till.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("till.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
