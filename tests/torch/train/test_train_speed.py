"""The switches of how a run computes: each does what it says, and what it must not change stays as it was."""

import pytest
import torch

from designer.errors import TrainError
from designer.train.compiling import Compiled
from designer.train.events import Noted, Step
from designer.train.loop import train
from designer.train.parts import OPTIMIZERS
from designer.train.segments import segmented
from designer.train.spec import TrainSpec
from designer.train.speed import Speed
from designer.train.state import read_state
from tests.torch.train.train_cases import CLASSES, failed, finished, network, of, run, same, weights

CPU = torch.device("cpu")


def spec(**fields):
    return TrainSpec(**{"epochs": 2, "batch_size": 40, "learning_rate": 0.02, "device": "cpu"} | fields)


def losses(events):
    finished(events)
    return [step.loss for step in of(events, Step)]


def test_with_everything_off_the_network_itself_is_asked():
    module = network()
    speed = Speed(module, TrainSpec(device="cpu"), CPU)
    x = torch.randn(3, 1, 8, 8)
    torch.manual_seed(1)
    said = speed(x)
    torch.manual_seed(1)
    assert torch.equal(said, module(x))
    assert speed.words == "" and speed.scaler is None and speed.said == []
    assert module[0].weight.is_contiguous()


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"precision": "bf16"}, "bf16"),
        ({"precision": "fp16"}, "fp16"),
        ({"channels_last": "on"}, "channels last"),
        ({"fused": "on"}, ""),
    ],
)
def test_a_switch_changes_the_last_digits_and_no_more(digits, switch, words):
    plain, fast = losses(run(network(), digits, spec())), losses(run(network(), digits, spec(**switch)))
    assert Speed(network(), spec(**switch), CPU).words == words
    assert plain != fast or switch.get("channels_last")  # a layout may give the same sums
    assert fast == pytest.approx(plain, rel=0.1)
    assert fast[-1] < fast[0] / 2


def test_weights_lie_as_asked_and_stay_32_bit(digits):
    module = network()
    finished(run(module, digits, spec(precision="bf16", channels_last="on", ema=0.9)))
    assert {weight.dtype for weight in module.parameters()} == {torch.float32}
    wide = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    Speed(wide, spec(channels_last="on"), CPU)
    assert wide[0].weight.is_contiguous(memory_format=torch.channels_last)


FUSED = ["sgd", "adam", "adamw", "adagrad"]


@pytest.mark.parametrize("name", FUSED)
def test_fused_optimisers_are_used_where_there_are_any(name):
    parameters = [torch.nn.Parameter(torch.zeros(2))]
    assert OPTIMIZERS[name].build(parameters, spec(fused="on")).defaults["fused"] is True
    assert not OPTIMIZERS[name].build(parameters, spec()).defaults.get("fused")
    assert not OPTIMIZERS[name].build(parameters, spec(fused="off")).defaults.get("fused")


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - set(FUSED)))
def test_optimisers_without_a_fused_form_do_without(digits, name):
    assert losses(run(network(), digits, spec(fused="on", optimizer=name, epochs=1)))


# What a run remembers: to be the same run after a stop, all of it must be in the state.
REMEMBERS = [
    {"precision": "fp16"},
    {"precision": "fp16", "fused": "on", "clip_norm": 0.5, "optimizer": "adam"},
    {"precision": "bf16", "channels_last": "on", "accumulate": 3, "ema": 0.9},
    {"channels_last": "on", "fused": "on", "accumulate": 3},
    {"channels_last": "on", "fused": "on", "optimizer": "sgd"},
    {"checkpoint_activations": True, "channels_last": "on"},
]


@pytest.mark.parametrize("switches", REMEMBERS, ids=lambda s: "+".join(s))
def test_a_run_that_goes_on_is_the_same_run(digits, tmp_path, switches):
    whole, first, second = wide(), wide(), wide(seed=1)
    once = spec(epochs=2, checkpoint_every=1, keep_checkpoints=99, **switches)
    told = losses(run(whole, digits, once, folder=tmp_path / "whole"))
    parts = list(train(first, digits, once, CLASSES, folder=tmp_path / "first"))
    finished(parts)
    state = tmp_path / "first" / "checkpoints" / "state-000000007.safetensors"
    rest = losses(run(second, digits, once, resume=state, folder=tmp_path / "second"))
    assert rest == told[7:]
    assert same(weights(whole), weights(second))


def wide(seed=0):
    """Two convolutions with several channels, so that a layout means something, and Dropout."""
    torch.manual_seed(seed)
    n = torch.nn
    return n.Sequential(
        n.Conv2d(1, 6, 3, padding=1), n.BatchNorm2d(6), n.ReLU(), n.Dropout(0.1),
        n.Conv2d(6, 8, 3, stride=2, padding=1), n.BatchNorm2d(8), n.ReLU(), n.Dropout2d(0.2),
        n.Flatten(), n.Dropout(0.2), n.Linear(8 * 4 * 4, 10),
    )  # fmt: skip


def test_the_scale_of_16_bit_gradients_is_in_the_state(digits, tmp_path):
    finished(run(network(), digits, spec(precision="fp16"), folder=tmp_path))
    saved = read_state(tmp_path / "checkpoints" / "state.safetensors").record.scaler
    assert saved["scale"] >= 1 and saved["_growth_tracker"] > 0
    finished(run(network(), digits, spec(), folder=tmp_path / "plain"))
    assert read_state(tmp_path / "plain" / "checkpoints" / "state.safetensors").record.scaler == {}


def test_gradients_that_overflow_make_the_scale_smaller_and_no_step(digits):
    module = network()
    events = train(module, digits, spec(precision="fp16", learning_rate=1e-9, optimizer="sgd"), CLASSES)
    # A scale of 65,536 is too much for a loss that is this steep; the run goes on with a smaller one.
    with torch.no_grad():
        module[6].weight.mul_(200)
    assert losses(list(events))
    assert all(weight.isfinite().all() for weight in module.parameters())


# ---------------------------------------------------------------- computing again


def test_activations_computed_again_change_nothing(digits):
    """Losses, weights, running statistics and their counters, with Dropout, to the last bit."""
    plain, again = wide(), wide()
    told = losses(run(plain, digits, spec()))
    assert losses(run(again, digits, spec(checkpoint_activations=True))) == told
    assert same(weights(plain), weights(again))
    assert again[1].num_batches_tracked == 2 * 6


def kept_bytes(forward, x):
    """What autograd keeps for the backward pass."""
    held = {}

    def pack(tensor):
        held[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        answer = forward(x)
    del answer
    return sum(held.values())


def test_activations_computed_again_take_less_memory():
    n = torch.nn
    deep = n.Sequential(*(layer for _ in range(18) for layer in (n.Linear(16, 16), n.Tanh())), n.Linear(16, 10))
    x = torch.randn(2048, 16)
    cut = segmented(deep)
    assert cut is not None
    assert kept_bytes(cut, x) < kept_bytes(deep, x) / 3


class Looks(torch.nn.Module):
    """Its way depends on its numbers."""

    def __init__(self):
        super().__init__()
        self.body = network()

    def forward(self, x):
        return self.body(x if x.sum() > 0 else -x)


def test_a_network_that_cannot_be_cut_trains_as_it_is(digits):
    events = run(Looks(), digits, spec(checkpoint_activations=True, epochs=1))
    finished(events)
    assert next(n.text for n in of(events, Noted)).startswith("This network cannot be cut into parts")


def test_the_block_to_blame_is_found_in_a_cut_network(digits):
    broken = wide()
    broken[10] = torch.nn.Linear(99, 10)
    said = []

    def blame(error):
        said.append(error)
        return "fc"

    told = failed(run(broken, digits, spec(checkpoint_activations=True), blame=blame))
    assert told.message.startswith("The block “fc” failed in batch 1") and said


# ---------------------------------------------------------------- what there is not


def test_a_number_format_that_a_device_does_not_have(monkeypatch):
    monkeypatch.setattr(torch.amp, "is_autocast_available", lambda kind: False)
    with pytest.raises(TrainError, match=r"does not compute with bf16\. Choose the precision float32 or auto"):
        Speed(network(), spec(precision="bf16"), CPU)


def refused(x):
    raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found\nmore of it")


def test_a_network_that_does_not_compile_is_used_as_it_is():
    module, said = network().eval(), []
    compiled = Compiled(module, 4, False, said)
    compiled._compiled = refused
    x = torch.randn(4, 1, 8, 8)
    assert torch.equal(compiled(x[:3]), module(x[:3])) and not said  # short batches are not worth a compilation
    assert torch.equal(compiled(x), module(x))
    assert torch.equal(compiled(x), module(x))
    assert said == [
        "The network could not be compiled and runs as it is, which is slower: InvalidCxxCompiler: No working C++ "
        "compiler found. A C++ compiler must be installed; some layers cannot be compiled."
    ]


def test_an_error_of_the_network_is_not_one_of_the_compiler():
    said = []
    compiled = Compiled(torch.nn.Linear(5, 5), 4, False, said)
    compiled._compiled = refused
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        compiled(torch.randn(4, 3))
    assert not said


@pytest.fixture
def quiet_compiler(monkeypatch):
    """A compiler without helpers: neither processes nor the thread of a progress bar stay."""
    import torch._inductor.config as config
    from tqdm import tqdm

    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    with config.patch(compile_threads=1):
        yield config


@pytest.mark.slow
def test_a_network_that_cannot_be_compiled_trains_as_it_is(digits, quiet_compiler):
    plain = losses(run(network(), digits, spec(epochs=1)))
    with quiet_compiler.patch({"cpp.cxx": ("/nowhere/g++",), "fx_graph_cache": False}):
        events = run(network(), digits, spec(epochs=1, compile="on"))
    assert losses(events) == plain
    assert of(events, Noted)[0].what == "speed"
    assert of(events, Noted)[0].text.startswith("The network could not be compiled and runs as it is")


@pytest.mark.slow
def test_a_compiled_network_learns_the_same_and_goes_on_exactly(digits, tmp_path, quiet_compiler):
    """Without Dropout, as a compiler draws other random numbers; with it, a run goes on exactly, too."""

    def without():
        return torch.nn.Sequential(*(layer for layer in wide() if "Dropout" not in type(layer).__name__))

    plain = losses(run(without(), digits, spec()))
    events = run(without(), digits, spec(compile="on"))
    assert losses(events) == pytest.approx(plain, rel=1e-3)
    assert not of(events, Noted)
    once = spec(checkpoint_every=1, keep_checkpoints=99, compile="on")
    told = losses(run(wide(), digits, once, folder=tmp_path))
    state = tmp_path / "checkpoints" / "state-000000007.safetensors"
    assert losses(run(wide(seed=1), digits, once, resume=state)) == told[7:]


# ---------------------------------------------------------------- a GPU


@pytest.mark.gpu
def test_a_gpu_takes_what_is_fast_by_itself(digits):
    module = network()
    cuda = torch.device("cuda")
    speed = Speed(module.to(cuda), TrainSpec(device="cuda"), cuda)
    assert speed.words == "bf16, channels last"
    assert losses(run(network(), digits, spec(device="cuda")))[-1] < 1


@pytest.mark.gpu
@pytest.mark.parametrize("mode", ["on", "graphs"])
def test_a_compiled_network_learns_the_same_on_a_gpu(digits, mode):
    plain = losses(run(network(), digits, spec(device="cuda", precision="float32", tf32="off")))
    events = run(network(), digits, spec(device="cuda", precision="float32", tf32="off", compile=mode))
    assert losses(events)[:3] == pytest.approx(plain[:3], rel=1e-2) and not of(events, Noted)


@pytest.mark.gpu
def test_the_process_computes_as_before_when_a_run_is_over(digits):
    before = torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.benchmark
    finished(run(network(), digits, spec(device="cuda")))
    assert (torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.benchmark) == before


@pytest.mark.gpu
def test_the_loop_waits_for_the_device_only_to_tell(digits, monkeypatch):
    """Between two reports nothing makes the processor wait: torch raises where something would."""
    from designer.train import session as sessions

    steps = 0
    read = sessions.Session.read

    def reading(self):
        nonlocal steps
        torch.cuda.set_sync_debug_mode("default")
        try:
            steps += 1
            return read(self)
        finally:
            torch.cuda.set_sync_debug_mode("error")

    monkeypatch.setattr(sessions.Session, "read", reading)
    module = network().cuda()
    events = train(module, digits, spec(device="cuda", epochs=1, batch_size=5, channels_last="on"), CLASSES)
    seen = 0
    try:
        for event in events:
            seen += isinstance(event, Step)
            if seen >= 40:
                break
            # The first steps copy the data to the device and choose kernels; from then on nothing waits.
            torch.cuda.set_sync_debug_mode("error" if seen >= 1 else "default")
    finally:
        torch.cuda.set_sync_debug_mode("default")
        events.close()
    assert seen >= 40 and steps < seen
