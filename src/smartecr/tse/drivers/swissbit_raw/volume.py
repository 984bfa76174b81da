"""The files of the volume besides the mailbox: the status block, and the store seen through windows of 1 GiB."""

from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse.drivers.blockfile import BlockFile
from smartecr.tse.drivers.swissbit_raw import infoblock
from smartecr.tse.drivers.swissbit_raw.infoblock import InfoBlock, InfoBlockError
from smartecr.tse.errors import TseProtocolError

BLOCK = 512
#: blocks of one window
WINDOW = 2_097_152
#: most windows the store of any device has
_WINDOWS = 999
_CHUNK = 1 << 20


class Volume:
    """Opens files by name through ``open_file`` when they are needed, one window at a time."""

    def __init__(self, open_file: Callable[[str], BlockFile]) -> None:
        self._open_file = open_file
        self._status: BlockFile | None = None
        self._window: tuple[int, BlockFile] | None = None

    def close(self) -> None:
        """Release the files; harmless when closed already."""
        if self._status is not None:
            self._status.close()
            self._status = None
        if self._window is not None:
            self._window[1].close()
            self._window = None

    def info(self) -> InfoBlock:
        """Read the status block."""
        if self._status is None:
            self._status = self._open_file(infoblock.FILE_NAME)
        try:
            return infoblock.parse(self._status.read(infoblock.SIZE))
        except InfoBlockError as error:
            raise TseProtocolError(str(error)) from None

    def write(self, block: int, data: bytes) -> None:
        """Write process data from a block on, padded with zeros to whole blocks."""
        padded = data + bytes(-len(data) % BLOCK)
        while padded:
            window, inside = divmod(block, WINDOW)
            part = padded[: (WINDOW - inside) * BLOCK]
            self._file(window).write(part, inside * BLOCK)
            padded = padded[len(part) :]
            block += len(part) // BLOCK

    def copy(self, size: int, sink: BinaryIO) -> None:
        """Read ``size`` bytes of the store from its beginning into ``sink``: the whole export."""
        done = 0
        while done < size:
            window, inside = divmod(done // BLOCK, WINDOW)
            wanted = min(_CHUNK, size - done, (WINDOW - inside) * BLOCK)
            data = self._file(window).read(wanted + -wanted % BLOCK, inside * BLOCK)
            sink.write(data[:wanted])
            done += wanted

    def _file(self, window: int) -> BlockFile:
        if window >= _WINDOWS:
            raise TseProtocolError(f"block in window {window}")
        if self._window is None or self._window[0] != window:
            if self._window is not None:
                self._window[1].close()
            self._window = window, self._open_file(f"TSE_TAR.{window + 1:03d}")
        return self._window[1]
