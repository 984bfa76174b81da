"""The twin: a virtual TSE behind the wire of this card. A frame goes in, a frame comes out.

It has the habits of real cards, the bad ones by switch (``Quirks``).
"""

import io
import os
from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse.api import Tse
from smartecr.tse.drivers.cryptovision import commands, errors, frames
from smartecr.tse.drivers.cryptovision.commands import Code, CommandError
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.twin.factory import Factory
from smartecr.tse.drivers.cryptovision.twin.handlers import Handlers
from smartecr.tse.drivers.cryptovision.twin.quirks import Quirks
from smartecr.tse.errors import TseBusy, TseConnectionLost

_CONTROLLER_FAILED = 0xFF01
_BUSY = 0xFFFF
_NO_MEANING = 0x8001


class Card:
    """The card: ``core`` signs and keeps, ``random`` makes answers' tokens."""

    def __init__(
        self,
        core: Tse,
        quirks: Quirks | None = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.quirks = quirks or Quirks()
        self._random = random
        self._handlers = Handlers(core, Factory(core), self.quirks)
        self._rest: BinaryIO | None = None
        self._awake = False

    def power_up(self) -> None:
        """Forget what a card forgets without current."""
        self._awake = False
        self._drop()

    def answer(self, frame: bytes) -> bytes | None:
        """Answer a frame; None where a real card says nothing. Raises TseUnplugged."""
        try:
            command, mode, token = frames.read_request(frame)
        except frames.FrameError:
            return None
        if mode != frames.NORMAL:
            return None if self.quirks.no_suspend else frames.response(b"", self._token(token))
        if command == frames.CONTINUE:
            return frames.response(self._piece(), self._token(token))
        self._drop()
        if command == frames.CANCEL:
            return frames.response(b"", self._token(token))
        try:
            self._rest = self._run(command)
        except TseConnectionLost:
            return frames.status(_CONTROLLER_FAILED, self._token(token))
        except TseBusy:
            return frames.status(_BUSY, self._token(token))
        return frames.response(self._piece(), self._token(token))

    def _token(self, asked: bytes) -> bytes:
        token = self._random(4)
        return token if token != asked else bytes(byte ^ 0xFF for byte in token)

    def _piece(self) -> bytes:
        if self._rest is None:
            return b""
        piece = self._rest.read(self.quirks.largest)
        if len(piece) < self.quirks.largest:
            self._drop()
        return piece

    def _drop(self) -> None:
        if self._rest is not None:
            self._rest.close()
            self._rest = None

    def _run(self, command: bytes) -> BinaryIO:
        """Run a command; return its whole answer to be sent in pieces."""
        try:
            code, parameters = commands.decode(command)
            refused = self._refuse(code)
            if refused:
                return io.BytesIO(commands.error(refused))
            return self._handlers.run(code, parameters)
        except CommandError:
            return io.BytesIO(commands.error(_NO_MEANING))
        except CardError as refusal:
            return io.BytesIO(commands.error(refusal.code))

    def _refuse(self, code: int) -> int:
        """Tell the error of a card that is not awake yet, or 0."""
        if self.quirks.first_command_fails > 0:
            self.quirks.first_command_fails -= 1
            return self.quirks.refusal
        if code == Code.START:
            self._awake = True
        if not self._awake:
            return errors.NO_STARTUP
        if code == Code.SHUTDOWN:
            self._awake = False
        return 0
