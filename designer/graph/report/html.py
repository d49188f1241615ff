"""The report as one HTML file: nothing is fetched, light and dark, sorted by a click on a heading."""

from __future__ import annotations

from html import escape

from designer.graph.report.columns import COLUMNS, Column
from designer.graph.report.rows import Report, Row
from designer.graph.report.write import reservations, total_facts

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light dark; --text: #1c1f24; --muted: #5b6270; --line: #dde1e8; --back: #fff; --head: #f4f6f9;
  --bar: #d4e1fb; --bad: #b3261e; --warn: #8a5300; --group: #f8f9fb; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ec; --muted: #a2a9b6; --line: #343a45; --back: #17191e;
  --head: #20242b; --bar: #2a4170; --bad: #ff8a80; --warn: #f2b559; --group: #1c2026; } }
body { font: 14px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 32px; }
h1 { font-size: 22px; font-weight: 600; margin: 0 0 16px; overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: 12px 32px; margin: 0 0 16px; }
dt { color: var(--muted); font-size: 12px; } dd { margin: 0; font-size: 16px; font-variant-numeric: tabular-nums; }
.note { color: var(--warn); margin: 4px 0; } .error { color: var(--bad); } .warning { color: var(--warn); }
input { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px;
  padding: 6px 10px; width: 260px; max-width: 100%; margin: 8px 0 12px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
td { white-space: nowrap; } td.say { white-space: normal; min-width: 220px; } th { background: var(--head); }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
.right { text-align: right; } tr.group td { background: var(--group); font-weight: 600; } code { font-size: 13px; }
td.share { background-image: linear-gradient(var(--bar), var(--bar)); background-repeat: no-repeat;
  background-position: right bottom; background-size: calc(var(--p) * 1%) 3px; }
tfoot td { font-weight: 600; border-top: 2px solid var(--line); }
"""

# Sorting puts sub-totals away, which only make sense in the network's own order; a third click brings that back.
_SCRIPT = """
const body = document.querySelector("tbody"), all = [...body.rows], heads = [...document.querySelectorAll("th")];
const find = document.querySelector("input"), value = (row, i) => row.cells[i].dataset.v ?? row.cells[i].textContent;
let by = -1, down = false;
function show() {
  const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const kept = all.filter(r => (by < 0 || !r.classList.contains("group")) &&
    words.every(w => r.textContent.toLowerCase().includes(w)));
  if (by >= 0) {
    const numeric = heads[by].dataset.n === "1";
    kept.sort((a, b) => { const x = value(a, by), y = value(b, by);
      const less = numeric ? x - y : x.localeCompare(y, undefined, {numeric: true}); return down ? -less : less; });
  }
  body.replaceChildren(...kept);
  heads.forEach((h, i) => h.setAttribute("aria-sort", i !== by ? "none" : down ? "descending" : "ascending"));
}
heads.forEach((h, i) => h.firstElementChild.addEventListener("click", () => {
  const first = h.dataset.n === "1";
  if (by !== i) { by = i; down = first; } else if (down === first) down = !down; else by = -1;
  show();
}));
find.addEventListener("input", show);
"""


def as_html(report: Report, title: str = "Network report") -> str:
    """The whole page as text."""
    facts = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in total_facts(report))
    notes = "".join(f'<p class="note">{escape(sentence)}</p>' for sentence in reservations(report))
    notes += "".join(f'<p class="{p.severity}">{escape(p.message)}</p>' for p in report.problems)
    heads = "".join(_head(c) for c in COLUMNS)
    most = {c.key: max((_number(c, row) for row in report.blocks), default=0.0) for c in COLUMNS if c.share}
    rows = "\n".join(_row(row, most) for row in report.rows)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<dl>{facts}</dl>
{notes}
<input type="search" placeholder="Filter blocks" aria-label="Filter blocks">
<div class="wide"><table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _head(column: Column) -> str:
    right = ' class="right"' if column.right else ""
    numeric = int(column.right or column.key == "problems")
    tip = escape(column.tip)
    return (
        f'<th scope="col"{right} data-n="{numeric}" aria-sort="none" title="{tip}">'
        f'<button type="button">{escape(column.title)}</button></th>'
    )


def _number(column: Column, row: Row) -> float:
    value = column.value(row)
    return float(value) if isinstance(value, int | float) else 0.0


def _row(row: Row, most: dict[str, float]) -> str:
    kind = ' class="group"' if row.group else ""
    return f"<tr{kind}>{''.join(_data(column, row, most) for column in COLUMNS)}</tr>"


def _data(column: Column, row: Row, most: dict[str, float]) -> str:
    words = escape(column.text(row))
    classes = ["right"] if column.right else ["say"] if column.key == "problems" else []
    extra = ""
    if column.key == "name":
        words = f"<code>{words}</code>"
        extra = f' style="padding-left: {12 + 16 * min(row.depth, 20)}px"' if row.depth else ""
    elif column.key == "problems":
        words = "<br>".join(f'<span class="{p.severity}">{escape(p.message)}</span>' for p in row.problems)
    if column.right or column.key == "problems":
        extra += f' data-v="{min(_number(column, row), 1e300):g}"'
    if column.share and not row.group and most[column.key] and _number(column, row):
        classes.append("share")
        extra += f' style="--p: {100 * _number(column, row) / most[column.key]:.1f}"'
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{named}{extra}>{words}</td>"
