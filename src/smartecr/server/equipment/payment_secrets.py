"""What the shop entrusts to the register for payments: `payment-secrets.json` in the data folder, for its owner alone.

    {"bluecode": {"username": "…", "password": "…"}, "sumup": {"api_key": "…", "affiliate_key": "…"},
     "stripe": {"api_key": "…"}, "alipay": {"private_key": "…", "public_key": "…"}}

The keys of `alipay` are ours and the service's, as PEM or the base64 in it.

Every part may be missing; there may be no file at all.
"""

from __future__ import annotations

from pathlib import Path

from smartecr.server.equipment import secretfile
from smartecr.server.equipment.settingerror import DeviceSettingError

NAME = "payment-secrets.json"
_PARTS = {
    "bluecode": {"username", "password"},
    "sumup": {"api_key", "affiliate_key"},
    "stripe": {"api_key"},
    "alipay": {"private_key", "public_key"},
}
_EXAMPLE = '{"bluecode": {"username": "…", "password": "…"}, "stripe": {"api_key": "…"}}'


def of(folder: Path, part: str, *needed: str) -> dict[str, str]:
    """Return the secrets of a service. Raises DeviceSettingError when one of `needed` is missing."""
    path = folder / NAME
    try:
        found = secretfile.read(path, _PARTS, _EXAMPLE).get(part, {})
    except secretfile.SecretFileError as error:
        raise DeviceSettingError(str(error)) from None
    if not set(needed) <= found.keys():
        raise DeviceSettingError(f"{part} braucht {' und '.join(needed)} in {path}.")
    return found
