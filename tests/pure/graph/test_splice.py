"""Blocks into wires and out of them."""

from hypothesis import given
from hypothesis import strategies as st

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, apply
from designer.graph.model import Network, Wire
from designer.graph.splice import ends_of, insertion, taking_out


def chain(*kinds):
    network = Network()
    for i, kind in enumerate(kinds):
        apply(network, AddBlock(f"b{i}", kind, {}, 0.0, 100.0 * i))
        if i:
            apply(network, Connect(Wire(f"b{i - 1}", 0, f"b{i}", 0)))
    return network


def test_a_loose_block_goes_into_a_wire():
    network = chain("input", "conv2d", "relu")
    apply(network, AddBlock("new", "batch_norm2d"))
    apply(network, Batch("Insert", tuple(insertion(network, Wire("b1", 0, "b2", 0), ["new"]))))
    assert network.wires() == [Wire("b0", 0, "b1", 0), Wire("b1", 0, "new", 0), Wire("new", 0, "b2", 0)]


def test_a_chain_goes_in_as_a_whole():
    network = chain("input", "conv2d", "relu")
    apply(network, AddBlock("n1", "batch_norm2d"))
    apply(network, AddBlock("n2", "relu"))
    apply(network, Connect(Wire("n1", 0, "n2", 0)))
    apply(network, Batch("Insert", tuple(insertion(network, Wire("b1", 0, "b2", 0), ["n1", "n2"]))))
    assert Wire("b1", 0, "n1", 0) in network.wires()
    assert Wire("n2", 0, "b2", 0) in network.wires()


def test_what_is_wired_elsewhere_or_has_many_ends_does_not_go_in():
    network = chain("input", "conv2d", "relu")
    apply(network, AddBlock("two", "add"))
    assert insertion(network, Wire("b0", 0, "b1", 0), ["b2"]) is None
    assert insertion(network, Wire("b0", 0, "b1", 0), ["two"]) is None
    assert ends_of(network, ["b1"]) is None
    assert ends_of(network, ["b1"], apart=True) is not None
    assert ends_of(network, ["b0"], apart=True) is None


@given(st.integers(1, 5), st.integers(1, 3))
def test_taking_out_closes_the_gap_and_is_undone_exactly(start, count):
    document = Document(
        chain("input", "conv2d", "relu", "conv2d", "batch_norm2d", "relu", "dropout", "relu", "relu", "relu")
    )
    before = document.network.copy()
    names = [f"b{i}" for i in range(start, start + count)]
    document.do(Batch("Take out", tuple(taking_out(document.network, names))))
    assert document.network.wire_at(f"b{start + count}", 0) == Wire(f"b{start - 1}", 0, f"b{start + count}", 0)
    assert all(w.src in names and w.dst in names for n in names for w in document.network.wires_of(n))
    document.undo()
    assert document.network == before


def test_an_addition_taken_out_leaves_its_first_source():
    network = chain("input", "conv2d", "relu")
    apply(network, AddBlock("sum", "add"))
    apply(network, AddBlock("last", "relu"))
    for wire in (Wire("b2", 0, "sum", 0), Wire("b0", 0, "sum", 1), Wire("sum", 0, "last", 0)):
        apply(network, Connect(wire))
    apply(network, Batch("Take out", tuple(taking_out(network, ["sum"]))))
    assert network.wire_at("last", 0) == Wire("b2", 0, "last", 0)
    assert network.wires_of("sum") == []
