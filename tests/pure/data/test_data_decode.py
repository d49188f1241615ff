"""One picture file: formats, bounds, rotation, damage."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from designer.data.decode import Damaged, decode, fit_picture, picture_dims, quiet_pillow


def picture(mode: str = "RGB", size: tuple[int, int] = (9, 6)) -> Image.Image:
    rng = np.random.default_rng(7)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)).convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM", "TIFF"])
def test_each_allowed_format(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(saved(picture(), kind))
    assert decode(path).size == (9, 6)
    assert picture_dims(path) == (3, 6, 9)


@pytest.mark.parametrize("kind", ["ICO", "PDF", "PCX", "TGA", "EPS"])
def test_other_formats_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(saved(picture(), kind))
    with pytest.raises(Damaged, match="known format"):
        decode(path)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    path = tmp_path / "x.png"
    path.write_bytes(saved(picture(), "PNG", exif=exif))
    upright = decode(path)
    assert upright.size == (6, 9)
    assert picture_dims(path) == (3, 9, 6)
    np.testing.assert_array_equal(np.asarray(upright), np.asarray(picture().transpose(Image.Transpose.ROTATE_270)))


def test_modes_become_grey_or_colour(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    for mode, wanted in [("1", "L"), ("L", "L"), ("LA", "L"), ("P", "RGB"), ("RGBA", "RGB")]:
        path.write_bytes(saved(picture(mode), "PNG"))
        assert decode(path).mode == wanted, mode
    path.write_bytes(saved(Image.fromarray(np.array([[0, 256, 65535]], dtype=np.uint16)), "PNG"))
    assert np.asarray(decode(path)).tolist() == [[0, 1, 255]]
    clear = Image.new("RGBA", (2, 2), (0, 0, 0, 0))
    path.write_bytes(saved(clear, "PNG"))
    assert np.asarray(decode(path)).min() == 255


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8001, 12_000, 60_000])
def test_decompression_bombs_are_refused_by_the_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(bomb(side, side))
    with pytest.raises(Damaged, match="million"):
        decode(path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6),
)
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, kind: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    content = bytearray(saved(picture(), kind))
    for place, value in flips:
        content[int(place * len(content))] = value
    path = tmp_path / "x"
    path.write_bytes(content[: int(cut * len(content))] if cut < 0.8 else content)
    with quiet_pillow():
        try:
            assert decode(path).mode in ("L", "RGB")
        except Damaged as error:
            assert str(error)


def test_the_three_ways_to_fit() -> None:
    wide = Image.new("RGB", (20, 10), "white")
    assert fit_picture(wide, (3, 8, 8), "crop").min() == 255
    assert fit_picture(wide, (3, 8, 8), "stretch").min() == 255
    padded = fit_picture(wide, (3, 8, 8), "pad")
    assert padded[:, :2].max() == 0
    assert padded[:, 2:6].min() == 255
    assert fit_picture(wide, (1, 8, 8), "crop").shape == (1, 8, 8)
    # antialiased: a fine grid becomes an even grey instead of noise
    grid = Image.fromarray(np.indices((64, 64)).sum(0).astype(np.uint8) % 2 * 255)
    assert np.ptp(fit_picture(grid, (1, 8, 8), "stretch").astype(int)) < 12


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_a_pipe_among_the_pictures_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(Damaged, match="not a file"):
        picture_dims(tmp_path / "pipe.png")
    with pytest.raises(Damaged, match="not a file"):
        decode(tmp_path / "pipe.png")
