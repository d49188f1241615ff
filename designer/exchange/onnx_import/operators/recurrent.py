"""Recurrent layers: torch's own where it does the same, else step by step."""

from __future__ import annotations

from designer.exchange.onnx_import.line import Line
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []

# The order in which torch has the gates that ONNX has as input, output, forget, cell / update, reset, hidden.
_GATES = {"LSTM": [0, 2, 3, 1], "GRU": [1, 0, 2], "RNN": [0]}
_DEFAULTS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}
_MOST_STEPS = 64


class _Layer:
    """What a recurrent node says, its weights named so that they are learned."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.batch_first = bool(call.attr("layout", 0))
        self.x = call.need(0)
        dims = tensor_of(self.x).dims
        self.batch = dims[0] if self.batch_first else dims[1]
        self.length = dims[1] if self.batch_first else dims[0]
        self.directions, _, self.hidden = whole(tensor_of(call.need(2)).dims)
        self.gates = len(_GATES[call.op])
        self.way = call.attr("direction", "forward")
        acts = call.attr("activations") or _DEFAULTS[call.op] * self.directions
        self.activations = [str(act).capitalize() for act in acts]
        lengths = call.get(4)
        if isinstance(lengths, Wired) or call.attr("clip") or call.attr("input_forget", 0):
            raise Unfit("it has sequences of unlike lengths, or clips its numbers")
        if isinstance(lengths, Known) and any(size != self.length for size in lengths.tensor.tolist()):
            raise Unfit("it has sequences of unlike lengths")

    def weight(self, slot: int, part: str) -> Val | None:
        """A weight; a known one is learned under the layer's name."""
        value = self.call.get(slot)
        if isinstance(value, Known) and not value.origin.startswith("rnn"):
            return Known(value.tensor, f"{self.call.wish()}.{part}")
        return value

    @property
    def usual(self) -> bool:
        """Whether torch's layer does the same."""
        acts = _DEFAULTS[self.call.op] * self.directions
        reset = self.call.op != "GRU" or bool(self.call.attr("linear_before_reset", 0))
        same = self.activations == acts or (self.call.op == "RNN" and set(self.activations) == {"Relu"})
        return same and reset and self.call.get(7) is None


def _sorted(layer: _Layer, name: str, direction: int, width: str) -> str:
    """One direction's weights in torch's order of gates."""
    order = _GATES[layer.call.op]
    if layer.gates == 1:
        return f"{name}[{direction}]"
    parts = f"{name}[{direction}].reshape({layer.gates}, {layer.hidden}, {width})[{order!r}]"
    return f"{parts}.reshape({layer.gates * layer.hidden}, {width})"


def _torchs(layer: _Layer) -> list[Val]:
    call, line = layer.call, layer.call.line()
    x = line.of(layer.x)
    w, r, b = layer.weight(1, "W"), layer.weight(2, "R"), layer.weight(3, "B")
    assert w is not None and r is not None
    texts: list[str] = []
    for direction in range(layer.directions):
        texts += [_sorted(layer, line.of(w), direction, "-1"), _sorted(layer, line.of(r), direction, "-1")]
        if b is not None:
            half = layer.gates * layer.hidden
            for start in (0, half):
                row = f"{line.of(b)}[:, {start}:{start + half}]"
                texts.append(
                    f"{_sorted(layer, row, direction, '1')}.reshape(-1)" if layer.gates > 1 else f"{row}[{direction}]"
                )
    starts = [_start(layer, line, slot) for slot in ((5, 6) if call.op == "LSTM" else (5,))]
    state = f"[{', '.join(starts)}]" if call.op == "LSTM" else starts[0]
    shown = f"{x}.transpose(0, 1)" if layer.batch_first else x
    shown = f"torch.flip({shown}, [0])" if layer.way == "reverse" else shown
    name = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_relu" if "Relu" in layer.activations else "rnn_tanh"}[call.op]
    both = layer.way == "bidirectional"
    text = f"torch.{name}({shown}, {state}, [{', '.join(texts)}], {b is not None}, 1, 0.0, False, {both}, False)"
    return line.makes(text, 3 if call.op == "LSTM" else 2)


def _start(layer: _Layer, line: Line, slot: int) -> str:
    value = layer.call.get(slot)
    if value is None:
        row = line.row([layer.directions, layer.batch, layer.hidden])
        return f"torch.zeros({row}, dtype={line.of(layer.x)}.dtype, device={line.of(layer.x)}.device)"
    return f"{line.of(value)}.transpose(0, 1)" if layer.batch_first else line.of(value)


def _shaped(layer: _Layer, made: list[Val]) -> list[Val | None]:
    """The results as ONNX has them: steps, directions, batch, numbers."""
    call, (rows, *ends) = layer.call, made
    found: list[Val | None] = [None]
    if call.wants(0):
        line = call.line()
        name = line.of(rows)
        name = f"torch.flip({name}, [0])" if layer.way == "reverse" else name
        size = line.row([layer.length, layer.batch, layer.directions, layer.hidden])
        order = "(1, 0, 2, 3)" if layer.batch_first else "(0, 2, 1, 3)"
        found = [line.makes(f"{name}.reshape({size}).permute({order})")[0]]
    for slot, end in enumerate(ends, 1):
        wanted = call.wants(slot)
        found.append((call.one("{0}.transpose(0, 1)", end) if layer.batch_first else end) if wanted else None)
    return found


@operator("LSTM", "GRU", "RNN")
def _recurrent(call: Call) -> list[Val | None]:
    layer = _Layer(call)
    return _shaped(layer, _torchs(layer) if layer.usual else _stepwise(layer))


# --- what torch's layers cannot ----------------------------------------------------------------------------------

_ACTIVATIONS = {"Sigmoid": "torch.sigmoid({})", "Tanh": "torch.tanh({})", "Relu": "torch.relu({})"}


def _stepwise(layer: _Layer) -> list[Val]:
    (length,) = whole([layer.length])
    if layer.directions != 1 or length > _MOST_STEPS or not set(layer.activations) <= set(_ACTIVATIONS):
        raise Unfit(f"its settings are not those of torch, and it has {length} steps in {layer.directions} directions")
    call = layer.call
    line = call.line()
    hidden = line.makes(f"{_start(layer, line, 5)}[0]")[0]
    cell: Val | None = None
    if call.op == "LSTM":
        line = call.line()
        cell = line.makes(f"{_start(layer, line, 6)}[0]")[0]
    rows: list[Val] = []
    steps = range(length) if layer.way == "forward" else reversed(range(length))
    for step in steps:
        now = call.one(f"{{0}}[{':, ' * layer.batch_first}{step}]", layer.x)
        if call.op == "LSTM":
            assert cell is not None
            hidden, cell = _lstm_step(layer, now, hidden, cell)
        else:
            hidden = _gru_step(layer, now, hidden)
        rows.append(hidden)
    names = ", ".join(f"{{{n}}}" for n in range(len(rows)))
    made = [call.one(f"torch.stack([{names}])", *rows), call.one("torch.unsqueeze({0}, 0)", hidden)]
    return [*made, call.one("torch.unsqueeze({0}, 0)", cell)] if cell is not None else made


def _parts(layer: _Layer, line: Line, value: Val, slot: int, half: int) -> list[str]:
    """What each gate gets from the input or the last step, with its own bias."""
    n, weight, bias = layer.hidden, layer.weight(slot, "WR"[slot - 1]), layer.call.get(3)
    assert weight is not None
    found = []
    for gate in range(layer.gates):
        text = f"torch.matmul({line.of(value)}, {line.of(weight)}[0, {gate * n}:{(gate + 1) * n}].t())"
        if bias is not None:
            first = half * layer.gates * n + gate * n
            text += f" + {line.of(bias)}[0, {first}:{first + n}]"
        found.append(f"({text})")
    return found


def _gru_step(layer: _Layer, now: Val, hidden: Val) -> Val:
    call, f, g = layer.call, _ACTIVATIONS[layer.activations[0]], _ACTIVATIONS[layer.activations[-1]]
    line = call.line()
    wx, rh = _parts(layer, line, now, 1, 0), _parts(layer, line, hidden, 2, 1)
    if call.op == "RNN":
        return line.makes(f.format(f"{wx[0]} + {rh[0]}"))[0]
    update = line.makes(f.format(f"{wx[0]} + {rh[0]}"))[0]
    line = call.line()
    wx, rh = _parts(layer, line, now, 1, 0), _parts(layer, line, hidden, 2, 1)
    reset = line.makes(f"{f.format(f'{wx[1]} + {rh[1]}')} * {line.of(hidden)}")[0]
    line = call.line()
    wx, rh = _parts(layer, line, now, 1, 0), _parts(layer, line, reset, 2, 1)
    fresh = line.makes(g.format(f"{wx[2]} + {rh[2]}"))[0]
    return call.one("(1 - {0}) * {1} + {0} * {2}", update, fresh, hidden)


def _lstm_step(layer: _Layer, now: Val, hidden: Val, cell: Val) -> tuple[Val, Val]:
    call, n = layer.call, layer.hidden
    f, g, h = (_ACTIVATIONS[act] for act in layer.activations[:3])
    peep = call.get(7)

    def gate(number: int, act: str, seen: Val, place: int | None) -> Val:
        line = call.line()
        wx, rh = _parts(layer, line, now, 1, 0), _parts(layer, line, hidden, 2, 1)
        text = f"{wx[number]} + {rh[number]}"
        if peep is not None and place is not None:
            text += f" + {line.of(peep)}[0, {place * n}:{(place + 1) * n}] * {line.of(seen)}"
        return line.makes(act.format(text))[0]

    enter, forget = gate(0, f, cell, 0), gate(2, f, cell, 2)
    fresh = gate(3, g, cell, None)
    cell = call.one("{0} * {1} + {2} * {3}", forget, cell, enter, fresh)
    leave = gate(1, f, cell, 1)
    return call.one(f"{{0}} * {h.format('{1}')}", leave, cell), cell
