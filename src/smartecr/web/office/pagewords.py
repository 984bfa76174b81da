"""The few forms of Markdown the handbook is written in, as HTML: no library is needed for pages of our own.

Headings, paragraphs, lists (one within another), tables, blocks of code (fenced or indented); in a line `code`,
**strong**, *emphasis* and links. All words are escaped; there is no HTML in the handbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Link = Callable[[str], str]

_FORMS = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|\*(?P<em>[^*\s][^*]*)\*|\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)"
)
_ITEM = re.compile(r"(?P<indent> *)(?P<mark>[-*]|\d+\.) +(?P<words>.*)")
_FENCE = "```"
_INDENT = "    "


def page(text: str, link: Link) -> tuple[str, SafeString]:
    """Return the title of a page and its body; `link` says where the target of a link leads, "" for nowhere."""
    head, _newline, rest = text.partition("\n")
    return head.removeprefix("# ").strip(), mark_safe("\n".join(_blocks(rest.split("\n"), link)))  # noqa: S308 escaped


def line(text: str, link: Link) -> str:
    """Return the words of a line with their forms."""
    parts: list[str] = []
    at = 0
    for found in _FORMS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(_formed(found, link))
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def _formed(found: re.Match[str], link: Link) -> str:
    if found["code"]:
        return f"<code>{escape(found['code'])}</code>"
    if found["strong"]:
        return f"<strong>{line(found['strong'], link)}</strong>"
    if found["em"]:
        return f"<em>{line(found['em'], link)}</em>"
    address, words = link(found["target"]), line(found["words"], link)
    return f'<a href="{escape(address)}">{words}</a>' if address else words


def _blocks(lines: list[str], link: Link) -> list[str]:
    blocks, at = [], 0
    while at < len(lines):
        first, start = lines[at], at
        if not first.strip():
            at += 1
        elif first.startswith(_FENCE):
            at = lines.index(_FENCE, at + 1) + 1
            blocks.append(_code(lines[start + 1 : at - 1]))
        elif first.startswith(_INDENT):
            at = _end(lines, at, lambda one: one.startswith(_INDENT))
            blocks.append(_code([one.removeprefix(_INDENT) for one in lines[start:at]]))
        elif first.startswith("#"):
            at += 1
            level = len(first) - len(first.lstrip("#"))
            blocks.append(f"<h{level}>{line(first.lstrip('#').strip(), link)}</h{level}>")
        elif first.startswith("|"):
            at = _end(lines, at, lambda one: one.startswith("|"))
            blocks.append(_table(lines[start:at], link))
        elif _ITEM.match(first):
            at = _end(lines, at, lambda one: bool(one.strip()))
            blocks.append(_list(lines[start:at], link))
        else:
            at = _end(lines, at, lambda one: bool(one.strip()) and not one.startswith(("|", "#", _FENCE, "- ")))
            blocks.append(f"<p>{line(' '.join(lines[start:at]), link)}</p>")
    return blocks


def _end(lines: list[str], at: int, belongs: Callable[[str], bool]) -> int:
    while at < len(lines) and belongs(lines[at]):
        at += 1
    return at


def _code(lines: list[str]) -> str:
    return f'<pre tabindex="0"><code>{escape(chr(10).join(lines))}</code></pre>'


def _list(lines: list[str], link: Link) -> str:
    items: list[tuple[list[str], list[str]]] = []
    tag = "ul" if lines[0].lstrip()[0] in "-*" else "ol"
    for one in lines:
        found = _ITEM.match(one)
        if found and not found["indent"]:
            items.append(([found["words"]], []))
        elif found or items[-1][1]:
            items[-1][1].append(one.strip())
        else:
            items[-1][0].append(one.strip())
    rows = (f"<li>{line(' '.join(words), link)}{_list(within, link) if within else ''}</li>" for words, within in items)
    return f"<{tag}>{''.join(rows)}</{tag}>"


def _table(lines: list[str], link: Link) -> str:
    head, rows = _cells(lines[0]), [_cells(one) for one in lines[2:]]
    tops = "".join(f'<th scope="col">{line(cell, link)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{line(first, link)}</th>{"".join(f"<td>{line(cell, link)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    table = f'<table class="table"><thead><tr>{tops}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="table-box" tabindex="0">{table}</div>'


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().strip("|").split("|")]
