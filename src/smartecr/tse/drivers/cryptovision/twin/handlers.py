"""The twin's commands: each takes the parameters off the wire, asks the virtual TSE, and makes the answer."""

import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

from smartecr.tse import der
from smartecr.tse.api import ALL, ExportReceipt, Tse
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.cryptovision import answers, commands, errors
from smartecr.tse.drivers.cryptovision.commands import Byte, Code, Parameter, Short, Status
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.session import USERS
from smartecr.tse.drivers.cryptovision.twin import exports, status
from smartecr.tse.drivers.cryptovision.twin.factory import Factory
from smartecr.tse.drivers.cryptovision.twin.quirks import Quirks
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDeactivated,
    TseDecommissioned,
    TseError,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TsePinBlocked,
    TsePukBlocked,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyClients,
    TseTooManyRecords,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnfinishedTransactions,
    TseUnplugged,
)

_CODES: dict[type[TseError], int] = {
    TseTimeNotSet: 0x8011,
    TseClientUnknown: 0x8012,
    TseTransactionUnknown: 0x800E,
    TseTooManyTransactions: 0x800C,
    TseTooManyClients: 0x801E,
    TseStorageFull: 0x801E,
    TseCertificateExpired: 0x800D,
    TseNotAuthorized: 0x8008,
    TseNotInitialized: 0x8009,
    TseDecommissioned: 0x8006,
    TseDeactivated: 0x801B,
    TseNoData: 0x8015,
    TseTooManyRecords: 0x8016,
    TseUnexportedData: 0x8017,
    TseUnfinishedTransactions: 0x8018,
    TseSelfTestRequired: 0x801D,
    TseSelfTestFailed: 0x8000,
}
_NO_MEANING = 0x8001
_ROLES = {name: role for role, name in USERS.items()}


class Handlers:
    """What the twin understands. ``factory`` is its state before it is put into operation."""

    def __init__(self, core: Tse, factory: Factory, quirks: Quirks) -> None:
        self._core = core
        self._factory = factory
        self._quirks = quirks
        self._exported: ExportReceipt | None = None
        self._table: dict[int, Callable[[Sequence[Parameter]], Sequence[Parameter]]] = {
            Code.START: self._start,
            Code.GET_PIN_STATES: lambda _: [self._factory.pin_states()],
            Code.INITIALIZE_PINS: self._initialize_pins,
            Code.AUTHENTICATE_USER: self._authenticate,
            Code.UNBLOCK_USER: self._unblock,
            Code.LOG_OUT: self._log_out,
            Code.INITIALIZE: self._initialize,
            Code.UPDATE_TIME: self._update_time,
            Code.GET_SERIAL_NUMBERS: lambda _: [answers.serial_numbers(self._serial())],
            Code.MAP_ERS_TO_KEY: self._map,
            Code.START_TRANSACTION: self._start_transaction,
            Code.UPDATE_TRANSACTION: self._update_transaction,
            Code.FINISH_TRANSACTION: self._finish_transaction,
            Code.GET_CERTIFICATES: lambda _: [exports.certificates(self._core)],
            Code.READ_LOG_MESSAGE: lambda _: [exports.last_message(self._core)],
            Code.ERASE: lambda _: self._delete(),
            Code.GET_CONFIG_DATA: lambda asked: [status.config(self._core, answers.number(asked))],
            Code.GET_STATUS: lambda asked: [status.status(self._core, answers.number(asked))],
            Code.DISABLE: self._disable,
            Code.GET_ERS_MAPPINGS: lambda _: [self._mappings()],
            Code.GET_KEY_DATA: self._key_data,
            Code.GET_WEAR_INDICATOR: lambda _: [Short(0)],
            Code.DELETE_DATA_UP_TO: self._delete_up_to,
            Code.SHUTDOWN: lambda _: [],
        }

    def run(self, code: int, parameters: Sequence[Parameter]) -> BinaryIO:
        """Run one command and return the whole answer. Raises CardError, CommandError, and what breaks the wire."""
        try:
            if code == Code.EXPORT_DATA:
                return self._export(parameters)
            if code == Code.EXPORT_MORE_DATA:
                after, most = answers.number(parameters, 1), answers.number(parameters, 2)
                return exports.export_more(self._core, after, most)
            handler = self._table.get(code)
            if handler is None:
                raise commands.CommandError(f"command {code}")
            answer = commands.answer(handler(parameters))
        except (TseUnplugged, TseConnectionLost, TseBusy):
            raise
        except TseError as error:
            raise CardError(_CODES.get(type(error), _NO_MEANING)) from None
        if self._quirks.swapped_lengths and (code, *parameters) == (Code.GET_STATUS, Status.OPEN_TRANSACTIONS):
            answer = _swap_lengths(answer)
        return io.BytesIO(answer)

    # ---- start, users, life

    def _start(self, _: Sequence[Parameter]) -> Sequence[Parameter]:
        if self._quirks.self_test_fails:
            raise CardError(errors.COMMUNICATION_FAILED)
        firmware = "TEST 240346" if self._quirks.first_generation else "TEST smartECR"
        return [firmware, self._core.info().public_key[-8:]]

    def _initialize_pins(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        if not any(self._factory.pin_states()):
            raise CardError(0x8007)
        secrets = self._factory.secrets
        if self._quirks.first_generation:
            values = [Secret(answers.data(parameters, index)) for index in range(4)]
            for role, (puk, pin) in {Role.ADMIN: values[:2], Role.TIME_ADMIN: values[2:]}.items():
                secrets[role, "puk"], secrets[role, "pin"] = puk, pin
        else:
            secrets[self._role(parameters), "puk"] = Secret(answers.data(parameters, 1))
        return []

    def _authenticate(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        name = answers.text(parameters)
        if name not in _ROLES:
            return _verdict(3, 0)
        role, pin = _ROLES[name], Secret(answers.data(parameters, 1))
        if self._factory.new:
            fits = self._factory.secrets.get((role, "pin")) == pin
            self._factory.logged_in |= {role} if fits else set()
            return _verdict(int(not fits), 3)
        return _judged(lambda: self._core.authenticate_user(role, pin))

    def _unblock(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        role = self._role(parameters)
        puk, pin = Secret(answers.data(parameters, 1)), Secret(answers.data(parameters, 2))
        if not self._factory.new:
            return _judged(lambda: self._core.unblock_user(role, puk, pin))
        fits = self._factory.secrets.get((role, "puk")) == puk
        if fits:
            self._factory.secrets[role, "pin"] = pin
        return _verdict(int(not fits), 3)

    def _log_out(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        role = self._role(parameters)
        if self._factory.new:
            self._factory.logged_in.discard(role)
        else:
            self._core.log_out(role)
        return []

    def _initialize(self, _: Sequence[Parameter]) -> Sequence[Parameter]:
        if not self._factory.new:
            raise CardError(_NO_MEANING)
        self._factory.initialize()
        return []

    def _update_time(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        self._core.update_time(answers.number(parameters))
        return []

    def _map(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        client, serial = answers.text(parameters), answers.data(parameters, 1)
        if serial == self._serial():
            self._core.register_client(client)
        elif serial:
            raise CardError(errors.NO_KEY)
        else:
            self._core.deregister_client(client)
        return []

    def _disable(self, _: Sequence[Parameter]) -> Sequence[Parameter]:
        self._core.decommission()
        return []

    def _role(self, parameters: Sequence[Parameter]) -> Role:
        try:
            return _ROLES[answers.text(parameters)]
        except KeyError:
            raise CardError(0x800B) from None

    # ---- transactions

    def _start_transaction(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        started = self._core.start_transaction(
            answers.text(parameters), answers.data(parameters, 1), answers.text(parameters, 2)
        )
        return [commands.number(started.transaction_number), *self._signed(started)]

    def _update_transaction(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        updated = self._core.update_transaction(*_content(parameters))
        return [] if updated is None else self._signed(updated)

    def _finish_transaction(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        return self._signed(self._core.finish_transaction(*_content(parameters)))

    def _signed(self, answer: object) -> list[Parameter]:
        counter, time, signature = (getattr(answer, name) for name in ("signature_counter", "log_time", "signature"))
        return [commands.number(counter), commands.number(time), signature, self._serial()]

    # ---- export

    def _export(self, parameters: Sequence[Parameter]) -> BinaryIO:
        chosen = exports.selection(parameters)
        content, receipt = exports.export(self._core, chosen)
        if chosen == ALL:
            self._exported = receipt
        return content

    def _delete_up_to(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        if self._exported is None or answers.number(parameters, 1) != self._exported.last_counter:
            raise CardError(0x8017)
        return self._delete()

    def _delete(self) -> Sequence[Parameter]:
        if self._exported is None:
            raise CardError(0x8017)
        self._core.delete_stored_data(self._exported)
        self._exported = None
        return []

    # ---- what it says about itself

    def _key_data(self, parameters: Sequence[Parameter]) -> Sequence[Parameter]:
        if answers.data(parameters, 1) != self._serial():
            raise CardError(errors.ID_NOT_FOUND)
        return [status.key_data(self._core, answers.number(parameters), wrapped=self._quirks.wrapped_key)]

    def _serial(self) -> bytes:
        if self._factory.new:
            raise CardError(errors.NOT_INITIALIZED)
        return bytes.fromhex(self._core.info().serial)

    def _mappings(self) -> bytes:
        clients = () if self._factory.new else self._core.info().clients or ()
        if not clients:
            return answers.mappings((), b"")
        content = answers.mappings(clients, self._serial())
        if self._quirks.wrong_der:
            _, start, _ = der.read_header(content, 0, len(content))
            content = bytes((0x30, (len(content) - start) & 0xFF)) + content[start:]
        return content


def _content(parameters: Sequence[Parameter]) -> tuple[str, int, bytes, str]:
    """Take apart what comes with an update or a finish."""
    number, client = answers.number(parameters), answers.text(parameters, 1)
    return client, number, answers.data(parameters, 2), answers.text(parameters, 3)


def _verdict(result: int, remaining: int) -> Sequence[Parameter]:
    return Byte(result), Short(remaining)


def _judged(attempt: Callable[[], None]) -> Sequence[Parameter]:
    """Say how a PIN or PUK was taken."""
    try:
        attempt()
    except TseAuthenticationFailed as error:
        return _verdict(1, error.remaining or 0)
    except (TsePinBlocked, TsePukBlocked):
        return _verdict(2, 0)
    return _verdict(0, 3)


def _swap_lengths(answer: bytes) -> bytes:
    """Mix up the length of the list and that of its one parameter."""
    return answer[3:5] + answer[2:3] + answer[0:2] + answer[5:]
