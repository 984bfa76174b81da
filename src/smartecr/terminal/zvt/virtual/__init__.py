"""The virtual card terminal: a twin that speaks real ZVT over TCP and serial lines, for demo, training and tests.

It has a reader, a PIN pad of its own, a bank, paper and faults on command, and shows itself on a page of its own. No
money moves and every receipt says so. What enters here is device behaviour; nothing of the register, and nothing the
register's screens import: they meet it over the wire alone.
"""

from smartecr.terminal.zvt.virtual.faults import Action, Fault, Point
from smartecr.terminal.zvt.virtual.store import StoreError
from smartecr.terminal.zvt.virtual.switches import Identity, Setup, Switches, Times
from smartecr.terminal.zvt.virtual.terminal import VirtualTerminal

__all__ = ["Action", "Fault", "Identity", "Point", "Setup", "StoreError", "Switches", "Times", "VirtualTerminal"]
