"""The gallery's facts and how models are found among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.exchange.gallery import METRICS, TASKS, Pretrained, Wanted, Weights, find, from_json, gallery

ALL = gallery()


def names(wanted: Wanted) -> list[str]:
    return [model.name for model in find(ALL, wanted)]


def test_all_of_torchvision_is_there_without_torch() -> None:
    assert len(ALL) == len({m.source for m in ALL}) > 100
    counts = {task: len(names(Wanted(task=task))) for task in TASKS}
    assert counts == {"classification": 80, "segmentation": 6, "detection": 12, "video": 9, "": 0}


@pytest.mark.parametrize("model", ALL, ids=lambda m: m.name)
def test_every_model_says_what_people_choose_by(model: Pretrained) -> None:
    best = model.best
    assert model.title and model.family and model.page.startswith("https://") and model.licence == "BSD-3-Clause"
    assert best.url.startswith("https://") and best.params and best.macs and best.bytes and best.classes
    assert best.bytes > 2 * best.params, "weights of fewer than two bytes each"
    assert best.score is not None and best.score[0] in METRICS and 0 < best.score[1] < 100
    if model.task != "detection":  # those take pictures of any size
        assert best.input and best.mean and best.std and len(best.mean) == len(best.std) == 3


def test_titles_tell_models_apart() -> None:
    titles = [model.title for model in ALL]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("resnet 50", "resnet50"),
        ("ResNet-152", "resnet152"),
        ("vit b 16", "vit_b_16"),
        ("googlenet", "googlenet"),
        ("effnet", "efficientnet_b0"),
        ("mobilnet", "mobilenet_v2"),
        ("resent50", "resnet50"),
        ("mask r-cnn", "maskrcnn_resnet50_fpn"),
    ],
)
def test_search(text: str, first: str) -> None:
    assert names(Wanted(text=text))[0] == first


def test_kinds_and_libraries_are_words_too() -> None:
    assert len(names(Wanted(text="detection ssd"))) == 2
    assert len(names(Wanted(text="torchvision"))) == len(ALL)
    assert names(Wanted(text="swin v2 t")) == ["swin_v2_t"], "a letter alone is none of torchvision's"


def test_search_that_finds_nothing() -> None:
    assert names(Wanted(text="zzzzqqq")) == []
    assert len(names(Wanted(text="  - "))) == len(ALL)


def test_filters_hold_together() -> None:
    small = names(Wanted(task="classification", most_params=10_000_000, input=(0, 224)))
    assert "mobilenet_v2" in small and "googlenet" in small
    assert "resnet50" not in small and "lraspp_mobilenet_v3_large" not in small
    assert "inception_v3" not in names(Wanted(input=(225, 256)))
    assert names(Wanted(family="Inception")) == ["googlenet", "inception_v3"]
    assert names(Wanted(library="timm")) == []


@given(st.text(max_size=20), st.sampled_from([None, *TASKS]), st.sampled_from([None, 5_000_000, 10**9]))
def test_nothing_is_invented_or_shown_twice(text: str, task: str | None, most: int | None) -> None:
    found = find(ALL, Wanted(text=text, task=task, most_params=most))
    assert len({m.source for m in found}) == len(found)
    assert all(m in ALL and (task is None or m.task == task) for m in found)
    assert all(most is None or (m.best.params or 0) < most for m in found)


def test_a_library_that_says_little() -> None:
    data = {
        "library": "timm",
        "licence": "Apache-2.0",
        "models": [
            {
                "name": "a.b",
                "title": "a",
                "family": "A",
                "task": "juggling",
                "weights": [{"name": "b", "input": [8, 9]}],
            }
        ],
    }
    (model,) = from_json(data)
    assert model.source == "timm:a.b" and model.task == "" and model.best == Weights("b", input=(8, 9))
    assert model.best.score is None
    assert find([model], Wanted(most_params=10**12)) == []  # not known to be small
    data["models"] = [{**data["models"][0], "weights": []}]  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="no weights"):
        from_json(data)
