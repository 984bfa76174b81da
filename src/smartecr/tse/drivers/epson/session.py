"""The conversation with one host: greeting, the device for us alone, requests one at a time, log-ins."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.epson import errors, frames, messages
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.frames import Envelope, FrameError, Splitter
from smartecr.tse.drivers.epson.messages import Fields, MessageError
from smartecr.tse.drivers.line import Deadline, Line
from smartecr.tse.errors import TseError, TseInvalidParameter, TseProtocolError

ADMINISTRATOR = "Administrator"
TIME_ADMIN = "TimeAdmin"
_COMMON = ""
#: seconds the host gets for its own work, on top of what the TSE gets
_MARGIN = 2.0


class Session:
    """Opens the device ``device_id`` on a fresh line. ``secret`` is shared with the host, ``timeout`` is seconds."""

    def __init__(
        self,
        line: Line,
        device_id: str,
        secret: Secret,
        timeout: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._device_id = device_id
        self._secret = secret
        self._timeout = timeout
        self._monotonic = monotonic
        self._splitter = Splitter()
        self._vendor = messages.VENDOR
        self._open = False
        with speaking():
            self._await("connect", self._deadline(timeout))
            self._ask_host(frames.open_device(device_id), "open_device", "OK", timeout)
        self._open = True

    def ask(self, function: str, fields: Fields | None = None, timeout: float = 0.0) -> Fields:
        """Run a function of the TSE and return its output. Raises HostError besides the errors of the line."""
        return self._run(function, fields or {}, self._vendor, timeout or self._timeout)

    def storage_info(self) -> Fields:
        """Ask the host about the TSE in it; no log-in, no signature."""
        info = messages.section(self._run("GetStorageInfo", {}, _COMMON, self._timeout), "tseInformation")
        vendor = info.get("vendorType")
        self._vendor = vendor if isinstance(vendor, str) and vendor else messages.VENDOR
        return info

    def log_in(self, user: str, pin: Secret) -> None:
        """Log in the administrator, or a client as time administrator, by a fresh challenge."""
        admin = user == ADMINISTRATOR
        function = "AuthenticateUserForAdmin" if admin else "AuthenticateUserForTimeAdmin"
        name = "userId" if admin else "clientId"
        self.ask(function, {name: user, "pin": _plain(pin), "hash": self._answer_challenge(user)})

    def log_out(self, user: str) -> None:
        """Log out."""
        if user == ADMINISTRATOR:
            self.ask("LogOutForAdmin")
        else:
            self.ask("LogOutForTimeAdmin", {"clientId": user})

    def unblock(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK; the host wants to know us first."""
        self.ask("AuthenticateHost", {"userId": ADMINISTRATOR, "hash": self._answer_challenge(ADMINISTRATOR)})
        try:
            function = "UnblockUserForAdmin" if role is Role.ADMIN else "UnblockUserForTimeAdmin"
            self.ask(function, {"userId": ADMINISTRATOR, "puk": _plain(puk), "newPin": _plain(new_pin)})
        finally:
            with suppress(HostError):
                self.ask("DeauthenticateHost", {"userId": ADMINISTRATOR})

    def close(self) -> None:
        """Give the device back and hang up; harmless when done already."""
        if self._open:
            self._open = False
            with suppress(TseError, HostError, FrameError):
                self._ask_host(frames.close_device(self._device_id), "close_device", "OK", _MARGIN)
        self._line.close()

    def _answer_challenge(self, user: str) -> str:
        challenge = messages.text(self.ask("GetChallenge", {"userId": user}), "challenge")
        return messages.secret_hash(challenge, self._secret.reveal())

    def _run(self, function: str, fields: Fields, vendor: str, timeout: float) -> Fields:
        request = messages.request(function, fields, vendor)
        try:
            message = frames.device_data(self._device_id, int(timeout * 1000), request)
        except FrameError as error:
            raise TseInvalidParameter(str(error)) from None
        reply = messages.read(self._ask_host(message, "device_data", "SUCCESS", timeout + _MARGIN).result)
        if reply.result != messages.OK:
            remaining = reply.output.get("remainingRetries")
            raise HostError(reply.result, remaining if isinstance(remaining, int) else None)
        if reply.function and reply.function != function:
            raise MessageError(f"an answer to {reply.function[:40]!r} instead of {function}")
        return reply.output

    def _ask_host(self, message: bytes, kind: str, good: str, timeout: float) -> Envelope:
        """Ask and wait. Answers carry no number: after one that did not come in time, or in form, we hang up."""
        deadline = self._deadline(timeout)
        self._splitter.forget()
        try:
            self._line.send(message, deadline.left())
            envelope = self._await(kind, deadline)
        except (TseError, FrameError):
            self._open = False
            self._line.close()
            raise
        if envelope.code != good:
            raise HostError(envelope.code or "no code")
        return envelope

    def _await(self, kind: str, deadline: Deadline) -> Envelope:
        """Wait for a message of a kind; what the host tells unasked is passed over."""
        while True:
            message = self._splitter.next()
            if message is None:
                self._splitter.feed(self._line.receive(deadline.left()))
                continue
            envelope = frames.read(message)
            if envelope.kind == kind:
                return envelope
            deadline.left()

    def _deadline(self, seconds: float) -> Deadline:
        return Deadline(seconds, self._monotonic)


def _plain(secret: Secret) -> str:
    try:
        return secret.reveal().decode("ascii")
    except UnicodeDecodeError:
        raise TseInvalidParameter("PINs and PUKs of this device are digits") from None


@contextmanager
def speaking(role: Role = Role.ADMIN) -> Iterator[None]:
    """Turn what the host refuses, or what cannot be read, into errors of the interface."""
    try:
        yield
    except HostError as error:
        raise errors.translate(error, role) from None
    except (FrameError, MessageError) as error:
        raise TseProtocolError(str(error)) from None
