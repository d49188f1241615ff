"""Write the example networks in resources/templates from the lines below: `python packaging/make_templates.py`."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

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
]
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
        data = {"order": order, "title": title, "description": description, "network": network}
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    application.quit()


if __name__ == "__main__":
    main()
