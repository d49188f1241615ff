"""A list of augmentations as text, as plain data and back."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from designer.data.augment.declare import SORTS, steps
from designer.data.augment.spec import Augment, read_steps, written
from designer.data.spec import DataSpec


def test_a_list_as_people_type_it() -> None:
    flip, crop, rotate, colour = read_steps(" flip , crop:2:border=reflect,rotate: 15,color:hue=0.1")
    assert flip == Augment(name="flip") and flip.params == {"share": 0.5}
    assert crop.params == {"padding": 2, "border": "reflect"}
    assert rotate.params == {"degrees": 15.0}
    assert colour.name == "colour" and colour.params["hue"] == 0.1 and colour.params["contrast"] == 0.3
    assert written((flip, crop, rotate, colour)) == "flip,crop:2:border=reflect,rotate:15.0,colour:hue=0.1"
    assert read_steps("") == () and read_steps("  ") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flipp", "no augmentation called “flipp”; there are flip, flip-vertical, crop"),
        ("flip,,crop", "a step is missing between two commas"),
        ("crop:four", "Padding must be a number, and “four” is none"),
        ("crop:4:reflect:1", "crop takes padding, border, not 3 values"),
        ("crop:0", "crop: Padding must be at least 1; 0 is too small"),
        ("crop:border=white", "crop: Border must be one of black, reflect"),
        ("flip:chance=1", "flip has no “chance”; it takes share"),
        ("flip:0.1:share=0.2", "flip says share twice"),
        ("erase:smallest=0.5:largest=0.1", "smallest (0.5) must not be above largest (0.1)"),
        ("trivialaugment:3", "trivialaugment takes nothing"),
        ("rotate:nan", "Degrees must be a finite number"),
        (",".join(["flip"] * 41), "at most 40 steps"),
    ],
)
def test_what_is_wrong_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_steps(text)
    assert words in str(caught.value)
    with pytest.raises(ValidationError) as refused:
        DataSpec.model_validate({"source": "digits", "augment": text})
    assert words in refused.value.errors()[0]["msg"]


@st.composite
def augments(draw: st.DrawFn) -> Augment:
    step = steps()[draw(st.sampled_from(sorted(steps())))]
    given_: dict[str, object] = {}
    for param in step.params:
        if param.kind == "choice":
            given_[param.name] = draw(st.sampled_from(param.choices))
        elif param.name not in ("smallest", "largest"):
            low, high = param.minimum or 0, param.maximum or 1
            number = st.integers(int(low), int(high)) if param.kind == "int" else st.floats(low, high)
            given_[param.name] = draw(number)
    return Augment.model_validate({"name": step.name, "params": given_})


@given(st.lists(augments(), max_size=5).map(tuple))
def test_text_and_data_say_the_same(found: tuple[Augment, ...]) -> None:
    assert read_steps(written(found)) == found
    spec = DataSpec(source="digits", augment=found)
    again = DataSpec.model_validate_json(spec.model_dump_json())
    assert again == spec and hash(again) == hash(spec)


def test_every_step_is_declared_for_a_dialog() -> None:
    for step in steps().values():
        assert step.help.endswith(".") and step.title and set(step.works) <= set(SORTS) and step.works
        for param in step.params:
            assert param.label and param.help.endswith(".") and param.check(param.default) == param.default
            assert param.kind == "choice" or None not in (param.minimum, param.maximum)


def test_a_spec_of_an_earlier_version_has_none() -> None:
    assert DataSpec.model_validate({"source": "digits"}).augment == ()


def test_the_declarations_need_no_torch() -> None:
    code = "import sys; from designer.data.spec import DataSpec; from designer.data.augment.declare import steps;"
    code += "DataSpec(source='digits', augment='flip,noise'); steps(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
