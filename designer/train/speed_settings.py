"""The switches of how a run computes, as fields of TrainSpec (spec.py); what they do is in speed.py. No torch."""

from __future__ import annotations

from designer.train.declare import setting

_SWITCH = {"auto": "Automatic", "on": "On", "off": "Off"}

PRECISION = setting(
    "auto",
    "Precision",
    "The numbers that the network computes with; weights stay 32-bit floats. Auto: bf16 on a GPU that has it, else "
    "float32.",
    group="Speed",
    choices={"auto": "Automatic", "float32": "float32", "bf16": "bf16 mixed", "fp16": "fp16 mixed, with scaling"},
)
CHANNELS_LAST = setting(
    "auto",
    "Channels last",
    "How pictures lie in memory; convolutions are often faster this way. Auto: on a GPU in half precision.",
    group="Speed",
    choices=_SWITCH,
)
FUSED = setting(
    "auto",
    "Fused optimiser",
    "All weights move in one pass over the memory, for SGD, Adam, AdamW and Adagrad. Auto: on a GPU.",
    group="Speed",
    choices=_SWITCH,
)
COMPILE = setting(
    "off",
    "Compile",
    "Make machine code of the network at the start, which may take minutes and pays in long runs. CUDA graphs also "
    "spare a GPU the wait for the processor, which helps small networks.",
    group="Speed",
    choices={"off": "Off", "on": "On", "graphs": "On, with CUDA graphs"},
)
TF32 = setting(
    "auto",
    "TF32",
    "An NVIDIA GPU may round factors of 32-bit products to 10 bits, which is several times faster. Auto: where the "
    "GPU can.",
    group="Speed",
    choices=_SWITCH,
)
KERNEL_SEARCH = setting(
    "auto",
    "Try kernels",
    "An NVIDIA GPU tries several ways to compute a convolution and keeps the fastest. Auto: on.",
    group="Speed",
    choices=_SWITCH,
)
CHECKPOINT_ACTIVATIONS = setting(
    False,
    "Compute again",
    "Forget most intermediate results and compute them again for the gradients: about a third slower, in a "
    "fraction of the memory. The result is the same.",
    group="Speed",
)
SYNC_BATCH_NORM = setting(
    False,
    "Synchronise batch norm",
    "Where several processes train together, batch normalisation uses the statistics of whole batches, as a single "
    "process would, instead of those of each one's part. Costs a little time.",
    group="Several processes",
)
SHARD = setting(
    False,
    "Divide the weights",
    "Where several processes train together, each keeps only its part of weights, gradients and optimiser (FSDP): "
    "for networks that do not fit a device. Slower than a copy for each.",
    group="Several processes",
)
