"""Public keys as devices hand them out: the bare point, or the point inside something."""

from hashlib import sha256

_POINTS = (65, 97, 129)


def point(content: bytes, serial: bytes) -> bytes:
    """Find the uncompressed point whose SHA-256 is the serial number (TR-03153); empty when there is none."""
    position = content.find(b"\x04")
    while position >= 0:
        for size in _POINTS:
            candidate = content[position : position + size]
            if len(candidate) == size and sha256(candidate).digest() == serial:
                return candidate
        position = content.find(b"\x04", position + 1)
    return b""
