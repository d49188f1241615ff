"""A Python file that defines a data set: looked at, trusted by its text, run only where that was agreed to."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designer.cli import main
from designer.data.consent import let_run
from designer.data.open import open_data
from designer.data.recognise import recognise
from designer.data.source import Loaded, nothing, source_for, sources
from designer.data.sources.python_file import defines_data
from designer.data.spec import DataSpec
from designer.errors import DataError
from designer.project.trusted import text_of, trust

PICTURES = """
import numpy as np
from torch.utils.data import Dataset

class Squares(Dataset):
    classes = ["dark", "light"]

    def __len__(self):
        return 20

    def __getitem__(self, i):
        if i == 7:
            raise RuntimeError("the seventh is gone")
        return np.full((5, 6, 3), 10 * i, dtype=np.uint8), i % 2
"""


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path_factory.mktemp("home")))
    let_run(text_of)
    yield
    let_run(None)


def written(path: Path, text: str, trusted: bool = True) -> Path:
    path.write_text(text)
    if trusted:
        trust(path.read_bytes())
    return path


def opened(path: Path, **fields: object) -> Loaded:
    spec = DataSpec.model_validate({"source": str(path), **fields})
    return source_for(spec).open(spec, nothing)


def test_nothing_runs_until_the_very_text_is_trusted(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = f"open({str(marker)!r}, 'w').close()\n" + PICTURES
    path = written(tmp_path / "squares.py", text.replace("            raise RuntimeError", "            pass #"), False)
    assert defines_data(path) and not marker.exists()
    with pytest.raises(DataError, match="Nobody has trusted this text of squares"):
        opened(path)
    with pytest.raises(DataError, match="Nobody has trusted"):
        recognise(path)
    trust(path.read_bytes())
    let_run(None)  # as in the window
    with pytest.raises(DataError, match="Nobody has trusted"):
        opened(path)
    assert not marker.exists()
    let_run(text_of)
    assert len(opened(path).train.targets) == 20 and marker.exists()
    marker.unlink()
    path.write_text(path.read_text() + "# changed\n")
    with pytest.raises(DataError, match="Nobody has trusted"):
        opened(path)
    assert not marker.exists()


def test_the_window_never_lets_it_run(tmp_path: Path) -> None:
    path = written(tmp_path / "squares.py", PICTURES)
    code = (
        "import sys, designer.ui.app, designer.data.consent as c; from designer.data.source import sources; sources();"
        "from designer.data.recognise import quick_overview; from designer.data.spec import DataSpec;"
        f"assert quick_overview(DataSpec(source={str(path)!r})) is None and not c._lookups;"
        "assert not {'designer.jobs.work', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_class_of_pictures_and_an_item_that_fails(tmp_path: Path) -> None:
    path = written(tmp_path / "squares.py", PICTURES + "    targets = [i % 2 for i in range(20)]\n")
    found = opened(path)
    assert found.classes == ("dark", "light") and found.train.samples.natural() == (3, 5, 6)
    assert found.train.samples.one(3, (1, 2, 2), "crop").tolist() == [[[30, 30], [30, 30]]]
    data = open_data(DataSpec(source=str(path)), (3, 4, 4))
    assert len(data.train) + len(data.validation) == 19 and data.skipped == 1
    assert "the seventh is gone" in data.skipped_list[0].reason
    lazy = open_data(DataSpec(source=str(path)), (3, 4, 4), memory=1)
    assert not lazy.in_memory and lazy.train.batch([0, 1])[0].shape == (2, 3, 4, 4)
    with pytest.raises(DataError, match="item 7 fails with RuntimeError: the seventh is gone"):
        opened(written(tmp_path / "plain.py", PICTURES))


FORMS = {
    "pair": ("def load():\n    return D(8), D(3)\n", 8, 3, "classes"),
    "names": ("def load():\n    return {'train': D(8), 'test': D(2)}\n", 8, 2, "classes"),
    "one": ("def load():\n    return D(8)\n", 8, None, "classes"),
    "arrays": ("import numpy as np\ndef load():\n    return np.ones((9, 4)), np.arange(9) / 2\n", 9, None, "values"),
    "tensors": ("import torch\ndef load():\n    return torch.ones(9, 4), torch.arange(9) % 3\n", 9, None, "classes"),
    "keys": (
        "import torch\ndef load():\n    x, y = torch.ones(6, 4), torch.arange(6) % 2\n"
        "    return {'x_train': x, 'y_train': y, 'x_test': x[:2], 'y_test': y[:2]}\n",
        6,
        2,
        "classes",
    ),
    "folder": ("def load(folder):\n    return D(int((folder / 'count.txt').read_text()))\n", 5, None, "classes"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_load_may_give(tmp_path: Path, form: str) -> None:
    (tmp_path / "count.txt").write_text("5")
    text, train, held, kind = FORMS[form]
    inner = "class D:\n    def __init__(self, n): self.n = n\n    def __len__(self): return self.n\n"
    inner += "    def __getitem__(self, i): return {'x': [1.0, i, 3], 'label': i % 2}\n"
    found = opened(written(tmp_path / "d.py", inner + text))
    assert (len(found.train.targets), found.kind) == (train, kind)
    assert (len(found.held_out.targets) if found.held_out is not None else None) == held
    one = found.train.samples.one(1)
    assert one.dtype == np.float32 and one.shape == found.train.samples.natural()


def test_torch_datasets_of_tensors_and_pillow_pictures(tmp_path: Path) -> None:
    tensors = "import torch\nfrom torch.utils.data import TensorDataset\n"
    tensors += "def load():\n    return TensorDataset(torch.rand(10, 1, 4, 4), torch.rand(10, 2))\n"
    found = opened(written(tmp_path / "t.py", tensors))
    assert found.kind == "values" and found.train.samples.natural() == (1, 4, 4)
    image = tmp_path / "a.png"
    Image.new("L", (7, 5), 90).save(image)
    text = "from PIL import Image\nclass P:\n    def __init__(self, folder): self.folder = folder\n"
    text += "    def __len__(self): return 4\n    def __getitem__(self, i):\n"
    text += "        return Image.open(self.folder / 'a.png').copy(), [i % 2, 1, 1]\n"
    found = opened(written(tmp_path / "p.py", text))
    assert found.kind == "labels" and found.train.samples.natural() == (1, 5, 7)


BROKEN = {
    "two": (
        "class A:\n    def __len__(self): return 1\n    def __getitem__(self, i): return 1, 1\n"
        + "class B:\n    def __len__(self): return 1\n    def __getitem__(self, i): return 1, 1\n",
        "it has A, B",
    ),
    "none": ("x = 1\n", "it has none"),
    "syntax": ("def load(:\n", "no Python that can be read"),
    "import": ("import no_such_module_at_all\ndef load(): pass\n", "cannot be run"),
    "fails": ("def load(): raise ValueError('no disk')\n", "ValueError: no disk"),
    "nothing": ("def load(): return None\n", "no data set"),
    "empty": ("def load(): return []\n", "empty"),
    "items": ("def load(): return [1, 2, 3]\n", "no pair of a sample and its target"),
    "words": ("def load(): return [('a', 0), ('b', 1)] * 3\n", "no picture and no numbers"),
    "ragged": ("def load(): return [([1.0], [0, 1]), ([1.0], [0])]\n", "not of one shape"),
    "exit": ("def load(): raise SystemExit(3)\n", "SystemExit: 3"),
    "length": ("class D:\n    def __len__(self): return -1\n    def __getitem__(self, i): return 1, 1\n", "len"),
    "turned": ("def load():\n    return 1 # \u202e\n", "turn text around"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_files_that_give_no_data_say_why(tmp_path: Path, case: str) -> None:
    text, why = BROKEN[case]
    with pytest.raises(DataError, match=why):
        opened(written(tmp_path / "d.py", text), reader="python")


def test_the_command_asks_for_trust(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "squares.py", PICTURES.replace("i == 7", "i == 70"), trusted=False)
    assert main(["data", str(path)]) != 0
    assert "Nobody has trusted" in capsys.readouterr().err
    assert main(["data", str(path), "--trust-code", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["source"] == "python" and told["counts"] == [10, 10]


def test_a_model_is_no_data_set(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.py", "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return x\n"
    )
    assert not defines_data(path) and not defines_data(tmp_path / "gone.py") and not defines_data(tmp_path)
    assert not sources()["python"].reads(path)
