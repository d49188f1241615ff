from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from designer.errors import ProjectError
from designer.project.journal import Journal, list_recoverable
from designer.project.paths import journal_folder

NETWORK = {"blocks": [], "wires": []}


def crash(folder: Path, edits: int, path: str | None = "/tmp/net.loom") -> Path:
    """A journal as a killed process leaves it."""
    code = (
        "import os, sys; from pathlib import Path; from designer.project.journal import Journal\n"
        "path = Path(sys.argv[2]) if sys.argv[2] else None\n"
        "journal = Journal(path, {'blocks': []}, title='net', folder=Path(sys.argv[1]))\n"
        "for i in range(int(sys.argv[3])): journal.append({'edit': 'move', 'n': i})\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), path or "", str(edits)], check=False)
    (file,) = folder.glob("*.jsonl")
    return file


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return crash(tmp_path_factory.mktemp("crashed"), 3).read_bytes()


def test_a_crash_is_offered_back(tmp_path: Path, crashed: bytes) -> None:
    file = tmp_path / "0123456789abcdef.jsonl"
    file.write_bytes(crashed)
    (item,) = list_recoverable(tmp_path)
    assert item.path == Path("/tmp/net.loom")
    assert item.title == "net"
    assert item.network == {"blocks": []}
    assert [edit["n"] for edit in item.edits] == [0, 1, 2]
    assert not item.torn
    item.discard()
    assert list_recoverable(tmp_path) == []


def test_every_truncation_gives_the_edits_before_it(tmp_path: Path, crashed: bytes) -> None:
    file = tmp_path / "0123456789abcdef.jsonl"
    head = crashed.index(b"\n") + 1
    for cut in range(0, len(crashed), 5):
        file.write_bytes(crashed[:cut])
        whole = crashed[:cut].count(b"\n") - 1
        found = list_recoverable(tmp_path)
        if cut <= head or whole < 1:
            assert found == []
        else:
            assert len(found[0].edits) == whole
            assert found[0].torn == (not crashed[:cut].endswith(b"\n"))


def test_what_follows_a_damaged_edit_is_not_trusted(tmp_path: Path, crashed: bytes) -> None:
    lines = crashed.split(b"\n")
    lines[2] = b'{"edit": NaN}'
    (tmp_path / "0123456789abcdef.jsonl").write_bytes(b"\n".join(lines))
    (item,) = list_recoverable(tmp_path)
    assert len(item.edits) == 1
    assert item.torn


def test_a_living_process_keeps_its_journal() -> None:
    journal = Journal(None, NETWORK)
    assert not journal.file.exists()  # nothing to recover yet
    journal.append({"edit": "add"})
    assert journal.file.parent == journal_folder()
    assert list_recoverable() == []
    journal.close()
    assert not journal.file.exists()


def test_saving_starts_over(tmp_path: Path) -> None:
    journal = Journal(None, NETWORK)
    journal.append({"edit": "add"})
    journal.clear(tmp_path / "net.loom", {"blocks": ["saved"]})
    assert not journal.file.exists()
    journal.append({"edit": "later"})
    lines = journal.file.read_bytes().splitlines()
    assert json.loads(lines[0])["network"] == {"blocks": ["saved"]}
    assert [json.loads(line) for line in lines[1:]] == [{"edit": "later"}]
    journal.close()


def test_strangers_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef.jsonl").write_bytes(b"\xff\0garbage")
    (tmp_path / "1123456789abcdef.jsonl").write_bytes(b'{"journal": 1, "owner": {}, "network": 3}\n{}\n')
    (tmp_path / "2123456789abcdef.jsonl").mkdir()
    (tmp_path / "notes.txt").touch()
    assert list_recoverable(tmp_path) == []
    assert list_recoverable(tmp_path / "missing") == []
    with pytest.raises(ValueError, match="16 hexadecimal"):
        Journal(None, NETWORK, document="../../etc/passwd")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef.jsonl").symlink_to("/dev/full")
    journal = Journal(None, NETWORK, folder=tmp_path, document="0123456789abcdef")
    with pytest.raises(ProjectError, match="cannot be kept"):
        journal.append({"edit": "add"})
    journal.append({"edit": "add"})  # the first failure removed the link: a plain file now
    journal.close()


def test_appending_is_cheap(tmp_path: Path) -> None:
    journal = Journal(None, NETWORK, folder=tmp_path)
    journal.append({"edit": "first"})
    started = time.thread_time()
    for number in range(1000):
        journal.append({"edit": "move", "positions": {"conv1": [number, number]}})
    assert (time.thread_time() - started) / 1000 < 1e-3
    journal.close()
    assert list(tmp_path.iterdir()) == []
