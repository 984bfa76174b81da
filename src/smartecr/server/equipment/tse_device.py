"""The TSE of this register, as the setting `SMARTECR_TSE` names it.

`virtual` (the twin in the data folder, in operation), `virtual:/folder` (a twin factory-new at first), `auto` (the card
or stick that is plugged in; for those of Swissbit `auto?library=/opt/libWormAPI.so`), or `cryptovision:/media/TSE`,
`swissbit:/media/TSE?library=/opt/libWormAPI.so`, `swissbit-raw:/media/TSE` (experimental),
`epson://192.168.1.50:8009?device=local_TSE`, `diebold://192.168.1.51:5001?slot=1`, `diebold-serial:/dev/ttyACM0`,
`fiskaly:<id of the TSS>`.

Choosing opens nothing. PINs and keys come from `tse_secrets`. Drivers are loaded when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, urlsplit

from smartecr.core.records import dataclass
from smartecr.server.equipment.tse_secrets import TseSecrets, TseSettingError
from smartecr.tse.api import Tse
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.errors import TseNotSupported, TseUnplugged
from smartecr.tse.healing import PinOf

if TYPE_CHECKING:
    from smartecr.tse.drivers.detection import Volume, Watcher

VIRTUAL = "virtual"
TABLE = Path("/proc/self/mountinfo")
"""The kernel's table of mounts."""
_FORMS = (
    "virtual, virtual:/ordner, auto, cryptovision:/media/TSE, swissbit:/media/TSE?library=/opt/libWormAPI.so, "
    "swissbit-raw:/media/TSE, "
    "epson://adresse:8009?device=local_TSE, diebold://adresse:5001?slot=1, diebold-serial:/dev/ttyACM0, fiskaly:TSS-ID"
)
_SLOTS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way to a TSE: `open` opens it (each time anew), `pin_of` gives the PINs entrusted to the register.

    `folders` are looked into besides all mounts to notice plugging and pulling; None: it is not plugged in here.
    `keep_pins` writes PINs where `pin_of` finds them; None: they are not the shop's (the demo's).
    """

    open: Callable[[], Tse]
    pin_of: PinOf
    keep_pins: Callable[[Mapping[Role, Secret]], None] | None = None
    folders: tuple[Path, ...] | None = None
    table: Path = TABLE

    def watch(self, changed: Callable[[], None]) -> Watcher | None:
        """Have every plugging and pulling told, from a thread that the caller closes; None: there is none to notice."""
        if self.folders is None:
            return None
        from smartecr.tse.drivers.detection import Watcher

        def told(_volume: Volume) -> None:
            changed()

        return Watcher(told, told, folders=self.folders, table=self.table)


@dataclass(frozen=True, slots=True)
class _Setting:
    """The setting taken apart, and what a driver needs besides."""

    parts: SplitResult
    options: dict[str, str]
    secrets: TseSecrets
    clock: Callable[[], float]
    table: Path

    def folder(self) -> Path:
        """Return the path named, which must begin at the root."""
        if not self.parts.path.startswith("/") or self.parts.netloc:
            raise _unknown(self.parts.scheme)
        return Path(self.parts.path)

    def host(self) -> str:
        """Return the host named, and nothing else with it."""
        if not self.parts.hostname or "@" in self.parts.netloc or self.parts.path.strip("/"):
            raise _unknown(self.parts.scheme)
        return self.parts.hostname

    def port(self, default: int) -> int:
        """Return the port named."""
        try:
            return self.parts.port or default
        except ValueError:
            raise TseSettingError("SMARTECR_TSE: der Port ist keiner.") from None

    def library(self) -> Path | None:
        """Return the maker's library, which must be there."""
        if "library" not in self.options:
            return None
        path = Path(self.options["library"])
        if not path.is_file():
            raise TseSettingError(f"SMARTECR_TSE: die Bibliothek {path} gibt es nicht.")
        return path

    def choice(self, opener: Callable[[], Tse], folders: tuple[Path, ...] | None = None) -> Choice:
        """Return the way to it."""
        keep = self.secrets.keep
        return Choice(open=opener, pin_of=self.secrets.pin_of, keep_pins=keep, folders=folders, table=self.table)


def choose(setting: str, folder: Path, clock: Callable[[], float], client: str, *, table: Path = TABLE) -> Choice:
    """Return the way to the TSE named; `folder` is the data folder, `clock` unix seconds, `client` this register.

    `table` is the table of mounts. Raises TseSettingError.
    """
    if setting == VIRTUAL:
        from smartecr.tse import virtual

        return Choice(open=lambda: virtual.open_demo(folder / "tse", clock, client), pin_of=virtual.pin_of)
    try:
        parts = urlsplit(setting)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _unknown("") from None
    kind = parts.scheme or parts.path
    if kind not in _KINDS or parts.fragment:
        raise _unknown(kind)
    make, allowed = _KINDS[kind]
    if not given.keys() <= allowed or any(len(values) != 1 for values in given.values()):
        known = ", ".join(sorted(allowed)) or "nichts"
        raise TseSettingError(f"SMARTECR_TSE: bei {kind} darf hinter dem Fragezeichen nur stehen: {known}.")
    secrets = TseSecrets(folder)
    secrets.read()
    return make(_Setting(parts, {name: values[0] for name, values in given.items()}, secrets, clock, table))


def _unknown(kind: str) -> TseSettingError:
    named = f"{kind!r} mit dieser Angabe" if kind in _KINDS else f"{kind!r}"
    return TseSettingError(f"SMARTECR_TSE: {named} ist keine TSE. Möglich: {_FORMS}")


def _auto(setting: _Setting) -> Choice:
    if setting.parts.scheme:
        raise _unknown("auto")
    library = setting.library()

    def opener() -> Tse:
        from smartecr.tse.drivers.detection import volumes

        found = volumes.scan(setting.table.read_bytes(), ())
        if not found:
            raise TseUnplugged("no TSE among the mounted volumes")
        if found[0].kind == "cryptovision":
            return _open_cryptovision(found[0].folder, setting.clock)
        if library is None:
            raise TseNotSupported(f"Swissbit TSE in {found[0].folder}: SMARTECR_TSE names no library for it")
        return _open_swissbit(found[0].folder, library, setting.clock)

    return setting.choice(opener, ())


def _virtual(setting: _Setting) -> Choice:
    folder = setting.folder()

    def opener() -> Tse:
        from smartecr.tse.virtual import VirtualTse

        return VirtualTse(folder, setting.clock)

    return setting.choice(opener)


def _cryptovision(setting: _Setting) -> Choice:
    folder = setting.folder()
    return setting.choice(lambda: _open_cryptovision(folder, setting.clock), (folder,))


def _swissbit(setting: _Setting) -> Choice:
    folder, library = setting.folder(), setting.library()
    if library is None:
        raise TseSettingError("SMARTECR_TSE: swissbit braucht die Bibliothek des Herstellers (?library=/pfad).")
    return setting.choice(lambda: _open_swissbit(folder, library, setting.clock), (folder,))


def _swissbit_raw(setting: _Setting) -> Choice:
    folder = setting.folder()

    def opener() -> Tse:
        from smartecr.tse.drivers.swissbit_raw.device import SwissbitRawTse

        return SwissbitRawTse.at(folder, clock=setting.clock)

    return setting.choice(opener, (folder,))


def _open_cryptovision(folder: Path, clock: Callable[[], float]) -> Tse:
    from smartecr.tse.drivers.cryptovision import CryptovisionTse

    return CryptovisionTse.at(folder, clock=clock)


def _open_swissbit(folder: Path, library: Path, clock: Callable[[], float]) -> Tse:
    from smartecr.tse.drivers.swissbit import SwissbitTse

    return SwissbitTse.at(folder, library, clock=clock)


def _epson(setting: _Setting) -> Choice:
    host, port, device = setting.host(), setting.port(8009), setting.options.get("device", "local_TSE")
    if not device:
        raise _unknown("epson")

    def opener() -> Tse:
        from smartecr.tse.drivers.epson import EpsonTse

        return EpsonTse.at(host, setting.secrets.pin_of, port=port, device_id=device)

    return setting.choice(opener)


def _diebold(setting: _Setting) -> Choice:
    host, port, slot = setting.host(), setting.port(5001), setting.options.get("slot", "1")
    if not (slot.isascii() and slot.isdecimal() and 1 <= int(slot[:9]) <= _SLOTS):
        raise TseSettingError(f"SMARTECR_TSE: slot ist eine Zahl von 1 bis {_SLOTS}.")

    def opener() -> Tse:
        from smartecr.tse.drivers.diebold import DieboldTse

        return DieboldTse.at_host(host, port, int(slot))

    return setting.choice(opener)


def _diebold_serial(setting: _Setting) -> Choice:
    path = setting.folder()

    def opener() -> Tse:
        from smartecr.tse.drivers.diebold import DieboldTse

        return DieboldTse.at_port(str(path))

    return setting.choice(opener)


def _fiskaly(setting: _Setting) -> Choice:
    from smartecr.tse.drivers.fiskaly import FiskalyTse, values

    tss = setting.parts.path
    if setting.parts.netloc or not values.is_identifier(tss):
        raise _unknown("fiskaly")
    key, secret = setting.secrets.fiskaly()
    return setting.choice(lambda: FiskalyTse.at(tss, key, secret))


_KINDS: dict[str, tuple[Callable[[_Setting], Choice], set[str]]] = {
    "virtual": (_virtual, set()),
    "auto": (_auto, {"library"}),
    "cryptovision": (_cryptovision, set()),
    "swissbit": (_swissbit, {"library"}),
    "swissbit-raw": (_swissbit_raw, set()),
    "epson": (_epson, {"device"}),
    "diebold": (_diebold, {"slot"}),
    "diebold-serial": (_diebold_serial, set()),
    "fiskaly": (_fiskaly, set()),
}
