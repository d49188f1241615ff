"""The network report: rows, sub-totals, and files that hostile names cannot break."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Put, Rename, SetMarks, SetParams
from designer.graph.field import measure_fields
from designer.graph.memory import measure_memory
from designer.graph.report.columns import COLUMNS
from designer.graph.report.html import as_html
from designer.graph.report.rows import Report, make_report
from designer.graph.report.write import as_csv, as_data, as_markdown, reservations
from designer.graph.scenery import Group
from designer.graph.templates import load_template, templates
from tests.pure.graph.drawing import an_edit, chain

HOSTILE = '<script>alert("1")</script> | ] `x` & \n# title'


@pytest.fixture
def resnet() -> Report:
    return make_report(Document(load_template("small-resnet")), 8)


def test_rows_say_what_the_document_knows(resnet: Report) -> None:
    document = Document(load_template("small-resnet"))
    memory = measure_memory(document.network, document.shapes, {"B": 8})
    fields = measure_fields(document.network, document.shapes)
    assert {row.name for row in resnet.blocks} == set(document.network.nodes)
    for row in resnet.blocks:
        known = document.shapes[row.name]
        assert (row.sums.params, row.sums.macs) == (known.cost.params, known.cost.macs)
        assert (row.sums.made, row.sums.kept) == (memory[row.name].made, memory[row.name].kept)
        assert row.field == fields[row.name] and row.known
    assert resnet.totals.params == document.totals().params and resnet.totals.macs == document.totals().macs


def test_groups_are_sub_totals_before_their_blocks(resnet: Report) -> None:
    assert [row.name for row in resnet.groups] == ["layer1", "layer2", "layer3"]
    for group in resnet.groups:
        inside = [row for row in resnet.blocks if row.name.startswith(f"{group.name}.")]
        after = resnet.rows[group.number + 1 : group.number + 1 + len(inside)]
        assert list(after) == inside and all(row.depth == 1 for row in inside)
        assert group.sums.params == sum(row.sums.params for row in inside)
        assert group.sums.kept == sum(row.sums.kept for row in inside) and group.sums.blocks == len(inside)


def test_totals_are_right_for_the_sound_part() -> None:
    document = Document(load_template("small-resnet"))
    whole = make_report(document)
    document.do(SetParams("layer3.conv1", {"groups": 7}))
    report = make_report(document)
    rows = {row.name: row for row in report.blocks}
    assert rows["layer3.conv1"].worst == "error" and not rows["layer3.conv1"].known
    sound = [row for row in whole.blocks if rows[row.name].known]
    assert 0 < len(sound) < len(whole.blocks)
    assert report.totals.params == sum(row.sums.params for row in sound)
    assert report.totals.macs == sum(row.sums.macs for row in sound)
    assert report.totals.unknown == len(whole.blocks) - len(sound)
    assert f"{report.totals.unknown} blocks have no shapes" in reservations(report)[0]
    assert rows["layer3.conv1"].output == "?" and dict(zip(_keys(), _cells(report, "fc"), strict=True))["params"] == "?"


def _keys() -> list[str]:
    return [c.key for c in COLUMNS]


def _cells(report: Report, name: str) -> list[str]:
    return next([c.text(row) for c in COLUMNS] for row in report.blocks if row.name == name)


def test_frozen_parameters_are_told_apart() -> None:
    document = Document(load_template("lenet5"))
    first = next(row for row in make_report(document).blocks if row.sums.params)
    document.do(SetMarks((first.name,), {"frozen": True}))
    report = make_report(document)
    assert report.totals.frozen == first.sums.params
    assert report.totals.trainable == report.totals.params - first.sums.params
    assert dict(zip(_keys(), _cells(report, first.name), strict=True))["params"].endswith("(frozen)")


@given(data=st.data())
def test_any_drawing_has_a_report_that_adds_up(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(1, 12))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    report = make_report(document, data.draw(st.sampled_from((1, 8))))
    assert sorted(row.name for row in report.blocks) == sorted(document.network.nodes)
    assert report.totals.params == document.totals().params
    assert [row.number for row in report.rows] == list(range(len(report.rows)))
    for row in report.groups:
        assert row.sums.blocks == document.network.count(row.name) > 1
    for text in (as_html(report), as_markdown(report), as_csv(report)):
        assert all(row.name in text for row in report.rows)
    assert len(as_data(report)["rows"]) == len(report.blocks)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.mark.parametrize("template", [t.name for t in templates()])
def test_the_page_stands_alone_and_has_a_row_a_row(template: str) -> None:
    report = make_report(Document(load_template(template)))
    page = _Page()
    page.feed(as_html(report, HOSTILE))
    assert page.tags.count("tr") == 1 + len(report.rows)
    assert page.tags.count("td") == len(COLUMNS) * len(report.rows)
    assert page.tags.count("script") == 1 and not page.links
    assert "prefers-color-scheme: dark" in as_html(report)


def test_hostile_titles_and_messages_stay_text() -> None:
    document = chain("input", "reshape", "classification_output")
    document.do(SetParams("reshape", {"shape": (7,)}))
    report = make_report(document)
    heading = as_markdown(report, HOSTILE).splitlines()[0]
    assert "<" not in heading and "\\|" in heading and "\\`" in heading
    assert "<script>alert" not in as_html(report, HOSTILE)
    table = [line for line in as_markdown(report).splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == len(COLUMNS) + 1 for line in table)


def test_csv_has_plain_numbers(resnet: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(resnet))))
    assert len(rows) == len(resnet.rows)
    assert sum(int(row["params"]) for row in rows if row["kind"] == "block") == resnet.totals.params


def test_a_path_with_one_block_is_no_sub_total() -> None:
    document = chain("input", "relu")
    document.do(Rename("relu", "stage.act"))
    document.do(Put("group", "stage", Group("stage")))
    assert [row.name for row in make_report(document).rows] == ["input", "stage.act"]
