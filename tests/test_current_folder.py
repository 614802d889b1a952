"""A folder that is gone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from parl.core.current_folder import current_folder
from parl.core.errors import UsageError
from tests.test_cli_main import Parl


def test_it_is_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert current_folder() == os.path.realpath(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no folder that somebody is in")
@pytest.mark.parametrize("words", [["compile"], ["compile", "."], ["menu"]], ids=str)
def test_one_that_was_deleted_is_said(
    parl: Parl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="does not exist any more; go to another one"):
        current_folder()
    result = parl(*words)
    assert result.exit_code == 2
    assert result.stderr.endswith(": the current folder does not exist any more; go to another one\n")
