"""Whether anything moves before the camera: nothing has to be read on a counter that stands still."""

from __future__ import annotations

from PIL import Image, ImageChops

_SIZE = 8
_LEAST = 10  # brightness a block must change by: noise averaged over 64 pixels stays far below
_BLOCKS = 3


class MotionGate:
    """Compares each frame with the one before, in an eighth of its size.

    Small and slow changes add up: the frame compared with is the last one that differed.
    """

    def __init__(self) -> None:
        self._last: Image.Image | None = None

    def moved(self, picture: Image.Image) -> bool:
        """Whether a grey picture differs from the last that did; the first one does."""
        small = picture.reduce(_SIZE)
        if not self.differs(small):
            return False
        self._last = small
        return True

    def differs(self, small: Image.Image) -> bool:
        """Whether a picture in an eighth of its size differs from the last that did; it is not remembered."""
        last = self._last
        if last is None or last.size != small.size:
            return True
        return sum(ImageChops.difference(small, last).histogram()[_LEAST:]) >= _BLOCKS
