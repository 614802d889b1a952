"""parl where the system has no more to give, or is set up oddly: it works, or says in one line why not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("limits and locales of POSIX", allow_module_level=True)

import resource

from tests.conftest import run_python_with
from tests.piped import Piped, piped
from tests.source_trees import assert_whole, pyc_files, remove_pyc_files
from tests.terminal import parl, wait_until

COMMANDS = {
    "a command": ["compile", "--", "true"],
    "sources": ["compile", "tree"],
    "the demonstration": ["compile", "--timeout", "50ms"],
    "a timer": ["timer", "0"],
    "a command at ticks": ["timer", "--every", "20ms", "--count", "1", "--", "true"],
    "an answer": ["menu", "--choose", "a", "b", "--answer", "1"],
}
PAINTED = {"a chooser": ["menu", "--choose", "a", "b"], "a menu": ["menu", "menu.toml"]}
EXHAUSTED = "too many open files"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with some sources and a menu."""
    (tmp_path / "tree").mkdir()
    for name in "abc":
        (tmp_path / "tree" / f"{name}.py").write_text("x = 1\n" * 5_000)  # as a whole too much to do without the engine
    (tmp_path / "menu.toml").write_text('[menu]\nitems = [{ title = "one", command = "true" }]\n')
    return tmp_path


def is_clear(done: Piped) -> bool:
    """Whether parl says in one line that the system has no more."""
    lines = [line for line in done.lines if "skipped" not in line]  # a slow machine's ticks
    return done.code == 125 and len(lines) == 1 and lines[0].startswith("parl: ") and EXHAUSTED in lines[0]


# Descriptors


def open_files(count: int) -> Callable[[], None]:
    return partial(resource.setrlimit, resource.RLIMIT_NOFILE, (count, count))


@pytest.fixture(scope="module")
def fewest() -> int:
    """With fewer descriptors not even Python starts."""
    for count in range(4, 20):
        if not run_python_with(["-c", "import click"], preexec_fn=open_files(count)).returncode:
            return count
    raise AssertionError("Python does not start")


@pytest.mark.parametrize("name", COMMANDS)
def test_with_few_descriptors_it_works_or_says_so(name: str, folder: Path, fewest: int) -> None:
    enough = 124 if name == "the demonstration" else 0
    codes = []
    for more in (0, 1, 3, 5, 15):
        remove_pyc_files(folder)
        done = piped(*COMMANDS[name], cwd=folder, preexec_fn=open_files(fewest + more))
        assert done.code == enough or is_clear(done), (fewest + more, done)
        codes.append(done.code)
    assert codes[-1] == enough
    assert name == "an answer" or codes[0] == 125, "the limit was none"
    assert_whole(folder)


@pytest.mark.parametrize("name", PAINTED)
def test_a_screen_with_few_descriptors_is_painted_or_it_says_so(name: str, folder: Path, fewest: int) -> None:
    endings = set()
    for count in (fewest, fewest + 1, fewest + 8):
        with parl(*PAINTED[name], cwd=str(folder), before=open_files(count)) as session:
            wait_until(lambda: session.is_listening() or session.process.poll() is not None, "the screen")
            if session.is_listening():
                session.press("\x1b")
            code = session.wait()
            assert session.settings() == session.found_settings
            endings.add(code)
            assert code == 130 or session.rest().rstrip().endswith("parl: too many open files"), count
    assert endings == {125, 130}


# Processes and threads


@pytest.fixture
def few_processes() -> list[str]:
    """What to put before a command for a user of one process: not for root, whom no limit stops."""
    limit = ["prlimit", "--nproc=1"]
    if os.geteuid() == 0:
        # Nobody else, who may read and write what root may.
        rights = [f"--{kind}=-all,+dac_override" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
        limit = ["setpriv", f"--reuid={200_000 + os.getpid()}", "--clear-groups", *rights, *limit]
    if shutil.which(limit[0]) is None or subprocess.run([*limit, "true"], capture_output=True).returncode:
        pytest.skip(f"{limit[0]} cannot set a limit here")
    return limit


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compile", "--", "true"], "true: cannot be started: resource temporarily unavailable"),
        (["compile", "tree"], "no thread for the job: can't start new thread"),
        (["timer", "0"], "no thread for the job: can't start new thread"),
        (["timer", "0", "--", "true"], "no thread for the job: can't start new thread"),
        (["menu", "--choose"], "no thread for the items: can't start new thread"),
        (["menu", "--choose", "a", "b", "--timeout", "1h"], "no thread for the answer: can't start new thread"),
        (["menu", "--choose", "a", "b", "--answer", "1"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_without_another_process_or_thread_it_says_so(
    words: list[str], said: str, folder: Path, few_processes: list[str]
) -> None:
    done = piped(*words, by=few_processes, stdin=b"a\nb\n", cwd=folder)
    assert (done.code, done.lines[-1:]) == ((125, [f"parl: {said}"]) if said else (0, [])), done
    assert "Traceback" not in done.err
    assert pyc_files(folder) == []


# A full disk


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["compile", "tree"], ["compile", "--format", "json", "tree"]], ids=["text", "json"])
def test_a_verdict_that_finds_no_room_is_said(words: list[str], folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = piped(*words, cwd=folder, stdout=full)
    assert (done.code, done.err) == (125, "parl: standard output: no space left on device\n")
    assert_whole(folder)


# Streams that are closed


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_sources_are_compiled_whatever_stream_is_closed(closed: str, folder: Path) -> None:
    done = piped("compile", "tree", by=["sh", "-c", f'"$0" "$@" {closed}'], cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert len(pyc_files(folder)) == 3


# A terminal that is none

AT_AN_ODD_TERMINAL = """\
import subprocess, sys
stand_in, *command = sys.argv[1:]
subprocess.run(["mount", "--bind", stand_in, "/dev/tty"], check=True)
print("mounted", flush=True)
sys.exit(subprocess.run(command).returncode)
"""


def at_odd_terminal(stand_in: str, *words: str, stdin: bytes = b"") -> Piped:
    """Run parl where /dev/tty is *stand_in*."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare to put another file in the place of /dev/tty")
    namespace = ["unshare", "--map-root-user", "--mount", sys.executable, "-c", AT_AN_ODD_TERMINAL, stand_in]
    done = piped(*words, by=namespace, stdin=stdin)
    if not done.out.startswith(b"mounted\n"):
        pytest.skip("no other file may be put in the place of /dev/tty here")
    return done._replace(out=done.out.removeprefix(b"mounted\n"))


@pytest.fixture(params=["/dev/null", "/dev/zero", "a file"])
def stand_in(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param != "a file":
        return str(request.param)
    (tmp_path / "tty").write_text("1\n")
    return str(tmp_path / "tty")


def test_where_the_terminal_is_none_the_work_runs(stand_in: str) -> None:
    done = at_odd_terminal(stand_in, "compile", "--", "echo", "built")
    assert done == (0, b"built\n", "")


def test_where_the_terminal_is_none_a_number_on_stdin_or_the_default_chooses(stand_in: str) -> None:
    done = at_odd_terminal(stand_in, "menu", "--choose", "a", "b", stdin=b"2\n")
    assert (done.code, done.out) == (0, b"b\n")
    done = at_odd_terminal(stand_in, "menu", "--choose", "--default", "a", stdin=b"a\nb\n")
    assert done == (0, b"a\n", "")


# A locale without letters

LOCALES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"},
    "none": {},
    "C, to the letter": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}
WORD, BYTES = "größe€".encode(), b"\xff\xfe"


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in [name for name in os.environ if name.startswith("LC_") or name in ("LANG", "PYTHONUTF8")]:
        monkeypatch.delenv(name)
    return LOCALES[request.param]


@pytest.mark.parametrize(
    "words",
    [
        [b"compile", b"--", b"printf", b"%s\n%s\n", WORD, BYTES],
        [b"timer", b"0", b"--message", WORD + b"\n" + BYTES],
        [b"menu", b"--choose", b"--multi", b"--answer", b"1,2", WORD, BYTES],
    ],
    ids=["command", "message", "items"],
)
def test_in_any_locale_bytes_come_out_as_they_came_in(words: list[bytes], locale: dict[str, str]) -> None:
    assert piped(*words, env=locale) == (0, WORD + b"\n" + BYTES + b"\n", "")


def test_in_any_locale_sources_of_any_name_are_compiled(locale: dict[str, str], tmp_path: Path) -> None:
    tree = os.fsencode(tmp_path) + b"/" + WORD
    try:
        os.makedirs(tree + b"/" + BYTES)
    except OSError:
        pytest.skip("this file system takes no such name")
    for name, text in ((WORD, "x = 'ü'\n"), (BYTES + b"/b", "ü = (\n")):
        with open(tree + b"/" + name + b".py", "w", encoding="utf-8") as source:
            source.write(text)
    done = piped("compile", tree, env=locale)
    assert (done.code, done.out.splitlines()[0][:37]) == (1, b"1 compiled, 0 up to date, 1 failed (0")
    assert ".py:1:5: error: '(' was never closed" in done.lines[0]
    report = piped("compile", "--format", "json", tree, env=locale).out.splitlines()
    assert os.fsencode(json.loads(report[0])["path"]).startswith(tree) or "LC_ALL" in locale
