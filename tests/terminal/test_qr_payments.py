"""Paying with a customer's code against the provider's HTTP: once, whatever is cut, killed, refused or given up."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from smartecr.server.equipment.codes import open_codes
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.terminal.api import Kind, PaymentIntent, PaymentRef
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import (
    Aborted,
    Busy,
    ConfigError,
    NotSupported,
    PaymentPending,
    Rejected,
    TerminalError,
)
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.qr.alipay import Alipay, KeyTextError, Merchant, private_key, public_key, signed_text
from smartecr.terminal.qr.bluecode import Bluecode
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.provider import Charge, Provider, Reply, Standing
from smartecr.terminal.qr.routing import Scheme, schemes_of
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.qr.virtual import Fault, WalletServer, WalletService
from smartecr.terminal.qr.virtual.dialects import BRANCH, CLIENT, PASSWORD, USERNAME, AntomDialect
from smartecr.terminal.qr.virtual.service import ALIPAY_PLUS, BLUECODE, SANDBOX

OK = "98802222100100123456"
SLOW = "98802222999900301000"
MUTE = "98802222999900315000"
BROKEN = "98802222999900500500"


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    """The service's key (0), ours (1), a stranger's (2)."""
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def alipay(code: str) -> str:
    """A code of 24 digits that the twin takes for one of the published 20."""
    return f"2810{code}"


@dataclass
class Desk:
    """A till's side and the twin behind real HTTP; time passes only when somebody waits."""

    folder: Path
    kind: str = "bluecode"
    now: float = 1_795_604_400.0
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    events: list[PaymentEvent] = field(default_factory=list)
    on_wait: Callable[[], None] | None = None
    count: int = 0
    terminal: QrTerminal = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        antom = self.kind == "alipay"
        published = {alipay(code): code for code in (*SANDBOX, MUTE)} if antom else {}
        shows = ALIPAY_PLUS if antom else BLUECODE
        self.wallet = WalletService(
            lambda: self.now, random.Random(7), self.folder / "wallet.json", shows=shows, published=published
        )
        dialect = AntomDialect(key(0), key(1).public_key(), lambda: "2026-11-24T08:00:00+01:00") if antom else None
        self.server = WalletServer(self.wallet, dialect=dialect)
        self.start()

    def start(self) -> None:
        """A register after a start: only the journal is left."""
        if self.terminal is not None:
            self.terminal.close()
        self.provider = self.contract()
        zone = ZoneInfo("Europe/Berlin")
        self.terminal = QrTerminal([self.provider], now=lambda: self.now, zone=zone, terminal="K1", pause=self._pause)
        self.payments = Payments(
            "q1", self.terminal, self.journal, clock=lambda: self.now, zone=zone, tell=self.events.append
        )

    def contract(self, api: str = "", *, known: bool = True) -> Provider:
        """The provider's client; at another address, or with another key or password than it knows."""
        http, api = httpx.Client(verify=False), api or self.server.api
        if self.kind == "bluecode":
            return Bluecode(http, api, BRANCH, USERNAME, PASSWORD if known else "falsch")
        merchant = Merchant(client=CLIENT, store="laden-1", name="Kaffeehaus Müller", category="5812")
        now = lambda: datetime.fromtimestamp(self.now, UTC)  # noqa: E731
        return Alipay(http, api, merchant, key(1 if known else 2), key(0).public_key(), now=now)

    def _pause(self, stop: threading.Event, seconds: float) -> bool:
        self.now += seconds
        if self.on_wait is not None:
            self.on_wait()
        return stop.is_set()

    def intent(self, cents: int = 1234, **more: Any) -> PaymentIntent:
        self.count += 1
        values = {"kind": Kind.SALE, "means": self.kind, **more}
        return PaymentIntent(id=f"{self.count:032x}", amount=cents, created_at=self.now, **values)

    def pay(self, code: str = OK, cents: int = 1234, **more: Any) -> Outcome:
        intent = self.intent(cents, **more)
        self.terminal.offer(intent.id, CustomerCode(self.coded(code)))
        return self.payments.run(intent)

    def stop(self) -> None:
        """Want the payment asked for last to stop."""
        self.terminal.request_abort(f"{self.count:032x}")

    def coded(self, code: str) -> str:
        """Return a published code as this provider's customers show it."""
        return alipay(code) if self.kind == "alipay" and len(code) == 20 else code

    def resolve(self, most: int = 40) -> State:
        """Ask until it is certain, as the service does."""
        for _ in range(most):
            try:
                outcome = self.payments.resolve()
            except TerminalError as error:
                assert error.transient, error
                self.now += 5
                continue
            assert outcome is not None
            return outcome.state
        raise AssertionError("never resolved")

    @property
    def net(self) -> int:
        return sum(
            (1 if one.intent.kind is Kind.SALE else -1) * ((one.result and one.result.amount) or 0)
            for one in self.journal.records.values()
            if one.state is State.COMPLETED
        )

    def close(self) -> None:
        self.terminal.close()
        self.server.close()


@pytest.fixture(params=["bluecode", "alipay"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, request.param)
    yield made
    made.close()


def test_a_code_pays(desk: Desk) -> None:
    outcome = desk.pay()
    result = outcome.result
    assert outcome.state is State.COMPLETED and result is not None
    brand = {"bluecode": "Bluecode", "alipay": "Alipay+"}[desk.kind]
    assert (result.amount, result.brand, result.wallet) == (1234, brand, desk.kind)
    assert result.reference.startswith("bc") and result.technology == "qr"
    assert desk.wallet.net_cents == desk.net == 1234


def test_the_customer_confirms_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = lambda: bool(desk.wallet.answer(yes=True)) and None
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.COMPLETED
    assert EventKind.CUSTOMER_INPUT in [event.kind for event in desk.events]
    assert desk.wallet.net_cents == desk.net == 1234


def test_the_customer_refuses_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = lambda: bool(desk.wallet.answer(yes=False)) and None
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.DECLINED and outcome.result is not None
    assert outcome.result.reason == "Der Gast hat in der App abgelehnt."
    assert desk.wallet.net_cents == desk.net == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("98888888888888888888", "Dieser Handy-Code gilt nicht (mehr)."),
        ("98804444000000402006", "Die App hat die Zahlung abgelehnt."),
        ("98804444000000402007", "Das Limit in der App reicht nicht."),
        ("98800000000000000000", "Dieser Handy-Code gilt nicht (mehr)."),
    ],
)
def test_refusals_have_a_reason_and_a_next_step(desk: Desk, code: str, reason: str) -> None:
    outcome = desk.pay(code)
    assert outcome.state is State.DECLINED and outcome.result is not None
    assert outcome.result.reason == reason
    assert outcome.result.next_step
    assert desk.wallet.net_cents == 0 and desk.payments.pending is None


def test_a_code_of_the_phone_pays_once(desk: Desk) -> None:
    code = desk.wallet.code
    assert desk.pay(code).state is State.COMPLETED
    assert desk.pay(code).state is State.DECLINED
    assert desk.wallet.net_cents == 1234


def test_nobody_answers_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.ABORTED
    assert "/cancel" in desk.wallet.calls
    assert desk.wallet.net_cents == desk.net == 0


def test_the_cashier_stops_it(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = desk.stop
    assert desk.pay(desk.wallet.code).state is State.ABORTED
    assert desk.wallet.net_cents == 0
    desk.on_wait = None
    desk.wallet.hold = False
    desk.stop()
    assert desk.pay().state is State.COMPLETED  # the wish was for the other


def test_what_shall_stop_before_it_was_sent_is_not_sent(desk: Desk) -> None:
    desk.terminal.request_abort(f"{desk.count + 1:032x}")
    with pytest.raises(Aborted):
        desk.pay()
    assert desk.wallet.calls == [] and desk.journal.records == {}
    assert desk.pay().state is State.COMPLETED


def test_a_stop_that_comes_too_late_is_a_payment(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.wallet.cancel_wins = False

    def both() -> None:
        desk.wallet.answer(yes=True)
        desk.stop()

    desk.on_wait = both
    assert desk.pay(desk.wallet.code).state is State.COMPLETED
    assert desk.wallet.net_cents == desk.net == 1234


@pytest.mark.slow
@pytest.mark.parametrize(("what", "times"), [("lost", 1), ("mute", 1), ("mute", 4), ("503", 4), ("late", 1)])
@pytest.mark.parametrize("path", ["/payment", "/status", "/cancel"])
@pytest.mark.parametrize("code", [OK, SLOW, MUTE, "phone"])
def test_whatever_is_cut_books_and_provider_agree(desk: Desk, path: str, what: Any, times: int, code: str) -> None:
    desk.wallet.hold = code == "phone"
    desk.wallet.faults.append(Fault(path, what, times))
    outcome = desk.pay(desk.wallet.code if code == "phone" else code)
    if not outcome.settled:
        with pytest.raises(PaymentPending):
            desk.pay()
        desk.resolve()
    assert desk.payments.pending is None
    assert desk.wallet.net_cents == desk.net
    assert sum(1 for call in desk.wallet.calls if call == "/payment") == 1
    desk.now += 120
    assert desk.wallet.net_cents == desk.net  # nothing comes late


def test_a_provider_that_breaks_leaves_a_doubt_and_the_doubt_ends(desk: Desk) -> None:
    assert desk.pay(BROKEN).state is State.IN_DOUBT
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("milestone", ["begin", "note", "result", "finish"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("code", [OK, SLOW, MUTE])
def test_a_kill_at_any_milestone_ends_in_agreement(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, milestone: str, after: bool, code: str
) -> None:
    whole = getattr(desk.journal, milestone)

    def dies(*arguments: Any, **named: Any) -> None:
        if after:
            whole(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, milestone, dies)
        with contextlib.suppress(Killed):
            desk.pay(code)
    desk.start()
    if desk.payments.pending is not None:
        desk.resolve()
    assert desk.payments.pending is None
    assert desk.wallet.net_cents == desk.net


def test_cancelling_goes_on_until_it_is_certain_over_restarts(desk: Desk) -> None:
    desk.wallet.faults.append(Fault("/status", "503", 99))
    outcome = desk.pay(MUTE)
    assert outcome.state is State.IN_DOUBT
    desk.payments.give_up(outcome.payment_id, "Jana")
    desk.wallet.faults.append(Fault("/cancel", "503", 3))
    for _ in range(3):
        desk.start()
        record = desk.payments.pending
        assert record is not None and record.state is State.CANCELLING
        with pytest.raises(TerminalError) as waits:
            desk.payments.resolve()
        assert waits.value.transient
        assert desk.wallet.net_cents == 1234
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == desk.net == 0


def test_what_was_given_up_is_given_back_where_it_cannot_be_cancelled(desk: Desk) -> None:
    desk.wallet.cancel_wins = False
    desk.wallet.faults.append(Fault("/status", "503", 2))
    outcome = desk.pay(MUTE)
    desk.payments.give_up(outcome.payment_id, "Jana")
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == desk.net == 0
    assert "/refund" in desk.wallet.calls


def test_only_the_open_payment_is_given_up(desk: Desk) -> None:
    done = desk.pay()
    with pytest.raises(Rejected):
        desk.payments.give_up(done.payment_id, "Jana")
    assert desk.wallet.net_cents == 1234


def refund(desk: Desk, paid: Outcome) -> Outcome:
    assert paid.result is not None
    return desk.payments.run(desk.intent(1234, kind=Kind.REFUND, original=paid.result.ref))


def test_a_refund_goes_back_to_the_phone(desk: Desk) -> None:
    paid = desk.pay()
    assert refund(desk, paid).state is State.COMPLETED
    assert desk.wallet.net_cents == desk.net == 0
    assert refund(desk, paid).state is State.DECLINED  # not twice


@pytest.mark.parametrize("what", ["lost", "mute", "503"])
def test_a_cut_refund_is_never_made_twice(desk: Desk, what: Any) -> None:
    paid = desk.pay()
    desk.wallet.faults.append(Fault("/refund", what))
    outcome = refund(desk, paid)
    assert outcome.state is State.IN_DOUBT
    desk.resolve()
    assert desk.wallet.net_cents == desk.net
    assert desk.wallet.calls.count("/refund") == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"means": "wechat"}, NotSupported),
        ({"kind": Kind.RESERVATION}, NotSupported),
        ({"kind": Kind.REFUND}, NotSupported),
        ({"kind": Kind.REFUND, "original": PaymentRef()}, NotSupported),
        ({"currency": "USD"}, Rejected),
        ({"cents": 0}, Rejected),
        ({"cents": -5}, Rejected),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    desk: Desk, values: dict[str, Any], error: type[TerminalError]
) -> None:
    with pytest.raises(error) as refused:
        desk.pay(**values)
    assert refused.value.money == "none" and refused.value.message and refused.value.next_step
    assert desk.journal.records == {} and desk.wallet.calls == []


def test_without_a_code_nothing_is_sent(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.payments.run(desk.intent())
    assert desk.wallet.calls == []


def test_a_wrong_password_is_said(desk: Desk) -> None:
    stranger = desk.terminal.providers[desk.kind] = desk.contract(known=False)
    outcome = desk.pay()
    assert outcome.state is State.REJECTED and isinstance(outcome.error, ConfigError)
    assert "kennt diese Kasse nicht" in outcome.error.message
    with pytest.raises(ConfigError):
        stranger.greet()
    desk.provider.greet()
    stranger.close()
    desk.provider.close()


def test_without_network_nothing_is_charged(desk: Desk) -> None:
    away = desk.terminal.providers[desk.kind] = desk.contract("http://127.0.0.1:9/v4")
    outcome = desk.pay()
    assert outcome.state is State.REJECTED and outcome.error is not None
    assert "nicht erreichbar" in outcome.error.message
    away.close()
    desk.provider.close()


def test_the_code_is_nowhere_but_on_the_wire(desk: Desk, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [OK, MUTE, "98888888888888888888"]
    for code in secrets:
        outcome = desk.pay(code)
        if not outcome.settled:
            desk.resolve()
    kept = caplog.text + repr(desk.journal.records) + repr(desk.events) + repr(vars(desk.terminal))
    kept += (tmp_path / "wallet.json").read_text()
    assert desk.kind in kept  # something was written that could have held it
    for code in secrets:
        assert code not in kept
        assert code[3:16] not in kept


class Stub:
    """A provider that says what the test wants, and notes what it was asked."""

    name, schemes, cancel_wins = "bluecode", frozenset(), True

    def __init__(self, told: Standing, cancelled: Standing) -> None:
        self.told, self.cancelled = told, cancelled
        self.calls: list[str] = []

    def tell(self, charge_id: str) -> Reply:
        self.calls.append("tell")
        return Reply(standing=self.told)

    def cancel(self, charge_id: str) -> Reply:
        self.calls.append("cancel")
        return Reply(standing=self.cancelled)

    def close(self) -> None:
        pass


def test_what_the_provider_does_not_know_is_cancelled_and_waited_for(desk: Desk) -> None:
    stub: Any = Stub(Standing.UNKNOWN, Standing.UNKNOWN)
    terminal = QrTerminal([stub], now=lambda: desk.now, zone=ZoneInfo("Europe/Berlin"))
    intent = desk.intent(means=stub.name)
    with pytest.raises(Busy):  # a request of ours may still be on its way
        terminal.look_up(intent, desk.payments.recorder())
    assert "cancel" in stub.calls
    desk.now += 31
    assert terminal.look_up(intent, desk.payments.recorder()).found is False
    stub.cancelled = Standing.CANCELLED
    desk.now -= 31
    assert terminal.look_up(intent, desk.payments.recorder()).found is False  # confirmed: no need to wait


def test_the_same_id_twice_is_one_charge_and_says_how_it_stands(desk: Desk) -> None:
    charge = Charge(id="a" * 32, cents=500)
    for _ in range(2):
        assert desk.provider.charge(CustomerCode(desk.coded(OK)), charge).standing is Standing.APPROVED
    assert desk.wallet.net_cents == 500


def test_a_used_code_is_not_kept(desk: Desk) -> None:
    desk.pay()
    assert desk.terminal._codes == {}


def test_what_counts_as_paid_is_not_given_up(desk: Desk) -> None:
    intent = desk.intent()
    desk.journal.begin("q1", intent)
    desk.journal.note(intent.id, State.ACKED)
    with pytest.raises(NotSupported):
        desk.payments.give_up(intent.id, "Jana")


# ---- what only signed providers have


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, "alipay")
    yield made
    made.close()


def test_an_answer_that_is_not_the_services_is_no_answer(signed: Desk) -> None:
    """Somebody in between says yes: nothing counts but what the service's key signed."""
    dialect = signed.server._server.dialect
    assert isinstance(dialect, AntomDialect)
    dialect._key = key(2)
    outcome = signed.pay()
    assert outcome.state is State.IN_DOUBT and signed.net == 0
    dialect._key = key(0)
    assert signed.resolve() is State.COMPLETED
    assert signed.wallet.net_cents == signed.net == 1234


def test_a_tampered_request_is_refused_by_the_service(signed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    provider: Any = signed.provider
    whole = provider._http.post

    def dearer(url: str, *, content: bytes, **how: Any) -> httpx.Response:
        return whole(url, content=content.replace(b'"1234"', b'"9999"'), **how)  # type: ignore[no-any-return]

    monkeypatch.setattr(provider._http, "post", dearer)
    outcome = signed.pay()
    assert outcome.state is State.REJECTED and signed.wallet.net_cents == 0


def test_what_is_signed_is_as_published() -> None:
    at = "2019-05-28T12:12:12+08:00"
    text = signed_text("/ams/api/v1/payments/pay", "SANDBOX_5Y0566SG25J004124", at, '{"a":1}')
    assert text == b'POST /ams/api/v1/payments/pay\nSANDBOX_5Y0566SG25J004124.2019-05-28T12:12:12+08:00.{"a":1}'


def test_keys_come_as_pem_or_bare_base64() -> None:
    encoding, format_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    ours = key(1).private_bytes(encoding, format_, serialization.NoEncryption()).decode()
    public = key(1).public_key()
    theirs = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (ours, "".join(ours.splitlines()[1:-1])):
        assert private_key(text).public_key() == public
    for text in (theirs, "".join(theirs.splitlines()[1:-1])):
        assert public_key(text) == public
    for text in ("", "abc", theirs):
        with pytest.raises(KeyTextError):
            private_key(text)
    for text in ("", "abc", ours):
        with pytest.raises(KeyTextError):
            public_key(text)


def test_a_refund_under_way_is_waited_for(signed: Desk) -> None:
    provider: Any = signed.provider
    refund_ = {"transactionType": "REFUND", "transactionStatus": "PROCESSING"}
    answers = [{"paymentStatus": "SUCCESS", "paymentId": "p", "transactions": [refund_]}, {"paymentStatus": "PENDING"}]
    for told in answers:
        provider._call = lambda *_a, told=told, **_n: ("S", {"result": {}, **told})
        assert provider.tell("x").standing is Standing.PENDING


def keys_text() -> str:
    encoding = serialization.Encoding.PEM
    private = key(1).private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key(0).public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    return json.dumps({"alipay": {"private_key": private.decode(), "public_key": public.decode()}})


@pytest.mark.parametrize(
    ("setting", "secrets", "said"),
    [
        ("paypal:x", "", "ist kein Anbieter"),
        ("alipay:C1", "", "ist kein Anbieter"),
        ("alipay:C1?store=1&mcc=5812", "", "braucht private_key und public_key"),
        ("alipay:C1?store=1&mcc=58", "{}", "vier Ziffern"),
        ("alipay:C1?store=1&mcc=5812", '{"alipay": {"private_key": "x", "public_key": "y"}}', "RSA-Schlüssel"),
        ("virtual,virtual:alipay", "", "nur ein Übungsanbieter"),
        ("virtual:alipay,alipay:C1?store=1&mcc=5812", "keys", "steht zweimal da"),
    ],
)
def test_a_setting_of_contracts_that_cannot_be_says_why(tmp_path: Path, setting: str, secrets: str, said: str) -> None:
    secrets = keys_text() if secrets in ("{}", "keys") else secrets
    if secrets:
        (tmp_path / "payment-secrets.json").write_text(secrets)
        (tmp_path / "payment-secrets.json").chmod(0o600)
    till: Any = SimpleNamespace(clock=lambda: datetime.now(UTC), serial="K1")
    with pytest.raises(DeviceSettingError) as refused:
        open_codes(setting, tmp_path, till)
    assert said in str(refused.value)


def test_two_contracts_stand_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "payment-secrets.json").write_text(keys_text())
    (tmp_path / "payment-secrets.json").chmod(0o600)
    till: Any = SimpleNamespace(clock=lambda: datetime.now(UTC), serial="K1")
    driver, twin = open_codes("virtual, alipay:C1?store=1&name=Laden&mcc=5812&sandbox=1", tmp_path, till)
    assert driver is not None and twin is not None
    assert list(driver.providers) == ["bluecode", "alipay"]
    driver.close()
    twin.close()


def test_the_practice_provider_speaks_alipay_too(tmp_path: Path) -> None:
    till: Any = SimpleNamespace(clock=lambda: datetime.now(UTC), serial="K1")
    driver, twin = open_codes("virtual:alipay", tmp_path, till)
    assert driver is not None and twin is not None
    assert Scheme.ALIPAY_PLUS in schemes_of(twin.service.code)
    assert driver.status().ready
    driver.close()
    twin.close()
