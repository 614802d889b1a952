"""``parl compile PATH`` in a terminal and without: what it shows, and that any ending leaves whole files."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)
if not os.path.isdir("/proc/self"):
    pytest.skip("survivors are looked for in /proc", allow_module_level=True)

import fcntl
import resource
import termios

import pyte

from parl.core.source_file import run_token
from tests.piped import PARL, plain_environment
from tests.processes import name_of, state_of
from tests.source_trees import (
    SLOW_FILES,
    assert_whole,
    code_of,
    contents,
    inodes,
    pyc_files,
    remove_pyc_files,
    slow_source,
    unfinished,
    write_slow_tree,
)
from tests.terminal import PROMPT, SECONDS, Session, parl, wait_until

FEW_TURNS = range(4)
MANY_TURNS = [pytest.param(turn, marks=pytest.mark.torture) for turn in range(100, 200)]


def _on_two_processors() -> None:
    """Let nobody be too fast to be stopped."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def _on_a_narrow_terminal() -> None:
    _on_two_processors()
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))


def _session(*words: str, **options: Any) -> Session:
    return parl(*words, **({"before": _on_two_processors} | options))


def _run(*words: str, prefix: tuple[str, ...] = (), **options: Any) -> subprocess.CompletedProcess[str]:
    """Run parl away from any terminal."""
    return subprocess.run(
        [*prefix, PARL, *words],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        start_new_session=True,
        timeout=SECONDS,
        check=False,
        **options,
    )


def _json_lines(text: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the diagnostics, and the summary."""
    *diagnostics, summary = map(json.loads, text.splitlines())
    assert {line["type"] for line in diagnostics} <= {"diagnostic"}
    assert summary["type"] == "summary"
    return diagnostics, summary


def _screen(text: str, columns: int = 80) -> list[str]:
    """Return what a person would read on the terminal, line by line."""
    screen = pyte.Screen(columns, 24)
    pyte.Stream(screen).feed(text)
    return [line.rstrip() for line in screen.display if line.strip()]


def _assert_ended_cleanly(session: Session, folder: Path) -> str:
    """Fail unless nothing is left of a parl that has ended; return what it had said."""
    assert session.survivors() == []
    assert session.settings() == session.found_settings
    assert_whole(folder)
    words = session.rest()
    assert "Traceback" not in words
    return words


def _assert_said_with_how_far(words: str, text: str) -> None:
    """Fail unless the screen says *words*, how far it came, and nothing else."""
    first, how_far = _screen(text)
    assert first == words
    assert re.fullmatch(r"\d+ compiled, 0 up to date, 0 failed before that", how_far)


def _assert_next_run_completes(folder: Path) -> None:
    """Fail unless all is compiled, and what had been finished is not compiled again."""
    finished = inodes(folder)
    total = len(list(folder.rglob("*.py")))
    done = _run("compile", str(folder))
    assert done.returncode == 0
    assert done.stdout.startswith(f"{total - len(finished)} compiled, {len(finished)} up to date, 0 failed (")
    assert finished.items() <= inodes(folder).items()
    assert len(pyc_files(folder)) == total
    assert_whole(folder)


# What it shows


def test_the_progress_is_one_line_that_goes_away(slow: Path) -> None:
    with _session("compile", str(slow)) as session:
        session.expect("any key stops it")
        assert session.wait() == 0
        painted = str(session.screen.before) + _assert_ended_cleanly(session, slow)
        assert re.search(rf"\d+/{SLOW_FILES}\b", painted), "how many of how many"
        counts, verdict = _screen(painted)
        assert re.fullmatch(rf"{SLOW_FILES} compiled, 0 up to date, 0 failed \(\d\.\d\d s\)", counts)
        assert verdict == "Compilation successful!"


def test_the_key_is_told_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(slow_source(200_000))
    with _session("compile", str(tmp_path)) as session:
        session.expect("any key stops it")
        assert pyc_files(tmp_path) == []
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        _assert_said_with_how_far("Aborted by user!", _assert_ended_cleanly(session, tmp_path))
    assert pyc_files(tmp_path) == []


def test_on_a_narrow_terminal_nothing_wraps(slow: Path) -> None:
    with _session("compile", str(slow), before=_on_a_narrow_terminal) as session:
        assert session.wait() == 0
        painted, _, _ = _assert_ended_cleanly(session, slow).partition(f"{SLOW_FILES} compiled")
        assert "stops it" in painted
        lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]", painted)]
        assert max(map(len, lines)) < 40
        assert "\n" not in painted
        assert _screen(painted, columns=40) == [], "and it is gone before the verdict"


def test_diagnostics_stand_above_the_progress_and_the_verdict_is_last(varied: Path) -> None:
    write_slow_tree(varied / "slow")
    with _session("compile", str(varied)) as session:
        assert session.wait() == 1
        lines = _screen_of_any_length(_assert_ended_cleanly(session, varied))
        assert lines[-1] == "Compilation failed."
        assert "16 failed" in lines[-2]
        assert not any("stops it" in line for line in lines)
        assert sum(": error: " in line for line in lines) == 16
        assert sum(": warning: " in line for line in lines) == 6


def _screen_of_any_length(text: str) -> list[str]:
    screen = pyte.Screen(300, 200)
    pyte.Stream(screen).feed(text)
    return [line.rstrip() for line in screen.display if line.strip()]


def test_without_a_terminal_there_is_no_progress(slow: Path) -> None:
    done = _run("compile", str(slow), preexec_fn=_on_two_processors)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"{SLOW_FILES} compiled, .* s\)\nCompilation successful!\n", done.stdout)


def test_what_fails_is_said_on_stderr_and_the_verdict_on_stdout(varied: Path) -> None:
    done = _run("compile", str(varied))
    assert done.returncode == 1
    assert re.fullmatch(
        r"36 compiled, 0 up to date, 16 failed, 6 warnings \(\d\.\d\d s\)\nCompilation failed.\n", done.stdout
    )
    assert done.stderr.count(": error: ") == 16
    assert "\r" not in done.stderr
    assert_whole(varied)


def test_where_only_stderr_is_elsewhere_the_terminal_still_tells_of_the_key(slow: Path, tmp_path: Path) -> None:
    with open(tmp_path / "log", "w") as log, _session("compile", str(slow), stderr=log) as session:
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        _assert_ended_cleanly(session, slow)
    assert (tmp_path / "log").read_text() == "Aborted by user!\n"


# How it is stopped


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("key", 130, "Aborted by user!"),
        ("ctrl-c", -signal.SIGINT, "Aborted by user!"),
        ("SIGTERM", -signal.SIGTERM, "parl: ended by SIGTERM"),
        ("SIGHUP", -signal.SIGHUP, "parl: ended by SIGHUP"),
        ("SIGINT to all", -signal.SIGINT, "Aborted by user!"),
    ],
)
def test_an_abort_leaves_whole_files_and_no_process(slow: Path, how: str, code: int, words: str) -> None:
    with _session("compile", str(slow)) as session:
        wait_until(session.is_listening, "the keyboard")
        wait_until(lambda: len(pyc_files(slow)) >= 2, "the first files")
        stop: dict[str, Callable[[], None]] = {
            "key": lambda: session.press("x"),
            "ctrl-c": lambda: session.press("\x03"),
            "SIGTERM": session.process.terminate,
            "SIGHUP": lambda: session.process.send_signal(signal.SIGHUP),
            "SIGINT to all": lambda: os.killpg(session.process.pid, signal.SIGINT),
        }
        stop[how]()
        assert session.wait() == code
        _assert_said_with_how_far(words, _assert_ended_cleanly(session, slow))
    assert len(pyc_files(slow)) < SLOW_FILES
    _assert_next_run_completes(slow)


def test_a_timeout_ends_it_with_its_own_code(slow: Path) -> None:
    with _session("compile", "--timeout", "150ms", str(slow)) as session:
        assert session.wait() == 124
        _assert_said_with_how_far("parl: timed out after 0.15 s", _assert_ended_cleanly(session, slow))
    _assert_next_run_completes(slow)


def test_only_the_key_that_was_named_stops_it(slow: Path) -> None:
    with _session("compile", "--abort-key", "q", str(slow)) as session:
        session.expect("q stops it")
        session.press("x")
        seen = len(pyc_files(slow))
        wait_until(lambda: len(pyc_files(slow)) > seen, "the compilation to go on")
        session.press("q")
        assert session.wait() == 130
        _assert_said_with_how_far("Aborted by user!", _assert_ended_cleanly(session, slow))


def test_without_keys_none_stops_it_and_they_reach_the_shell(slow: Path) -> None:
    with _session("compile", "--no-key", str(slow)) as session:
        wait_until(lambda: len(pyc_files(slow)) > 0, "the first file")
        assert not session.is_listening()
        session.press("ls\n")
        assert session.wait() == 0
        assert "stops it" not in _assert_ended_cleanly(session, slow)
        assert session.unread() == b"ls\n"
    assert len(pyc_files(slow)) == SLOW_FILES


def test_ctrl_z_stops_the_workers_too(slow: Path) -> None:
    with Session(["bash", "-i"], env={"PS1": "$ ", "LC_ALL": "C"}, before=_on_two_processors) as session:
        session.press(f"{PARL} compile {slow}\n")
        session.expect("stops it")
        wait_until(lambda: len(pyc_files(slow)) > 0, "the workers")
        session.press("\x1a")
        session.expect("Stopped")
        wait_until(lambda: set(_states(session)) == {"T"}, "all to stand still")
        assert len(_states(session)) == 3, "parl and two workers"
        assert len(pyc_files(slow)) < SLOW_FILES
        session.press("fg\n")
        session.expect("Compilation successful!")
        session.press("exit\n")
        session.wait()
        assert_whole(slow)


def test_who_continues_parl_alone_lets_its_workers_go_on(slow: Path) -> None:
    with Session(["bash", "-i"], env={"PS1": "$ ", "LC_ALL": "C"}, before=_on_two_processors) as session:
        session.press(f"{PARL} compile {slow} & echo job=$!.\n")
        session.screen.expect(r"job=(\d+)\.")
        group = int(session.screen.match.group(1))
        wait_until(lambda: len(pyc_files(slow)) > 0, "the workers")
        os.killpg(group, signal.SIGTSTP)
        wait_until(lambda: set(_states(session)) == {"T"}, "all to stand still")
        assert len(_states(session)) == 3, "parl and two workers"
        assert len(pyc_files(slow)) < SLOW_FILES
        os.kill(group, signal.SIGCONT)
        wait_until(lambda: len(pyc_files(slow)) == SLOW_FILES, "the rest")
        session.expect("Compilation successful!")
        session.press("exit\n")
        session.wait()
        assert_whole(slow)


def _states(session: Session) -> list[str]:
    """Return the states of parl's processes."""
    return [state_of(pid) for pid in session.survivors() if name_of(pid) == "parl"]


@pytest.mark.parametrize("turn", [*FEW_TURNS, *MANY_TURNS])
def test_an_abort_at_a_random_moment_leaves_nothing_half(slow: Path, turn: int) -> None:
    chance = random.Random(turn)
    files, looks = chance.randrange(SLOW_FILES - 2), chance.randrange(12)
    with _session("compile", str(slow)) as session:
        wait_until(session.is_listening, "the keyboard")
        wait_until(lambda: len(pyc_files(slow)) >= files, f"{files} files")
        for _ in range(looks):  # the moment is the subject
            session.survivors()
        session.press("x")
        code = session.wait()
        words = _assert_ended_cleanly(session, slow)
        assert (code, "Aborted by user!" in words) in [(130, True), (0, False)]
        assert (code == 0) <= (len(pyc_files(slow)) == SLOW_FILES)
    _assert_next_run_completes(slow)


def _json_process(folder: Path, stderr: int | None = None) -> subprocess.Popen[str]:
    """Start a compilation without a terminal that reports to a pipe of ours."""
    return subprocess.Popen(
        [PARL, "compile", "--format", "json", str(folder)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        start_new_session=True,
        preexec_fn=_on_two_processors,
        text=True,
    )


def test_a_json_summary_is_written_after_an_abort_too(slow: Path) -> None:
    process = _json_process(slow)
    wait_until(lambda: len(pyc_files(slow)) > 0, "the first file")
    process.terminate()
    text, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGTERM
    diagnostics, summary = _json_lines(text)
    assert (diagnostics, summary["aborted_by"], summary["success"]) == ([], "SIGTERM", False)
    assert 0 <= summary["compiled"] <= len(pyc_files(slow)) < SLOW_FILES


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_when_parl_is_killed_its_workers_end_and_the_next_run_sweeps(slow: Path) -> None:
    endless = slow / "endless.py"
    endless.write_text(slow_source(200_000))  # large ones come first
    with _session("compile", str(slow)) as session:
        wait_until(lambda: len(pyc_files(slow)) > 1, "the files of the other worker")
        session.process.kill()
        wait_until(lambda: session.survivors() == [], "the workers' end", seconds=1)
        session.process.wait()
    endless.unlink()
    # One more that it has surely left, and one that belongs to somebody who still writes.
    (slow / "__pycache__" / f".{session.process.pid}-{run_token()}.parl").write_bytes(b"half")
    in_use = slow / "__pycache__" / f".{os.getpid()}-{run_token()}.parl"
    in_use.write_bytes(b"half")
    done = _run("compile", str(slow))
    assert done.returncode == 0
    assert unfinished(slow) == [in_use.name]
    in_use.unlink()
    assert_whole(slow)
    assert len(pyc_files(slow)) == SLOW_FILES


def test_a_parl_whose_parent_ignored_its_children_compiles_as_well(slow: Path) -> None:
    done = _run("compile", str(slow), preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(pyc_files(slow)) == SLOW_FILES


def test_two_parls_with_equal_pids_on_one_tree_do_not_meet(tmp_path: Path) -> None:
    """As two containers that have mounted it."""
    apart = ["unshare", "--map-root-user", "--pid", "--fork", "--kill-child"]
    try:
        subprocess.run([*apart, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no namespace of pids may be made here")
    sources = [tmp_path / f"part{number % 4}" / f"source{number:03}.py" for number in range(200)]
    for number, source in enumerate(sources):
        source.parent.mkdir(exist_ok=True)
        source.write_text(f"number = {number}\n" + slow_source(20))
    both = [
        subprocess.Popen(
            [*apart, PARL, "compile", "--force", "-j4", str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=plain_environment(),
            start_new_session=True,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, err) == (0, "")
        assert out.startswith("200 compiled, 0 up to date, 0 failed (")
    assert_whole(tmp_path)
    for source in sources:
        assert code_of(source).co_filename == str(source)


# What it writes


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("levels", [(), (0, 1, 2)], ids=["plainly", "all levels"])
def test_the_bytes_are_those_of_compileall_in_a_process_of_its_own(tmp_path: Path, levels: tuple[int, ...]) -> None:
    """What a process has imported must not show in what it writes."""
    library = Path(os.__file__).parent
    for package in ("email", "json"):
        shutil.copytree(library / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    words = [f"-o{level}" for level in levels]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *words, tmp_path], check=True, env=plain_environment())
    expected = contents(tmp_path)
    remove_pyc_files(tmp_path)
    assert _run("compile", *(f"-O{level}" for level in levels), str(tmp_path)).returncode == 0
    assert contents(tmp_path) == expected


# What it meets


def test_hazards_cost_one_diagnostic_each_and_the_good_files_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hazards"
    good = _write_hazards(folder)
    monkeypatch.chdir(folder)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        done = _run("compile", "--format", "json", ".")
        again = _run("compile", ".")
    diagnostics, summary = _json_lines(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert {line["path"]: line["message"].partition(":")[0] for line in diagnostics} == {
        "./dangling.py": "cannot be read",
        "./fifo.py": "is no regular file",
        "./loop.py": "cannot be read",
        "./pyc_is_folder.py": _REPLACED.format("pyc_is_folder"),
        "./pyc_is_link.py": _REPLACED.format("pyc_is_link"),
        "./socket.py": "is no regular file",
    }
    assert len(diagnostics) == summary["failed"] == 6
    assert summary["compiled"] == good
    assert "Traceback" not in again.stderr
    assert again.stdout.startswith(f"0 compiled, {good} up to date, 6 failed")
    assert (folder / "target").read_text() == "not to be replaced"
    assert not list((folder / "elsewhere").rglob("*.pyc")), "a link to a folder is not followed"


_REPLACED = f"__pycache__/{{}}.{sys.implementation.cache_tag}.pyc is no regular file, and would be replaced"


def _write_hazards(folder: Path) -> int:
    """Write what is no source beside sources; return how many of these there are."""
    cache = folder / "__pycache__"
    tag = sys.implementation.cache_tag
    for below in (cache, folder / "d.py", folder / "elsewhere" / "node_modules"):
        below.mkdir(parents=True)
    os.mkfifo(folder / "fifo.py")
    (folder / "dangling.py").symlink_to("nowhere.py")
    (folder / ".#edited.py").symlink_to("user@host.123")  # Emacs marks with it what is being edited
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "linked_folder.py").symlink_to("elsewhere")
    (folder / "linked_folder").symlink_to("elsewhere")
    (folder / "above").symlink_to("..")
    for name in ("pyc_is_folder.py", "pyc_is_link.py"):
        (folder / name).write_text("x = 1\n")
    (cache / f"pyc_is_folder.{tag}.pyc").mkdir()
    (folder / "target").write_text("not to be replaced")
    (cache / f"pyc_is_link.{tag}.pyc").symlink_to("../target")
    (folder / "elsewhere" / "node_modules" / "excluded.py").write_text("x = 1\n")
    sources = [b"good.py", b"d.py/inside.py", b"bad\xff.py", "größe.py".encode(), b"new\nline.py", b" .py"]
    for name in sources:
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write("x = 1\n")
    (folder / "linked.py").symlink_to("good.py")
    return len(sources) + 1


def test_a_cache_folder_that_is_none_costs_one_diagnostic_for_each_file(tmp_path: Path) -> None:
    for place, make in {
        "file": lambda path: path.write_text("mine"),
        "dangling link": lambda path: path.symlink_to("nowhere"),
        "fifo": os.mkfifo,
    }.items():
        folder = tmp_path / place
        folder.mkdir()
        make(folder / "__pycache__")
        for name in ("a.py", "b.py"):
            (folder / name).write_text("x = 1\n")
        done = _run("compile", place, cwd=tmp_path)
        assert done.returncode == 1
        assert [line.partition(" cannot be written")[0] for line in done.stderr.splitlines()] == [
            f"{place}/{name}.py:1:1: error: __pycache__/{name}.{sys.implementation.cache_tag}.pyc" for name in "ab"
        ]


def _unprivileged() -> tuple[str, ...]:
    """Return what makes a command obey the permissions of files."""
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root, and no setpriv to give its privileges up")
    return prefix


def test_what_may_not_be_read_or_written_costs_one_diagnostic_each(tmp_path: Path) -> None:
    prefix = _unprivileged()
    for name in ("good", "unreadable", "readonly/a", "readonly/b", "closed/hidden"):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")
    modes = {"unreadable.py": 0, "readonly": 0o555, "closed": 0}
    for name, mode in modes.items():
        (tmp_path / name).chmod(mode)
    try:
        done = _run("compile", "--format", "json", ".", prefix=prefix, cwd=tmp_path)
    finally:
        for name in modes:
            (tmp_path / name).chmod(0o755)
    diagnostics, summary = _json_lines(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [line["path"] for line in diagnostics] == [
        "./closed",
        "./readonly/a.py",
        "./readonly/b.py",
        "./unreadable.py",
    ]
    assert all("permission denied" in line["message"] for line in diagnostics)
    assert summary["compiled"] == 1
    assert_whole(tmp_path)


def test_a_limit_of_the_file_size_costs_one_diagnostic_for_what_is_larger(slow: Path) -> None:
    (slow / "small.py").write_text("x = 1\n")
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000, 20_000))
    done = _run("compile", "--format", "json", str(slow), preexec_fn=limit)
    diagnostics, summary = _json_lines(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (len(diagnostics), summary["failed"], summary["compiled"]) == (SLOW_FILES, SLOW_FILES, 1)
    assert all(line["message"].endswith(" cannot be written: file too large") for line in diagnostics)
    assert len(pyc_files(slow)) == 1
    assert_whole(slow)


ON_A_SMALL_DISK = """\
import json, subprocess, sys
from pathlib import Path
from parl.core.source_file import run_token
from tests.source_trees import assert_whole, pyc_files, write_slow_tree
disk, parl = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=True)
print("mounted", file=sys.stderr, flush=True)
write_slow_tree(disk / "tree", files=12)  # 1.2 MB, and their .pyc files as much again
done = subprocess.run([parl, "compile", "--format", "json", disk / "tree"], stdout=subprocess.PIPE, text=True)
assert_whole(disk / "tree")
print(json.dumps({"code": done.returncode, "made": len(pyc_files(disk / "tree"))}))
print(done.stdout, end="")
"""


def test_a_full_disk_costs_one_diagnostic_for_what_finds_no_room(tmp_path: Path) -> None:
    try:
        done = subprocess.run(
            ["unshare", "--map-root-user", "--mount", sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path), PARL],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=plain_environment(),
            cwd=Path(__file__).parent.parent,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("no unshare to mount a small disk with")
    if not done.stderr.startswith("mounted"):
        pytest.skip("no small disk may be mounted here")
    assert done.stderr == "mounted\n"
    ending, _, report = done.stdout.partition("\n")
    diagnostics, summary = _json_lines(report)
    assert json.loads(ending) == {"code": 1, "made": summary["compiled"]}
    assert 0 < summary["compiled"] < 12
    assert len(diagnostics) == summary["failed"] == 12 - summary["compiled"]
    assert all(line["message"].endswith(" cannot be written: no space left on device") for line in diagnostics)


def test_json_into_a_pipe_that_nobody_reads_to_its_end_ends_quietly(slow: Path) -> None:
    (slow / "a_large_one.py").write_text(f"# {'x' * 50_000}\nx = (\n")  # large ones come first
    process = _json_process(slow, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["severity"] == "error"
    process.stdout.close()  # as head -1 does
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(SECONDS) == -signal.SIGPIPE
    process.stderr.close()
    assert_whole(slow)


def test_paths_come_from_the_projects_file_in_a_folder_above(tmp_path: Path) -> None:
    (tmp_path / "parl.toml").write_text('[compile]\npaths = ["src", "setup.py"]\n')
    deep = tmp_path / "src" / "package" / "deep"
    deep.mkdir(parents=True)
    sources = [tmp_path / "setup.py", tmp_path / "src" / "one.py", deep / "two.py"]
    for source in [*sources, tmp_path / "other.py"]:
        source.write_text("x = 1\n")
    (tmp_path / "src" / "wrong.py").write_text("x = (\n")
    done = _run("compile", cwd=deep)
    assert done.returncode == 1
    assert done.stdout.startswith("3 compiled, 0 up to date, 1 failed (")
    assert "../../../src/wrong.py:1:5: error: '(' was never closed" in done.stderr.splitlines()
    assert len(pyc_files(tmp_path)) == len(sources)
