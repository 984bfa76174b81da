"""What the installed `smartecr` runs: quiet from its first moment on, then the command line.

While modules load nobody could say a word about Ctrl-C: it ends the process, until `cli.main` answers it in German.
"""

from __future__ import annotations

import signal


def hush() -> None:
    """Let Ctrl-C end this process without a word, unless somebody else has it in hand."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> int:
    """Load the command line and run it; return its exit code."""
    hush()
    from smartecr.server import cli

    return cli.main()
