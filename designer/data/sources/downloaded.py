"""The data sets that torchvision knows: MNIST and its like, CIFAR-10.

Addresses and checksums are torchvision's; the files are fetched by ``designer.data.download`` (progress, a time
limit) and read by our own bounded readers (torchvision unpickles CIFAR-10).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.data.places import candidates, download_folder
from designer.data.source import Loaded, Part, Progress, Source
from designer.data.sources.idx_files import open_idx_folder
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES"]

_FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_CIFAR_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
_CIFAR100_URL = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
_CIFAR100_MD5 = "03b5dce01913d631647c71ecec9e9cb8"
_MAX_DOWNLOAD = 200 << 20


def _missing(title: str, places: Sequence[Path], more: str = "") -> DataError:
    return DataError(
        f"{title} is not on this computer; looked in {', '.join(str(place) for place in places)}. "
        f"Turn on “download”, or set “root” to the folder where its files lie.{more}"
    )


def _open_mnist_family(spec: DataSpec, progress: Progress, name: str, title: str, kind: str) -> Loaded:
    from designer.data.idx import find_pair

    classes = {"fashion-mnist": _FASHION, "kmnist": _KUZUSHIJI}.get(name, tuple("0123456789"))
    places = candidates(name, spec.root, kind)
    for place in places:
        if find_pair(place, train=True) and find_pair(place, train=False):
            return open_idx_folder(place, progress, classes)
    if not spec.download:
        debian = f" On Debian and Ubuntu: apt install dataset-{name}." if name == "fashion-mnist" else ""
        raise _missing(title, places, debian)
    from torchvision import datasets

    from designer.data.download import fetch

    declared = getattr(datasets, kind)
    folder = download_folder(name, spec.root)
    for file, md5 in declared.resources:
        if not (folder / file).is_file():
            fetch([mirror + file for mirror in declared.mirrors], folder / file, md5, _MAX_DOWNLOAD, progress)
    return open_idx_folder(folder, progress, classes)


def _open_mnist(spec: DataSpec, progress: Progress) -> Loaded:
    return _open_mnist_family(spec, progress, "mnist", "MNIST", "MNIST")


def _open_fashion(spec: DataSpec, progress: Progress) -> Loaded:
    return _open_mnist_family(spec, progress, "fashion-mnist", "Fashion-MNIST", "FashionMNIST")


def _open_kmnist(spec: DataSpec, progress: Progress) -> Loaded:
    return _open_mnist_family(spec, progress, "kmnist", "KMNIST", "KMNIST")


def _open_cifar10(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data import cifar
    from designer.data.download import fetch
    from designer.data.pictures import ArrayPictures

    places = candidates("cifar10", spec.root, "cifar-10-batches-bin")
    files = (*cifar.TRAIN_FILES, *cifar.TEST_FILES)
    folder = next((place for place in places if all((place / file).is_file() for file in files)), None)
    if folder is None:
        if not spec.download:
            pickled = any((place / "cifar-10-batches-py").is_dir() for place in places)
            more = " The Python version that is there is made of pickles, which Layerloom does not read."
            raise _missing("CIFAR-10 (binary version)", places, more if pickled else "")
        folder = download_folder("cifar10", spec.root)
        archive = folder / "cifar-10-binary.tar.gz"
        if not archive.is_file():
            fetch([_CIFAR_URL], archive, _CIFAR_MD5, _MAX_DOWNLOAD, progress)
        progress(None, "Unpacking CIFAR-10")
        cifar.unpack(archive, folder)
    progress(None, "Reading CIFAR-10")
    images, labels = cifar.read_batches(folder, cifar.TRAIN_FILES)
    test_images, test_labels = cifar.read_batches(folder, cifar.TEST_FILES)
    held_out = Part(ArrayPictures(test_images), test_labels)
    return Loaded(Part(ArrayPictures(images), labels), cifar.CLASSES, held_out)


def _open_cifar100(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data import cifar
    from designer.data.download import fetch
    from designer.data.pictures import ArrayPictures

    places = candidates("cifar100", spec.root, "cifar-100-binary")
    folder = next((place for place in places if all((place / file).is_file() for file in cifar.FILES_100)), None)
    if folder is None:
        if not spec.download:
            raise _missing("CIFAR-100 (binary version)", places)
        folder = download_folder("cifar100", spec.root)
        archive = folder / "cifar-100-binary.tar.gz"
        if not archive.is_file():
            fetch([_CIFAR100_URL], archive, _CIFAR100_MD5, _MAX_DOWNLOAD, progress)
        progress(None, "Unpacking CIFAR-100")
        cifar.unpack(archive, folder, "cifar-100-binary", cifar.FILES_100)
    progress(None, "Reading CIFAR-100")
    names = cifar.read_names(folder)
    train, test = (cifar.read_batches(folder, (file,), 100) for file in cifar.FILES_100[:2])
    return Loaded(Part(ArrayPictures(train[0]), train[1]), names, Part(ArrayPictures(test[0]), test[1]))


SOURCES = (
    Source(
        name="fashion-mnist",
        title="Fashion-MNIST",
        help="60,000 + 10,000 pictures of clothes, 28×28 pixels of grey, 10 classes (31 MB to download).",
        open=_open_fashion,
        downloads=True,
        order=20,
        classes=_FASHION,
        size=(1, 28, 28),
    ),
    Source(
        name="mnist",
        title="MNIST",
        help="60,000 + 10,000 hand-written digits, 28×28 pixels of grey, 10 classes (12 MB to download).",
        open=_open_mnist,
        downloads=True,
        order=30,
        classes=tuple("0123456789"),
        size=(1, 28, 28),
    ),
    Source(
        name="kmnist",
        title="KMNIST",
        help="60,000 + 10,000 hand-written Japanese characters, 28×28 pixels of grey, 10 classes (21 MB to download).",
        open=_open_kmnist,
        downloads=True,
        order=35,
        classes=_KUZUSHIJI,
        size=(1, 28, 28),
    ),
    Source(
        name="cifar10",
        title="CIFAR-10",
        help="50,000 + 10,000 photos, 32×32 pixels in colour, 10 classes (170 MB to download).",
        open=_open_cifar10,
        downloads=True,
        order=40,
        classes=_CIFAR,
        size=(3, 32, 32),
    ),
    Source(
        name="cifar100",
        title="CIFAR-100",
        help="50,000 + 10,000 photos, 32×32 pixels in colour, 100 classes (169 MB to download).",
        open=_open_cifar100,
        downloads=True,
        order=40,
        size=(3, 32, 32),
    ),
)
