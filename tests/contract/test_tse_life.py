"""From the box to the safe: information, commissioning, users, clients, time, self test, the end of life."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256

import pytest

from contract.tse_bench import Bench, Fault
from contract.tse_steps import CLIENT, OTHER, commission, export, logged_in, sell
from smartecr.tse.api import Capability, Lifecycle, NewCredentials, Role, Secret, Tse
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseClientUnknown,
    TseDecommissioned,
    TseInvalidParameter,
    TseNotAuthorized,
    TseNotInitialized,
    TseNotSupported,
    TsePinBlocked,
    TsePukBlocked,
    TseRefused,
    TseUnfinishedTransactions,
    TseUnplugged,
)
from smartecr.tse.readiness import ensure_ready
from support import independent_tse

WRONG = Secret("0" * 12)


def credentials(bench: Bench, tse: Tse) -> NewCredentials:
    return bench.credentials(tse.credential_rules)


def wrong_pin(tse: Tse) -> Secret:
    return Secret("0" * tse.credential_rules.pin_length)


def wrong_puk(tse: Tse) -> Secret:
    return Secret("0" * tse.credential_rules.puk_length)


def needs(tse: Tse, capability: Capability) -> None:
    if capability not in tse.capabilities:
        pytest.skip(f"{tse.kind} has no {capability.name}")


def test_it_says_who_it_is(tse: Tse) -> None:
    info = tse.info()
    assert info.serial == sha256(info.public_key).hexdigest()
    assert info.algorithm in independent_tse.NAMES
    assert info.time_format == "unixTime"
    assert info.description
    assert info.state is Lifecycle.INITIALIZED
    assert info.clients is None or CLIENT in info.clients
    assert independent_tse.key_of(info.certificates[0])[0].hex() == info.serial
    independent_tse.verify_chain(list(info.certificates))


def test_what_it_says_of_its_limits_makes_sense(tse: Tse) -> None:
    info = tse.info()
    for used, most in (
        (info.signatures_remaining, info.max_signatures),
        (info.storage_used, info.storage_total),
        (info.open_transactions, info.max_open_transactions),
        (len(info.clients or ()), info.max_clients),
        (info.time_sync_in, info.time_sync_interval),
    ):
        assert used is None or most is None or 0 <= used <= most
    assert info.open_transactions in (None, 0)


def test_it_is_ready(bench: Bench, tse: Tse) -> None:
    ensure_ready(tse.info(), bench.clock.now)


def test_a_new_device_signs_nothing_by_itself(new: Tse) -> None:
    needs(new, Capability.INITIALIZE)
    assert new.info().state is Lifecycle.UNINITIALIZED
    with pytest.raises(TseNotInitialized):
        ensure_ready(new.info(), 0)
    with pytest.raises((TseNotInitialized, TseRefused)):
        new.start_transaction(CLIENT)


def test_opening_does_not_put_it_into_operation(bench: Bench) -> None:
    for _ in range(2):
        with closing(bench.open()) as opened:
            needs(opened, Capability.INITIALIZE)
            assert opened.info().state is Lifecycle.UNINITIALIZED


def test_it_is_put_into_operation_once(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.INITIALIZE)
    with pytest.raises(TseAlreadyInitialized):
        tse.initialize(credentials(bench, tse), CLIENT)
    sell(tse)


def test_a_wrong_pin_is_told_with_the_tries_left_and_blocks_in_the_end(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.PIN_MANAGEMENT)
    remaining = None
    for _ in range(20):
        try:
            tse.authenticate_user(Role.ADMIN, wrong_pin(tse))
        except TseAuthenticationFailed as error:
            if error.remaining is not None:
                assert remaining is None or error.remaining == remaining - 1
                remaining = error.remaining
        except TsePinBlocked:
            break
    with pytest.raises(TsePinBlocked):
        tse.authenticate_user(Role.ADMIN, credentials(bench, tse).admin_pin)
    assert remaining in (None, 0)
    sell(tse)


def test_a_right_pin_gives_the_tries_back(bench: Bench, tse: Tse) -> None:
    for _ in range(4):
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.TIME_ADMIN, wrong_pin(tse))
        tse.authenticate_user(Role.TIME_ADMIN, credentials(bench, tse).time_admin_pin)
        tse.log_out(Role.TIME_ADMIN)


def test_tries_survive_a_restart(bench: Bench) -> None:
    with closing(bench.open()) as tse:
        needs(tse, Capability.PIN_MANAGEMENT)
        commission(bench, tse)
    for _ in range(3):
        with closing(bench.open()) as tse, pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.ADMIN, wrong_pin(tse))
    with closing(bench.open()) as tse, pytest.raises(TsePinBlocked):
        tse.authenticate_user(Role.ADMIN, credentials(bench, tse).admin_pin)


def test_the_puk_sets_a_new_pin(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.PIN_MANAGEMENT)
    known = credentials(bench, tse)
    for _ in range(3):
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.ADMIN, wrong_pin(tse))
    new = Secret("7" * tse.credential_rules.pin_length)
    tse.unblock_user(Role.ADMIN, known.admin_puk, new)
    tse.authenticate_user(Role.ADMIN, new)
    tse.log_out(Role.ADMIN)
    with pytest.raises(TseAuthenticationFailed):
        tse.authenticate_user(Role.ADMIN, known.admin_pin)


def test_a_wrong_puk_is_told_and_sets_nothing(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.PIN_MANAGEMENT)
    known = credentials(bench, tse)
    with pytest.raises((TseAuthenticationFailed, TsePukBlocked)):
        tse.unblock_user(Role.ADMIN, wrong_puk(tse), known.time_admin_pin)
    tse.authenticate_user(Role.ADMIN, known.admin_pin)


def test_a_pin_is_changed_by_the_old_one(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.PIN_MANAGEMENT)
    known = credentials(bench, tse)
    new = Secret("7" * tse.credential_rules.pin_length)
    try:
        tse.change_pin(Role.TIME_ADMIN, known.time_admin_pin, new)
    except TseNotSupported:
        pytest.skip(f"{tse.kind} changes PINs by the PUK only")
    tse.authenticate_user(Role.TIME_ADMIN, new)
    tse.log_out(Role.TIME_ADMIN)
    with pytest.raises(TseAuthenticationFailed):
        tse.change_pin(Role.TIME_ADMIN, known.time_admin_pin, new)


def test_a_puk_is_changed_by_the_old_one(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.PIN_MANAGEMENT)
    known = credentials(bench, tse)
    new = Secret("7" * tse.credential_rules.puk_length)
    try:
        tse.change_puk(Role.ADMIN, known.admin_puk, new)
    except TseNotSupported:
        pytest.skip(f"{tse.kind} has no way to change a PUK")
    tse.unblock_user(Role.ADMIN, new, known.admin_pin)


def test_logging_out_twice_is_harmless(bench: Bench, tse: Tse) -> None:
    tse.log_out(Role.ADMIN)
    tse.authenticate_user(Role.ADMIN, credentials(bench, tse).admin_pin)
    tse.log_out(Role.ADMIN)
    tse.log_out(Role.ADMIN)


def test_no_secret_is_in_an_error(bench: Bench, tse: Tse) -> None:
    with pytest.raises(TseAuthenticationFailed) as caught:
        tse.authenticate_user(Role.ADMIN, wrong_pin(tse))
    assert wrong_pin(tse).reveal().decode() not in f"{caught.value} {caught.value!r} {caught.value.detail}"


def test_clients_come_and_go(bench: Bench, tse: Tse) -> None:
    with pytest.raises(TseNotAuthorized) as caught:
        tse.register_client(OTHER)
    assert caught.value.role is Role.ADMIN
    with logged_in(bench, tse, Role.ADMIN):
        tse.register_client(OTHER)
        tse.register_client(OTHER)
    sell(tse, OTHER)
    clients = tse.info().clients
    assert clients is None or set(clients) == {CLIENT, OTHER}
    needs(tse, Capability.DEREGISTER)
    with logged_in(bench, tse, Role.ADMIN):
        tse.deregister_client(OTHER)
    with pytest.raises(TseClientUnknown):
        tse.start_transaction(OTHER)


def test_a_client_with_an_open_transaction_stays(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.DEREGISTER)
    number = tse.start_transaction(CLIENT).transaction_number
    with logged_in(bench, tse, Role.ADMIN), pytest.raises(TseUnfinishedTransactions):
        tse.deregister_client(CLIENT)
    tse.finish_transaction(CLIENT, number, b"", "")


@pytest.mark.parametrize("client_id", ["", "x" * 31, "a_b", "a/b", "ä", "a;b", "a\n"])
def test_client_ids_some_device_could_not_take_are_refused(bench: Bench, tse: Tse, client_id: str) -> None:
    with logged_in(bench, tse, Role.ADMIN), pytest.raises(TseInvalidParameter):
        tse.register_client(client_id)
    sell(tse)


def test_time_is_set_and_logged(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.SET_TIME)
    bench.clock.now += 100
    set_to = int(bench.clock.now) + 50
    with logged_in(bench, tse, Role.TIME_ADMIN):
        tse.update_time(set_to)
    started = tse.start_transaction(CLIENT)
    assert set_to <= started.log_time <= set_to + 2
    _, messages = export(tse)
    *_, update = (message for message in messages if message.operation.lower() == "updatetime")
    assert update.time == set_to


def test_the_time_needs_a_log_in(tse: Tse) -> None:
    needs(tse, Capability.SET_TIME)
    with pytest.raises(TseNotAuthorized) as caught:
        tse.update_time(1_795_454_600)
    assert caught.value.role is Role.TIME_ADMIN


def test_time_may_be_set_back(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.SET_TIME)
    sell(tse)
    bench.clock.now -= 3600
    with logged_in(bench, tse, Role.TIME_ADMIN):
        tse.update_time(int(bench.clock.now))
    assert tse.start_transaction(CLIENT).log_time == int(bench.clock.now)


def test_the_end_of_life(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.DECOMMISSION)
    sell(tse)
    with pytest.raises(TseNotAuthorized):
        tse.decommission()
    number = tse.start_transaction(CLIENT).transaction_number
    tse.authenticate_user(Role.ADMIN, credentials(bench, tse).admin_pin)
    with pytest.raises(TseUnfinishedTransactions):
        tse.decommission()
    tse.finish_transaction(CLIENT, number, b"", "")
    tse.decommission()
    assert tse.info().state is Lifecycle.DECOMMISSIONED
    with pytest.raises(TseDecommissioned):
        tse.start_transaction(CLIENT)
    _, messages = export(tse)
    assert "disablesecureelement" in [message.operation.lower() for message in messages]


def test_a_closed_device_says_so(bench: Bench) -> None:
    tse = bench.open()
    commission(bench, tse)
    tse.close()
    tse.close()
    with pytest.raises(TseUnplugged):
        tse.start_transaction(CLIENT)


def test_a_failed_self_test_is_told(bench: Bench, tse: Tse) -> None:
    needs(tse, Capability.SELF_TEST)
    if Fault.SELF_TEST_FAILS not in bench.faults:
        pytest.skip(f"{bench.name}: the wire has no such answer")
    bench.set(Fault.SELF_TEST_FAILS)
    from contract.tse_bench import EXPECTED

    with pytest.raises(EXPECTED[Fault.SELF_TEST_FAILS]):
        tse.run_self_test(CLIENT)
