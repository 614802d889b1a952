"""``parl compile PATH``: from the words on the command line to the verdict, in this process."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from parl.cli.shortcut import Plain, compile_plainly, plain
from parl.cli.stdout import StdoutError
from parl.core.tree_options import TreeOptions
from parl.platform.base import NoKeyboard
from parl.platform.shell import typed_line
from tests.inline_workers import InlineWorkers
from tests.test_cli_main import assert_usage_error

Parl = Callable[..., Result]
BROKEN = "x = 1\ny = (\n"
WARNED = "x = 1\nx is 1\n"
SUCCESS = "Compilation successful!\n"


@pytest.fixture(autouse=True)
def here(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", InlineWorkers)
    monkeypatch.setattr("parl.core.few_sources.call_in_child", lambda *_: None)  # test_few_sources has that way
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return bare_environment


def write(path: str, text: str = "x = 1\n") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def pyc(path: str, level: int = 0) -> Path:
    return Path(importlib.util.cache_from_source(path, optimization=level or ""))


def counts(result: Result) -> str:
    """The verdict without the time."""
    return result.stdout.splitlines()[-2].partition(" (")[0]


# The verdict and the exit code


def test_sources_are_compiled_and_the_verdict_comes_last(parl: Parl) -> None:
    write("src/a.py")
    write("setup.py")
    result = parl("compile", "src", "setup.py")
    assert (result.exit_code, result.stderr) == (0, "")
    assert counts(result) == "2 compiled, 0 up to date, 0 failed"
    assert result.stdout.endswith(f" s)\n{SUCCESS}")
    assert pyc("src/a.py").exists()
    assert pyc("setup.py").exists()


def test_a_second_time_all_is_up_to_date(parl: Parl) -> None:
    write("a.py")
    parl("compile", ".")
    inode = pyc("a.py").stat().st_ino
    assert counts(parl("compile", ".")) == "0 compiled, 1 up to date, 0 failed"
    assert pyc("a.py").stat().st_ino == inode


def test_every_broken_file_is_reported_and_the_others_compile(parl: Parl) -> None:
    for name, text in {"a.py": BROKEN, "b.py": "x = 1\n", "c.py": "'\0'"}.items():
        write(name, text)
    result = parl("compile", ".")
    assert result.exit_code == 1
    assert result.stderr == (
        f".{os.sep}a.py:2:5: error: '(' was never closed\n    y = (\n        ^\n"
        f".{os.sep}c.py:1:2: error: source code cannot contain null bytes\n    ' '\n     ^\n"
    )
    assert counts(result) == "1 compiled, 0 up to date, 2 failed"
    assert result.stdout.endswith("Compilation failed.\n")
    assert pyc("b.py").exists()


def test_a_folder_without_sources_is_a_success(parl: Parl) -> None:
    Path("empty").mkdir()
    assert counts(parl("compile", "empty")) == "0 compiled, 0 up to date, 0 failed"


NOTHING_FOUND = "parl: no Python source was found in what was named, or all are excluded\n"


@pytest.mark.parametrize("options", [[], ["--exclude", "*.py"], ["--timeout", "9"]], ids=str)
def test_that_nothing_was_found_is_said(parl: Parl, options: list[str]) -> None:
    Path("src").mkdir()
    if "--exclude" in options:
        write("src/a.py", "")
    assert parl("compile", *options, "src").stderr == NOTHING_FOUND
    assert parl("compile", "-q", *options, "src").stderr == ""


def test_that_all_is_up_to_date_is_not_nothing(parl: Parl) -> None:
    write("src/a.py", "")
    assert [parl("compile", "src").stderr for _ in range(2)] == ["", ""]


def test_the_options_of_the_file_are_shown_as_one_would_type_them(parl: Parl) -> None:
    write("a.py", "")
    write(
        "parl.toml",
        '[compile]\npaths = ["a.py"]\nexclude = ["b", "c d"]\njobs = 2\nforce = false\nwarnings-as-errors = true\n'
        'timeout = "1m30s"\noptimize = [0, 1]\nabort-key = "any"\npause = false\n',
    )
    options = "--jobs 2 --warnings-as-errors --timeout 90s --optimize 0 --optimize 1 --abort-key any --no-pause"
    line = f"{typed_line(['parl', 'compile', '--exclude', 'b', '--exclude', 'c d'])} {options} a.py"
    assert parl("compile").stderr == f"parl: running {line} (from parl.toml)\n"


@pytest.mark.parametrize("path", ["src", "./src", "src/", "src/a.py", "./src/../src/a.py"])
def test_paths_are_shown_as_given(parl: Parl, path: str) -> None:
    write("src/a.py", BROKEN)
    shown = path if path.endswith(".py") else os.path.join(path, "a.py")
    assert parl("compile", path).stderr.startswith(f"{shown}:2:5: error: ")


def test_an_absolute_path_stays_absolute(parl: Parl, here: Path) -> None:
    write("src/a.py", BROKEN)
    assert parl("compile", str(here / "src")).stderr.startswith(f"{here / 'src' / 'a.py'}:2:5: error: ")


def test_diagnostics_come_in_the_order_of_the_files(parl: Parl) -> None:
    # The large ones are compiled first.
    for number in range(6):
        write(f"{number}.py", BROKEN + "#" * (100_000 if number % 2 else 0))
    errors = [line[2:6] for line in parl("compile", ".").stderr.splitlines() if ": error: " in line]
    assert errors == [f"{number}.py" for number in range(6)]


# Warnings


def test_a_warning_is_shown_each_time_and_is_no_failure(parl: Parl) -> None:
    write("a.py", WARNED)
    first, second = parl("compile", "a.py"), parl("compile", "a.py")
    assert first.exit_code == second.exit_code == 0
    assert first.stderr == second.stderr
    assert first.stderr.startswith('a.py:2:1: warning: "is" with ')
    assert counts(first) == "1 compiled, 0 up to date, 0 failed, 1 warning"
    assert counts(second) == "0 compiled, 1 up to date, 0 failed, 1 warning"


@pytest.mark.parametrize("is_up_to_date", [False, True])
def test_warnings_can_be_errors(parl: Parl, is_up_to_date: bool) -> None:
    write("a.py", WARNED)
    if is_up_to_date:
        parl("compile", "a.py")
    result = parl("compile", "--warnings-as-errors", "a.py")
    assert result.exit_code == 1
    assert result.stderr.startswith('a.py:2:1: error: "is" with ')
    assert counts(result) == "0 compiled, 0 up to date, 1 failed"


def test_quietly_only_errors_are_said(parl: Parl) -> None:
    write("a.py", WARNED)
    result = parl("compile", "-q", ".")
    assert (result.exit_code, result.output) == (0, "")
    write("b.py", BROKEN)
    result = parl("compile", "-q", ".")
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line for line in result.stderr.splitlines() if ".py:" in line] == [
        f".{os.sep}b.py:2:5: error: '(' was never closed"
    ]


# Options


def test_levels_are_chosen(parl: Parl) -> None:
    write("a.py", "assert x\n")
    parl("compile", "-O", "2", "--optimize", "0", "a.py")
    assert [pyc("a.py", level).exists() for level in (0, 1, 2)] == [True, False, True]


@pytest.mark.parametrize(("mode", "flags"), [("timestamp", 0), ("checked-hash", 3), ("unchecked-hash", 1)])
def test_the_invalidation_is_chosen(parl: Parl, mode: str, flags: int) -> None:
    write("a.py")
    parl("compile", "--invalidation", mode, "a.py")
    assert pyc("a.py").read_bytes()[4:8] == bytes([flags, 0, 0, 0])


def test_force_compiles_all(parl: Parl) -> None:
    write("a.py")
    parl("compile", "a.py")
    assert counts(parl("compile", "--force", "a.py")) == "1 compiled, 0 up to date, 0 failed"


def test_globs_are_excluded(parl: Parl) -> None:
    for path in ("a.py", "b_pb2.py", "gen/c.py", "d/e.py"):
        write(path)
    result = parl("compile", "--exclude", "*_pb2.py", "--exclude", "gen", "--exclude", "d/e.py", ".")
    assert counts(result) == "1 compiled, 0 up to date, 0 failed"


def test_out_leaves_the_sources_folders_alone(parl: Parl, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("src/a.py")
    parl("compile", "--out", "mirror", "src")
    assert os.listdir("src") == ["a.py"]
    monkeypatch.setattr(sys, "pycache_prefix", str(here / "mirror"))
    assert pyc(str(here / "src" / "a.py")).exists()
    assert counts(parl("compile", "src")) == "0 compiled, 1 up to date, 0 failed", "the variable names the same place"


@pytest.mark.parametrize("jobs", ["0", "1", "3"])
def test_jobs_are_a_number(parl: Parl, jobs: str) -> None:
    write("a.py")
    assert counts(parl("compile", "-j", jobs, ".")) == "1 compiled, 0 up to date, 0 failed"


def test_no_more_workers_are_started_than_asked_for(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counted(InlineWorkers[object]):
        def start(self) -> int:
            started.append(1)
            return super().start()

    started: list[int] = []
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", Counted)
    for number in range(9):
        write(f"{number}.py")
    parl("compile", "-j3", ".")
    assert len(started) == 3
    parl("compile", "-j3", ".")
    assert len(started) == 3, "nothing to do: no worker"


def test_variables_are_options(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py")
    for name, value in {"OPTIMIZE": "1", "INVALIDATION": "checked-hash", "QUIET": "1", "GRACE": "1s"}.items():
        monkeypatch.setenv(f"PARL_COMPILE_{name}", value)
    result = parl("compile", "a.py")
    assert (result.exit_code, result.output) == (0, "")
    assert pyc("a.py", 1).read_bytes()[4] == 3


def test_a_wish_for_a_reproducible_build_is_kept(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    write("a.py")
    parl("compile", "a.py")
    assert pyc("a.py").read_bytes()[4] == 3


# JSON


def test_json_is_an_object_a_line_and_a_summary_last(parl: Parl) -> None:
    for name, text in {"a.py": BROKEN, "b.py": WARNED, "c.py": "x = 1\n"}.items():
        write(name, text)
    result = parl("compile", "--format", "json", ".")
    assert (result.exit_code, result.stderr) == (1, "")
    *found, summary = map(json.loads, result.stdout.splitlines())
    assert [(item["type"], item["path"], item["line"], item["severity"]) for item in found] == [
        ("diagnostic", os.path.join(".", "a.py"), 2, "error"),
        ("diagnostic", os.path.join(".", "b.py"), 2, "warning"),
    ]
    assert summary.pop("seconds") >= 0
    assert summary == {
        "type": "summary",
        "success": False,
        "aborted_by": None,
        "compiled": 2,
        "up_to_date": 0,
        "failed": 1,
        "warnings": 1,
    }


def test_json_of_nothing_to_do_is_a_summary(parl: Parl) -> None:
    write("a.py")
    parl("compile", "a.py")
    (line,) = parl("compile", "--format", "json", "a.py").stdout.splitlines()
    assert json.loads(line)["up_to_date"] == 1


# parl.toml


def test_the_projects_file_names_paths(parl: Parl, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("parl.toml", '[compile]\npaths = ["src", "setup.py"]\noptimize = [0, 2]\nexclude = ["gen"]\n')
    for path in ("src/a.py", "src/gen/b.py", "setup.py", "deep/c.py"):
        write(path)
    monkeypatch.chdir("deep")
    assert counts(parl("compile")) == "2 compiled, 0 up to date, 0 failed"
    assert pyc(str(here / "src" / "a.py"), 2).exists()


def test_paths_of_the_file_are_shown_as_they_lead_there_from_here(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    write("parl.toml", '[compile]\npaths = ["src"]\n')
    write("src/a.py", BROKEN)
    for folder, shown in ((".", "src/a.py"), ("src", "../src/a.py")):
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            assert f"\n{shown}:2:5: error: " in "\n" + parl("compile").stderr.replace(os.sep, "/")


def test_every_key_of_the_file_arrives(parl: Parl) -> None:
    write(
        "parl.toml",
        '[compile]\npaths = ["a.py"]\njobs = 1\nforce = true\noptimize = 1\ninvalidation = "checked-hash"\n'
        'out = "mirror"\nwarnings-as-errors = true\nformat = "json"\ntimeout = "1h"\nno-key = true\npause = false\n',
    )
    write("a.py", WARNED)
    result = parl("compile")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[0])["severity"] == "error"
    write("a.py")
    assert json.loads(parl("compile").stdout)["compiled"] == 1
    assert json.loads(parl("compile").stdout)["compiled"] == 1, "by force"
    assert os.listdir("mirror")
    assert not Path("__pycache__").exists()


def test_the_command_line_wins_over_the_file(parl: Parl) -> None:
    write("parl.toml", '[compile]\npaths = ["src"]\nformat = "json"\nquiet = true\n')
    write("src/a.py")
    assert counts(parl("compile", "src")) == "1 compiled, 0 up to date, 0 failed", "with PATHs the file is not read"
    assert parl("compile", "--format", "text").output == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("paths = []", "compile.paths: must be a list of strings"),
        ("jobs = -1", "compile.jobs: must be a number from 1, or 0 for all cores"),
        ("jobs = true", "compile.jobs: must be a number"),
        ("optimize = 3", "compile.optimize: must be 0, 1 or 2, or a list of them"),
        ("optimize = true", "compile.optimize: must be 0, 1 or 2"),
        ("optimize = []", "compile.optimize: must be 0, 1 or 2"),
        ('invalidation = "hash"', "compile.invalidation: must be one of timestamp, checked-hash, unchecked-hash"),
        ('exclude = "gen"', "compile.exclude: must be a list of strings"),
        ("out = 1", "compile.out: must be a path"),
        ('out = ""', "compile.out: must be a path"),
        ("warnings-as-errors = 1", "compile.warnings-as-errors: must be true or false"),
        ('format = "xml"', "compile.format: must be one of text, json"),
        ('grace = "1s"', "compile.grace has no meaning for compile.paths; drop it"),
        ('stdin = "null"', "compile.stdin has no meaning for compile.paths; drop it"),
        ('command = "make"', "compile has both command and paths; keep one"),
    ],
)
def test_what_the_file_cannot_mean_is_named(parl: Parl, line: str, words: str) -> None:
    others = "" if line.startswith("paths") else 'paths = ["a.py"]\n'
    write("parl.toml", f"[compile]\n{others}{line}\n")
    assert_usage_error(parl("compile"), "parl.toml: ", words)


def test_a_path_of_the_file_that_is_not_there_is_named(parl: Parl) -> None:
    write("parl.toml", '[compile]\npaths = ["nowhere"]\n')
    assert_usage_error(parl("compile"), "no such file 'nowhere'")


@pytest.mark.parametrize("key", ["jobs = 1", "force = true", 'out = "x"', 'format = "json"', 'exclude = ["x"]'])
def test_a_key_for_paths_beside_a_command_is_refused(parl: Parl, key: str) -> None:
    write("parl.toml", f'[compile]\ncommand = "make"\n{key}\n')
    assert_usage_error(parl("compile"), f"compile.{key.split()[0]} has no meaning for compile.command; drop it")


# Usage errors

OPTIONS_OF_PATHS = [
    ["--jobs", "1"],
    ["--force"],
    ["--exclude", "x"],
    ["--optimize", "1"],
    ["--invalidation", "timestamp"],
    ["--out", "x"],
    ["--warnings-as-errors"],
    ["--format", "json"],
]
OPTIONS_OF_COMMANDS = [["--grace", "1s"], ["--stdin", "null"]]


@pytest.mark.parametrize("option", OPTIONS_OF_PATHS, ids=" ".join)
def test_an_option_for_paths_is_refused_for_a_command(parl: Parl, option: list[str]) -> None:
    words = f"{option[0]} is for PATHs only;"
    assert_usage_error(parl("compile", *option, "--", "true"), f"{words} drop it, or the command")
    assert_usage_error(parl("compile", *option), f"{words} name one, or drop it")  # the demonstration


@pytest.mark.parametrize("option", OPTIONS_OF_COMMANDS, ids=" ".join)
def test_an_option_for_a_command_is_refused_for_paths(parl: Parl, option: list[str]) -> None:
    write("a.py")
    write("parl.toml", '[compile]\npaths = ["a.py"]\n')
    assert_usage_error(parl("compile", *option, "a.py"), f"{option[0]} is for a command only; drop it, or the PATHs")
    assert_usage_error(parl("compile", *option), f"{option[0]} is for a command only; parl.toml names paths")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], ["no such file 'nowhere'; to run a command: parl compile -- nowhere"]),
        (["a.py", "nowhere"], ["no such file 'nowhere'"]),
        (["notes.txt"], ["'notes.txt' is no Python source (a name that ends in .py)"]),
        (["a.py", "--", "make"], ["'a.py' and a command; name one"]),
        (["-j", "-1", "a.py"], ["'-1' is not a number from 1, or 0 for all"]),
        (["-j", "many", "a.py"], ["'many' is not a number from 1, or 0 for all"]),
        (["-j", "1.5", "a.py"], ["'1.5' is not a number"]),
        (["-O", "3", "a.py"], ["--optimize: ", "3"]),
        (["--invalidation", "hash", "a.py"], ["'hash'", "there are timestamp, checked-hash, unchecked-hash"]),
        (["--format", "xml", "a.py"], ["'xml'", "there are text, json"]),
        (["--out", "notes.txt", "a.py"], ["--out: ", "'notes.txt'"]),
        (["--exclude"], ["'--exclude'"]),
        (["--excude", "x", "a.py"], ["--exclude"]),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_one_line_with_culprit_and_remedy(
    parl: Parl, arguments: list[str], words: list[str]
) -> None:
    write("a.py")
    write("notes.txt")
    assert_usage_error(parl("compile", *arguments), *words)
    assert not Path("__pycache__").exists()


# Without click


@pytest.mark.parametrize(
    ("arguments", "environment", "paths"),
    [
        (["compile", "a.py"], {}, ["a.py"]),
        (["compile", "a.py", "src"], {"HOME": "/"}, ["a.py", "src"]),
        (["compile"], {}, None),
        (["compile", "-q", "a.py"], {}, ["a.py"]),
        (["compile", "a.py", "--quiet"], {}, ["a.py"]),
        (["compile", "-q"], {}, None),
        (["compile", "-f", "a.py"], {}, None),
        (["compile", "a.py", "--", "make"], {}, None),
        (["compile", "nowhere"], {}, None),
        (["compile", "notes.txt"], {}, None),
        (["compile", "a.py"], {"PARL_COMPILE_QUIET": "1"}, None),
        (["compil", "a.py"], {}, None),
        (["a.py"], {}, None),
        ([], {}, None),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="there click always reads the words")
def test_only_what_is_quite_plain_is_understood_without_click(
    arguments: list[str], environment: dict[str, str], paths: list[str] | None
) -> None:
    write("a.py")
    write("src/b.py")
    write("notes.txt")
    words = plain(arguments, environment)
    assert (None if words is None else list(words.options.paths)) == paths
    assert words is None or words.quiet is ("-q" in arguments or "--quiet" in arguments)


@pytest.mark.parametrize("texts", [["x = 1\n"], ["x = 1\n", BROKEN], [WARNED]], ids=str)
def test_the_short_cut_says_and_does_the_same(parl: Parl, capsys: pytest.CaptureFixture[str], texts: list[str]) -> None:
    for number, text in enumerate(texts):
        write(f"src/{number}.py", text)
    parl("compile", "src")
    result = parl("compile", "src")
    with pytest.raises(SystemExit) as end:
        compile_plainly(Plain(TreeOptions(["src"]), quiet=False))
    streams = capsys.readouterr()
    assert (end.value.code, streams.err) == (result.exit_code, result.stderr)
    assert [line.partition(" (")[0] for line in streams.out.splitlines()] == [
        line.partition(" (")[0] for line in result.stdout.splitlines()
    ]


def test_the_short_cut_turns_errors_into_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    write("a.py")
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", fail)
    monkeypatch.setattr("parl.cli.runner.open_keyboard", NoKeyboard)
    with pytest.raises(SystemExit) as end:
        compile_plainly(Plain(TreeOptions(["a.py"]), quiet=False))
    assert end.value.code not in (0, None)
    assert capsys.readouterr().err == "parl: no worker can be started: resource temporarily unavailable\n"


# Where stdout is no good


def test_a_full_stdout_is_said(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, color: str | None = None) -> None:
        raise StdoutError(OSError(28, "No space left on device"))

    write("a.py", BROKEN)
    monkeypatch.setattr("parl.cli.reports.write_result", fail)
    result = parl("compile", "--format", "json", "a.py")
    assert (result.exit_code, result.stderr) == (125, "parl: standard output: no space left on device\n")


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (["make", "-j4"], "; to run a command: parl compile -- make -j4"),
        (["--timeout", "5s", "make", "all"], "; to run a command: parl compile --timeout 5s -- make all"),
        (["-q", "nowhere"], "; to run a command: parl compile -q -- nowhere"),
        (["a.py", "nowhere"], "; see 'parl compile -h'"),
        (["nowhere.py"], "; see 'parl compile -h'"),
    ],
    ids=" ".join,
)
def test_the_way_out_is_a_line_that_can_be_typed(parl: Parl, words: list[str], way_out: str) -> None:
    write("a.py")
    missing = next(word for word in words if word in ("make", "nowhere", "nowhere.py"))
    assert parl("compile", *words).stderr == f"parl compile: no such file '{missing}'{way_out}\n"


def test_an_empty_variable_does_not_write_among_the_sources(parl: Parl) -> None:
    write("a.py")
    write("parl.toml", '[compile]\npaths = ["a.py"]\n')
    for words in (["a.py"], []):
        result = parl("compile", "--out", "", *words)
        assert_usage_error(result, "--out is empty")
    assert not os.path.exists("__pycache__")


def test_what_is_typed_is_meant_from_here_and_what_the_file_names_from_there(
    parl: Parl, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("src/deep/a.py", "x is 1\n")
    write("parl.toml", '[compile]\npaths = ["src"]\nout = "of the file"\n')
    project, below = Path.cwd(), Path("src/deep").resolve()
    monkeypatch.chdir(below)
    result = parl("compile")
    assert f"{os.path.join('..', '..', 'src', 'deep', 'a.py')}:1:1: warning: " in result.stderr
    assert set(os.listdir(project)) == {"src", "parl.toml", "of the file"}
    monkeypatch.chdir(below)  # parl has gone to the file's folder
    parl("compile", "--out", "typed")
    assert set(os.listdir(below)) == {"a.py", "typed"}


def test_what_a_projects_file_compiles_is_said(parl: Parl) -> None:
    write("a.py")
    write("parl.toml", '[compile]\npaths = ["a.py"]\n')
    assert parl("compile").stderr == "parl: running parl compile a.py (from parl.toml)\n"
    assert parl("compile", "-q").stderr == ""
