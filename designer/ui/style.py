"""The one style sheet. Widgets ask for a look by a property, e.g. ``button.setProperty("kind", "primary")``.

Kinds of buttons: primary, quiet, danger, link. Roles of labels: title, heading, muted, small, bad, good, warn, mono.
Frames: ``card``, ``banner``.
"""

from __future__ import annotations

from designer.resources import resource
from designer.ui.theme import Theme

__all__ = ["qss"]

_SHEET = """
QMainWindow, QDialog, QMessageBox { background: $window; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QLabel { background: transparent; }
QLabel[role="heading"] { font-size: 22px; font-weight: 600; }
QLabel[role="title"] { font-size: 14px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: 12px; }
QLabel[role="dock"] { font-size: 12px; font-weight: 600; background: $surface; }
QLabel[role="section"] { color: $muted; font-size: 11px; font-weight: 600; }
QLabel[role="bad"] { color: $bad; font-size: 12px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="mono"] { font-family: "JetBrains Mono"; font-size: 12px; }
QLabel:disabled { color: $faded; }

QToolTip { background: $raised; color: $text; border: 1px solid $outline; padding: 4px 6px; font-size: 12px; }

QMenuBar { background: $window; border: none; padding: 2px 4px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; }
QMenu { background: $raised; border: 1px solid $outline; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faded; }
QMenu::icon { padding-left: 6px; }
QMenu::separator { height: 1px; background: $border; margin: 4px 6px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; padding: 4px 8px; spacing: 4px; }
QToolBar::separator { background: $border; width: 1px; margin: 6px 4px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px 8px;
  min-height: 18px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faded; }
QToolButton::menu-indicator { image: none; }
QToolButton[kind="small"] { padding: 3px; }
QToolButton[kind="fold"] { padding: 2px 6px 2px 0; margin-left: -4px; color: $muted; }
QToolButton[kind="fold"]:checked { background: transparent; }
QToolButton[kind="fold"]:hover { color: $text; }
QToolButton[kind="primary"] { background: $accent; color: $on_accent; font-weight: 600; padding: 4px 12px; }
QToolButton[kind="primary"]:hover { background: $accent_hover; }
QToolButton[kind="primary"]:disabled { background: $hover; color: $faded; }

QPushButton { background: $raised; border: 1px solid $outline; border-radius: 6px; padding: 4px 12px;
  min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faded; background: $surface; border-color: $border; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:disabled { background: $hover; border-color: $hover; color: $faded; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 3px 11px; }
QPushButton[kind="danger"] { color: $bad; border-color: $bad; }
QPushButton[kind="danger"]:hover { background: $bad_soft; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; padding: 4px 8px; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="fix"] { text-align: left; padding: 3px 8px; }
QPushButton[kind="link"] { background: transparent; border: none; color: $accent; padding: 0 2px; text-align: left; }
QPushButton[kind="link"]:hover, QPushButton[kind="link"]:focus { text-decoration: underline; }

QAbstractScrollArea { border: none; }
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
  background: $field; border: 1px solid $outline; border-radius: 6px; padding: 3px 7px; min-height: 20px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
  border-color: $accent; }
QLineEdit[state="bad"] { border-color: $bad; }
QStatusBar QLineEdit { padding: 0 4px; min-height: 18px; font-size: 12px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:read-only {
  color: $muted; background: $surface; border-color: $border; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QAbstractSpinBox[invalid="true"],
QComboBox[invalid="true"] { border: 1px solid $bad; }
QLineEdit[invalid="true"]:focus, QPlainTextEdit[invalid="true"]:focus, QAbstractSpinBox[invalid="true"]:focus {
  border: 1px solid $bad; }
QPlainTextEdit[kind="mono"] { font-family: "JetBrains Mono"; font-size: 12px; }
QPlainTextEdit[kind="code"] { background: $field; border: none; border-radius: 0; padding: 0; }
QLineEdit > QToolButton { padding: 0; min-height: 0; border: none; background: transparent; }
QAbstractSpinBox { padding-right: 20px; max-height: 20px; }
QAbstractSpinBox::up-button { subcontrol-position: top right; width: 18px; border: none; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; width: 18px; border: none; }
QAbstractSpinBox::up-arrow { image: url($icon_up); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url($icon_down); width: 10px; height: 10px; }
QComboBox { padding-left: 9px; padding-right: 22px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url($icon_down); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $outline; outline: none; padding: 4px;
  selection-background-color: $accent_soft; selection-color: $text; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $outline; border-radius: 4px; background: $field; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($icon_check); }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $muted; border-radius: 8px; background: $field; }
QRadioButton::indicator:hover, QRadioButton::indicator:focus { border-color: $accent; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; background: $on_accent; }
QRadioButton::indicator:checked:focus { border-color: $text; }
QRadioButton::indicator:disabled { border-color: $border; background: $surface; }
QCheckBox:disabled, QRadioButton:disabled { color: $faded; }

QScrollArea, QScrollArea > QWidget > QWidget[plain="true"] { background: transparent; }
QListView, QTreeView, QTableView { background: $surface; alternate-background-color: $window; border: none;
  outline: none; selection-background-color: $accent_soft; selection-color: $text; }
QListView::item, QTreeView::item { padding: 3px 6px; border-radius: 4px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected { background: $accent_soft; color: $text; }
QTreeView::branch:has-children:closed { image: url($icon_right); }
QTreeView::branch:has-children:open { image: url($icon_down); }
QHeaderView { background: $surface; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
  padding: 4px 6px; font-size: 12px; font-weight: 500; }
QHeaderView::up-arrow, QHeaderView::down-arrow { width: 9px; height: 9px; subcontrol-position: top center; }
QHeaderView::up-arrow { image: url($icon_up); }
QHeaderView::down-arrow { image: url($icon_down); }
QTableCornerButton::section { background: $surface; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 4px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QTabWidget::pane { border: none; background: $surface; }
QTabBar { background: $window; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border: none;
  border-bottom: 2px solid transparent; font-weight: 500; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }

QDockWidget { font-weight: 600; font-size: 12px; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $surface; color: $muted; padding: 8px 12px 4px 12px; text-align: left; }
QDockWidget > QWidget { background: $surface; }
QStatusBar { background: $window; border-top: 1px solid $border; color: $muted; font-size: 12px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; font-size: 12px; }
QStatusBar QToolButton { padding: 1px 6px; min-height: 16px; font-size: 12px; color: $muted; border-radius: 4px; }

QProgressBar { background: $hover; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
  text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { background: $outline; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: $accent; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }
QSplitter::handle { background: $border; }
QGroupBox { border: 1px solid $border; border-radius: 6px; margin-top: 16px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; color: $muted; font-weight: 600; }

QFrame[frame="card"] { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame[frame="card"]:hover { border-color: $accent; }
QFrame[frame="card"]:focus { border: 2px solid $accent; }
QFrame[frame="row"] { background: transparent; border: 1px solid transparent; border-radius: 6px; }
QFrame[frame="row"]:hover { background: $hover; }
QFrame[frame="row"]:focus { border-color: $accent; }
QFrame[frame="toast"] { background: $raised; border: 1px solid $outline; border-radius: 8px; }
QFrame[frame="popup"] { background: $raised; border: 1px solid $outline; border-radius: 8px; }
QFrame[frame="popup"] QLineEdit { background: transparent; border: none; font-size: 14px; }
QFrame[frame="popup"] QListView { background: transparent; }
QFrame[frame="panel"] { background: $raised; border: 1px solid $border; border-radius: 6px; }
QFrame[frame="banner"] { background: $warn_soft; border: none; border-bottom: 1px solid $border; }
QFrame[frame="problem"] { background: $bad_soft; border: none; border-radius: 6px; }
QFrame[frame="warning"] { background: $warn_soft; border: none; border-radius: 6px; }
QFrame[frame="note"] { background: $accent_soft; border: none; border-radius: 6px; }
QFrame[frame="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
"""


def qss(t: Theme) -> str:
    """The style sheet in the colours of a theme."""
    names = {key: value.name() for key, value in vars(t).items() if hasattr(value, "name") and key != "name"}
    names["faded"] = _mix(t, 0.55)
    names["scroll"] = t.outline.name()
    names["accent_hover"] = t.accent.lighter(112).name() if t.dark else t.accent.darker(112).name()
    folder = resource("icons").as_posix()
    for side in ("up", "down", "right"):
        names[f"icon_{side}"] = f"{folder}/chevron-{side}-{t.name}.svg"
    names["icon_check"] = f"{folder}/check-{t.name}.svg"
    sheet = _SHEET
    for key in sorted(names, key=len, reverse=True):
        sheet = sheet.replace(f"${key}", names[key])
    return sheet


def _mix(t: Theme, part: float) -> str:
    """A text colour faded towards the surface, for what cannot be used now."""
    a, b = t.muted, t.surface
    parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x * part + y * (1 - part)):02x}" for x, y in parts)
