"""A folder with IDX files: the MNIST family, and anything that was written in its format."""

from __future__ import annotations

from pathlib import Path

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES", "open_idx_folder"]


def open_idx_folder(folder: Path, progress: Progress, classes: tuple[str, ...] = ()) -> Loaded:
    """The IDX files in ``folder``; without ``classes`` they are called 0, 1, 2, ... Raises DataError."""
    from designer.data.idx import find_pair, read_pair
    from designer.data.pictures import ArrayPictures

    pair = find_pair(folder, train=True)
    if pair is None:
        raise DataError(
            f"The folder {folder} lacks the training files; expected train-images-idx3-ubyte and "
            "train-labels-idx1-ubyte, plain or with .gz."
        )
    progress(0.0, "Reading the training pictures")
    images, labels = read_pair(*pair)
    train = Part(ArrayPictures(images), labels)
    held_out: Part | None = None
    highest = int(labels.max())
    test = find_pair(folder, train=False)
    if test is not None:
        progress(0.8, "Reading the test pictures")
        test_images, test_labels = read_pair(*test)
        held_out = Part(ArrayPictures(test_images), test_labels)
        highest = max(highest, int(test_labels.max()))
    if not classes:
        classes = tuple(str(number) for number in range(highest + 1))
    if highest >= len(classes):
        raise DataError(
            f"The labels in {folder} go up to {highest}, but there are {len(classes)} classes. "
            "The files belong to another data set."
        )
    return Loaded(train, classes, held_out)


def _sniff(folder: Path) -> bool:
    from designer.data.idx import find_pair

    return find_pair(folder, train=True) is not None


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    return open_idx_folder(Path(spec.source).expanduser(), progress)


SOURCES = (
    Source(
        name="idx",
        title="Folder of IDX files",
        help="train-images-idx3-ubyte and its three companions, plain or .gz, as MNIST is given out.",
        open=_open,
        sniff=_sniff,
        order=50,
    ),
)
