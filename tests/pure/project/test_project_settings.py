from __future__ import annotations

import json
from pathlib import Path

import pytest

import designer.ui
from designer.errors import ProjectError
from designer.project import paths
from designer.project.settings import Settings, load_settings, save_settings


def test_one_variable_moves_every_folder(home: Path) -> None:
    for folder in (paths.config_folder(), paths.state_folder(), paths.journal_folder()):
        assert home in folder.parents


def test_without_the_variable_the_systems_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAYERLOOM_HOME")
    assert "layerloom" in str(paths.settings_file()).lower()


def test_round_trip() -> None:
    assert load_settings() == (Settings(), None)
    chosen = Settings().changed(theme="dark", window="geometry").with_recent(Path("/a.loom"))
    save_settings(chosen)
    assert load_settings() == (chosen, None)


def test_recent_files_are_bounded_and_unique() -> None:
    settings = Settings()
    for number in [*range(30), 25]:
        settings = settings.with_recent(Path(f"/net{number}.loom"))
    assert settings.recent[:2] == ("/net25.loom", "/net29.loom")
    assert len(settings.recent) == 12 == len(set(settings.recent))


def test_a_wrong_value_is_refused() -> None:
    with pytest.raises(ProjectError, match="theme cannot be 'pink'"):
        Settings().changed(theme="pink")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"theme": NaN}', b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_said(content: bytes) -> None:
    file = paths.settings_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    settings, notice = load_settings()
    assert settings == Settings()
    assert notice is not None and "reset" in notice and "kept as" in notice
    (aside,) = file.parent.iterdir()
    assert aside.read_bytes() == content
    assert load_settings() == (Settings(), None)


def test_sound_settings_survive_a_bad_neighbour() -> None:
    file = paths.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"theme": "dark", "code_font_size": 9000, "from_the_future": 1}))
    settings, notice = load_settings()
    assert settings.theme == "dark"
    assert settings.code_font_size == 11
    assert notice is not None and "code font size" in notice
    assert "future" not in notice


@pytest.mark.parametrize("name", Settings.shown())
def test_a_setting_that_is_shown_does_something(name: str) -> None:
    """The dialog is made from the fields, so a field that nothing reads would be an empty promise."""
    texts = [f.read_text(encoding="utf-8") for f in Path(designer.ui.__path__[0]).rglob("*.py")]
    assert any(f"settings.{name}" in text for text in texts)


def test_what_the_window_remembers_is_no_setting() -> None:
    assert {"recent", "window", "panels"}.isdisjoint(Settings.shown()) and "theme" in Settings.shown()
