"""The few pieces of DER/BER that TSE data need, written out by hand because they run for every sale.

Encoding is canonical (minimal lengths, minimal integers). Reading is bounded: no recursion, no
length is believed beyond the bytes at hand.
"""

#: elements of indefinite length inside each other; real ones hold one
_DEEPEST = 16


class DerError(ValueError):
    """The bytes are not the TLV structure they should be; the text says where."""


def length(size: int) -> bytes:
    """Encode a definite length in the shortest form."""
    if size < 0x80:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) >> 3, "big")
    return bytes((0x80 | len(octets),)) + octets


def tlv(tag: int, content: bytes) -> bytes:
    """Encode one element with a one-byte tag."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    return bytes((tag,)) + length(size) + content


def integer(value: int, tag: int = 0x02) -> bytes:
    """Encode an INTEGER as minimal two's complement (ITU-T X.690, 8.3)."""
    octets = value.to_bytes(
        (value.bit_length() >> 3) + 1 if value >= 0 else ((~value).bit_length() >> 3) + 1, "big", signed=True
    )
    return bytes((tag, len(octets))) + octets


def read_header(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Read tag and length at ``position``; return (tag, start of content, end of content).

    An indefinite length is returned with -1 as end. Raises DerError when the element does not fit.
    """
    if position + 2 > end:
        raise DerError(f"element cut off at byte {position}")
    tag = data[position]
    size = data[position + 1]
    start = position + 2
    if tag & 0x1F == 0x1F:
        raise DerError(f"tag of several bytes at byte {position}")
    if size < 0x80:
        stop = start + size
    elif size == 0x80:
        return tag, start, -1
    else:
        count = size & 0x7F
        if count > 8 or start + count > end:
            raise DerError(f"length out of bounds at byte {position}")
        stop = start + count + int.from_bytes(data[start : start + count], "big")
        start += count
    if stop > end:
        raise DerError(f"element at byte {position} reaches beyond its container")
    return tag, start, stop


def read_chunks(data: bytes, position: int, end: int) -> tuple[bytes, int]:
    """Read OCTET STRING chunks up to the end-of-contents octets of an indefinite length.

    Return the joined chunks and the position after ``00 00``.
    """
    chunks: list[bytes] = []
    while True:
        if data[position : position + 2] == b"\x00\x00" and position + 2 <= end:
            return b"".join(chunks), position + 2
        tag, start, stop = read_header(data, position, end)
        if tag != 0x04 or stop < 0:
            raise DerError(f"chunk at byte {position} is not a plain OCTET STRING")
        chunks.append(data[start:stop])
        position = stop


def skip_indefinite(data: bytes, position: int, end: int) -> int:
    """Find the end of an element of indefinite length whose content begins at ``position``.

    Return the position after its ``00 00``. Nesting is followed without recursion, at most 16 deep.
    """
    depth = 1
    while depth:
        if data[position : position + 2] == b"\x00\x00" and position + 2 <= end:
            depth -= 1
            position += 2
            continue
        _, start, stop = read_header(data, position, end)
        depth += stop < 0
        position = start if stop < 0 else stop
        if depth > _DEEPEST:
            raise DerError(f"nested too deep at byte {position}")
    return position


def read_integer(content: bytes) -> int:
    """Decode an INTEGER's content; real devices write up to 8 bytes, 32 are accepted."""
    if not 1 <= len(content) <= 32:
        raise DerError("INTEGER of no or absurd length")
    return int.from_bytes(content, "big", signed=True)


def split_ecdsa(signature: bytes) -> tuple[int, int]:
    """Read a DER signature SEQUENCE{r, s}. Raises DerError for anything else."""
    tag, start, stop = read_header(signature, 0, len(signature))
    if tag != 0x30 or stop != len(signature):
        raise DerError("not a SEQUENCE of two integers")
    numbers = []
    position = start
    for _ in range(2):
        tag, start, position = read_header(signature, position, stop)
        if tag != 0x02 or not 1 <= position - start <= 67:
            raise DerError("not a SEQUENCE of two integers")
        numbers.append(int.from_bytes(signature[start:position], "big", signed=True))
    if position != stop:
        raise DerError("bytes behind the second integer")
    return numbers[0], numbers[1]


def plain_ecdsa(signature: bytes, half: int) -> bytes:
    """Turn a canonical DER signature into raw r‖s of ``half`` bytes each (BSI TR-03111, 5.2.2).

    For signatures just made by a trusted library: reads the two lengths and nothing else.
    """
    start = 4 if signature[1] < 0x80 else 5
    middle = start + signature[start - 1]
    return signature[start:middle][-half:].rjust(half, b"\x00") + signature[middle + 2 :][-half:].rjust(half, b"\x00")


def der_ecdsa(plain: bytes, half: int) -> bytes:
    """Turn raw r‖s of ``half`` bytes each into a DER signature; the counterpart of ``plain_ecdsa``.

    A half of zeros gives the integer 0, which is part of no valid signature.
    """
    known = _FRAMES.get(half)
    r, s = plain[0], plain[half]
    if known and r and s:
        head, middle = known[(r >> 7) * 2 + (s >> 7)]
        return head + plain[:half] + middle + plain[half:]
    return tlv(0x30, integer(int.from_bytes(plain[:half])) + integer(int.from_bytes(plain[half:])))


def _frames(half: int) -> tuple[tuple[bytes, bytes], ...]:
    """Write what stands before r and before s, by whether the highest bit of r and that of s is set."""
    return tuple(
        (bytes((0x30, 2 * half + 4 + r + s, 0x02, half + r)) + bytes(r), bytes((0x02, half + s)) + bytes(s))
        for r in (0, 1)
        for s in (0, 1)
    )


_FRAMES = {half: _frames(half) for half in (28, 32, 48)}
