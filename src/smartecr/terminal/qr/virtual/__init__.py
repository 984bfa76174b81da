"""The twin of a provider of customer codes: its HTTP on a port of this machine, and a phone that shows codes.

It ships: demo shops pay with it, tests break it on purpose. It is no part of the register and shares no file with it.
"""

from smartecr.terminal.qr.virtual.server import WalletServer as WalletServer
from smartecr.terminal.qr.virtual.service import Fault as Fault
from smartecr.terminal.qr.virtual.service import WalletService as WalletService
