"""What the window reads of training: specs, declarations, events. None of it may load torch."""

import json
import subprocess
import sys

import pytest

from designer.blocks.catalog import catalog
from designer.errors import FileDamaged, UsageError
from designer.train.declare import settings_that, shown
from designer.train.events import (
    EVENTS,
    Failed,
    Finished,
    Machine,
    Noted,
    Started,
    Step,
    Unfrozen,
    Validated,
    from_dict,
    to_dict,
)
from designer.train.parts import LOSSES, METRICS, OPTIMIZERS, SCHEDULES
from designer.train.spec import TrainSpec


def test_plain_modules_do_not_load_torch():
    code = (
        "import sys, designer.train.spec, designer.train.events, designer.train.parts, designer.train.control; "
        "sys.exit('torch' in sys.modules or 'threading' in vars(designer.train.control))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_field_can_be_shown_in_a_dialog():
    for name, field in TrainSpec.model_fields.items():
        assert field.title and field.description and field.description.endswith("."), name


def test_numbers_are_bounded_on_both_sides():
    schema = TrainSpec.model_json_schema()["properties"]
    for name, field in schema.items():
        if field["type"] in ("integer", "number"):
            assert {"minimum", "exclusiveMinimum"} & set(field), name
            assert {"maximum", "exclusiveMaximum"} & set(field), name


def test_choices_come_from_the_declarations():
    schema = TrainSpec.model_json_schema()["properties"]
    assert schema["optimizer"]["choices"] == list(OPTIMIZERS)
    assert schema["schedule"]["choices"] == list(SCHEDULES)


@pytest.mark.parametrize("name", sorted(settings_that(TrainSpec.model_fields, "choices")))
def test_a_choice_that_there_is_not_is_refused(name):
    with pytest.raises(UsageError, match="Choose one of"):
        TrainSpec.read({name: "other"})


def test_a_setting_needs_another_one_that_there_is():
    fields = TrainSpec.model_fields
    assert set(settings_that(fields, "needs").values()) <= set(fields)
    assert {"output_weights", "unfreeze"} == set(fields) - set(shown(fields))


@pytest.mark.parametrize("part", [*OPTIMIZERS.values(), *SCHEDULES.values()], ids=lambda part: part.name)
def test_parts_name_fields_of_the_spec(part):
    assert set(part.params) <= set(TrainSpec.model_fields)


@pytest.mark.parametrize("table", [OPTIMIZERS, SCHEDULES, LOSSES, METRICS])
def test_parts_are_described(table):
    for name, part in table.items():
        assert part.name == name and part.title and part.help.endswith(".")


def test_every_loss_can_be_chosen_at_the_output_it_is_for():
    """An output block, which may not know of training, spells out the losses that it offers."""
    offered = {
        "classification_output": "classes",
        "segmentation_output": "classes",
        "regression_output": "values",
        "multilabel_output": "labels",
    }
    assert set(offered) == {b.type for b in catalog().values() if b.role == "output" and b.params}
    for block, target in offered.items():
        choices = set(catalog()[block].param("loss").choices)
        assert choices == {name for name, loss in LOSSES.items() if loss.target == target}


def test_spec_goes_through_json():
    spec = TrainSpec(epochs=3, optimizer="sgd", schedule="one_cycle", output_weights={"a": 1.0},
                     unfreeze=[{"part": "layer*", "epoch": 2}])  # fmt: skip
    assert TrainSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"learning_rate": 0}, "Learning rate"),
        ({"learning_rate": float("nan")}, "Learning rate"),
        ({"epochs": 10**9}, "Epochs"),
        ({"optimizer": "magic"}, "Choose one of sgd, adam, adamw"),
        ({"schedule": ""}, "Schedule"),
        ({"device": "tpu"}, "Device"),
        ({"seed": -1}, "Seed"),
        ({"speed": 1}, "speed"),
        ({"output_weights": {"a": -1}}, "Output weights"),
        ({"unfreeze": [{"part": "fc", "epoch": 0}]}, "Unfreezing"),
        ({"unfreeze": [{"part": "", "epoch": 1}]}, "Unfreezing"),
        ({"unfreeze": [{"part": "two words", "epoch": 1}]}, "Unfreezing"),
    ],
)
def test_wrong_values_are_one_sentence(values, words):
    with pytest.raises(UsageError) as caught:
        TrainSpec.read(values)
    assert words in caught.value.message and "\n" not in caught.value.message


@pytest.mark.parametrize("name", list(SCHEDULES))
@pytest.mark.parametrize(("total", "per_epoch"), [(1, 1), (2, 1), (100, 10), (7, 7)])
def test_schedules_stay_between_zero_and_the_learning_rate(name, total, per_epoch):
    spec = TrainSpec(schedule=name, learning_rate=0.5)
    rates = [spec.learning_rate_at(i, total, per_epoch) for i in range(total + 1)]
    assert all(0 <= rate <= 0.5 for rate in rates)
    assert rates[0] > 0


EXAMPLES = [
    Started("cpu", "a CPU", 2, 3, 64, 10, 30, 640, 100, 0),
    Step(1, 1, 2.3, 0.1, 1e-3, 1000.0, 0.1, 2.9),
    Validated(10, 1, 1.5, None),
    Machine(10, 1.5, 1 << 30, 0.5),
    Unfrozen(20, 3, ("layer4", "*.bn1"), 12_345),
    Finished("stopped", 7, 1, None, 0.5, 1.5, 2.0, None),
    Noted(7, "rate", "The learning rate is 0.001 from iteration 8 on."),
    Failed("It broke.", "conv1", 3, "block"),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_events_go_through_json(event):
    values = json.loads(json.dumps({"seq": 1, "time": 2.0, **to_dict(event)}))
    assert values["type"] == event.type
    assert from_dict(values) == event


def test_event_names_are_the_contract():
    assert list(EVENTS) == [
        "started", "step", "machine", "validated", "epoch", "checkpoint", "unfrozen", "changing", "noted", "health",
        "maps", "paused", "resumed", "finished", "failed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values", [{}, {"type": "other"}, {"type": ["step"]}, {"type": "paused"}, {"type": "paused", "iteration": "x"}]
)
def test_damaged_events_are_refused(values):
    with pytest.raises(FileDamaged):
        from_dict(values)
