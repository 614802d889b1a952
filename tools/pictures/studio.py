"""Where a scenario is played: a shell with a plain prompt, in a folder of its own, with this parl."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from pathlib import Path
from tempfile import TemporaryDirectory

from tools.pictures.drawing import Window
from tools.pictures.film import svg
from tools.pictures.recorder import Recorder
from tools.pictures.scenarios import Scenario, at_prompt
from tools.pictures.terminal import Terminal

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
"""Where they are kept."""

_SHELL = ("bash", "--noprofile", "--norc", "-i")


def record(scenario: Scenario) -> str:
    """Play *scenario* and return its picture."""
    with TemporaryDirectory(prefix="pictures-") as name:
        home, folder = Path(name), Path(name, "project")
        folder.mkdir()
        (home / ".inputrc").write_text("set enable-bracketed-paste off\n")
        scenario.lay_out(folder)
        with Terminal(_SHELL, folder, scenario.rows, scenario.columns) as terminal:
            terminal.wait_for(at_prompt)
            recorder = Recorder(terminal)
            scenario.play(recorder)
    window = Window(scenario.rows, scenario.columns, scenario.title)
    return svg(window, recorder.frames, scenario.description, recorder.still)
