"""Whatever arrives, a rule answers with shapes or with a sentence; nothing else may come out of it."""

from __future__ import annotations

import pytest
from hypothesis import given

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Dim, Expr, Tensor, concrete
from designer.blocks.numbers import KINDS
from designer.blocks.spec import Block
from designer.errors import ShapeError
from tests.pure.blocks.block_cases import cases, example_cases, examples

BLOCKS = [block for block in catalog().values() if not block.measured]
every_block = pytest.mark.parametrize("block", BLOCKS, ids=[b.type for b in BLOCKS])
CODES = {
    "batch", "channels", "classes", "concat", "dim", "dtype", "groups", "labels", "merge", "needs_fixed", "needs_flatten",
    "needs_reshape", "one_value", "output_padding", "padding", "padding_idx", "padding_mode", "parts", "permute", "range",
    "reshape", "same_stride", "size", "values", "window",
}  # fmt: skip


def check_sentence(error: ShapeError) -> None:
    text = str(error)
    assert error.expected and error.found and error.code in CODES, text
    assert error.advice[0].isupper() and error.advice.endswith("."), text
    assert not error.expected.endswith(".") and not error.found.endswith("."), text
    assert error.expected[0].islower() or error.expected[0].isdigit() or error.expected[0] == "B", text
    assert text.count("\n") == 0 and len(text) < 300, text
    assert not any(word in text for word in ("None", "True", "False", "()", "  ", "!", "{", "[", "<")), text


@every_block
def test_rule_gives_shapes_or_a_sentence(block: Block) -> None:
    @examples(5, 1000)
    @given(cases(block))
    def check(case) -> None:
        for attempt in (case, case.symbolic()) if case.inputs else (case,):
            try:
                outputs = block.shape(attempt.params, attempt.inputs)
            except ShapeError as error:
                check_sentence(error)
            else:
                assert len(outputs) == len(block.outputs_for(attempt.params))
                assert all(x.dtype in KINDS for x in outputs)
            if block.summary:
                line = block.summary(attempt.params)
                assert len(line) < 60 and "(" not in line and "\n" not in line, line

    check()


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.inputs], ids=lambda b: b.type)
def test_open_sizes_agree_with_numbers(block: Block) -> None:
    """Unknown heights and widths lead to the same result as numbers, wherever the rule takes both."""
    fixed = {"linear": -1, "lstm": -1, "gru": -1, "layer_norm": -1}.get(block.type, 1)
    sizes = {f"S{d}": d for d in range(2, 9)}

    def opened(x: Tensor) -> Tensor:
        dims: list[Dim] = [Expr.symbol(f"S{d}") if isinstance(d, int) and d > 1 else d for d in x.dims]
        if x.rank > 1:
            dims[fixed] = x.dims[fixed]
        return Tensor(tuple(dims), x.dtype)

    @examples(4, 1000)
    @given(cases(block))
    def check(case) -> None:
        try:
            unknown = block.shape(case.params, tuple(map(opened, case.inputs)))
            outputs = block.shape(case.params, case.inputs)
        except ShapeError as error:
            check_sentence(error)
            return
        for left, right in zip(unknown, outputs, strict=True):
            assert tuple(concrete(d, sizes) for d in left.dims) == right.dims

    check()


@every_block
def test_examples_fit(block: Block) -> None:
    assert len(block.examples) >= 2
    for case in example_cases(block):
        outputs = block.shape(case.params, case.inputs)
        assert len(outputs) == len(block.outputs_for(case.params))
        if case.inputs and block.type != "reshape_all":  # which folds the batch into other sizes
            first = [x.dims[0] for x in block.shape(case.params, case.symbolic().inputs)]
            assert all(d == BATCH for d in first)


def refusal(kind: str, *shapes: tuple[Dim, ...], dtype: str = "float32", **values: object) -> ShapeError:
    block = catalog()[kind]
    with pytest.raises(ShapeError) as caught:
        block.shape(block.bind(block.check(values)), tuple(Tensor(s, dtype) for s in shapes))
    return caught.value


@pytest.mark.parametrize(
    ("kind", "shapes", "values", "code", "words"),
    [
        ("classification_output", [(BATCH, 8, 7, 7)], {}, "needs_flatten", "B×8×7×7"),
        ("classification_output", [(BATCH, 12)], {}, "classes", "B×12"),
        ("classification_output", [(BATCH, 10)], {"labels": ["a", "b"]}, "labels", "10 class names"),
        ("regression_output", [(BATCH, 3)], {}, "values", "B×3"),
        ("conv2d", [(BATCH, 100)], {}, "needs_reshape", "B×100"),
        ("conv2d", [(BATCH, 1, 2, 2)], {"padding": 0, "kernel_size": 5}, "window", "kernel of 5"),
        ("conv2d", [(BATCH, 1, 8, 8)], {"stride": 2}, "same_stride", "stride of 1"),
        ("max_pool2d", [(BATCH, 1, 1, 8)], {}, "window", "max pooling"),
        ("max_pool2d", [(BATCH, 1, 8, 8)], {"padding": 2}, "padding", "half the kernel"),
        ("add", [(BATCH, 64, 8, 8), (BATCH, 32, 8, 8)], {}, "merge", "64 against 32 in dimension 1"),
        ("add", [(BATCH, 5), (4, 5)], {}, "merge", "B against 4"),
        ("add", [(BATCH, 5), (BATCH, 1, 5)], {}, "merge", "batch in the same place"),
        ("multiply", [(BATCH, 5), (BATCH, 5), (BATCH, 6)], {}, "merge", "input 3"),
        ("concatenate", [(BATCH, 3, 8, 8), (BATCH, 3, 4, 4)], {}, "concat", "dimension 1 only"),
        ("lstm", [(BATCH, 5)], {}, "needs_reshape", "steps"),
        ("linear", [(BATCH, Expr.symbol("H"))], {}, "needs_fixed", "features"),
        ("reshape", [(BATCH, 6)], {"shape": (4, -1)}, "reshape", "B×4×-1"),
        ("permute", [(BATCH, 6)], {}, "permute", "0 2 1"),
    ],
)
def test_each_kind_of_mismatch_has_its_code(kind, shapes, values, code, words) -> None:
    error = refusal(kind, *shapes, **values)
    check_sentence(error)
    assert error.code == code and words in str(error), str(error)


def test_words_need_an_embedding_and_numbers_none() -> None:
    assert "Embedding" in refusal("linear", (BATCH, 5), dtype="int64").advice
    error = refusal("embedding", (BATCH, 5))
    assert error.code == "dtype" and error.found == "B×5 float32"


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ((BATCH, 5), (BATCH, 5), (BATCH, 5)),
        ((BATCH, 5), (1, 5), (BATCH, 5)),
        ((1, 1), (BATCH, 5), (BATCH, 5)),
        ((BATCH, 3, 4), (3, 1), (BATCH, 3, 4)),
        ((BATCH, 8, 4, 4), (BATCH, 8, 1, 1), (BATCH, 8, 4, 4)),
    ],
)
def test_add_broadcasts_as_torch_for_every_batch(left, right, result) -> None:
    add = catalog()["add"]
    assert add.shape(add.bind(add.check({})), (Tensor(left), Tensor(right))) == (Tensor(result),)
