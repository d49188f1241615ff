"""More of torchvision's data sets: its classes say where the files are and what they mean; ours fetch and read them.

Each archive is fetched by ``designer.data.download`` (progress, a time limit, a checksum) to where torchvision expects
it, torchvision unpacks it, and the pictures are decoded by our own bounded reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from designer.data.places import candidates, download_folder
from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES", "Listed"]

_MOST = 8 << 30  # bytes of an archive


@dataclass(frozen=True)
class Listed:
    """A class of torchvision.datasets.

    ``archives``: address, checksum, and where torchvision looks for it below the root. ``train`` and ``held`` are the
    arguments that choose a side; ``files`` and ``labels`` the attributes with the paths (or pairs) and the classes.
    """

    kind: str
    archives: tuple[tuple[str, str, str], ...]
    train: Mapping[str, str]
    held: Mapping[str, str] | None
    files: str
    labels: str = ""
    place: str = ""  # the folder that its own download makes
    needs: str = ""


_ROBOTS = "https://www.robots.ox.ac.uk/~vgg/data"
_SIGNS = "https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370"
_EUROSAT = "https://huggingface.co/datasets/torchgeo/eurosat/resolve/c877bcd43f099cd0196738f714544e355477f3fd"
_TRAIN, _TEST, _VAL = {"split": "train"}, {"split": "test"}, {"split": "val"}

_SETS: dict[str, tuple[str, str, Listed]] = {
    "food101": (
        "Food-101",
        "75,750 + 25,250 photos of dishes, 101 classes (5 GB to download).",
        Listed(
            "Food101",
            (
                (
                    "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",
                    "85eeb15f3717b99a5da872d97d918f87",
                    "food-101.tar.gz",
                ),
            ),
            _TRAIN,
            _TEST,
            "_image_files",
            "_labels",
        ),
    ),
    "flowers102": (
        "Flowers-102",
        "1,020 + 1,020 photos of flowers, 102 classes (345 MB to download; needs scipy).",
        Listed(
            "Flowers102",
            (
                (
                    f"{_ROBOTS}/flowers/102/102flowers.tgz",
                    "52808999861908f626f3c1f4e79d11fa",
                    "flowers-102/102flowers.tgz",
                ),
                (
                    f"{_ROBOTS}/flowers/102/imagelabels.mat",
                    "e0620be6f572b9609742df49c70aed4d",
                    "flowers-102/imagelabels.mat",
                ),
                (f"{_ROBOTS}/flowers/102/setid.mat", "a5357ecc9cb78c4bef273ce3793fc85c", "flowers-102/setid.mat"),
            ),
            _TRAIN,
            _VAL,
            "_image_files",
            "_labels",
            needs="scipy",
        ),
    ),
    "oxford-pets": (
        "Oxford-IIIT Pet",
        "3,680 + 3,669 photos of cats and dogs, 37 breeds (800 MB to download).",
        Listed(
            "OxfordIIITPet",
            tuple(
                (f"{_ROBOTS}/pets/data/{name}.tar.gz", md5, f"oxford-iiit-pet/{name}.tar.gz")
                for name, md5 in (
                    ("images", "5c4f3ee8e5d25df40f4fd59a7f44e54c"),
                    ("annotations", "95a8c909bbe2e81eed6a22bccdf3f68f"),
                )
            ),
            {"split": "trainval"},
            _TEST,
            "_images",
            "_labels",
        ),
    ),
    "gtsrb": (
        "GTSRB traffic signs",
        "26,640 + 12,630 photos of traffic signs, 43 classes (270 MB to download).",
        Listed(
            "GTSRB",
            tuple(
                (f"{_SIGNS}/{name}.zip", md5, f"gtsrb/{name}.zip")
                for name, md5 in (
                    ("GTSRB-Training_fixed", "513f3c79a4c5141765e10e952eaa2478"),
                    ("GTSRB_Final_Test_Images", "c7e4e6327067d32654124b0fe9e82185"),
                    ("GTSRB_Final_Test_GT", "fe31e9c9270bbcd7b84b7f21a9d9d9e5"),
                )
            ),
            _TRAIN,
            _TEST,
            "_samples",
        ),
    ),
    "dtd": (
        "Describable textures",
        "1,880 + 1,880 photos of textures, 47 classes (600 MB to download).",
        Listed(
            "DTD",
            (
                (
                    f"{_ROBOTS}/dtd/download/dtd-r1.0.1.tar.gz",
                    "fff73e5086ae6bdbea199a49dfb8a4c1",
                    "dtd/dtd-r1.0.1.tar.gz",
                ),
            ),
            _TRAIN,
            _VAL,
            "_image_files",
            "_labels",
        ),
    ),
    "eurosat": (
        "EuroSAT",
        "27,000 satellite pictures, 64×64 pixels, 10 classes of land (90 MB to download).",
        Listed(
            "EuroSAT",
            ((f"{_EUROSAT}/EuroSAT.zip", "c8fa014336c82ac7804f0398fcb19387", "eurosat/EuroSAT.zip"),),
            {},
            None,
            "samples",
        ),
    ),
    "imagenette": (
        "Imagenette",
        "9,469 + 3,925 photos of ten classes of ImageNet, 160 pixels (99 MB to download).",
        Listed(
            "Imagenette",
            (
                (
                    "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
                    "e793b78cc4c9e9a4ccc0c1155377a412",
                    "imagenette2-160.tgz",
                ),
            ),
            {"split": "train", "size": "160px"},
            {"split": "val", "size": "160px"},
            "_samples",
        ),
    ),
    "stl10": (
        "STL-10",
        "5,000 + 8,000 photos, 96×96 pixels, 10 classes (2.6 GB to download).",
        Listed(
            "STL10",
            (
                (
                    "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
                    "91f7769df0f17e558f3565bffb0c7dfb",
                    "stl10_binary.tar.gz",
                ),
            ),
            _TRAIN,
            _TEST,
            "data",
            "labels",
        ),
    ),
    "svhn": (
        "SVHN house numbers",
        "73,257 + 26,032 digits of house numbers, 32×32 pixels (250 MB to download; needs scipy).",
        Listed(
            "SVHN",
            tuple(
                (f"http://ufldl.stanford.edu/housenumbers/{side}_32x32.mat", md5, f"{side}_32x32.mat")
                for side, md5 in (
                    ("train", "e26dedcc434d2e4c54c9b2d4a06d8373"),
                    ("test", "eb5a983be6a315427106f1b164d9cef3"),
                )
            ),
            _TRAIN,
            _TEST,
            "data",
            "labels",
            needs="scipy",
        ),
    ),
}


def _open(spec: DataSpec, progress: Progress, name: str) -> Loaded:
    from importlib.util import find_spec

    title, _, listed = _SETS[name]
    if listed.needs and find_spec(listed.needs) is None:
        raise DataError(
            f"{title} comes in files that {listed.needs} reads. Install it with: pip install {listed.needs}."
        )
    sides = [side for side in (listed.train, listed.held) if side is not None]
    places = candidates(name, spec.root, name)
    for place in places:
        if place.is_dir() and (made := _made(listed, place, sides)) is not None:
            return _loaded(listed, made, place, title, progress)
    if not spec.download:
        raise DataError(
            f"{title} is not on this computer; looked in {', '.join(map(str, places))}. Turn on “download”, or set "
            "“root” to the folder where its files lie."
        )
    place = download_folder(name, spec.root)
    _fetch(listed, place, title, progress)
    made = _made(listed, place, sides, unpack=True)
    if made is None:
        raise DataError(f"{title} was fetched, but torchvision does not find its files in {place}. Fetch it again.")
    return _loaded(listed, made, place, title, progress)


def _fetch(listed: Listed, place: Path, title: str, progress: Progress) -> None:
    from designer.data.download import fetch

    for url, md5, file in listed.archives:
        if not (place / file).is_file():
            fetch([url], place / file, md5, _MOST, progress)
    progress(None, f"Unpacking {title}")


def _made(listed: Listed, place: Path, sides: list[Mapping[str, str]], unpack: bool = False) -> list[Any] | None:
    """torchvision's objects; None where their files are not there. Nothing is downloaded here."""
    from torchvision import datasets

    try:
        return [getattr(datasets, listed.kind)(str(place), download=unpack, **side) for side in sides]
    except (RuntimeError, OSError) as error:
        if unpack:
            raise DataError(f"{place} cannot be filled: {error}. Delete it and fetch it again.") from error
        return None


def _loaded(listed: Listed, made: list[Any], place: Path, title: str, progress: Progress) -> Loaded:
    progress(None, f"Reading the list of {title}")
    parts = [_part(listed, dataset, place) for dataset in made]
    most = max(int(part.targets.max()) for part in parts) + 1
    raw = getattr(made[0], "classes", None) or [str(number) for number in range(most)]
    names = tuple(str(each[0] if isinstance(each, tuple) else each) for each in raw)
    if most > len(names):
        raise DataError(f"{title} in {place} has {most} classes and {len(names)} names. Fetch it again.")
    return Loaded(parts[0], names, parts[1] if len(parts) > 1 else None)


def _part(listed: Listed, dataset: Any, place: Path) -> Part:
    import numpy as np

    from designer.data.listing import PathList
    from designer.data.pictures import ArrayPictures, FilePictures

    held = getattr(dataset, listed.files)
    if isinstance(held, np.ndarray):
        return Part(ArrayPictures(np.ascontiguousarray(held)), np.asarray(getattr(dataset, listed.labels), np.int64))
    pairs = zip(held, getattr(dataset, listed.labels), strict=True) if listed.labels else held
    paths, labels = PathList(), []
    for file, label in pairs:
        path = Path(file)
        paths.add(str(path.parent), path.name)
        labels.append(int(label))
    if not labels:
        raise DataError(f"There are no pictures in {place}. Fetch it again.")
    return Part(FilePictures(paths, place), np.array(labels, dtype=np.int64))


SOURCES = tuple(
    Source(name=name, title=title, help=about, open=partial(_open, name=name), downloads=True, order=41)
    for name, (title, about, _) in _SETS.items()
)
