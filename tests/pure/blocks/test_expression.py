"""What an Operation may compute, and what it may not."""

import pytest

from designer.blocks.expression import inputs_of, plain_expression, with_inputs
from designer.errors import EditRefused

ALLOWED = (
    "x0",
    "x0 * torch.sigmoid(x1)",
    "x0[:, None, ::2, ..., -1]",
    "torch.roll(x0, shifts=(3, -3), dims=(1, 2))",
    "F.pad(x0, [0, 0, 1, 2], mode='constant', value=0.0)",
    "x0.view(-1, 49, 96).permute(0, 2, 1).contiguous()",
    "torch.cat([x0, x1], dim=-1)",
    "torch.einsum('bij,bkj->bik', x0, x1)",
    "x0.to(torch.float16).float()",
    "torch.where(x0 > 0, x0, -x0)",
    "x0.shape[0] + x1",
    "x0 ** 2 / 3 + ~(x1 == 4)",
    "torch.linalg.vector_norm(x0, dim=1, keepdim=True)",
)

FORBIDDEN = (
    "",
    "x0; x1",
    "x",
    "__import__('os')",
    "open('a')",
    "x0.__class__",
    "x0.__class__.__mro__",
    "torch.load('a')",
    "torch.save(x0, 'a')",
    "torch.ops.aten.relu(x0)",
    "torch.hub.load('a', 'b')",
    "torch.jit.load('a')",
    "torch.from_file('a', size=3)",
    "torch._C._get(x0)",
    "torch.nn.Linear(3, 4)(x0)",
    "torch.utils.cpp_extension.load('a')",
    "x0.numpy()",
    "x0.apply_(print)",
    "x0.map_(x1, print)",
    "x0.register_hook(print)",
    "x0.data_ptr()",
    "x0.storage()",
    "x0.share_memory_()",
    "x0.backward()",
    "x0.add_(1)",
    "F.__builtins__",
    "F.torch.load('a')",
    "torch.functional.F",
    "torch.torch.load('a')",
    "[y for y in x0]",
    "lambda: x0",
    "(y := x0)",
    "x0 if x1 else x0",
    "x0 and x1",
    "not x0",
    "f'{x0}'",
    "x0 + 9 ** 9 ** 9",
    "(9 ** 9) * x0",
    "x0 + 'a' * 99",
    "torch.add(x0, x1, out=x0)",
    "torch.add(*x0)",
    "torch.add(**x0)",
    "torch.zeros(99999999999999999999)",
    "await x0",
    "x0 < x1 < x0",
    "x0 in x1",
    "{x0}",
    "{'a': x0}",
    "b'abc'",
    "1j",
    "x0(1)",
    "x0[0](1)",
    "(" * 300 + "x0" + ")" * 300,
    "-" * 3000 + "x0",
    "x100",
)


@pytest.mark.parametrize("text", ALLOWED)
def test_what_computes_is_allowed(text):
    once = plain_expression(text)
    assert plain_expression(once) == once
    assert "\n" not in once


@pytest.mark.parametrize("text", FORBIDDEN)
def test_anything_else_is_refused_in_a_sentence(text):
    with pytest.raises(EditRefused) as caught:
        plain_expression(text)
    assert "x0" in str(caught.value) and len(str(caught.value)) < 400


def test_inputs_are_found_and_replaced():
    assert inputs_of("x0 + x12 * x1") == (0, 1, 12)
    assert inputs_of("torch.zeros(3)") == ()
    assert with_inputs("x1 - x0.view(3)", ["pool", "self.scale"]) == "self.scale - pool.view(3)"
