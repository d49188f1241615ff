"""Write the example networks in resources/templates from the lines below: `python packaging/make_templates.py`."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from designer.blocks.catalog import catalog
from designer.graph.arrange import arrange
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.model import Wire
from designer.ui.canvas.metrics import sizes
from designer.ui.theme import load_fonts

# One block a line: name, type, parameters; `< a b` names its sources, without it the line above is the source.
TEMPLATES = [
    ("blank", "Blank canvas", "Start from nothing: drag blocks in and wire them up.", ""),
    (
        "digits",
        "Digits CNN",
        "A small convolutional network for the bundled 8×8 handwritten digits. Trains in seconds.",
        """
        input input size=[1,8,8]
        conv1 conv2d out_channels=32 bias=false
        bn1 batch_norm2d
        relu1 relu
        conv2 conv2d out_channels=64 bias=false
        bn2 batch_norm2d
        relu2 relu
        pool max_pool2d
        dropout dropout p=0.3
        flatten flatten
        fc1 linear out_features=128
        relu3 relu
        fc2 linear out_features=10
        output classification_output classes=10
        """,
    ),
    (
        "lenet5",
        "LeNet-5",
        "The classic for 28×28 digits (LeCun et al. 1998): two convolutions, three fully connected layers.",
        """
        input input size=[1,28,28]
        c1 conv2d out_channels=6 kernel_size=5 padding=2
        tanh1 tanh
        s2 avg_pool2d
        c3 conv2d out_channels=16 kernel_size=5 padding=0
        tanh2 tanh
        s4 avg_pool2d
        flatten flatten
        c5 linear out_features=120
        tanh3 tanh
        f6 linear out_features=84
        tanh4 tanh
        fc linear out_features=10
        output classification_output classes=10
        """,
    ),
    (
        "small-vgg",
        "Small VGG",
        "Stacks of 3×3 convolutions for 32×32 colour images (after Simonyan and Zisserman 2014).",
        """
        input input size=[3,32,32]
        conv1_1 conv2d out_channels=32
        relu1_1 relu
        conv1_2 conv2d out_channels=32
        relu1_2 relu
        pool1 max_pool2d
        conv2_1 conv2d out_channels=64
        relu2_1 relu
        conv2_2 conv2d out_channels=64
        relu2_2 relu
        pool2 max_pool2d
        conv3_1 conv2d out_channels=128
        relu3_1 relu
        conv3_2 conv2d out_channels=128
        relu3_2 relu
        pool3 max_pool2d
        flatten flatten
        fc1 linear out_features=128
        relu4 relu
        dropout dropout p=0.5
        fc2 linear out_features=10
        output classification_output classes=10
        """,
    ),
    (
        "small-resnet",
        "Small ResNet",
        "Residual blocks with skip connections for 32×32 colour images (after He et al. 2015).",
        """
        input input size=[3,32,32]
        conv1 conv2d out_channels=16 bias=false
        bn1 batch_norm2d
        relu relu
        layer1.conv1 conv2d out_channels=16 bias=false
        layer1.bn1 batch_norm2d
        layer1.relu1 relu
        layer1.conv2 conv2d out_channels=16 bias=false
        layer1.bn2 batch_norm2d
        layer1.add add < layer1.bn2 relu
        layer1.relu2 relu
        layer2.conv1 conv2d out_channels=32 stride=2 padding=1 bias=false
        layer2.bn1 batch_norm2d
        layer2.relu1 relu
        layer2.conv2 conv2d out_channels=32 bias=false
        layer2.bn2 batch_norm2d
        layer2.downsample conv2d out_channels=32 kernel_size=1 stride=2 padding=0 bias=false < layer1.relu2
        layer2.bn3 batch_norm2d
        layer2.add add < layer2.bn2 layer2.bn3
        layer2.relu2 relu
        layer3.conv1 conv2d out_channels=64 stride=2 padding=1 bias=false
        layer3.bn1 batch_norm2d
        layer3.relu1 relu
        layer3.conv2 conv2d out_channels=64 bias=false
        layer3.bn2 batch_norm2d
        layer3.downsample conv2d out_channels=64 kernel_size=1 stride=2 padding=0 bias=false < layer2.relu2
        layer3.bn3 batch_norm2d
        layer3.add add < layer3.bn2 layer3.bn3
        layer3.relu2 relu
        pool global_avg_pool
        fc linear out_features=10
        output classification_output classes=10
        """,
    ),
    (
        "several-digits",
        "Several digits",
        "Says of each digit whether it is in the picture: any number of labels may be right.",
        """
        input input size=[1,20,20]
        conv1 conv2d out_channels=32 bias=false
        bn1 batch_norm2d
        relu1 relu
        pool1 max_pool2d
        conv2 conv2d out_channels=64 bias=false
        bn2 batch_norm2d
        relu2 relu
        conv3 conv2d out_channels=64 bias=false
        bn3 batch_norm2d
        relu3 relu
        pool global_max_pool
        dropout dropout p=0.2
        fc linear out_features=10
        output multilabel_output classes=10 'labels=["0","1","2","3","4","5","6","7","8","9"]'
        """,
    ),
    (
        "turned-digits",
        "Turned digits",
        "Tells by how many degrees a digit is turned: a number instead of a class.",
        """
        input input size=[1,16,16]
        conv1 conv2d out_channels=32 bias=false
        bn1 batch_norm2d
        relu1 relu
        pool1 max_pool2d
        conv2 conv2d out_channels=64 bias=false
        bn2 batch_norm2d
        relu2 relu
        pool2 max_pool2d
        flatten flatten
        fc1 linear out_features=128
        relu3 relu
        dropout dropout p=0.2
        fc2 linear out_features=1
        output regression_output values=1
        """,
    ),
    (
        "sounds",
        "Sounds",
        "Hears what a sound is from its spectrogram, a picture of pitch over time.",
        """
        input input size=[1,32,98]
        conv1 conv2d out_channels=16 bias=false
        bn1 batch_norm2d
        relu1 relu
        pool1 max_pool2d
        conv2 conv2d out_channels=32 bias=false
        bn2 batch_norm2d
        relu2 relu
        pool2 max_pool2d
        conv3 conv2d out_channels=48 bias=false
        bn3 batch_norm2d
        relu3 relu
        pool global_avg_pool
        fc linear out_features=6
        output classification_output classes=6 'labels=["clicks","falling","noise","rising","tone","trill"]'
        """,
    ),
    (
        "signals",
        "Signals, 1-D CNN",
        "Tells shapes of waves apart by convolutions along time.",
        """
        input input size=[1,128]
        conv1 conv1d out_channels=16 kernel_size=7 bias=false
        bn1 batch_norm1d
        relu1 relu
        pool1 max_pool1d
        conv2 conv1d out_channels=32 kernel_size=5 bias=false
        bn2 batch_norm1d
        relu2 relu
        pool2 max_pool1d
        conv3 conv1d out_channels=48 kernel_size=5 bias=false
        bn3 batch_norm1d
        relu3 relu
        pool global_avg_pool
        fc linear out_features=5
        output classification_output classes=5 'labels=["pulses","sawtooth","sine","square","triangle"]'
        """,
    ),
    (
        "signals-lstm",
        "Signals, LSTM",
        "The same signals, read step by step by a network with a memory.",
        """
        input input size=[128,1]
        lstm lstm hidden_size=64
        mean mean dim=[1]
        dropout dropout p=0.1
        fc linear out_features=5
        output classification_output classes=5 'labels=["pulses","sawtooth","sine","square","triangle"]'
        """,
    ),
    (
        "cells",
        "Cells",
        "Finds the few pictures with an ill cell among many healthy ones. The pictures are synthetic.",
        """
        input input size=[1,32,32]
        conv1 conv2d out_channels=16 bias=false
        bn1 batch_norm2d
        relu1 relu
        pool1 max_pool2d
        conv2 conv2d out_channels=32 bias=false
        bn2 batch_norm2d
        relu2 relu
        pool2 max_pool2d
        conv3 conv2d out_channels=32 bias=false
        bn3 batch_norm2d
        relu3 relu
        pool global_max_pool
        dropout dropout p=0.2
        fc linear out_features=2
        output classification_output classes=2 'labels=["healthy","ill"]'
        """,
    ),
    (
        "table",
        "Table",
        "Tells benign from malignant tumours by thirty numbers of each. The table is real.",
        """
        input input size=[30]
        fc1 linear out_features=32
        relu1 relu
        dropout dropout p=0.2
        fc2 linear out_features=16
        relu2 relu
        fc3 linear out_features=2
        output classification_output classes=2 'labels=["benign","malignant"]'
        """,
    ),
]
# What a template is for, the samples that it is drawn for, and how it is trained on them; `layerloom demo` does that.
_ONE_CYCLE = {"schedule": "one_cycle", "batch_size": 64, "seed": 0}
WORK: dict[str, dict[str, Any]] = {
    "blank": {"kind": "Any kind of work"},
    **{name: {"kind": "Image classification"} for name in ("lenet5", "small-vgg", "small-resnet")},
    "digits": {
        "kind": "Image classification",
        "data": {"source": "digits"},
        "train": {"epochs": 10, "learning_rate": 4e-3} | _ONE_CYCLE,
    },
    "several-digits": {
        "kind": "Multi-label pictures",
        "data": {"source": "digits-several"},
        "train": {"epochs": 6, "learning_rate": 6e-3, "metrics": ["f1"]} | _ONE_CYCLE,
    },
    "turned-digits": {
        "kind": "Image regression",
        "data": {"source": "digits-turned"},
        "train": {"epochs": 15, "learning_rate": 4e-3, "metrics": ["mae", "r2"]} | _ONE_CYCLE,
    },
    "sounds": {
        "kind": "Sound classification",
        "data": {"source": "tones", "sound": "spectrogram", "rate": 8000, "bands": 32},
        "train": {"epochs": 8, "learning_rate": 4e-3} | _ONE_CYCLE | {"batch_size": 32},
    },
    "signals": {
        "kind": "Time series",
        "data": {"source": "waves"},
        "train": {"epochs": 10, "learning_rate": 6e-3} | _ONE_CYCLE | {"batch_size": 32},
    },
    "signals-lstm": {
        "kind": "Time series",
        "data": {"source": "waves"},
        "train": {"epochs": 16, "learning_rate": 1e-2, "clip_norm": 1.0} | _ONE_CYCLE | {"batch_size": 16},
    },
    "cells": {
        "kind": "Medical pictures",
        "data": {"source": "cells"},
        "train": {"epochs": 12, "learning_rate": 4e-3, "class_weights": "balanced"}
        | {"metrics": ["sensitivity", "specificity"]}
        | _ONE_CYCLE,
    },
    "table": {
        "kind": "Table of numbers",
        "data": {"source": "breast-cancer"},
        "train": {"epochs": 15, "learning_rate": 2e-3, "metrics": ["sensitivity", "specificity"]}
        | _ONE_CYCLE
        | {"batch_size": 32},
    },
}
ASPECT = 1.6  # of the canvas between its panels


def build(text: str) -> Document:
    """The network that the lines describe, arranged."""
    document = Document()
    last = ""
    for line in filter(None, (row.strip() for row in text.splitlines())):
        head, _, sources = line.partition("<")
        name, block_type, *pairs = shlex.split(head)
        params = {k: json.loads(v) for k, v in (pair.split("=", 1) for pair in pairs)}
        document.do(AddBlock(name, block_type, catalog()[block_type].check(params)))
        for slot, source in enumerate(sources.split() or ([last] if last else [])):
            document.do(Connect(Wire(source, 0, name, slot)))
        last = name
    if len(document.network):
        document.do(arrange(document.network, sizes(document.network), fold=ASPECT))
    assert not document.problems or not len(document.network), document.problems
    return document


def main() -> None:
    """Write all templates."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    load_fonts()  # a card is as wide as its name
    folder = Path(__file__).parent.parent / "resources" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    for order, (name, title, description, text) in enumerate(TEMPLATES):
        network = build(text).network.to_json()
        work = WORK.get(name, {})
        data = {"order": order, "title": title, "description": description} | work | {"network": network}
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    application.quit()


if __name__ == "__main__":
    main()
