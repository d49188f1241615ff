"""The network as a folder of Python: model.py, its weights and how to use them. Nothing of Layerloom is imported.

It is checked by running it in a Python of its own (``python -I``) on real samples.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from designer.codegen.program import Program
from designer.data.spec import Normalisation
from designer.errors import ExportError
from designer.exchange.augmented import augment_text, told
from designer.exchange.format import Bundle, Format, Inputs, Outputs

__all__ = ["FORMAT", "write_sources"]

_SECONDS = 600

_PREDICT = Template('''\
"""The network of model.py with its trained weights. Needs torch and safetensors (and Pillow to read a picture).

    from predict import load_model
    model = load_model()

Layerloom is not needed.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from model import $class_name  # noqa: E402

CLASSES = $classes


def load_model(weights=HERE / "weights.safetensors"):
    """The trained network in evaluation mode; call it with $call."""
    model = $class_name()
    model.load_state_dict(load_file(weights))
    return model.eval()
''')

_PICTURES = Template('''

PICTURE = $dims  # channels, height, width
SAMPLE = $sample  # what one sample of the network's input has
MEAN = torch.tensor($mean).view(1, -1, 1, 1)
STD = torch.tensor($std).view(1, -1, 1, 1)


def prepare(pictures):
    """Pictures as float values from 0 to 1, [N, channels, height, width], normalised as in training."""
    return ((pictures - MEAN) / STD).reshape(len(pictures), *SAMPLE)


def read_picture(path):
    """A picture file, resized, as [1, channels, height, width] with values from 0 to 1."""
    import numpy
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("L" if PICTURE[0] == 1 else "RGB")
    picture = ImageOps.fit(picture, (PICTURE[2], PICTURE[1]), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(numpy.array(picture)).float() / 255
    return pixels.reshape(1, PICTURE[1], PICTURE[2], PICTURE[0]).permute(0, 3, 1, 2)


if __name__ == "__main__":
    with torch.inference_mode():
        for name in sys.argv[1:]:
            answer = load_model()(prepare(read_picture(name)))
            answer = answer[0] if isinstance(answer, tuple) else answer
            if CLASSES:
                chances = answer.softmax(1)[0]
                best = int(chances.argmax())
                print(f"{name}: {CLASSES[best]} ({chances[best]:.1%})")
            else:
                print(f"{name}: {answer[0].tolist()}")
''')

_README = Template("""\
# $class_name

A network drawn and trained with Layerloom $version, as plain PyTorch. Layerloom is not needed to use it.

- `model.py`: the network
- `weights.safetensors`: its trained weights
- `predict.py`: loads both$script

```
pip install -r requirements.txt
```

```python
import torch
from predict import load_model

model = load_model()
with torch.inference_mode():
    answer = model($call)
```

$inputs$normalised$classes""")

# Runs in the other Python: loads the folder as its user would, and writes the outputs of each batch.
_RUNNER = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file, save_file
folder, given, answers, threads = sys.argv[1:5]
torch.set_num_threads(int(threads))
sys.path.insert(0, folder)
import predict
model = predict.load_model()
batches = {}
for name, tensor in load_file(given).items():
    number, slot = map(int, name.split("."))
    batches.setdefault(number, {})[slot] = tensor
found = {}
with torch.inference_mode():
    for number, batch in batches.items():
        result = model(*(batch[slot] for slot in sorted(batch)))
        for slot, tensor in enumerate(result if isinstance(result, tuple) else (result,)):
            found[f"{number}.{slot}"] = tensor.contiguous().clone()
strangers = sorted(name for name in sys.modules if name.split(".")[0] in ("designer", "layerloom"))
if strangers:
    raise SystemExit(f"the folder imports {strangers[0]}")
save_file(found, answers)
"""


def _write(bundle: Bundle, path: Path) -> None:
    from designer import __version__
    from designer.exchange.formats.safetensors_file import save_state

    path.mkdir()
    needs = write_sources(bundle.program, path)
    save_state(bundle.module, path / "weights.safetensors", bundle.metadata())
    (path / "predict.py").write_text(_predict_text(bundle), encoding="utf-8")
    pictures = bundle.normalisation is not None and bundle.normalisation.of == "pixels"
    augmentation = _augmentation(bundle, path, needs)
    wanted = sorted({"torch", "safetensors", *needs, *(("numpy", "Pillow") if pictures else ())})
    (path / "requirements.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")
    shapes = [f"{info.name}: {info.dtype} [{_dims(info.dims)}]" for info in bundle.program.inputs]
    norm = bundle.normalisation
    (path / "README.md").write_text(
        _README.substitute(
            class_name=bundle.program.class_name,
            version=__version__,
            script="; `python predict.py PICTURE...` names what it sees" if pictures else "",
            call=_call(bundle),
            inputs="".join(f"Input {text}\n" for text in shapes),
            normalised=_normalised(norm) + augmentation,
            classes=f"\nClasses, in the order of the outputs: {', '.join(bundle.classes)}\n" if bundle.classes else "",
        ),
        encoding="utf-8",
    )


def _augmentation(bundle: Bundle, path: Path, needs: set[str]) -> str:
    """Write augment.py where the training changed its pictures; what README.md says of it."""
    norm, text = bundle.normalisation, ""
    sample = tuple(bundle.example[0].shape[1:])
    dims = _picture_dims(sample, len(norm.mean)) if norm is not None and norm.of == "pixels" and sample else None
    if dims is not None:
        text = augment_text(bundle.augment, dims[1], dims[2])
    if text:
        (path / "augment.py").write_text(text, encoding="utf-8")
        needs.add("torchvision")
    return told(bundle.augment, bool(text))


def write_sources(program: Program, path: Path) -> set[str]:
    """Write model.py and people's own files; the packages that they import. Raises ExportError."""
    needs = _imports(program.source)
    (path / "model.py").write_text(program.source, encoding="utf-8")
    for file in program.files:  # people's own files go along, byte by byte
        if file.text is None:
            raise ExportError(f"The text of {file.module}.py is not there, so it cannot go along. Add the file again.")
        (path / f"{file.module}.py").write_bytes(file.text)
        needs |= _imports(file.text)
    return needs - {file.module for file in program.files}


def _normalised(norm: Normalisation | None) -> str:
    """What must be done with samples before the network sees them."""
    if norm is None:
        return ""
    figures = f"mean {list(norm.mean)} and standard deviation {list(norm.std)} per channel"
    if norm.of == "numbers":
        return f"\nNumbers are normalised with {figures}: subtract the mean, divide by the deviation.\n"
    return f"\nPixels from 0 to 1 are normalised with {figures} (`prepare` in predict.py).\n"


def _dims(dims: Sequence[int | None]) -> str:
    return ", ".join("N" if size is None else str(size) for size in dims)


def _call(bundle: Bundle) -> str:
    """An example of what to call the network with, as Python text."""
    texts = []
    for tensor in bundle.example:
        sizes = ", ".join(map(str, (1, *tensor.shape[1:])))
        texts.append(
            f"torch.randn({sizes})" if tensor.is_floating_point() else f"torch.zeros({sizes}, dtype=torch.long)"
        )
    return ", ".join(texts)


def _predict_text(bundle: Bundle) -> str:
    text = _PREDICT.substitute(
        class_name=bundle.program.class_name, classes=repr(tuple(bundle.classes)), call=_call(bundle)
    )
    norm = bundle.normalisation
    if norm is None or norm.of == "numbers" or len(bundle.example) != 1 or not bundle.example[0].is_floating_point():
        return text
    sample = tuple(bundle.example[0].shape[1:])
    dims = _picture_dims(sample, len(norm.mean))
    if dims is None:
        return text
    return text + _PICTURES.substitute(dims=dims, sample=sample, mean=list(norm.mean), std=list(norm.std))


def _picture_dims(sample: tuple[int, ...], channels: int) -> tuple[int, int, int] | None:
    """(C, H, W) of the pictures behind a sample; None when a vector does not tell height and width apart."""
    if len(sample) == 3:
        return (sample[0], sample[1], sample[2])
    if len(sample) == 2:
        return (1, sample[0], sample[1])
    side = round((sample[0] / channels) ** 0.5)
    return (channels, side, side) if channels * side * side == sample[0] else None


def _imports(source: str | bytes) -> set[str]:
    """The packages that the text imports beyond Python's own. Raises ExportError if Layerloom is among them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            found.add(node.module.split(".")[0])
    if found & {"designer", "layerloom"}:
        raise ExportError("The text of the network imports Layerloom, so it would not run elsewhere.")
    return found - set(sys.stdlib_module_names)


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    import torch
    from safetensors.torch import load_file, save_file

    with tempfile.TemporaryDirectory(prefix="layerloom-") as folder:
        given, answers = Path(folder, "given.safetensors"), Path(folder, "answers.safetensors")
        save_file(
            {f"{n}.{slot}": t.contiguous().clone() for n, batch in enumerate(batches) for slot, t in enumerate(batch)},
            given,
        )
        command = [sys.executable, "-I", "-B", "-c", _RUNNER]
        places = [str(path), str(given), str(answers), str(torch.get_num_threads())]
        try:
            done = subprocess.run(
                [*command, *places], capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired as error:
            raise ExportError(f"The exported Python did not finish within {_SECONDS} seconds.") from error
        if done.returncode != 0 or not answers.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise ExportError(f"The exported Python does not run on its own: {last[0]}")
        found = load_file(answers)
    count = len(found) // len(batches)
    return [tuple(found[f"{n}.{slot}"] for slot in range(count)) for n in range(len(batches))]


FORMAT = Format(
    name="python",
    title="Python source",
    suffix="",
    help="A folder with model.py, its weights and predict.py. Runs with torch alone, without Layerloom.",
    write=_write,
    run=_run,
    engine="a Python of its own",
    exact=True,
    folder=True,
    order=40,
)
