"""Pictures and streams of codes as a camera sees them, drawn with a seed: what the scanner is measured and tested with.

A pinhole camera of 1280 × 720 whose picture is 139 mm wide where the article is held; real module widths (EAN 0.264 to
0.4 mm, DataMatrix 0.4 to 0.5 mm, QR 0.4 to 0.6 mm); clutter behind the article, a light gradient, blur, noise, JPEG.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1280, 720
PX_PER_MM = WIDTH / 139
CONDITIONS = ("clean", "curved", "any angle", "tilt", "small", "blurred", "motion", "noisy", "low light", "phone dark")
_F = zxingcpp.BarcodeFormat
EAN = _F.EAN13
_LINEAR = (_F.EAN13, _F.EAN13, _F.EAN13, _F.EAN8, _F.Code128)
_MATRIX = (_F.QRCode, _F.DataMatrix)


@dataclass(frozen=True)
class Scene:
    """One picture (grey, 1280 × 720), what it is and what its code says; `text` is "" where there is none."""

    picture: Image.Image
    condition: str
    symbology: str
    text: str


def text_for(format_: zxingcpp.BarcodeFormat, rnd: random.Random) -> str:
    """Return a text that may stand in such a code."""

    def checked(body: str) -> str:
        return body + str(-(3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))) % 10)

    digits = "".join(rnd.choices("0123456789", k=12))
    if format_ == _F.EAN13:
        return checked("40" + digits[:10])
    if format_ == _F.EAN8:
        return checked("4" + digits[:6])
    if format_ == _F.Code128:
        return f"KD:{digits[:8]}"
    if format_ == _F.DataMatrix:
        return f"(01){checked('04' + digits[:11])}(10)L{digits[:4]}"
    return f"https://example.org/r/{digits}{digits}"


def symbol(format_: zxingcpp.BarcodeFormat, text: str) -> Image.Image:
    """Draw a code, one pixel a module, with its quiet zone."""
    options = {"gs1": True} if text.startswith("(") else {}
    drawn = memoryview(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, format_, **options)))
    shape = drawn.shape
    assert shape is not None
    picture = Image.frombytes("L", (shape[1], shape[0]), bytes(drawn))
    if format_ in _MATRIX:
        return _bordered(picture.crop(ImageChops.invert(picture).getbbox()), 4)
    line = picture.crop((0, shape[0] // 3, shape[1], shape[0] // 3 + 1))
    box = ImageChops.invert(line).getbbox()
    assert box is not None
    return _bordered(line.crop(box).resize((box[2] - box[0], 60), Image.Resampling.NEAREST), 10)


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def background(rnd: random.Random) -> Image.Image:
    """Draw a counter full of things: blocks, lines and small print, no code."""
    picture = (
        Image.linear_gradient("L").resize((WIDTH, HEIGHT)).rotate(rnd.choice((0, 180))).point(lambda v: 90 + v // 3)
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(50):
        x, y = rnd.randrange(WIDTH), rnd.randrange(HEIGHT)
        draw.rectangle((x, y, x + rnd.randrange(20, 240), y + rnd.randrange(10, 120)), fill=rnd.randrange(256))
    for _ in range(40):
        words = " ".join(rnd.choices(("Zutaten:", "Wasser,", "12 %", "E 330", "Salz", "100 ml", "www"), k=4))
        spot = (rnd.randrange(WIDTH), rnd.randrange(HEIGHT))
        draw.text(spot, words, fill=rnd.randrange(100), font=_font(rnd.randrange(9, 26)))
    for _ in range(12):
        x, y = rnd.randrange(WIDTH), rnd.randrange(HEIGHT)
        draw.line((x, y, x + rnd.randrange(-300, 300), y + rnd.randrange(-300, 300)), fill=rnd.randrange(256), width=3)
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def scene(condition: str, rnd: random.Random) -> Scene:
    """Draw one scene of a condition."""
    format_ = rnd.choice(_MATRIX) if rnd.random() < 0.35 else rnd.choice(_LINEAR)
    if condition == "phone dark":
        format_ = _F.QRCode
    text = text_for(format_, rnd)
    module = rnd.uniform(0.4, 0.55) if format_ in _MATRIX else rnd.uniform(0.264, 0.4)
    scale = module * PX_PER_MM * (139 / 240 if condition == "small" else 1.0)
    label = symbol(format_, text)
    if condition == "phone dark":
        label = _phone(label)
    drawn = scale
    if condition == "curved" and format_ not in _MATRIX:
        label, drawn = _curved(label, scale), scale / 8
    angle = rnd.uniform(0, 360) if condition == "any angle" else rnd.gauss(0, 4)
    tilt = rnd.uniform(30, 45) if condition == "tilt" else rnd.uniform(0, 8)
    picture = background(rnd)
    spot = (WIDTH / 2 + rnd.uniform(-180, 180), HEIGHT / 2 + rnd.uniform(-70, 70))
    blur = rnd.uniform(0.3, 0.5) * scale if condition == "blurred" else 0.6
    paste(picture, label, spot, drawn, angle, tilt, blur)
    return Scene(_spoiled(picture, condition, scale, rnd), condition, str(format_), text)


def empty(rnd: random.Random) -> Scene:
    """Draw a scene without a code, as noisy as any."""
    return Scene(_spoiled(background(rnd), rnd.choice(CONDITIONS[:-1]), 3, rnd), "empty", "", "")


def paste(
    picture: Image.Image,
    label: Image.Image,
    spot: tuple[float, float],
    scale: float,
    angle: float,
    tilt: float = 0,
    blur: float = 0,
) -> None:
    """Put `label` (one pixel a module) onto `picture` at `spot`, turned by degrees and tilted away from the camera."""
    big = 4 if scale > 1 else 1
    fine = label.resize((label.width * big, label.height * big), Image.Resampling.NEAREST)
    distance = 120 * PX_PER_MM  # of the camera
    cos, sin, lean = math.cos(math.radians(angle)), math.sin(math.radians(angle)), math.radians(tilt)
    corners = []
    for u, v in ((0, 0), (0, 1), (1, 1), (1, 0)):
        x, y = (u - 0.5) * label.width * scale, (v - 0.5) * label.height * scale
        x, y, z = x * math.cos(lean), y, x * math.sin(lean)
        x, y = x * cos - y * sin, x * sin + y * cos
        far = distance / (distance + z)
        corners.append((spot[0] + x * far, spot[1] + y * far))
    ends = [(0.0, 0.0), (0.0, float(fine.height)), (float(fine.width), float(fine.height)), (float(fine.width), 0.0)]
    way = _perspective(corners, ends)
    fine = fine.filter(ImageFilter.BoxBlur(max(0.0, big / scale / 2 - 0.5)))
    put = fine.transform(picture.size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BILINEAR)
    mask = Image.new("L", fine.size, 255).transform(picture.size, Image.Transform.PERSPECTIVE, way)
    put = put.point(lambda value: 25 + value * 205 // 255)
    box = mask.getbbox()
    if box is None:
        return
    picture.paste(put.crop(box), box, mask.crop(box))
    if blur:
        wide = tuple(edge + 8 * (1 if place > 1 else -1) for place, edge in enumerate(box))
        picture.paste(picture.crop(wide).filter(ImageFilter.GaussianBlur(blur)), wide[:2])


def jpeg(picture: Image.Image, quality: int = 80) -> bytes:
    """Return the picture as the camera sends it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def shaken(picture: Image.Image, pixels: float, steps: int = 8) -> Image.Image:
    """Return the picture moved sideways by so many pixels while it was taken."""
    if pixels < 1:
        return picture
    total = picture
    for step in range(1, steps):
        moved = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, pixels * step / (steps - 1), 0, 1, 0))
        total = Image.blend(total, moved, 1 / (step + 1))
    return total


@dataclass(frozen=True)
class Moment:
    """One frame of a stream: seconds since its start, the JPEG, the code that is wholly in it ("" if none)."""

    at: float
    jpeg: bytes
    text: str
    item: int


def stream(rnd: random.Random, items: int, pause: float, fps: int = 30) -> Iterator[Moment]:
    """Show one article after the other over a counter that stands still, `pause` seconds between them.

    Each slides in at 350 to 700 mm/s, slows down within 0.25 to 0.45 s, is held for a second with a tremor and taken
    away; half of them at any angle. Exposure 1/60 s.
    """
    counter = background(rnd)
    at = 0.0
    for item in range(items):
        for _ in range(round(pause * fps)):
            yield Moment(at, jpeg(_noisy(counter, 4, rnd)), "", -1)
            at += 1 / fps
        format_ = rnd.choice((*_LINEAR, *_MATRIX))
        text = text_for(format_, rnd)
        label = symbol(format_, text)
        scale = (rnd.uniform(0.42, 0.6) if format_ in _MATRIX else rnd.uniform(0.29, 0.4)) * PX_PER_MM
        angle = rnd.uniform(0, 360) if item % 2 else rnd.gauss(0, 8)
        tilt, speed, brake = rnd.uniform(0, 30), rnd.uniform(350, 700) * PX_PER_MM, rnd.uniform(0.25, 0.45)
        enter = (WIDTH + label.width * scale) / speed
        for frame in range(round((enter + 1.0 + 0.4) * fps)):
            moment = frame / fps
            x, velocity = _way(moment, speed, brake)
            picture = counter.copy()
            tremor = math.sin(moment * 40) * 8 * PX_PER_MM / 40
            spot = (x, HEIGHT / 2 + tremor)
            paste(picture, label, spot, scale, angle, tilt, 0.6)
            reach = math.hypot(label.width, label.height) * scale / 2
            inside = reach < x < WIDTH - reach
            blurred = shaken(picture, velocity / 60)
            yield Moment(at, jpeg(_noisy(blurred, 4, rnd)), text if inside else "", item)
            at += 1 / fps


def _way(moment: float, speed: float, brake: float) -> tuple[float, float]:
    """Return where the article is (pixels from the left) and how fast."""
    start = -WIDTH * 0.25
    run = (WIDTH / 2 - start - speed * brake / 2) / speed
    if moment < run:
        return start + speed * moment, speed
    slowed = moment - run
    if slowed < brake:
        return start + speed * run + speed * slowed - speed * slowed * slowed / (2 * brake), speed * (
            1 - slowed / brake
        )
    held = slowed - brake - 1.0
    return (WIDTH / 2, 0.0) if held < 0 else (WIDTH / 2 + speed * 1.5 * held, speed * 1.5)


def _spoiled(picture: Image.Image, condition: str, scale: float, rnd: random.Random) -> Image.Image:
    if condition == "motion":
        picture = shaken(picture, rnd.uniform(0.8, 1.6) * scale)
    if condition == "low light":
        picture = picture.point(lambda value: 8 + value * 36 // 255)
        return Image.open(io.BytesIO(jpeg(_noisy(picture, 6, rnd), 85))).convert("L")
    noise = rnd.uniform(18, 26) if condition == "noisy" else 4
    return Image.open(io.BytesIO(jpeg(_noisy(picture, noise, rnd), rnd.randrange(70, 86)))).convert("L")


def _noisy(picture: Image.Image, sigma: float, rnd: random.Random) -> Image.Image:
    """Add noise around zero; drawn small and shifted, since drawing it anew for each frame costs more than the rest."""
    noise = ImageChops.offset(_noise(round(sigma)), rnd.randrange(WIDTH), rnd.randrange(HEIGHT))
    return ImageChops.add(picture, noise, 1, -128)


_NOISE: dict[int, Image.Image] = {}


def _noise(sigma: int) -> Image.Image:
    if sigma not in _NOISE:
        rnd = random.Random(sigma)
        values = bytes(min(255, max(0, round(rnd.gauss(128, sigma)))) for _ in range(320 * 180))
        tile = Image.frombytes("L", (320, 180), values)
        whole = Image.new("L", (WIDTH, HEIGHT))
        for x in range(0, WIDTH, 320):
            for y in range(0, HEIGHT, 180):
                whole.paste(ImageChops.offset(tile, rnd.randrange(320), rnd.randrange(180)), (x, y))
        _NOISE[sigma] = whole
    return _NOISE[sigma]


def _bordered(picture: Image.Image, quiet: int) -> Image.Image:
    whole = Image.new("L", (picture.width + 2 * quiet, picture.height + 2 * quiet), 255)
    whole.paste(picture, (quiet, quiet))
    return whole


def _phone(code: Image.Image) -> Image.Image:
    """A code as a phone in dark mode shows it: light on dark, in a dark screen."""
    screen = Image.new("L", (code.width + 20, code.height + 40), 10)
    screen.paste(ImageChops.invert(code), (10, 20))
    return screen


def _curved(label: Image.Image, scale: float) -> Image.Image:
    """A label around a can of 33 mm radius, its bars across: narrower towards the sides."""
    radius = 33 * PX_PER_MM / scale
    seen = 2 * radius * math.sin(label.width / 2 / radius)
    fine = label.resize((label.width * 8, label.height), Image.Resampling.NEAREST)
    out = Image.new("L", (round(seen * 8), label.height), 255)
    for x in range(out.width):
        at = radius * math.asin(max(-1.0, min(1.0, (x / 8 - seen / 2) / radius))) + label.width / 2
        column = min(fine.width - 1, max(0, int(at * 8)))
        out.paste(fine.crop((column, 0, column + 1, fine.height)), (x, 0))
    return out.resize((out.width, label.height * 8), Image.Resampling.NEAREST)


def _perspective(outer: list[tuple[float, float]], inner: list[tuple[float, float]]) -> tuple[float, ...]:
    """Return the eight numbers that map `outer` onto `inner`, solved by elimination."""
    rows = []
    for (x, y), (u, v) in zip(outer, inner, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for place in range(8):
        pivot = max(range(place, 8), key=lambda row: abs(rows[row][place]))
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [value / rows[place][place] for value in rows[place]]
        for row in range(8):
            if row != place:
                factor = rows[row][place]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[place], strict=True)]
    return tuple(row[8] for row in rows)
