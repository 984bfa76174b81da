"""The receipt code in a picture: a photo or a scan of a receipt, in memory, whatever its size claims to be."""

import io
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG")
#: bytes of a picture file; pixels of the picture (the cameras of telephones reach 50 million)
LARGEST_FILE = 64 << 20
_MOST_PIXELS = 64_000_000
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_SCALES = (1.0, 0.5, 2.0)


class PictureError(ValueError):
    """The picture shows no receipt code; the message is German and says why."""


def is_picture(data: bytes) -> bool:
    """Tell from the first bytes whether this is a PNG or JPEG file."""
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def read_code(data: bytes) -> str:
    """Find the receipt code in a picture file (PNG, JPEG) and give its text. Raises PictureError."""
    if len(data) > LARGEST_FILE:
        raise PictureError("Das Bild ist zu groß.")
    picture = _load(data)
    found = []
    for scale in _SCALES:
        scaled = picture if scale == 1 else _resized(picture, scale)
        found += [code.text for code in zxingcpp.read_barcodes(scaled, formats=_QR)]
        for text in found:
            if text.startswith("V0;"):
                return str(text)
    if found:
        raise PictureError("Der QR-Code im Bild ist nicht der eines TSE-Belegs: Er beginnt nicht mit „V0“.")
    raise PictureError("Im Bild ist kein QR-Code zu erkennen. Bitte näher, gerade und scharf fotografieren.")


def _load(data: bytes) -> Image.Image:
    """Decode to grey. Size is looked at before a pixel is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise PictureError("Das Bild hat zu viele Bildpunkte.")
                if picture.mode in ("RGBA", "LA", "PA", "P"):
                    flat = picture.convert("RGBA")
                    return Image.alpha_composite(Image.new("RGBA", flat.size, "white"), flat).convert("L")
                return picture.convert("L")
    except Image.DecompressionBombError:
        raise PictureError("Das Bild hat zu viele Bildpunkte.") from None
    except UnidentifiedImageError:
        raise PictureError("Das ist kein lesbares PNG- oder JPEG-Bild.") from None
    except PictureError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError):
        raise PictureError("Das Bild ist beschädigt.") from None


def _resized(picture: Image.Image, scale: float) -> Image.Image:
    width, height = int(picture.width * scale), int(picture.height * scale)
    if not 1 <= width * height <= _MOST_PIXELS // 4:
        return picture
    return picture.resize((max(width, 1), max(height, 1)))
