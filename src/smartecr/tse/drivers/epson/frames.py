"""The envelopes of ePOS-Device XML: documents, each closed by one NUL byte; pure.

::

    host     <connect><data><client_id>…</client_id><protocol_version>…</protocol_version></data></connect>
    till     <open_device><device_id>…</device_id><data><type>type_storage</type></data></open_device>
    host     <open_device>… <code>OK</code> …</open_device>
    till     <device_data>… <type>operate</type><timeout>ms</timeout><requestdata>JSON</requestdata> …
    host     <device_data>… <success>true</success><code>SUCCESS</code> … <resultdata>JSON</resultdata> …
    till     <close_device><device_id>…</device_id></close_device>
"""

from typing import NamedTuple
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

END = b"\x00"
#: messages have 64 KiB at most (ePOS-Device XML); answers may be longer without harm
LARGEST_REQUEST = 64 << 10
LARGEST_ANSWER = 1 << 20


class FrameError(ValueError):
    """The bytes are no message of this protocol; the text says why."""


class Envelope(NamedTuple):
    """A message of the host: its kind, how it went, and the JSON inside (``result``)."""

    kind: str
    code: str
    result: str


def open_device(device_id: str) -> bytes:
    """Make the request to have a device alone."""
    return _message(
        f"<open_device>{_device(device_id)}<data><type>type_storage</type></data></open_device>",
    )


def close_device(device_id: str) -> bytes:
    """Make the request to give a device back."""
    return _message(f"<close_device>{_device(device_id)}</close_device>")


def device_data(device_id: str, timeout: int, request: str) -> bytes:
    """Make a request to the TSE; ``timeout`` is milliseconds. Raises FrameError for one that is too long."""
    return _message(
        f"<device_data>{_device(device_id)}<data><type>operate</type><timeout>{timeout}</timeout>"
        f"<requestdata>{_escaped(request)}</requestdata></data></device_data>"
    )


def read(message: bytes) -> Envelope:
    """Read a message (without its NUL). Raises FrameError."""
    try:
        root = fromstring(message, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FrameError(f"no XML: {error}") from None
    return Envelope(
        kind=root.tag,
        code=(root.findtext(".//code") or "").strip(),
        result=root.findtext(".//resultdata") or "",
    )


class Splitter:
    """Takes messages out of a stream of bytes: one may come in many pieces, many in one piece."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes off the line. Raises FrameError when a message does not end."""
        self._buffer += data
        if len(self._buffer) > LARGEST_ANSWER and END not in self._buffer:
            raise FrameError(f"a message of more than {LARGEST_ANSWER} bytes")

    def forget(self) -> None:
        """Drop what came unasked, so that it is not taken for the answer to what is asked next."""
        self._buffer.clear()

    def next(self) -> bytes | None:
        """Give the next whole message without its NUL, if there is one."""
        message, end, rest = self._buffer.partition(END)
        if not end:
            return None
        self._buffer = rest
        return bytes(message)


def _device(device_id: str) -> str:
    return f"<device_id>{_escaped(device_id)}</device_id>"


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _message(xml: str) -> bytes:
    message = xml.encode() + END
    if len(message) > LARGEST_REQUEST:
        raise FrameError(f"{len(message)} bytes, at most {LARGEST_REQUEST}")
    return message
