"""The same small network on the same pictures, trained in four ways. Each gives samples a second, and the network.

By hand: what people write, DataLoader and torchvision's transforms for each sample, with or without workers.
Lightning and Keras: their own loops over the same loader. Ours: `designer.train.loop.train`.
"""

import os
import time

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from designer.codegen.program import OutputInfo
from designer.data.augment.spec import read_steps
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.train.events import EpochEnded, Failed, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec

BATCH, RATE, DECAY = 64, 1e-3, 1e-4
MEAN, STD = (0.2860,), (0.3530,)
OUTPUTS = [OutputInfo("classes", "classification", "cross_entropy", 10)]


def cnn(seed=0):
    """Two convolutions with pooling, and a classifier: 20,490 weights."""
    torch.manual_seed(seed)
    n = torch.nn
    return n.Sequential(
        n.Conv2d(1, 16, 3, padding=1), n.ReLU(), n.MaxPool2d(2),
        n.Conv2d(16, 32, 3, padding=1), n.ReLU(), n.MaxPool2d(2),
        n.Flatten(), n.Linear(32 * 7 * 7, 10),
    )  # fmt: skip


def data(limit):
    """Fashion-MNIST, as many pictures for training and for validation, changed at random in training."""
    return open_data(DataSpec(source="fashion-mnist", limit=limit, augment=read_steps("crop,flip")), (1, 28, 28))


class Pictures(Dataset):
    """As torchvision's own data sets: one picture at a time through its transforms."""

    def __init__(self, split, transform):
        self.pixels = np.stack([split.raw(i)[:, :, 0] for i in range(len(split))])
        self.labels, self.transform = split.labels.tolist(), transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.pixels[index])), self.labels[index]


def loader(split, workers, seed=0, training=True):
    tail = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    steps = [v2.RandomCrop(28, padding=4), v2.RandomHorizontalFlip(), *tail] if training else tail
    return DataLoader(
        Pictures(split, v2.Compose(steps)), BATCH, shuffle=training, num_workers=workers,
        persistent_workers=workers > 0, pin_memory=torch.cuda.is_available(), generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip


class ByHand:
    """The usual loop. Workers are kept from epoch to epoch, and have started before the time is taken."""

    def __init__(self, split, workers, seed=0, epochs=1, cosine=False, device="cpu"):
        self.device = torch.device(device)
        self.module, self.loader = cnn(seed).to(self.device), loader(split, workers, seed)
        self.optimizer = torch.optim.AdamW(self.module.parameters(), lr=RATE, weight_decay=DECAY)
        total = epochs * len(self.loader)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, total) if cosine else None

    def epoch(self):
        self.module.train()
        batches = iter(self.loader)
        first = next(batches)
        began, done = time.perf_counter(), 0
        while first is not None:
            x, y = (part.to(self.device, non_blocking=True) for part in first)
            loss = torch.nn.functional.cross_entropy(self.module(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if self.schedule is not None:
                self.schedule.step()
            loss.item()
            done += len(y)
            first = next(batches, None)
        return done / (time.perf_counter() - began)


class WithLightning:
    """Lightning's Trainer, with all that writes and draws switched off."""

    def __init__(self, split, workers):
        import lightning

        class Task(lightning.LightningModule):
            def __init__(self):
                super().__init__()
                self.net = cnn()

            def training_step(self, batch, index):
                x, y = batch
                return torch.nn.functional.cross_entropy(self.net(x), y)

            def configure_optimizers(self):
                return torch.optim.AdamW(self.parameters(), lr=RATE, weight_decay=DECAY)

        class Clock(lightning.Callback):
            began = seconds = 0.0

            def on_train_batch_start(self, trainer, module, batch, index):
                if index == 0:
                    self.began = time.perf_counter()

            def on_train_epoch_end(self, trainer, module):
                self.seconds = time.perf_counter() - self.began

        self._make = lambda clock: lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, callbacks=[clock],
        )  # fmt: skip
        self.task, self.clock, self.loader = Task(), Clock(), loader(split, workers)

    def epoch(self):
        self._make(self.clock).fit(self.task, self.loader)
        return len(self.loader.dataset) / self.clock.seconds


class WithKeras:
    """Keras 3 on torch: fit() over the same loader."""

    def __init__(self, split, workers):
        os.environ["KERAS_BACKEND"] = "torch"
        import keras

        keras.utils.set_random_seed(0)
        layers = keras.layers
        self.model = keras.Sequential([
            keras.Input((1, 28, 28)),
            layers.Conv2D(16, 3, padding="same", activation="relu", data_format="channels_first"),
            layers.MaxPooling2D(2, data_format="channels_first"),
            layers.Conv2D(32, 3, padding="same", activation="relu", data_format="channels_first"),
            layers.MaxPooling2D(2, data_format="channels_first"),
            layers.Flatten(), layers.Dense(10),
        ])  # fmt: skip
        self.model.compile(
            keras.optimizers.AdamW(RATE, weight_decay=DECAY),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

        class Clock(keras.callbacks.Callback):
            began = seconds = 0.0

            def on_train_batch_begin(self, batch, logs=None):
                if batch == 0:
                    self.began = time.perf_counter()

            def on_epoch_end(self, epoch, logs=None):
                self.seconds = time.perf_counter() - self.began

        self.clock, self.loader = Clock(), loader(split, workers)

    def epoch(self):
        self.model.fit(self.loader, epochs=1, verbose=0, callbacks=[self.clock])
        return len(self.loader.dataset) / self.clock.seconds


class Ours:
    """The training loop of this program; an epoch each time that it is asked."""

    def __init__(self, found, seed=0, epochs=1000, **settings):
        spec = TrainSpec(
            **{
                "epochs": epochs, "batch_size": BATCH, "learning_rate": RATE, "weight_decay": DECAY, "seed": seed,
                "schedule": "constant", "device": "cpu", "validate_every": 10**9,
            }
            | settings
        )  # fmt: skip
        self.module, self.count = cnn(seed), len(found.train)
        self.threads = spec.threads or torch.get_num_threads()
        self.events = train(self.module, found, spec, OUTPUTS)

    def epoch(self):
        torch.set_num_threads(self.threads)
        began, done = 0.0, 0
        for event in self.events:
            assert not isinstance(event, Failed), event
            if isinstance(event, Step) and not began:
                began, done = time.perf_counter(), -BATCH
            if isinstance(event, Step):
                done += BATCH
            if isinstance(event, EpochEnded):
                return done / (time.perf_counter() - began)
        return 0.0


def accuracy(module, split):
    """The share of right answers, in percent."""
    module.eval()
    hits = 0
    with torch.inference_mode():
        for start in range(0, len(split), 1000):
            x, y = split.batch(slice(start, start + 1000), "cpu")
            hits += (module(x).argmax(1) == y).sum().item()
    return 100 * hits / len(split)
