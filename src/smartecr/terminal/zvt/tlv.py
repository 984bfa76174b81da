"""The TLV container of BMP 06: tags of one or more bytes, lengths in the BER way, constructed by bit 6 of the tag.

Reading masks card data and never fails: what cannot be read stays, masked, in ``rest``. Writing is strict.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from smartecr.terminal.masking import blot, mask_card_number, mask_opaque, mask_text
from smartecr.terminal.zvt.errors import ZvtFormatError

__all__ = ["Node", "constructed", "find", "length", "node", "read", "read_length", "value", "values", "write"]

#: half bytes or characters of a card, its tracks and its chip's secrets
_CARD_NUMBER = frozenset((0x5A,))
_SECRET = frozenset((0x57, 0x1F08, 0x1F09, 0x1F0A, 0x1F1A, 0x1F5E, 0x9F1F, 0x9F20, 0x56, 0x63))
_DEEPEST = 16


class Node(NamedTuple):
    """One tag: ``value`` of a primitive one, ``children`` of a constructed one (then ``value`` is empty)."""

    tag: int
    value: bytes = b""
    children: "tuple[Node, ...]" = ()


def node(tag: int, content: "bytes | Iterable[Node]" = b"") -> Node:
    """Make a node out of a value, or of children where the tag is a constructed one."""
    if isinstance(content, bytes):
        if constructed(tag) and content:
            raise ZvtFormatError(f"tag {tag:X} holds tags, not a value")
        return Node(tag, content)
    if not constructed(tag):
        raise ZvtFormatError(f"tag {tag:X} holds a value, not tags")
    return Node(tag, b"", tuple(content))


def constructed(tag: int) -> bool:
    """Tell whether a tag holds tags."""
    while tag > 0xFF:
        tag >>= 8
    return bool(tag & 0x20)


def length(size: int) -> bytes:
    """Write a length in its shortest form."""
    if size < 0x80:
        return bytes((size,))
    if size < 0x100:
        return bytes((0x81, size))
    if size <= 0xFFFF:
        return b"\x82" + size.to_bytes(2, "big")
    raise ZvtFormatError(f"{size} bytes do not fit into a container")


def read_length(data: bytes, place: int) -> tuple[int, int] | None:
    """Return (length, place after it); None when it is cut off or of a kind that does not occur."""
    if place >= len(data):
        return None
    first = data[place]
    if first < 0x80:
        return first, place + 1
    count = first & 0x7F
    if count not in (1, 2) or place + 1 + count > len(data):
        return None
    return int.from_bytes(data[place + 1 : place + 1 + count], "big"), place + 1 + count


def write(nodes: Iterable[Node]) -> bytes:
    """Write nodes one after the other."""
    parts = []
    for tag, content, children in nodes:
        body = write(children) if children else content
        parts.append(tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length(len(body)) + body)
    return b"".join(parts)


def read(data: bytes) -> tuple[tuple[Node, ...], bytes]:
    """Return the nodes and what is left over, masked, when the bytes stop making sense."""
    return _read(data, 0)


def _read(data: bytes, depth: int) -> tuple[tuple[Node, ...], bytes]:
    nodes: list[Node] = []
    place, end = 0, len(data)
    while place < end:
        start = place
        tag, place = _tag(data, place)
        measured = read_length(data, place) if tag is not None else None
        if tag is None or measured is None or measured[1] + measured[0] > end:
            return tuple(nodes), mask_opaque(data[start:])
        size, place = measured
        content = data[place : place + size]
        place += size
        nodes.append(_node(tag, content, depth))
    return tuple(nodes), b""


def _node(tag: int, content: bytes, depth: int) -> Node:
    if content and constructed(tag) and depth < _DEEPEST:
        children, rest = _read(content, depth + 1)
        return Node(tag, rest) if rest and not children else Node(tag, b"", children)
    if tag in _CARD_NUMBER:
        return Node(tag, mask_card_number(content))
    return Node(tag, blot(content) if tag in _SECRET else mask_text(content))


def _tag(data: bytes, place: int) -> tuple[int | None, int]:
    tag = data[place]
    place += 1
    if tag & 0x1F == 0x1F:
        for _ in range(3):
            if place >= len(data):
                return None, place
            more = data[place]
            tag = tag << 8 | more
            place += 1
            if more < 0x80:
                return tag, place
        return None, place
    return tag, place


def find(nodes: Iterable[Node], *path: int) -> Node | None:
    """Return the first node on a path of tags; None when there is none."""
    for found in nodes:
        if found.tag == path[0]:
            deeper = found if len(path) == 1 else find(found.children, *path[1:])
            if deeper is not None:
                return deeper
    return None


def value(nodes: Iterable[Node], *path: int) -> bytes | None:
    """Return the value of the first node on a path of tags."""
    found = find(nodes, *path)
    return None if found is None else found.value


def values(nodes: Iterable[Node], tag: int) -> Iterator[bytes]:
    """Yield the values of all nodes of a tag, at any depth, in order."""
    for found in nodes:
        if found.tag == tag:
            yield found.value
        yield from values(found.children, tag)
