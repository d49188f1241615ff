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


def as_file(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    path.write_bytes(saved(image, kind, **options))
    return path


@pytest.mark.parametrize("turn", range(1, 9))
def test_all_eight_turns_come_out_upright(tmp_path: Path, turn: int) -> None:
    upright = Image.new("L", (12, 8))
    upright.paste(255, (0, 0, 4, 3))  # a bright corner at the upper left
    back = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in back.get(turn, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = turn
    for kind, options in (("PNG", {}), ("JPEG", {"quality": 95}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        path = as_file(tmp_path / f"x.{kind}", stored, kind, exif=exif, **options)
        found = np.asarray(decode(path).convert("L")).astype(int)
        assert picture_dims(path)[1:] == found.shape == (8, 12), kind
        assert found[:2, :3].min() > 200 and found[4:].max() < 60, kind


def test_cmyk_is_seen_in_its_colours(tmp_path: Path) -> None:
    red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    for kind in ("JPEG", "TIFF"):
        path = as_file(tmp_path / f"x.{kind}", red, kind)
        pixels = np.asarray(decode(path))
        assert pixels.shape == (8, 8, 3) and picture_dims(path) == (3, 8, 8)
        assert pixels[..., 0].min() > 240 and pixels[..., 1:].max() < 15, kind
    for mode in ("LAB", "HSV", "YCbCr"):
        if mode == "HSV":  # no file holds it
            continue
        path = as_file(tmp_path / f"{mode}.tif", Image.new(mode, (4, 4)), "TIFF")
        assert decode(path).mode == "RGB"


def test_sixteen_bits_keep_their_upper_half_in_every_format(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    for kind in ("PNG", "TIFF", "PPM"):
        path = as_file(tmp_path / f"x.{kind}", Image.fromarray(ramp), kind)
        np.testing.assert_array_equal(np.asarray(decode(path)), ramp >> 8, err_msg=kind)
        assert picture_dims(path) == (1, 8, 8)
    path = tmp_path / "big.tif"
    as_file(path, Image.fromarray(ramp.astype(">u2")), "TIFF")
    np.testing.assert_array_equal(np.asarray(decode(path)), ramp >> 8)


def test_what_moves_is_seen_as_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "lime", "blue")]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})):
        path = as_file(tmp_path / f"x.{kind}", frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert np.asarray(decode(path))[3, 3].tolist() == [255, 0, 0], kind


def test_clear_and_half_clear_pixels_lie_on_white(tmp_path: Path) -> None:
    half = Image.new("RGBA", (2, 1))
    half.putdata([(255, 0, 0, 128), (255, 0, 0, 0)])
    for kind in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        found = np.asarray(decode(as_file(tmp_path / f"x.{kind}", half, kind, **options))).tolist()
        assert found == [[[255, 127, 127], [255, 255, 255]]], kind
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 255, 255, 0])
    palette.putdata([0, 1])
    for kind in ("GIF", "PNG"):
        path = as_file(tmp_path / f"p.{kind}", palette, kind, transparency=0)
        assert np.asarray(decode(path)).tolist() == [[[255, 255, 255], [255, 255, 0]]], kind
    grey = as_file(tmp_path / "la.png", Image.new("LA", (2, 2), (0, 128)), "PNG")
    assert np.asarray(decode(grey)).tolist() == [[127, 127], [127, 127]]


def test_pixels_that_are_no_colours_are_refused(tmp_path: Path) -> None:
    path = as_file(tmp_path / "f.tif", Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF")
    with pytest.raises(Damaged, match="floating point"):
        decode(path)


def test_bombs_of_many_frames_and_of_text_are_not_unpacked(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("note", "x" * (60 << 20), zip=True)  # 60 KB on the disk
    path = as_file(tmp_path / "text.png", Image.new("L", (4, 4)), "PNG", pnginfo=info)
    with pytest.raises(Damaged):
        decode(path)
    many = [Image.new("L", (64, 64), k % 256) for k in range(200)]
    moving = as_file(tmp_path / "long.gif", many[0], "GIF", save_all=True, append_images=many[1:])
    assert decode(moving).size == (64, 64)


def test_a_large_jpeg_may_be_decoded_smaller(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    layers = [
        Image.fromarray(rng.integers(0, 256, (side * 3 // 4, side, 3), dtype=np.uint8)).resize((800, 600))
        for side in (8, 40, 200)
    ]
    pixels = np.mean([np.asarray(layer) for layer in layers], axis=0).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, options in {"plain.jpg": {}, "turned.jpg": {"exif": exif}}.items():
        Image.fromarray(pixels).save(tmp_path / name, quality=92, **options)
        whole, smaller = decode(tmp_path / name), decode(tmp_path / name, 130)
        assert smaller.size[0] * 4 == whole.size[0] and min(smaller.size) >= 130
        assert decode(tmp_path / name, 310).size == whole.size
        a, b = (fit_picture(one, (3, 64, 65), "crop").astype(int) for one in (whole, smaller))
        assert abs(a - b).mean() < 1 and abs(a - b).max() <= 8


def test_files_without_content_and_with_the_name_of_another_kind(tmp_path: Path) -> None:
    for content, why in ((b"", "known format"), (b"\xff\xd8\xff", "."), (b"\x89PNG\r\n\x1a\n", "."), (b"GIF89a", ".")):
        (tmp_path / "x.png").write_bytes(content)
        for read in (decode, picture_dims):
            with pytest.raises(Damaged, match=why):
                read(tmp_path / "x.png")
    for kind, name in (("JPEG", "x.png"), ("PNG", "x.jpg"), ("WEBP", "x.gif"), ("GIF", "x.tif")):
        path = as_file(tmp_path / name, picture(), kind)  # what a file is says its content, not its name
        assert decode(path).size == (9, 6) and picture_dims(path) == (3, 6, 9)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF"])
def test_a_picture_that_was_cut_off_is_refused_whole(tmp_path: Path, kind: str) -> None:
    content = saved(picture(size=(90, 60)), kind)
    path = tmp_path / "x"
    for share in (0.3, 0.6):  # a half that is grey would be learned as if it were so
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(Damaged):
            decode(path)


def test_a_turn_that_there_is_not_and_a_broken_exif_block_change_nothing(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    path = as_file(tmp_path / "x.jpg", picture(), "JPEG", exif=exif)
    assert decode(path).size == (9, 6) and picture_dims(path) == (3, 6, 9)
    path = as_file(tmp_path / "y.jpg", picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff broken")
    with quiet_pillow():
        assert decode(path).size == (9, 6) and picture_dims(path) == (3, 6, 9)
