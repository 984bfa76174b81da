"""A price-computing scale behind the checkout dialogue: order a weighing, ask for it, answer its challenge."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from smartecr.scanner.scale import records
from smartecr.scanner.scale.api import Module, ScaleError, Weighing
from smartecr.scanner.scale.records import ACK, ENQ, EOT, ETX, KILOGRAM, NAK, STATUS, STX

ANSWER_SECONDS = 0.5
STILL_SECONDS = 3.0
POLL_SECONDS = 0.1
_MOST = 200


class Wire(Protocol):
    """An open line to a scale. Methods raise OSError when it breaks."""

    def send(self, data: bytes) -> None:
        """Hand over `data`."""
        ...

    def receive(self, seconds: float) -> bytes:
        """Return what came within so long, b"" for nothing."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Dialog06:
    """One scale. The line is opened when it is needed and anew after it broke.

    One that was open is tried anew once: the scale may have been unplugged and put back meanwhile.
    """

    def __init__(
        self,
        connect: Callable[[], Wire],
        module: Module,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect, self._module = connect, module
        self._clock, self._pause = clock, pause
        self._wire: Wire | None = None

    @property
    def certificate(self) -> str:
        """Return the approval of the module that answers the scale's challenge."""
        return self._module.certificate

    def weigh(self, unit_price_cents: int, tare_g: int = 0, text: str = "") -> Weighing:
        """Return what lies on the scale, waiting a little for it to stand still. Raises ScaleError."""
        if not 0 < unit_price_cents < 10**records.PRICE_DIGITS:
            raise ScaleError("price")
        if not 0 <= tare_g < 10**records.TARE_DIGITS:
            raise ScaleError("tare")
        order = records.order(unit_price_cents, tare_g, text)
        was_open = self._wire is not None
        try:
            try:
                return self._weigh(order, unit_price_cents, tare_g)
            except OSError:
                self.close()
                if not was_open:
                    raise
                return self._weigh(order, unit_price_cents, tare_g)
        except OSError as error:
            self.close()
            raise ScaleError("offline") from error
        except ValueError as error:
            self.close()
            raise ScaleError("garbled") from error

    def close(self) -> None:
        """Let go of the line."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _weigh(self, order: bytes, unit_price_cents: int, tare_g: int) -> Weighing:
        end = self._clock() + STILL_SECONDS
        challenged = False
        while True:
            answer = self._exchange(EOT + order)
            if answer == ACK:
                number, fields = self._ask()
                if number == "02":
                    return _weighing(fields, unit_price_cents, tare_g)
                if number == "11" and not challenged:
                    challenged = True
                    self._identify(fields)
                    continue
                code = STATUS.get(fields[0], "refused") if number == "09" and fields else "garbled"
            else:
                code = self._reason()
            if code not in ("moving", "unfinished") or self._clock() >= end:
                raise ScaleError(code)
            self._pause(POLL_SECONDS)

    def _reason(self) -> str:
        """Ask why the order was refused (record 08) and return the code."""
        answer = self._exchange(EOT + records.record("08"))
        number, fields = records.parse(answer) if answer not in (ACK, NAK) else self._ask()
        if number != "09" or not fields:
            raise ValueError(f"no status: {number}")
        return STATUS.get(fields[0], "refused")

    def _identify(self, fields: list[str]) -> None:
        """Answer the challenge in record 11 (2 and two digits) with record 10. Raises ScaleError("module")."""
        challenge = fields[0][1:3] if fields and fields[0].startswith("2") else ""
        if len(challenge) != 2:
            raise ScaleError("module")
        checksum, correction = self._module.answer(challenge)
        if self._exchange(EOT + records.record("10", checksum + correction)) != ACK:
            raise ScaleError("module")
        number, said = self._ask()
        if number != "11" or not said or not said[0].startswith("1"):
            raise ScaleError("module")

    def _ask(self) -> tuple[str, list[str]]:
        """Ask for what the scale has to say (EOT ENQ) and return the record."""
        return records.parse(self._exchange(EOT + ENQ))

    def _exchange(self, data: bytes) -> bytes:
        """Send, return the answer (ACK, NAK or a record) and close it with EOT. Raises OSError without one."""
        if self._wire is None:
            self._wire = self._connect()
        self._wire.send(data)
        answer = bytearray()
        end = self._clock() + ANSWER_SECONDS
        while not _whole(answer):
            left = end - self._clock()
            if left <= 0:
                raise OSError("the scale does not answer")
            answer += self._wire.receive(left)
            if len(answer) > _MOST:
                raise ValueError("the scale does not come to an end")
        if answer[:1] == STX:
            self._wire.send(EOT)
        return bytes(answer)


def _whole(answer: bytearray) -> bool:
    return answer in (ACK, NAK) or (answer[:1] == STX and answer.endswith(ETX)) or answer[:1] not in (b"", STX)


def _weighing(fields: list[str], unit_price_cents: int, tare_g: int) -> Weighing:
    unit, weight, price, total = fields
    if unit != KILOGRAM or int(price) != unit_price_cents:
        raise ValueError(f"another weighing: {fields}")
    return Weighing(weight_g=int(weight), unit_price_cents=unit_price_cents, price_cents=int(total), tare_g=tare_g)
