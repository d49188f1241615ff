"""Write what the gallery knows of torchvision's models, as torchvision itself tells it:
`python packaging/make_pretrained.py`. Downloads nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torchvision
from torchvision import models

TARGET = Path(__file__).parent.parent / "resources" / "pretrained" / "torchvision.json"
PAGE = "https://pytorch.org/vision/stable/models/generated/"
TASKS = {
    "classification": models,
    "segmentation": models.segmentation,
    "detection": models.detection,
    "video": models.video,
}
MEGA = 1 << 20

# How each family writes its names: what a model's name looks like, the family, the title.
BODIES = [
    (r"alexnet", "AlexNet", "AlexNet"),
    (r"googlenet", "Inception", "GoogLeNet"),
    (r"inception_v(\d)", "Inception", r"Inception v\1"),
    (r"convnext_(\w+)", "ConvNeXt", lambda m: f"ConvNeXt-{m[1].title()}"),
    (r"densenet(\d+)", "DenseNet", r"DenseNet-\1"),
    (r"efficientnet_(b\d)", "EfficientNet", lambda m: f"EfficientNet-{m[1].upper()}"),
    (r"efficientnet_v2_(\w)", "EfficientNet", lambda m: f"EfficientNetV2-{m[1].upper()}"),
    (r"maxvit_(\w)", "MaxViT", lambda m: f"MaxViT-{m[1].upper()}"),
    (r"mnasnet(\d)_(\d+)", "MNASNet", r"MNASNet \1.\2"),
    (r"mobilenet_v2", "MobileNet", "MobileNetV2"),
    (r"mobilenet_v3_(\w+)", "MobileNet", lambda m: f"MobileNetV3 {m[1].title()}"),
    (r"regnet_(x|y)_(\d+)_?(\d*)(m|g)f", "RegNet",
     lambda m: f"RegNet{m[1].upper()} {m[2]}{'.' + m[3] if m[3] else ''}{m[4].upper()}F"),
    (r"wide_resnet(\d+)_(\d)", "ResNet", r"Wide ResNet-\1-\2"),
    (r"resnet(\d+)", "ResNet", r"ResNet-\1"),
    (r"resnext(\d+)_(\d+)x(\d+)d", "ResNeXt", r"ResNeXt-\1 \2×\3d"),
    (r"shufflenet_v2_x(\d)_(\d)", "ShuffleNet", r"ShuffleNetV2 ×\1.\2"),
    (r"squeezenet1_(\d)", "SqueezeNet", r"SqueezeNet 1.\1"),
    (r"swin_(v2_)?(\w)", "Swin", lambda m: f"Swin{'V2' if m[1] else ''}-{m[2].upper()}"),
    (r"vgg(\d+)(_bn)?", "VGG", lambda m: f"VGG-{m[1]}{' BN' if m[2] else ''}"),
    (r"vit_(\w)_(\d+)", "ViT", lambda m: f"ViT-{m[1].upper()}/{m[2]}"),
    (r"r3d_(\d+)", "Video ResNet", r"R3D-\1"),
    (r"mc3_(\d+)", "Video ResNet", r"MC3-\1"),
    (r"r2plus1d_(\d+)", "Video ResNet", r"R(2+1)D-\1"),
    (r"s3d", "S3D", "S3D"),
    (r"mvit_v(\d)_(\w)", "MViT", lambda m: f"MViTv{m[1]}-{m[2].upper()}"),
    (r"swin3d_(\w)", "Video Swin", lambda m: f"Video Swin-{m[1].upper()}"),
]  # fmt: skip
HEADS = {
    "deeplabv3": "DeepLabV3", "fcn": "FCN", "lraspp": "LR-ASPP", "fasterrcnn": "Faster R-CNN", "fcos": "FCOS",
    "keypointrcnn": "Keypoint R-CNN", "maskrcnn": "Mask R-CNN", "retinanet": "RetinaNet", "ssd300": "SSD300",
    "ssdlite320": "SSDlite320",
}  # fmt: skip


def main() -> None:
    """Ask torchvision about every model but the quantized ones and optical flow, which takes pairs of pictures."""
    found = [facts(name, task) for task, room in TASKS.items() for name in models.list_models(module=room)]
    data = {
        "library": "torchvision",
        "version": torchvision.__version__.partition("+")[0],
        "licence": "BSD-3-Clause",  # of the code; what is known of weights stands with them
        "models": found,
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def facts(name: str, task: str) -> dict[str, Any]:
    """One model with all of its weights, those first that the library takes by default."""
    weights = models.get_model_weights(name)
    default = getattr(weights, "DEFAULT", None)
    complete = [w for w in weights if w.meta.get("categories")]  # others are the body of another model only
    ordered = sorted(complete, key=lambda w: w is not default)
    family, title = named(name, task)
    room = "" if task == "classification" else f"{task}."
    return {
        "name": name,
        "title": title,
        "family": family,
        "task": task,
        "page": f"{PAGE}torchvision.models.{room}{name}.html",
        "weights": [told(w) for w in ordered],
    }


def told(weights: Any) -> dict[str, Any]:
    """What one set of weights says of itself."""
    meta, prepare = weights.meta, weights.transforms()
    size = getattr(prepare, "crop_size", None) or getattr(prepare, "resize_size", None)
    return {
        "name": weights.name,
        "url": weights.url,
        "bytes": round(meta["_file_size"] * MEGA),
        "params": meta["num_params"],
        "macs": round(meta["_ops"] * 1e9),
        "measured_on": next(iter(meta["_metrics"])),
        "metrics": next(iter(meta["_metrics"].values())),
        "classes": len(meta["categories"]),
        "input": [size[0], size[-1]] if size else None,
        "least": list(meta.get("min_size", (1, 1))),
        "frames": meta.get("min_temporal_size"),
        "mean": rounded(getattr(prepare, "mean", None)),
        "std": rounded(getattr(prepare, "std", None)),
        "recipe": meta.get("recipe"),
        "licence_page": meta.get("license"),
        "note": plain(meta.get("_docs", "")),
    }


def rounded(values: Any) -> list[float] | None:
    """Plain numbers."""
    return [float(v) for v in values] if values else None


def plain(text: str) -> str:
    """reStructuredText as a sentence."""
    text = re.sub(r"`([^`<]+?)\s*<[^>]*>`_+", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("`", "")).strip()


def named(name: str, task: str) -> tuple[str, str]:
    """Family and title."""
    head, _, rest = name.partition("_")
    if head in HEADS:
        fpn, second = "_fpn" in rest, rest.endswith("fpn_v2")
        body = re.sub(r"_320|_fpn(_v2)?$|_fpn", "", rest)
        words = f"{HEADS[head]}{' v2' if second else ''}, {body_title(body)}"
        return HEADS[head], words + (" FPN" if fpn else "") + (" 320" if "_320" in rest else "")
    found = next((pattern, family, title) for pattern, family, title in BODIES if re.fullmatch(pattern, name))
    return found[1], re.sub(found[0], found[2], name)


def body_title(name: str) -> str:
    """How a network within another is called."""
    return next(re.sub(pattern, title, name) for pattern, _, title in BODIES if re.fullmatch(pattern, name))


if __name__ == "__main__":
    main()
