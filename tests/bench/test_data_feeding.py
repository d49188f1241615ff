"""How fast samples reach a run: read from files by workers, kept in memory, changed at random in batches.

Run alone: pytest tests/bench/test_data_feeding.py -s
"""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from designer.data.augment.apply import Augmentation
from designer.data.augment.compute.draws import About
from designer.data.augment.spec import read_steps
from designer.data.batches import Look, MemorySplit
from designer.data.loading import cores
from designer.data.open import open_data
from designer.data.spec import DataSpec, Normalisation

BATCH = 64


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rates(ways, seconds=1.0, rounds=3):
    """Samples a second of each way, a few batches of each in turn; the best of the rounds."""
    best = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for name, step in ways.items():
            began, done = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                done += step()
            best[name] = max(best[name], done / (time.perf_counter() - began))
    return best


def told(found, first):
    for name, rate in found.items():
        print(f"  {name:<44}{rate:>10,.0f} samples/s  {rate / found[first]:6.2f}")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """256 pictures of 400 by 300 as JPEG: what is read for each batch in most folders."""
    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("photos")
    for number in range(256):
        rough = Image.fromarray(rng.integers(0, 256, (20, 27, 3), dtype=np.uint8))
        place = root / f"class{number % 4}"
        place.mkdir(exist_ok=True)
        rough.resize((400, 300), Image.Resampling.BICUBIC).save(place / f"{number}.jpg", quality=90)
    return root


def test_reading_pictures_by_workers(photos):
    data = open_data(DataSpec(source=str(photos)), (3, 128, 128), memory=1)
    batches = list(torch.arange(len(data.train)).split(32)) * 1000
    loader = data.train.loader

    def walk():
        numbers = count()

        def step():
            number = next(numbers)
            for ahead in range(number, number + 4):
                data.train.expect(batches[ahead])
            return len(data.train.batch(batches[number])[1])

        return step

    ways = {f"{workers} workers": workers for workers in sorted({0, 1, cores()})}
    found, possible = {}, {}
    for _ in range(4):
        for name, workers in ways.items():
            loader.start(workers)
            found[name] = max(found.get(name, 0.0), rates({name: walk()}, rounds=1)[name])
            loader.close()
            possible[name] = max(possible.get(name, 0.0), free_of_the_interpreter(max(workers, 1)))
    print(f"\nJPEG files of 400×300 to 128×128, {cores()} cores:")
    told(found, "0 workers")
    first, last = "0 workers", f"{cores()} workers"
    gain, most = found[last] / found[first], possible[last] / possible[first]
    print(f"  gain {gain:.2f}, where sums of bytes gain {most:.2f}")
    assert gain > 0.75 * most  # what the machine has to give just now


def free_of_the_interpreter(workers, seconds=0.5):
    """Pieces of work a second that hold no lock at all, by so many threads."""
    block, began = bytes(1 << 20), time.perf_counter()

    def work():
        done = 0
        while time.perf_counter() - began < seconds:
            hashlib.sha256(block).digest()
            done += 1
        return done

    with ThreadPoolExecutor(workers) as pool:
        done = sum(part.result() for part in [pool.submit(work) for _ in range(workers)])
    return done / (time.perf_counter() - began)


class Usual(Dataset):
    """What people write: one picture after the other through torchvision's transforms."""

    def __init__(self, pixels, labels, changes):
        self.pixels, self.labels = pixels, labels
        self.change = v2.Compose([*changes, v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.25])])

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        return self.change(self.pixels[index]), self.labels[index]


LISTS = {
    "nothing": ("", []),
    "flip,crop:4": ("flip,crop:4", [v2.RandomHorizontalFlip(), v2.RandomCrop((32, 32), padding=4)]),
    "flip,crop:4,colour,erase": (
        "flip,crop:4,colour:0.3:0.3:0.3:0.03,erase",
        [
            v2.RandomHorizontalFlip(),
            v2.RandomCrop((32, 32), padding=4),
            v2.ColorJitter(0.3, 0.3, 0.3, 0.03),
            v2.RandomErasing(),
        ],
    ),
    "affine": ("affine", [v2.RandomAffine(10, (0.1, 0.1), (0.9, 1.1), interpolation=v2.InterpolationMode.BILINEAR)]),
    "trivialaugment": ("trivialaugment", [v2.TrivialAugmentWide(interpolation=v2.InterpolationMode.BILINEAR)]),
    "randaugment": ("randaugment", [v2.RandAugment(interpolation=v2.InterpolationMode.BILINEAR)]),
}


@pytest.mark.parametrize("name", LISTS)
def test_augmentation_of_batches_beside_the_usual_transforms(name):
    """32×32 colour pictures in memory, in one process: a DataLoader without workers beside our batches."""
    text, changes = LISTS[name]
    pixels = torch.randint(0, 256, (2048, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(0, 10, (2048,))
    look = Look(Normalisation(mean=(0.5,) * 3, std=(0.25,) * 3), (3, 32, 32))
    steps = Augmentation(read_steps(text), About("pictures")) if text else None
    split = MemorySplit(pixels, labels, look, augmentation=steps)
    order = torch.randperm(2048).split(BATCH)
    numbers = count()
    usual = iter(())

    def ours():
        return len(split.augmented(order[next(numbers) % len(order)])[1])

    def theirs():
        nonlocal usual
        batch = next(usual, None)
        if batch is None:
            usual = iter(DataLoader(Usual(pixels, labels, changes), BATCH, shuffle=True))
            batch = next(usual)
        return len(batch[1])

    found = rates({"DataLoader with torchvision's transforms": theirs, "batches": ours})
    print(f"\n{name}:")
    told(found, "DataLoader with torchvision's transforms")
    assert found["batches"] > 2 * found["DataLoader with torchvision's transforms"]


def test_a_batch_of_fashion_mnist_from_memory():
    """What a batch costs beside the least that must be done: gathering bytes and making floats of them."""
    pixels, labels = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8), torch.randint(0, 10, (60_000,))
    split = MemorySplit(pixels, labels, Look(Normalisation(mean=(0.29,), std=(0.35,)), (1, 28, 28)))
    order = torch.randperm(60_000).split(BATCH)
    first, second = count(), count()

    def least():
        where = order[next(first) % len(order)]
        return len(pixels[where].float()) and len(labels[where])

    found = rates({"gather and float": least, "batch": lambda: len(split.batch(order[next(second) % len(order)])[1])})
    print()
    told(found, "gather and float")
    assert found["batch"] > 0.4 * found["gather and float"]
