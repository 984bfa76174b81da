"""What can be wrong with bytes of the protocol; never with content in the text, which could be card data."""


class ZvtFormatError(ValueError):
    """Bytes that are no ZVT, or a value that cannot be written in it. The text names places and lengths only."""
