"""Weights of a file and of a network paired by names and shapes: prefixes, spelling, endings, order; as plain data."""

from __future__ import annotations

import json
import sys
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import UsageError
from designer.exchange.mapping.fit import Fit, propose
from designer.exchange.mapping.spec import WeightMap, parse_map, parse_rows, rows_text
from designer.exchange.mapping.transforms import TRANSFORMS, default_for, offers
from designer.exchange.mapping.weight import Weight


def resnet(classes: int = 10, channels: int = 3, stages: int = 3) -> list[Weight]:
    """Names and shapes as a small residual network has them."""
    found = [Weight("conv1.weight", (8, channels, 7, 7)), *norm("bn1", 8)]
    for stage in range(stages):
        for block in range(2):
            here = f"layer{stage + 1}.{block}"
            for i in (1, 2):
                found += [
                    Weight(f"{here}.conv{i}.weight", (8 << stage, 8 << stage, 3, 3)),
                    *norm(f"{here}.bn{i}", 8 << stage),
                ]
    return [*found, Weight("fc.weight", (classes, 64)), Weight("fc.bias", (classes,))]


def norm(name: str, size: int) -> list[Weight]:
    parts = [Weight(f"{name}.{leaf}", (size,)) for leaf in ("weight", "bias", "running_mean", "running_var")]
    return [*parts, Weight(f"{name}.num_batches_tracked", (), "int64")]


def renamed(weights: list[Weight], change) -> list[Weight]:
    return [weight._replace(name=change(weight.name)) for weight in weights]


def pairs(fit: Fit) -> dict[str, str]:
    return {target: choice.source for target, choice in fit.choices.items()}


NET = resnet()


def test_equal_names() -> None:
    fit = propose(NET, NET)
    assert fit.complete and pairs(fit) == {w.name: w.name for w in NET}
    assert fit.sentence == f"{len(NET)} of {len(NET)} weights fit."
    assert {c.how for c in fit.choices.values()} == {"name"}


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("module.", "without “module.”"),
        ("model.", "without “model.”"),
        ("module.model.backbone.", "without “module.model.backbone.”"),
        ("_orig_mod.", ""),  # torch.compile's is taken out wherever it stands
        ("state_dict.net.", "without “state_dict.net.”"),
    ],
)
def test_prefixes_of_the_file_come_off(prefix: str, told: str) -> None:
    fit = propose(NET, renamed(NET, lambda n: prefix + n))
    assert fit.complete and pairs(fit) == {w.name: prefix + w.name for w in NET}
    assert told in fit.sentence


def test_the_network_may_have_the_prefix() -> None:
    mine = [*renamed(NET[:-2], lambda n: f"backbone.{n}"), Weight("head.0.weight", (5, 64))]
    fit = propose(mine, NET)
    assert fit.prefix == ("", "backbone.")
    assert all(pairs(fit)[f"backbone.{w.name}"] == w.name for w in NET[:-2])
    assert fit.state("head.0.weight") == "missing" and fit.unused == ["fc.weight", "fc.bias"]


def test_both_sides_may_have_one() -> None:
    fit = propose(renamed(NET, lambda n: f"body.{n}"), renamed(NET, lambda n: f"encoder.model.{n}"))
    assert fit.complete and fit.prefix == ("encoder.model.", "body.")
    assert "“encoder.model.” in the file stands for “body.”" in fit.sentence


def test_of_two_models_in_a_file_the_better_one() -> None:
    teacher = renamed(resnet(stages=1), lambda n: f"teacher.{n}")
    file = [*teacher, *renamed(NET, lambda n: f"student.{n}"), Weight("queue", (64, 128))]
    fit = propose(NET, file)
    assert fit.complete and all(source.startswith("student.") for source in pairs(fit).values())
    assert "queue" in fit.unused


def test_wrappers_within_names_are_looked_through() -> None:
    file = renamed(NET, lambda n: n.replace("layer1.", "layer1._orig_mod."))
    fit = propose(NET, file)
    assert fit.complete and pairs(fit)["layer1.0.conv1.weight"] == "layer1._orig_mod.0.conv1.weight"


def test_old_spelling() -> None:
    def old(name: str) -> str:
        name = name.replace("bn1", "bn.1").replace("bn2", "bn_2").replace("running_var", "moving_variance")
        return name.replace(".1.weight", ".1.gamma") if "bn" in name else name

    fit = propose(NET, renamed(NET, old))
    assert fit.complete
    assert pairs(fit)["layer2.0.bn2.running_var"] == "layer2.0.bn_2.moving_variance"


def test_endings_that_occur_once() -> None:
    net = [Weight("stem.proj.weight", (4, 3)), Weight("stages.a.gate.weight", (4, 4)), Weight("top.gate.bias", (4,))]
    file = [Weight("enc.x.proj.weight", (4, 3)), Weight("q.a.gate.weight", (4, 4)), Weight("other.gate.bias", (4,))]
    assert pairs(propose(net, file)) == dict(zip([w.name for w in net], [w.name for w in file], strict=True))
    twice = [*file, Weight("second.proj.weight", (4, 3))]
    assert "stem.proj.weight" not in pairs(propose(net, twice))


def test_numbers_and_common_words_alone_say_nothing() -> None:
    fit = propose([Weight("a.0.weight", (4, 4))], [Weight("b.0.weight", (4, 4))])
    assert fit.choices == {} and fit.guesses == {"a.0.weight": "b.0.weight"}
    assert fit.state("a.0.weight") == "guess" and not fit.complete


def test_other_shapes_wait_for_a_person_with_a_way_offered() -> None:
    fit = propose(resnet(10, channels=1), resnet(1000))
    assert fit.tally()["shape"] == 3
    assert fit.sentence.startswith(
        f"{len(NET) - 3} of {len(NET)} weights fit; 3 have another shape (first: conv1.weight"
    )
    assert [one.name for one in fit.offers("conv1.weight")] == ["sum_inputs", "mean_inputs", "corner"]
    assert [one.name for one in fit.offers("fc.weight")][:1] == ["pick_rows"]
    assert set(fit.undecided(TRANSFORMS["pick_rows"])) == {"fc.weight", "fc.bias"}
    assert not {"fc.weight", "fc.bias", "conv1.weight"} & set(fit.to_map().weights)
    fit.assign("fc.weight", "fc.weight", "pick_rows", tuple(range(10, 20)))
    fit.assign("fc.bias", "fc.bias", "pick_rows", tuple(range(10, 20)))
    fit.assign("conv1.weight", "conv1.weight", "sum_inputs")
    assert fit.complete and "3 of them changed to fit" in fit.sentence


def test_what_keeps_every_number_is_done_unasked() -> None:
    fit = propose([Weight("fc.weight", (10, 64, 1, 1))], [Weight("fc.weight", (10, 64))])
    assert fit.complete and fit.choices["fc.weight"].by == "reshape"


def test_the_same_network_under_other_names_is_a_guess_only() -> None:
    numbers = {w.name: i for i, w in enumerate(NET)}
    parts = {w.name.rpartition(".")[0]: f"m{i}" for i, w in reversed(list(enumerate(NET)))}
    file = renamed(NET, lambda n: f"{parts[n.rpartition('.')[0]]}.{n.rpartition('.')[2]}")
    fit = propose(NET, file)
    wanted = [w for w in NET if not w.name.endswith("tracked")]
    assert fit.choices == {} and len(fit.guesses) == len(wanted)
    assert "by order" in fit.words("conv1.weight").lower()
    assert fit.accept_guesses() and fit.complete
    assert all(numbers[t] == [w.name for w in file].index(s) for t, s in pairs(fit).items())
    assert all(choice.how == "order" for choice in fit.choices.values())


def test_sorted_names_are_guessed_in_the_order_of_names() -> None:
    names = [f"features.{i}" for i in range(12)]
    net = [Weight(f"{n}.weight", (i + 1, i + 2)) for i, n in enumerate(names)]
    file = sorted(renamed(net, lambda n: n.replace("features.", "block").replace(".w", "x.w")), key=lambda w: w.name)
    assert file[1].name == "block10x.weight"
    guesses = propose(net, file).guesses
    assert guesses == {f"features.{i}.weight": f"block{i}x.weight" for i in range(12)}


def test_counters_are_no_loss() -> None:
    fit = propose(NET, [w for w in NET if not w.name.endswith("tracked")])
    assert fit.complete and fit.tally()["spare"] == 13 and "missing" not in fit.sentence


def test_a_person_decides() -> None:
    fit = propose(NET, renamed(NET, lambda n: f"module.{n}"))
    fit.assign("fc.bias", "module.fc.bias")
    assert fit.choices["fc.bias"].how == "person" and fit.uses["module.fc.bias"] == 1
    fit.clear("fc.bias")
    assert fit.state("fc.bias") == "missing" and fit.unused == ["module.fc.bias"]
    with pytest.raises(UsageError, match="no weight “nothing”"):
        fit.assign("nothing", "module.fc.bias")
    with pytest.raises(UsageError, match=r"does not make 10×64 of 10.*Possible: none"):
        fit.assign("fc.weight", "module.fc.bias", "as_is")
    with pytest.raises(UsageError, match="row numbers"):
        fit.assign("fc.bias", "module.fc.bias", rows=(1, 2))


def test_a_map_is_written_and_read() -> None:
    fit = propose(resnet(10), renamed(resnet(20), lambda n: f"module.{n}"))
    fit.assign("fc.weight", "module.fc.weight", "pick_rows", tuple(range(5, 15)))
    text = json.dumps(fit.to_map("ema").to_json())
    again = parse_map(text)
    assert again == fit.to_map("ema") and parse_map(json.dumps({"map": json.loads(text)})) == again
    other = Fit(fit.network.values(), fit.file.values())
    other.use(again)
    assert other.to_map("ema") == again
    with pytest.raises(UsageError, match="no weight"):
        Fit(NET, NET).use(again)


@pytest.mark.parametrize(
    "text",
    ["", "[", "[1]", "[" * 100_000, '{"weights": 3}', '{"weights": {"a": 3}}', '{"weights": {"a": {"from": ""}}}',
     '{"weights": {"a": {"from": "b", "by": "magic"}}}', '{"weights": {"a": {"from": "b", "rows": [-1]}}}', '{"x": 1}'],
)  # fmt: skip
def test_wrong_maps_are_told_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="Expected an object such as"):
        parse_map(text)


def test_rows_as_people_write_them() -> None:
    assert parse_rows("0-2, 7", 4, 10) == (0, 1, 2, 7)
    assert rows_text((0, 1, 2, 7, 8, 5)) == "0-2, 7-8, 5"
    for wrong in ("", "a", "1-", "3-1", "0-3000000000", "0-9", "0-2", "-1", "1, 2, 3, 99", "²-³"):
        with pytest.raises(UsageError, match="Expected"):
            parse_rows(wrong, 4, 10)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=30))
def test_rows_come_back(rows: list[int]) -> None:
    assert parse_rows(rows_text(tuple(rows)), len(rows), 100) == tuple(rows)


names = st.text("ab01._", min_size=1, max_size=12)
shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
sides = st.dictionaries(names, shapes, max_size=12).map(lambda d: [Weight(n, s) for n, s in d.items()])


@given(sides, sides)
def test_whatever_is_proposed_holds_together(net: list[Weight], file: list[Weight]) -> None:
    fit = propose(net, file)
    fit.accept_guesses()
    assert all(count <= 1 for count in fit.uses.values())  # nothing is taken twice unasked
    for target, choice in fit.choices.items():
        wanted, there = fit.network[target].shape, fit.file[choice.source].shape
        assert choice.by == "" or TRANSFORMS[choice.by].exact
        assert fit.words(target) and bool(choice.by) == (default_for(wanted, there) is not None)
    for weight in net:
        assert fit.words(weight.name) and fit.state(weight.name)
    assert sum(fit.tally().values()) == len(fit.network) and fit.sentence.endswith(".")
    again = Fit(net, file)
    again.use(WeightMap.model_validate(fit.to_map().to_json()))
    assert again.to_map() == fit.to_map()


@given(shapes, shapes)
def test_every_offer_says_what_it_does(target: tuple[int, ...], source: tuple[int, ...]) -> None:
    for one in offers(target, source):
        assert one.words(target, source).endswith(".") and one.title


def test_thousands_of_weights_are_compared_in_bounded_work() -> None:
    """No shape tells one layer from another, no name helps, and the first one differs."""
    net = [Weight(f"layer{i}.weight", (8, 8)) for i in range(2000)]
    file = [
        Weight("first.weight", (3,)),
        *(Weight(f"x{i}.weight", (8, 8)) for i in Random(3).sample(range(2000), 2000)),
    ]
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        fit = propose(net, file)
    finally:
        sys.setprofile(None)
    assert len(fit.guesses) == 2000 and calls < 20_000_000
