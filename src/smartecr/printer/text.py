"""Documents as plain text for a paper of so many columns.

The widths in use are 32 (58 mm paper), 42 and 48 (80 mm, and the screen). Every amount ends on one edge; where VAT
letters stand behind amounts, the edge lies two columns inside. Texts wrap before the amounts, amounts are never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartecr.core.money import format_cents
from smartecr.printer.compose import blocks
from smartecr.printer.document import (
    Bars,
    Big,
    Block,
    Heading,
    Mark,
    Note,
    Pair,
    ReceiptDocument,
    ReportDocument,
    Row,
    Rule,
    Signature,
    Table,
    TableRow,
    Total,
    Verbatim,
)
from smartecr.printer.wrap import plain, width, wrap

LEAST_COLUMNS = 24
_LEAST_TEXT = 8
_HANG = 4


def render(document: ReceiptDocument | ReportDocument, columns: int = 48) -> str:
    """Return `document` as lines of at most `columns` columns, each ended by a newline.

    QR codes are left out: text cannot draw them, and the law is met by the values in words (§ 6 KassenSichV).
    Raises ValueError below 24 columns, where amounts would no longer fit beside their texts.
    """
    if columns < LEAST_COLUMNS:
        raise ValueError(f"{columns} columns are too few for a receipt, at least {LEAST_COLUMNS}")
    column = blocks(document)
    paper = Paper(columns, amount_columns(column), tagged=tagged(column))
    return "".join(f"{line.rstrip()}\n" for block in column for line in paper.lines(block))


def tagged(column: Sequence[Block]) -> bool:
    """Tell whether VAT letters stand behind the amounts of a document."""
    return any(isinstance(block, Row) and block.tag for block in column)


def amount_columns(column: Sequence[Block]) -> int:
    """Return how wide the amounts on the edge are: as the largest or the smallest of them."""
    cents = [one.cents for one in column if isinstance(one, (Row, Total)) and one.cents is not None]
    return max((len(format_cents(one)) for one in (max(cents), min(cents))), default=0) if cents else 0


class Paper:
    """The layout of a document on so many columns: where amounts end and how wide they are."""

    def __init__(self, columns: int, amount: int, *, tagged: bool) -> None:
        self.columns = columns
        self.edge = columns - 2 if tagged else columns
        self.amount = amount

    def lines(self, block: Block) -> Iterator[str]:
        """Yield the lines of a block of the document; a QR code has none."""
        match block:
            case Rule(double):
                yield ("=" if double else "-") * self.columns
            case Heading(text, level):
                yield from self._heading(text, level)
            case Mark(text):
                yield from self._mark(text)
            case Big(text):
                first, *rest = wrap(text, self.columns) or [""]
                yield first
                yield from (" " * _HANG + line for part in rest for line in wrap(part, self.columns - _HANG))
            case Note(text, centred):
                yield from (self._centre(line) if centred else line for line in wrap(text, self.columns))
            case Verbatim(text, centred):
                yield from self._verbatim(text, centred)
            case Pair(label, value):
                yield from self._pair(label, value)
            case Row() | Total():
                yield from self._row(block)
            case Table():
                yield from self._table(block)
            case Signature(text):
                yield from ("", "", "_" * self.columns)
                yield from wrap(text, self.columns)
            case Bars(code):
                yield self._centre(code)

    def _centre(self, line: str) -> str:
        return " " * ((self.columns - width(line)) // 2) + line

    def _verbatim(self, text: str, centred: bool) -> Iterator[str]:
        """Another's line as it is; a centred one anew, since their paper may be of another width."""
        line = "".join(sign for sign in text if sign.isprintable())
        if centred:
            yield from (self._centre(part) for part in wrap(line, self.columns) or [""])
            return
        yield line[: self.columns]
        for place in range(self.columns, len(line.rstrip()), self.columns):
            yield line[place : place + self.columns]

    def _heading(self, text: str, level: int) -> Iterator[str]:
        if level > 2:
            yield from wrap(text, self.columns)
            return
        words = text.upper() if level == 1 else text
        yield from (self._centre(line) for line in wrap(words, self.columns))

    def _mark(self, text: str) -> Iterator[str]:
        for line in wrap(text, self.columns - 8):
            yield self._centre(f"*** {line} ***")

    def _pair(self, label: str, value: str) -> Iterator[str]:
        label, value = plain(label), plain(value)
        gap = self.columns - width(label) - width(value)
        if gap >= 1:
            yield label + " " * gap + value
            return
        yield from wrap(label, self.columns)
        room = self.columns - 2
        if value.isascii() and " " not in value:  # a number or signature: full lines, broken anywhere
            yield from (f"  {value[start : start + room]}" for start in range(0, len(value), room))
        else:
            yield from (f"  {line}" for line in wrap(value, room))

    def _row(self, row: Row | Total) -> Iterator[str]:
        if isinstance(row, Total):
            row = Row(row.text.upper(), row.cents)
        margin = " " * row.indent
        lead = f"{plain(row.lead)} " if row.lead else ""
        tag = f" {row.tag}" if row.tag else ""
        room = self.columns - row.indent - width(lead)
        if row.cents is None:
            yield from (margin + lead + line for line in wrap(row.text, room))
            return
        amount = format_cents(row.cents)
        room -= self.columns - self.edge + self.amount + 1
        if room < _LEAST_TEXT:
            yield from (margin + line for line in wrap(lead + row.text, self.columns - row.indent))
            yield self._with_amount("", amount, tag)
            return
        first, *rest = wrap(row.text, room) or [""]
        yield self._with_amount(margin + lead + first, amount, tag)
        yield from (margin + " " * min(width(lead), _HANG) + line for line in rest)

    def _with_amount(self, head: str, amount: str, tag: str) -> str:
        return head + " " * (self.edge - width(head) - len(amount)) + amount + tag

    def _table(self, table: Table) -> Iterator[str]:
        cells = [list(table.head[1:]), *([format_cents(cents) for cents in row.cents] for row in table.rows)]
        names = [plain(table.head[0]), *(plain(row.label) for row in table.rows)]
        widths = [max(width(row[index]) for row in cells) + 1 for index in range(len(cells[0]))]
        room = self.edge - sum(widths)
        if room < width(names[0]):
            yield from (line for row in table.rows for line in self._stacked(table.head, row))
            return
        first = max(width(name) for name in names if width(name) <= room)
        share, rest = divmod(room - first, len(widths))
        widths = [size + share + (index < rest) for index, size in enumerate(widths)]
        for name, row in zip(names, cells, strict=True):
            if width(name) > first:
                yield from wrap(name, self.columns)
                name = ""
            line = name + " " * (first - width(name))
            yield line + "".join(" " * (size - width(cell)) + cell for size, cell in zip(widths, row, strict=True))

    def _stacked(self, head: tuple[str, ...], row: TableRow) -> Iterator[str]:
        yield from wrap(f"{head[0]} {row.label}", self.columns)
        for name, cents in zip(head[1:], row.cents, strict=True):
            yield from self._row(Row(name, cents, indent=2))
