"""The texts of the project: train.py, requirements and README."""

from __future__ import annotations

from string import Template

__all__ = ["README", "TRAIN"]

TRAIN = Template('''\
"""Trains the network of model.py, as it was trained in Layerloom. Layerloom is not needed.

    python train.py                        the whole training
    python train.py --steps 20             a few steps only
    python train.py --losses losses.json   write the loss of every step
"""

import argparse
import json
import math
import random
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from model import $class_name

HERE = Path(__file__).resolve().parent
CONFIG = json.loads((HERE / "data.json").read_text(encoding="utf-8"))
S = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
SEED = S["seed"]


def load_split(name):
    """The samples, normalised as the network takes them, and their answers."""
    found = load_file(HERE / CONFIG[name])
    return found["samples"], found["targets"]


def loss_of(answer, target):
    """What training makes small."""
    if target.is_floating_point():
        target = target.reshape(answer.shape)
    return functional.$loss(answer, target$loss_options)


def batches(count, epoch):
    """The sample numbers of each batch: shuffled anew in every epoch, always the same for the same seed."""
    generator = torch.Generator().manual_seed((SEED << 20) + epoch)
    order = torch.randperm(count, generator=generator)
    size = S["batch_size"]
    used = count - 1 if count > size > 1 and count % size == 1 else count  # no batch of one sample
    for start in range(0, used, size):
        yield order[start : min(start + size, used)]


def factor(step, total, per_epoch):
    """What the learning rate is multiplied by."""
    kind, end = S["schedule"], S["end_factor"]
    if kind == "step":
        return S["gamma"] ** (step // per_epoch // S["step_size"])
    if kind == "cosine":
        return glide(1.0, end, step / total)
    if kind == "linear":
        return 1.0 + (end - 1.0) * min(step / total, 1.0)
    if kind == "polynomial":
        return end + (1.0 - end) * (1.0 - min(step / total, 1.0)) ** S["power"]
    if kind == "one_cycle":
        top, last = S["warm_up"] * total - 1, total - 1
        if step < top:
            return glide(1 / 25, 1.0, step / top)
        top = max(top, 0.0)
        return glide(1.0, 1 / 250_000, (step - top) / (last - top)) if last > top else 1.0
    return 1.0


def glide(start, end, share):
    """From start to end along half a cosine."""
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(max(share, 0.0), 1.0)))


def rate_at(step, total, per_epoch):
    """The learning rate of a step, counted from 0."""
    rise = S["warmup_length"] * (per_epoch if S["warmup_unit"] == "epochs" else 1)
    if step < rise:
        return S["learning_rate"] * (step + 1) / (rise + 1)
    return S["learning_rate"] * factor(step - rise, max(total - rise, 1), per_epoch)


def optimiser_of(model):
    """The optimiser; weight decay leaves norms and biases alone where that is asked for."""
    spared = {
        weight
        for layer in model.modules()
        for name, weight in layer.named_parameters(recurse=False)
        if weight.dim() < 2 or name.startswith("bias") or "Norm" in type(layer).__name__
    }
    spares = S["spare_norms"] and S["weight_decay"] > 0
    groups = {}
    for weight in model.parameters():
        groups.setdefault(spares and weight in spared, []).append(weight)
    parts = [{"params": weights} | ({"weight_decay": 0.0} if apart else {}) for apart, weights in groups.items()]
    kinds = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
    kinds |= {"nadam": "NAdam", "radam": "RAdam", "adafactor": "Adafactor"}
    more = {"momentum": S["momentum"]} if S["optimizer"] in ("sgd", "rmsprop") else {}
    if S["optimizer"] == "sgd":
        more["nesterov"] = S["nesterov"] and S["momentum"] > 0
    make = getattr(torch.optim, kinds[S["optimizer"]])
    return make(parts, lr=S["learning_rate"], weight_decay=S["weight_decay"], **more)


def measure(model, samples, targets):
    """Loss, and accuracy where a class is chosen, on the validation samples."""
    model.eval()
    loss, right = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(samples), S["batch_size"]):
            x, y = samples[start : start + S["batch_size"]], targets[start : start + S["batch_size"]]
            answer = model(x)
            loss += float(loss_of(answer, y)) * len(x)
            right += int((answer.argmax(1) == y).sum()) if $classifies else 0
    model.train()
    told = f"loss {loss / len(samples):.4f}"
    return told + (f", accuracy {right / targets.numel():.2%}" if $classifies else "")


def main():
    """Train, measure after every epoch, and write weights.safetensors."""
    parser = argparse.ArgumentParser(description="Train the network of model.py.")
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    parser.add_argument("--losses", type=Path, help="write the loss of every step to this file")
    parser.add_argument("--threads", type=int, help="processor threads")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    (samples, targets), (others, answers) = load_split("train"), load_split("validation")
    model = $class_name()
    model.load_state_dict(load_file(HERE / "initial.safetensors"))
    random.seed(SEED)
    numpy.random.seed(SEED % 2**32)
    torch.manual_seed(SEED)
    model.train()
    optimiser, losses, step = optimiser_of(model), [], 0
    for epoch in range(S["epochs"]):
        order = list(batches(len(samples), epoch))
        total, every = len(order) * S["epochs"], S["accumulate"]
        for number, rows in enumerate(order):
            for group in optimiser.param_groups:
                group["lr"] = rate_at(step, total, len(order))
            loss = loss_of(model(samples[rows]), targets[rows])
            losses.append(loss.item())
            if number % every == 0:
                optimiser.zero_grad(set_to_none=True)
            if every > 1:  # several batches act as one large batch
                first = number // every * every
                together = sum(map(len, order[first : first + every]))
                loss = loss * (len(rows) / together)
            loss.backward()
            if (number + 1) % every == 0 or number + 1 == len(order):
                if S["clip_norm"]:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), S["clip_norm"])
                optimiser.step()
            step += 1
            if step == given.steps:
                break
        print(f"Epoch {epoch + 1}: {measure(model, others, answers) if len(others) else f'loss {losses[-1]:.4f}'}")
        if step == given.steps:
            break
    if given.losses:
        given.losses.write_text(json.dumps([value.hex() for value in losses]), encoding="utf-8")
    if given.steps is None:
        save_file({name: value.contiguous().clone() for name, value in model.state_dict().items()},
                  HERE / "weights.safetensors")
        print("Wrote weights.safetensors.")


if __name__ == "__main__":
    main()
''')

README = Template("""\
# $class_name

A network, its data and its training, made with Layerloom $version, as plain PyTorch. Layerloom is not needed.

- `model.py`: the network
- `train.py`: the training; `python train.py` does the whole of it
- `settings.json`: how it is trained (seed $seed)
- `data.json`: what the data are, and `data/`: the samples as the network takes them
- `initial.safetensors`: the weights that training starts from
- `requirements.txt`: what to install, in the versions that it was proved with

```
pip install -r requirements.txt
python train.py
```

$proof
""")
