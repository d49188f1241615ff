"""Warnings that somebody does not want to see: at one block, in the file, undone in one step."""

from __future__ import annotations

from pathlib import Path

from designer.graph.document import Document
from designer.graph.edits import Rename
from designer.graph.mute import mute, unmute
from designer.graph.problem import Problem
from designer.project.file import Project, load_project, save_project
from tests.pure.graph.sketch import sketched

TEXT = "data input\nc conv2d\nd dropout2d p=0.95\nb batch_norm2d\nr relu\nf flatten\nfc linear out_features=10\n"


def drawn() -> tuple[Document, Problem]:
    document = sketched(TEXT + "s softmax\nout classification_output")
    (softmax,) = [p for p in document.problems if p.code == "softmax_before_loss"]
    return document, softmax


def test_one_warning_at_one_block() -> None:
    document, softmax = drawn()
    before, text = document.problems, document.network.to_json()
    document.do(mute(document.network, softmax))
    assert document.muted == (softmax,)
    assert set(document.problems) == set(before) - {softmax}
    assert document.undo_label == "Don't warn at out"
    document.do(unmute(document.network, softmax))
    assert document.problems == before and not document.muted
    document.undo(), document.undo()
    assert document.problems == before and document.network.to_json() == text


def test_it_is_remembered_in_the_file_and_follows_its_block(tmp_path: Path) -> None:
    document, softmax = drawn()
    document.do(mute(document.network, softmax))
    document.do(Rename("out", "head.out"))
    assert [(p.block, p.code) for p in document.muted] == [("head.out", "softmax_before_loss")]
    path = tmp_path / "muted.loom"
    save_project(Project(network=document.network), path)
    again = Document(load_project(path).network)
    assert again.muted == document.muted and again.problems == document.problems


def test_a_muted_code_hides_no_error() -> None:
    document = sketched("data input\nc conv2d\nout classification_output")
    (problem,) = document.problems
    assert problem.severity == "error" and not problem.mutable
    document.do(mute(document.network, problem))
    assert document.problems == (problem,) and not document.muted
