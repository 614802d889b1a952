"""Which program a name means, and a command line that no argument can turn into another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.platform.windows_command import _batch_arguments, _batch_word, find_program, prepare

_BATCH = "C:\\my tools\\build.cmd"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make folders of files; the PATH is the folder bin, the current folder is elsewhere."""
    monkeypatch.setenv("PATHEXT", ".exe;.bat;.cmd")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("NoDefaultCurrentDirectoryInExePath", raising=False)

    def make(name: str, *files: str) -> Path:
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
        return tmp_path / name

    make("here")
    monkeypatch.chdir(tmp_path / "here")
    return make


def test_a_name_gets_an_extension_in_the_order_of_pathext(folder: Callable[..., Path]) -> None:
    place = folder("bin", "tool.bat", "tool.exe", "tool")
    assert find_program("tool") == str(place / "tool.exe")


def test_a_name_with_an_extension_is_found_as_it_is(folder: Callable[..., Path]) -> None:
    place = folder("bin", "tool.bat", "tool.exe")
    assert find_program("tool.bat") == str(place / "tool.bat")


def test_a_dot_in_a_name_is_not_always_an_extension(folder: Callable[..., Path]) -> None:
    place = folder("bin", "python3.12.exe")
    assert find_program("python3.12") == str(place / "python3.12.exe")


def test_a_name_with_a_folder_is_not_looked_for_on_the_path(folder: Callable[..., Path]) -> None:
    place = folder("tools", "tool.cmd")
    folder("bin", "tool.exe")
    assert find_program(os.path.join("..", "tools", "tool")) == str(place / "tool.cmd")


def test_a_relative_name_starts_at_the_commands_own_folder(folder: Callable[..., Path]) -> None:
    place = folder("elsewhere", "tool.exe")
    assert find_program(os.path.join(".", "tool"), str(place)) == str(place / "tool.exe")


def test_the_current_folder_comes_first_unless_windows_is_told_not_to(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path, here = folder("bin", "tool.exe"), folder("cwd", "tool.exe")
    assert find_program("tool", str(here)) == str(here / "tool.exe")
    monkeypatch.setenv("NoDefaultCurrentDirectoryInExePath", "1")
    assert find_program("tool", str(here)) == str(on_path / "tool.exe")


def test_a_program_further_on_beats_a_script_for_another_system(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, program = folder("bin", "tool"), folder("bin2", "tool.exe")
    monkeypatch.setenv("PATH", os.pathsep.join([str(script), str(program)]))
    assert find_program("tool") == str(program / "tool.exe")


@pytest.mark.parametrize("name", ["tool", os.path.join(".", "tool"), "tool.exe", ""])
def test_what_is_nowhere_is_not_found(folder: Callable[..., Path], name: str) -> None:
    folder("bin", "other.exe")
    with pytest.raises(FileNotFoundError):
        find_program(name)


def test_a_folder_is_no_program(folder: Callable[..., Path]) -> None:
    folder("bin")
    (folder("bin2") / "tool.exe").mkdir()
    with pytest.raises(FileNotFoundError):
        find_program(os.path.join("..", "bin2", "tool.exe"))


def test_a_program_gets_the_usual_quoting(folder: Callable[..., Path]) -> None:
    place = folder("bin", "tool.exe")
    assert prepare(["tool", "a b", 'say "hi"', "c:\\x\\", "100%"], None) == (
        str(place / "tool.exe"),
        'tool "a b" "say \\"hi\\"" c:\\x\\ 100%',
    )


def test_a_line_for_the_shell_reaches_it_untouched(folder: Callable[..., Path]) -> None:
    folder("bin", "cmd.exe")
    _, line = prepare(["cmd.exe", "/d", "/s", "/c", 'echo "a b" & dir "c:\\x\\"'], None)
    assert line == 'cmd.exe /d /s /c "echo "a b" & dir "c:\\x\\""'


@pytest.mark.parametrize("name", ["build.cmd", "build.bat", "build"])
def test_a_batch_file_is_run_by_windows_own_cmd(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("SYSTEMROOT", "W:")
    monkeypatch.setenv("COMSPEC", "evil.exe")
    folder("bin", name if "." in name else "build.bat")
    program, line = prepare([name, "x"], None)
    assert program == os.path.join("W:", "System32", "cmd.exe")
    assert line.startswith(f'"{program}" /d /e:on /v:off /s /c ""')
    assert line.endswith('" x"')


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("plain-1.txt", "plain-1.txt"),
        ("", '""'),
        ("a b", '"a b"'),
        ("a&calc", '"a&calc"'),
        ("a^b", '"a^b"'),
        ('a"&calc', '"a""&calc"'),
        ('a\\"b', '"a\\\\""b"'),
        ("c:\\x\\", '"c:\\x\\\\"'),
        ("c:\\x", "c:\\x"),
        ("%PATH%", '"%%cd:~,%PATH%%cd:~,%"'),
        ("naïve", '"naïve"'),
        ("!x!", '"!x!"'),
    ],
)
def test_words_for_a_batch_file(word: str, written: str) -> None:
    assert _batch_word(word) == written


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b"])
def test_a_line_break_is_refused_since_cmd_cannot_be_given_one(bad: str) -> None:
    with pytest.raises(PermissionError):
        _batch_arguments(_BATCH, ["build", bad])


def test_more_than_cmd_takes_is_refused_rather_than_cut() -> None:
    with pytest.raises(PermissionError):
        _batch_arguments(_BATCH, ["build", *["word"] * 2000])


_NASTY = st.text(st.sampled_from('"\\%&|<>^()!, ;=\tab'), max_size=12) | st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=12
)


@given(st.lists(_NASTY, max_size=4))
def test_no_argument_gets_out_of_its_quotes(arguments: list[str]) -> None:
    line = _batch_arguments(_BATCH, ["build", *arguments])
    inner = line.removeprefix('/d /e:on /v:off /s /c "').removesuffix('"')
    assert words_cmd_sees(inner) == 1 + len(arguments)


@given(_NASTY)
def test_no_percent_sign_is_left_for_a_variable(argument: str) -> None:
    written = _batch_word(argument)
    assert "%" not in written.replace("%%cd:~,%", "")
    assert written.count("%%cd:~,%") == argument.count("%")


def words_cmd_sees(line: str) -> int:
    """Return into how many words cmd.exe cuts *line*; fail on what it would take as syntax."""
    quoted = False
    for character in line:
        if character == '"':
            quoted = not quoted
        assert quoted or character not in "&|<>^()!%\t,;=\r\n", line
    assert not quoted, line
    without_quoted = "".join(part for part in line.split('"')[::2])
    return without_quoted.count(" ") + 1
