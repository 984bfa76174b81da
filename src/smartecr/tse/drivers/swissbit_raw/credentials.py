"""The PUK and PINs a device comes with: made of the dealer's seed and the device's serial number."""

from hashlib import sha256
from typing import NamedTuple

from smartecr.tse.credentials import Secret


class TransportCredentials(NamedTuple):
    """What the device knows before it is put into operation."""

    puk: Secret
    admin_pin: Secret
    time_admin_pin: Secret


def derive(seed: bytes, serial: bytes) -> TransportCredentials:
    """Make them: last digits of three numbers of eight bytes out of SHA-256 over seed and serial number."""
    digest = sha256(seed + serial).digest()
    first, second, third = (int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16))
    return TransportCredentials(
        Secret(f"{first % 10**6:06d}"), Secret(f"{second % 10**5:05d}"), Secret(f"{third % 10**5:05d}")
    )
