"""Pictures with boxes: COCO and Pascal VOC annotations."""

from __future__ import annotations

from pathlib import Path

from designer.data.source import Loaded, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES"]

_LOOKED_AT = 40  # .json files of a folder that are looked into


def _coco_files(place: Path) -> list[Path]:
    """The annotation files of a folder: in it, in annotations/ or train/ and so on; those of boxes come first."""
    from designer.data.coco import is_coco
    from designer.data.listing import entries_of, folders_in

    if not place.is_dir():
        return [place]
    near = (place, *folders_in(place)[:_LOOKED_AT])
    offers = [f / name for f in near for name in sorted(n for n, _ in entries_of(f) if n.lower().endswith(".json"))]
    found = [file for file in offers[:_LOOKED_AT] if file.is_file() and is_coco(file)]
    return [file for file in found if file.name.startswith("instances")] or found


def _open_coco(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.boxes import Annotations, side_of, to_loaded
    from designer.data.coco import read_coco

    place = Path(spec.source).expanduser()
    files = _coco_files(place)
    if not files:
        raise DataError(f"The folder {place} holds no COCO annotations. Choose the .json file itself.")
    root = place if place.is_dir() else place.parent
    found = Annotations()
    sides = [side_of([file.name, file.parent.name if file.parent != root else ""]) for file in files]
    for file, side in zip(files, sides, strict=True):
        above = [file.parent.parent, file.parent.parent / "images"] if file.parent != root or not place.is_dir() else []
        places = [file.parent, file.parent / "images", *above]
        read_coco(file, places, found, side == "held", progress)
    return to_loaded(found, root)


def _sniff_coco(path: Path) -> bool:
    from designer.data.coco import is_coco

    return bool(_coco_files(path)) if path.is_dir() else is_coco(path)


def _open_voc(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.boxes import Annotations, to_loaded
    from designer.data.voc import read_voc

    place = Path(spec.source).expanduser()
    found = Annotations()
    read_voc(place, found, progress)
    return to_loaded(found, place)


def _sniff_voc(path: Path) -> bool:
    from designer.data.voc import is_voc

    return is_voc(path)


SOURCES = (
    Source(
        name="coco",
        title="COCO annotations",
        help="A .json file of boxes (instances_train.json) beside its pictures, or the folder above both. Learned is "
        "which categories are in a picture.",
        open=_open_coco,
        sniff=_sniff_coco,
        order=50,
        suffixes=(".json",),
    ),
    Source(
        name="voc",
        title="Pascal VOC annotations",
        help="A folder with one .xml file of boxes per picture, in Annotations/ or beside the pictures. Learned is "
        "which categories are in a picture.",
        open=_open_voc,
        sniff=_sniff_voc,
        order=52,
    ),
)
