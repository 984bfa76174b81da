"""An open card: wakes it, asks it, and turns what it refuses into the errors of the interface."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.cryptovision import answers, commands, errors
from smartecr.tse.drivers.cryptovision.commands import Code, CommandError, Parameter, Short
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.transport import Transport
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseConnectionLost,
    TseError,
    TseInternalError,
    TseInvalidParameter,
    TsePinBlocked,
    TseProtocolError,
    TsePukBlocked,
    TseTimeout,
    TseUnplugged,
)

USERS = {Role.ADMIN: "Admin", Role.TIME_ADMIN: "TimeAdmin"}
PIN_LENGTH = 8
PUK_LENGTH = 10

#: a card that knows no suspend mode never answers, so little is waited
_WAKE = 1.0


class Session:
    """The conversation with one card; made by ``wake``, ended by ``close``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._closed = False
        self.firmware = ""
        self.unique_id = b""

    def wake(self) -> None:
        """Switch suspend off and start the card. What it refuses right after power-up is asked once more."""
        for last in (False, True):
            # old samples know no suspend mode; what else is wrong shows at the start
            with suppress(TseTimeout, TseProtocolError, TseConnectionLost):
                self.transport.suspend(False, _WAKE)
            try:
                started = self.transport.call(Code.START)
                self.ask(Code.GET_STATUS, Short(commands.Status.LIFE_CYCLE))
            except CardError as error:
                if last or error.code not in errors.SLEEPY:
                    raise
            else:
                self.firmware, self.unique_id = answers.text(started), answers.data(started, 1)
                return

    def sleep(self) -> None:
        """Shut the card down and let it sleep; it matters no more if that fails."""
        try:
            self.transport.call(Code.SHUTDOWN, timeout=_WAKE)
            self.transport.suspend(True, _WAKE)
        except (TseError, CardError):
            return

    def close(self) -> None:
        """Put the card to sleep and release the file; harmless when closed already."""
        if not self._closed:
            self.sleep()
            self.release()

    def release(self) -> None:
        """Release the file without a word to the card."""
        self._closed = True
        self._transport.close()

    @property
    def transport(self) -> Transport:
        """The way to the card. Raises TseUnplugged when it is closed."""
        if self._closed:
            raise TseUnplugged("the device is closed")
        return self._transport

    def ask(self, code: Code, *parameters: Parameter) -> list[Parameter]:
        """Run a command. Raises CardError besides the errors of the transport."""
        return self.transport.call(code, *parameters)

    def config(self, item: commands.Config) -> list[Parameter]:
        """Ask for a constant of the card."""
        return self.ask(Code.GET_CONFIG_DATA, Short(item))

    def status(self, item: commands.Status) -> int:
        """Ask for a number of the card's state."""
        return answers.number(self.ask(Code.GET_STATUS, Short(item)))

    def key_data(self, item: commands.KeyData, serial: bytes) -> list[Parameter]:
        """Ask for something about the key."""
        return self.ask(Code.GET_KEY_DATA, Short(item), serial)

    def log_in(self, role: Role, pin: Secret) -> None:
        """Log a user in."""
        if len(pin.reveal()) != PIN_LENGTH:
            raise TseInvalidParameter(f"a PIN of this device has {PIN_LENGTH} characters")
        judge(self.ask(Code.AUTHENTICATE_USER, USERS[role], pin.reveal()), TsePinBlocked)

    def log_out(self, role: Role) -> None:
        """Log a user out."""
        self.ask(Code.LOG_OUT, USERS[role])

    def unblock(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a PIN by the PUK."""
        check_lengths(puk, new_pin)
        judge(self.ask(Code.UNBLOCK_USER, USERS[role], puk.reveal(), new_pin.reveal()), TsePukBlocked)


def check_lengths(puk: Secret, pin: Secret) -> None:
    """Raise TseInvalidParameter for a PUK or PIN of another length than the card's."""
    if len(puk.reveal()) != PUK_LENGTH or len(pin.reveal()) != PIN_LENGTH:
        raise TseInvalidParameter(f"PUK and PIN of this device have {PUK_LENGTH} and {PIN_LENGTH} characters")


def judge(parameters: Sequence[Parameter], blocked: type[TseError]) -> None:
    """Raise what the card says of a PIN or PUK it was given."""
    result = answers.number(parameters)
    remaining = answers.number(parameters, 1) if len(parameters) > 1 else None
    if result == 1:
        raise TseAuthenticationFailed(f"{remaining} tries left", remaining)
    if result == 2:
        raise blocked()
    if result == 3:
        raise TseInvalidParameter("the device does not know this user")
    if result != 0:
        raise TseInternalError(f"authentication result {result}")


@contextmanager
def speaking(role: Role = Role.ADMIN, meanings: dict[int, Callable[[str], TseError]] | None = None) -> Iterator[None]:
    """Turn what the card refuses, or what cannot be read, into errors of the interface.

    ``role`` is who would have had to log in, ``meanings`` what single codes mean for this request.
    """
    try:
        yield
    except CardError as error:
        special = (meanings or {}).get(error.code)
        raise (special(str(error)) if special else errors.translate(error, role)) from None
    except CommandError as error:
        raise TseProtocolError(str(error)) from None
