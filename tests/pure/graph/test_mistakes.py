"""Every mistake of the catalogue: found, told in a sentence, repaired in one step without another error, undone."""

from __future__ import annotations

import pytest

from designer.graph.check import check_block, check_network, modules
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.fixes import fixes_for
from designer.graph.infer import Shapes
from designer.graph.problem import Problem
from designer.graph.templates import templates
from tests.pure.graph.mistakes import MISTAKES, Mistake
from tests.pure.graph.sketch import sketched

IDS = [f"{m.code}-{m.at}-{i}" for i, m in enumerate(MISTAKES)]


def problem_of(document: Document, mistake: Mistake) -> Problem:
    (found,) = [p for p in document.problems if p.code == mistake.code and p.block == mistake.at]
    return found


def test_the_catalogue_is_large() -> None:
    assert len({m.code for m in MISTAKES}) >= 55
    assert len(modules()) >= 5


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_a_mistake_is_found_and_told(mistake: Mistake) -> None:
    document = sketched(mistake.text, mistake.context)
    problem = problem_of(document, mistake)
    assert mistake.says in problem.message
    assert problem.advice and problem.message.endswith(problem.advice)
    # Before a wire that lacks nothing is used, and behind an input that lacks nothing arrives.
    with_it = {"missing_input": {"unused"}, "no_input": {"missing_input"}}.get(mistake.code, set())
    others = [p for p in document.problems if p is not problem and p.severity != "note" and p.code not in with_it]
    assert not others, "a network with one mistake has one problem"


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_each_repair_mends_it_and_brings_no_error(mistake: Mistake) -> None:
    document = sketched(mistake.text, mistake.context)
    problem = problem_of(document, mistake)
    errors = sum(p.severity == "error" for p in document.problems)
    before = document.network.to_json()
    fixes = fixes_for(document, problem)
    assert tuple(fix.title for fix in fixes)[: len(mistake.repairs)] == mistake.repairs
    assert len({fix.title for fix in fixes}) == len(fixes)
    for number, fix in enumerate(fixes):
        document.do(fix.edit)
        assert not [p for p in document.problems if p.code == mistake.code and p.block == mistake.at], fix.title
        left = [p.message for p in document.problems if p.severity == "error"]
        assert len(left) <= (errors if problem.severity != "error" else errors - 1), (fix.title, left)
        if number == 0:  # the first suggestion leaves nothing to complain about
            assert not [p for p in document.problems if p.severity != "note"], fix.title
        document.undo()
        assert document.network.to_json() == before, fix.title
    assert not document.can_undo


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_what_an_edit_says_is_what_a_fresh_look_says(mistake: Mistake) -> None:
    """After repair, undo and redo, the problems that were kept up to date equal those of a new document."""
    document = sketched(mistake.text, mistake.context)
    fixes = fixes_for(document, problem_of(document, mistake))
    steps = [lambda fix=fix: document.do(fix.edit) for fix in fixes[:1]] + [document.undo, document.redo]
    for step in steps:
        step()
        fresh = Document(document.network.copy(), document.context)
        assert set(document.problems) == set(fresh.problems)


@pytest.mark.parametrize("template", templates(), ids=lambda t: t.name)
def test_templates_raise_no_alarm(template: object) -> None:
    network = template.network  # type: ignore[attr-defined]
    assert Document(network).problems == ()
    shapes = Shapes(network)
    assert check_network(network, shapes) == ()
    assert not any(check_block(network, name, shapes[name]) for name in network.nodes)


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_a_trial_says_what_a_fresh_look_says_and_changes_nothing(mistake: Mistake) -> None:
    document = sketched(mistake.text, mistake.context)
    before, problems = document.network.copy(), document.problems
    for fix in fixes_for(document, problem_of(document, mistake)):
        trial = document.twin()
        trial.do(fix.edit)
        fresh = Document(trial.network.copy(), document.context)
        assert set(trial.problems) == set(fresh.problems) and trial.totals() == fresh.totals()
        assert dict(trial.shapes.wanted) == dict(fresh.shapes.wanted)
    assert document.network == before and document.problems == problems and not document.can_undo
    assert document.totals() == Document(before, document.context).totals()


def test_how_far_places_count_is_followed_from_above() -> None:
    """The shape at the table stays the same; only the side that was counted along grew."""
    document = sketched(
        "data input size=(3,8)\na argmax\nr roll\ne embedding num_embeddings=10\nl lstm output='last\\x20step'\n"
        "fc linear out_features=10\nout classification_output"
    )
    assert document.problems == ()
    document.do(SetParams("data", {"size": (3, 12)}))
    assert [(p.code, p.block) for p in document.problems] == [("table_rows", "e")]
    document.do(SetParams("data", {"size": (3, 10)}))
    assert document.problems == ()
    document.do(SetParams("e", {"num_embeddings": 9}))
    assert [p.code for p in document.problems] == ["table_rows"]
