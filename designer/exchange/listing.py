"""Asks a library which pretrained models it has; for the worker, because that imports torch."""

from __future__ import annotations

from typing import Any

from designer.errors import UsageError

__all__ = ["list_models"]

# What torchvision has as well goes by the same name; others by the name of timm's module.
_FAMILIES = {
    "convnext": "ConvNeXt", "densenet": "DenseNet", "efficientnet": "EfficientNet", "inception_v3": "Inception",
    "mobilenetv3": "MobileNet", "regnet": "RegNet", "resnet": "ResNet", "swin_transformer": "Swin", "vgg": "VGG",
    "vision_transformer": "ViT",
}  # fmt: skip


def list_models(library: str) -> dict[str, Any]:
    """The library's models as `gallery.from_json` reads them. Raises UsageError where it is not installed."""
    if library != "timm":
        raise UsageError(f"Expected a library whose models can be listed, timm, found {library!r}.")
    try:
        import timm
        from timm.models import get_pretrained_cfg, list_modules, list_pretrained
        from timm.models import list_models as names_of
    except ImportError as error:
        raise UsageError("timm is not installed. Add it with `pip install timm` and start Layerloom again.") from error
    family = {name: module for module in list_modules() for name in names_of(module=module)}
    models = [_timm(name, get_pretrained_cfg(name), family) for name in list_pretrained()]
    return {"library": "timm", "version": timm.__version__, "licence": "Apache-2.0", "models": models}


def _timm(name: str, config: Any, family: dict[str, str]) -> dict[str, Any]:
    """One set of weights; in timm's names what follows the dot is how it was trained."""
    architecture, _, tag = name.partition(".")
    size = list(config.input_size[1:]) if config.input_size else None
    weights = {
        "name": tag or "default",
        "url": config.url or (f"https://huggingface.co/{config.hf_hub_id}" if config.hf_hub_id else ""),
        "classes": config.num_classes or 0,
        "input": size,
        "mean": list(config.mean or ()) or None,
        "std": list(config.std or ()) or None,
        "recipe": config.origin_url,
        "licence": config.license,
        "note": _note(config),
    }
    module = family.get(architecture, architecture)
    return {
        "name": name,
        "title": architecture,
        "family": _FAMILIES.get(module, module.replace("_", " ")),
        "task": "classification" if config.num_classes else "",
        "page": f"https://huggingface.co/{config.hf_hub_id}" if config.hf_hub_id else "",
        "weights": [weights],
    }


def _note(config: Any) -> str:
    paper = f"Paper {config.paper_ids}." if isinstance(config.paper_ids, str) else ""
    return " ".join(part for part in (str(config.description or "").strip(), paper) if part)
