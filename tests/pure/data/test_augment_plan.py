"""The list of augmentations as it is edited: order, undo, presets, hints and words."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.data.augment.declare import SORTS, steps
from designer.data.augment.hints import Facts, hints
from designer.data.augment.plan import MIXES, PRESETS, History, Plan, choices
from designer.data.augment.spec import Augment, read_steps, written
from designer.data.augment.words import detail, summary
from designer.data.spec import DataSpec

DIGITS = Facts("pictures", tuple("0123456789"), (1, 8, 8), "classes")


def names(plan: Plan) -> list[str]:
    return [row.step.name for row in plan.rows]


def said(text: str, facts: Facts, mixup: float = 0.0) -> list[str]:
    return [hint.sentence for hint in hints(Plan.of(read_steps(text), mixup), facts)]


def test_a_list_in_few_words() -> None:
    assert summary(read_steps("flip,crop:4,rotate:10")) == "flip, crop 4, rotate 10°"
    assert summary(read_steps("flip:0.2,crop:off,noise"), 0.2, 1.0) == "flip 20%, noise, mixup 0.2, cutmix 1"
    assert summary(()) == ""
    (gain,) = read_steps("gain:3")
    assert detail(steps()["gain"], gain.params) == "decibels 3 dB"


def test_a_step_that_is_off_keeps_its_place_and_params() -> None:
    found = read_steps("flip,crop:2:reflect:off,trivialaugment:off")
    assert [one.off for one in found] == [False, True, True] and found[1].params["border"] == "reflect"
    assert written(found) == "flip,crop:2:border=reflect:off,trivialaugment:off"
    spec = DataSpec(source="digits", augment=found)
    again = DataSpec.model_validate_json(spec.model_dump_json())
    assert again == spec and hash(again) == hash(spec)
    assert "off" not in Augment(name="flip").model_dump()  # as it has always been written


def test_what_mixes_stays_last() -> None:
    plan = Plan.of(read_steps("flip"), mixup=0.3).added(steps()["crop"]).added(MIXES["cutmix"])
    assert names(plan) == ["flip", "crop", "mixup", "cutmix"]
    assert names(plan.moved(2, 0)) == names(plan) and names(plan.moved(0, 3)) == ["crop", "flip", "mixup", "cutmix"]
    assert plan.added(MIXES["mixup"]) == plan
    assert plan.strength("mixup") == 0.3 and plan.switched(2).strength("mixup") == 0.0
    assert [one.name for one in plan.steps] == ["flip", "crop"]


def test_params_that_do_not_go_together_are_refused() -> None:
    plan = Plan.of(read_steps("blur"))
    with pytest.raises(ValueError, match="must not be above"):
        plan.set(0, "smallest", 5.0)
    assert plan.set(0, "share", 1).rows[0].params["share"] == 1.0


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "move", "switch"]), st.integers(0, 9), st.integers(0, 9))))
def test_every_edit_can_be_undone_and_done_again(edits: list[tuple[str, int, int]]) -> None:
    history, seen = History(Plan()), [Plan()]
    for kind, a, b in edits:
        plan, rows = history.now, len(history.now.rows)
        if kind == "add":
            plan = plan.added(choices(None)[a * 2 % len(choices(None))])
        elif rows:
            at = a % rows
            plan = {"remove": plan.removed(at), "move": plan.moved(at, b % rows), "switch": plan.switched(at)}[kind]
        if history.do(plan):
            seen.append(plan)
        assert [row.mixes for row in plan.rows] == sorted(row.mixes for row in plan.rows)
        assert Plan.of(plan.steps).steps == plan.steps
    for before in reversed(seen[:-1]):
        history.undo()
        assert history.now == before
    assert not history.can_undo
    for after in seen[1:]:
        history.redo()
        assert history.now == after
    assert not history.can_redo


def test_every_preset_suits_what_it_is_for() -> None:
    for preset in PRESETS:
        assert preset.plan().rows and preset.help.endswith(".")
        for sort in preset.works:
            assert not [h for h in hints(preset.plan(), Facts(sort)) if h.severity == "error"]
    for sort in SORTS:
        assert any(sort in preset.works for preset in PRESETS)
        titles = [preset.title for preset in PRESETS if sort in preset.works]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("text", "facts", "words"),
    [
        ("flip", DIGITS, "few of them can be read in a mirror"),
        ("flip-vertical", Facts("pictures", ("a", "b")), "few of them can be read in a mirror"),
        ("rotate:120", DIGITS, "a 6 is a 9"),
        ("affine:60", Facts("pictures", ("a", "b")), "60 degrees make some look like others"),
        ("crop:4", DIGITS, "4 pixels are much of a picture of 8×8"),
        ("grey", DIGITS, "grey already"),
        ("flip", Facts("pictures", ("turn left", "turn_right")), "tell left from right"),
        ("randaugment,autoaugment", Facts("pictures"), "RandAugment and AutoAugment: each is meant to be the only one"),
        ("flip", Facts("signals"), "changes pictures; the samples are signals"),
        ("gain", Facts("rows"), "changes signals and spectrograms; the samples are rows"),
    ],
)
def test_what_does_not_suit_the_data_is_said(text: str, facts: Facts, words: str) -> None:
    (sentence,) = said(text, facts)
    assert words in sentence


def test_nothing_is_said_where_all_is_well() -> None:
    photos = Facts("pictures", ("cat", "dog"), (3, 224, 224), "classes")
    assert not said("flip,crop:4,rotate:120,grey,randaugment", photos, mixup=0.2)
    assert not said("flip:off,rotate:10", DIGITS) and not said("flip", Facts())
    assert "needs one class a sample" in said("", Facts("pictures", kind="labels"), mixup=0.2)[0]


def test_editing_needs_neither_torch_nor_qt() -> None:
    code = "import sys; import designer.data.augment.hints, designer.data.augment.plan;"
    code += "assert not {'torch', 'PySide6'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
