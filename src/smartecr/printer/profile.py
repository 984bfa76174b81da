"""What receipt printers can do, as data. A renderer knows nothing but its profile.

Code page numbers are each maker's own (ESC t n): 19 is CP858 on Epson and its likes, 53 on many small ones.
"""

from __future__ import annotations

from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of printer: `columns` of font A, printable `dots` a line, code page as Python codec and ESC t number.

    `qr` tells that it draws QR codes itself, `cutter` that it cuts, `confirms` that it answers GS ( H when everything
    before is on paper, `tells` that it tells changes by itself (GS a). `strip` is the most rows of one raster picture
    its buffer takes. `models` are words by which such a printer calls itself (upper case).
    """

    key: str
    name: str
    columns: int
    dots: int
    codec: str = "cp858"
    page: int = 19
    qr: bool = True
    cutter: bool = True
    confirms: bool = True
    tells: bool = True
    strip: int = 128
    models: tuple[str, ...] = ()


PROFILES = {
    profile.key: profile
    for profile in (
        Profile(
            key="epson-80", name="Epson TM-T20, TM-T30, TM-m30 (80 mm)", columns=48, dots=576,
            models=("TM-T20", "TM-T30", "TM-M30"),
        ),
        Profile(key="epson-42", name="Epson TM-T88 (80 mm, 42 Spalten)", columns=42, dots=512, models=("TM-T88",)),
        Profile(key="epson-58", name="Epson TM-m30 (58 mm)", columns=32, dots=384),
        Profile(key="generic-80", name="Bondrucker 80 mm", columns=48, dots=576, confirms=False, tells=False),
        Profile(
            key="generic-58", name="Bondrucker 58 mm", columns=32, dots=384, page=53, cutter=False, confirms=False,
            tells=False, strip=64, models=("POS-58", "POS58", "NT-5890", "POS-5890"),
        ),
        Profile(
            key="sunmi-58", name="Sunmi V2, P2 (58 mm)", columns=32, dots=384, cutter=False, confirms=False,
            tells=False, models=("SUNMI",),
        ),
        Profile(
            key="plain-58", name="Bondrucker 58 mm ohne QR-Code", columns=32, dots=384, codec="cp437", page=0, qr=False,
            cutter=False, confirms=False, tells=False, strip=24,
        ),
        Profile(key="virtual-80", name="Virtueller Drucker (80 mm)", columns=48, dots=576, models=("SMARTECR",)),
        Profile(key="virtual-58", name="Virtueller Drucker (58 mm)", columns=32, dots=384),
    )
}  # fmt: skip
