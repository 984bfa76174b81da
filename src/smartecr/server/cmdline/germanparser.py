"""argparse in German: its headings, its help, and what it says about a wrong line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

_SAID: Final = (
    (r"the following arguments are required: (.*)", r"Es fehlt: \1"),
    (r"unrecognized arguments: (.*)", r"Das kennt dieser Befehl nicht: \1"),
    (r"(?:argument (.*): )?invalid choice: (.*) \(choose from (.*)\)", r"\1: \2 gibt es nicht. Möglich: \3"),
    (r"argument (.*): invalid \w+ value: (.*)", r"\1: \2 ist keine ganze Zahl"),
    (r"argument (.*): expected (?:one|at least one|\d+) arguments?", r"\1: Hier fehlt eine Angabe"),
    (r"argument (.*): ignored explicit argument (.*)", r"\1: nimmt keine Angabe, auch nicht \2"),
    (r"ambiguous option: (.*) could match (.*)", r"\1 ist mehrdeutig. Möglich: \2"),
    (r"argument (.*?): (.*)", r"\1: \2"),
)
"""What argparse of Python 3.11 and later says, and what that means."""


class _Formatter(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "Aufruf: " if prefix is None else prefix)


class GermanParser(argparse.ArgumentParser):
    """An ArgumentParser that speaks German; its subcommands become such parsers too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Formatter, **options)
        self._positionals.title = "Angaben"
        self._optionals.title = "Optionen"
        self.add_argument("-h", "--help", action="help", help="diese Hilfe zeigen")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the line and end with 2."""
        self.exit(2, f"{in_german(message)}\nSo geht es: {self.prog} --help\n")


def in_german(message: str) -> str:
    """Return what argparse says about a line in German."""
    for said, meant in _SAID:
        if found := re.fullmatch(said, message, re.DOTALL):
            return found.expand(meant).removeprefix(": ")
    return message
