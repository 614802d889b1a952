"""Commands on POSIX: any build, unchanged; an abort leaves no process."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import psutil
import pytest

from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, ParlError, UsageError
from parl.core.events import KeyPressed, SignalReceived
from parl.core.job import Outcome
from parl.platform.shell import shell_argv
from tests.conftest import PATIENCE_SECONDS, ROOT, Lifeline, begin, outlived, run_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")

_RUN_ONE = """
import sys
from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
job = CommandJob(sys.argv[1:])
job.start()
code = job.run(AbortFlag()).exit_code
job.close()
sys.exit(code)
"""

# As the command line runs it: the only child of its process, whose orphans come to us.
_RUN_OWNING_CHILDREN = """
import json, sys, threading
from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
flag = AbortFlag()
job = CommandJob(json.loads(sys.argv[1]), owns_children=True, grace_seconds=float(sys.argv[2]))
job.start()
threading.Thread(target=lambda: sys.stdin.readline() and flag.set("key"), daemon=True).start()
outcome = job.run(flag)
job.close()
print(json.dumps([outcome.exit_code, outcome.aborted_by, outcome.survivors]), flush=True)
"""


def run(*argv: str, **options: object) -> Outcome:
    with closing(CommandJob(argv, **options)) as job:  # type: ignore[arg-type]
        job.start()
        return job.run(AbortFlag())


def run_aborted(*argv: str) -> Outcome:
    """Run *argv* with a flag that is set as soon as there is a process."""
    flag = AbortFlag()
    with closing(CommandJob(argv)) as job:
        job.start()
        flag.set("early")
        return job.run(flag)


def refusal(*argv: str, **options: object) -> ParlError:
    """Return why *argv* cannot be run."""
    with pytest.raises(ParlError) as raised:
        run(*argv, **options).unwrap()
    return raised.value


def script(folder: Path, name: str, text: str, mode: int = 0o755) -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# How it ends


@pytest.mark.parametrize("code", range(256))
def test_every_exit_code_comes_out_as_it_went_in(code: int) -> None:
    assert run("sh", "-c", f"exit {code}") == Outcome(exit_code=code)


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "KILL", "PIPE", "ALRM", "TERM", "USR1", "XFSZ"])
def test_a_death_by_signal_says_which(name: str) -> None:
    number = getattr(signal, f"SIG{name}")
    assert run("sh", "-c", f"ulimit -c 0; kill -{name} $$") == Outcome(signal=number)


def test_a_command_that_is_not_on_the_path_is_not_found() -> None:
    error = refusal("no-such-program-here")
    assert type(error) is CommandNotFoundError
    assert str(error) == "no-such-program-here: command not found"


def test_a_path_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    error = refusal(f"{tmp_path}/missing")
    assert type(error) is CommandNotFoundError
    assert str(error) == f"{tmp_path}/missing: no such file"


def test_a_path_through_a_file_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert type(refusal(f"{tmp_path}/file/command")) is CommandNotFoundError


def test_a_script_whose_interpreter_is_missing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = script(tmp_path, "torn", "#!/no/such/interpreter\n")
    error = refusal(path)
    assert type(error) is CommandNotFoundError
    assert str(error) == f"{path}: its interpreter was not found (look at its first line)"
    monkeypatch.chdir(tmp_path)
    assert str(refusal("./torn")) == "./torn: its interpreter was not found (look at its first line)"


def test_a_file_that_is_not_executable_is_found_and_refused(tmp_path: Path) -> None:
    path = script(tmp_path, "plain", "echo never\n", mode=0o644)
    error = refusal(path)
    assert type(error) is CommandNotExecutableError
    assert str(error) == f"{path}: permission denied"


def test_a_folder_is_found_and_refused(tmp_path: Path) -> None:
    error = refusal(str(tmp_path))
    assert type(error) is CommandNotExecutableError
    assert str(error) == f"{tmp_path}: is a folder"


def test_the_folder_itself_is_a_folder() -> None:
    assert str(refusal(".")) == ".: is a folder"


def test_a_folder_in_the_folder_where_it_would_run_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert str(refusal("./sub", cwd=str(tmp_path))) == "./sub: is a folder"


def test_a_folder_that_is_missing_is_blamed_and_not_the_command(tmp_path: Path) -> None:
    error = refusal("true", cwd=f"{tmp_path}/missing")
    assert type(error) is CommandNotFoundError
    assert str(error) == f"{tmp_path}/missing: no such folder to run true in"


def test_a_word_that_no_command_can_have_is_refused() -> None:
    """The system's words end at a NUL; it must not look as if the command had run and failed."""
    with pytest.raises((ParlError, ValueError)):
        run("true", "a\0b").unwrap()


def test_the_path_is_searched_past_what_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, mode, text in (("1", 0o644, "exit 1"), ("2", 0o755, "exit 42")):
        (tmp_path / name).mkdir()
        script(tmp_path / name, "tool", f"#!/bin/sh\n{text}\n", mode)
    monkeypatch.setenv("PATH", f"/no/such/folder:{tmp_path}/1:{tmp_path}/2:{os.environ['PATH']}")
    assert run("tool").exit_code == 42


def test_of_what_cannot_be_run_on_the_path_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "tool", "exit 1", 0o644)
    monkeypatch.setenv("PATH", f"{tmp_path}:/no/such/folder")
    assert type(refusal("tool")) is CommandNotExecutableError


def test_a_script_without_a_first_line_runs_by_sh(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = script(tmp_path, "bare", 'echo "$0 $1 $#"\nexit 7\n')
    assert run(path, "a b", "c").exit_code == 7
    assert capfd.readouterr().out == f"{path} a b 2\n"


def test_a_script_without_a_first_line_runs_from_the_path_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "bare", "exit 7\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert run("bare").exit_code == 7


def test_a_shell_line_is_run_by_the_shell() -> None:
    assert run(*shell_argv("exit $((40 + 2))")).exit_code == 42


# What it finds


def test_it_runs_in_its_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("pwd", "-P", cwd=str(tmp_path)).is_success
    assert capfd.readouterr().out == f"{tmp_path.resolve()}\n"


def test_a_relative_command_is_meant_from_its_folder(tmp_path: Path) -> None:
    script(tmp_path, "tool", "#!/bin/sh\nexit 42\n")
    assert run("./tool", cwd=str(tmp_path)).exit_code == 42


def test_a_relative_command_that_its_folder_does_not_have_is_no_such_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    script(here, "tool", "#!/bin/sh\nexit 42\n")
    monkeypatch.chdir(here)
    assert str(refusal("./tool", cwd=str(there))) == "./tool: no such file"


def test_null_stdin_gives_it_nothing_to_read() -> None:
    command = [sys.executable, "-c", _RUN_ONE.replace("sys.argv[1:]", "['cat'], null_stdin=True")]
    ended = subprocess.run(command, input="unread", capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=ROOT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_without_it_it_reads_our_stdin() -> None:
    ended = run_python(_RUN_ONE, "cat", input="read this")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "read this", "")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LANG": "C", "A": "b c\n"},
        {"LC_ALL": "C"},
        {"LC_CTYPE": "C.UTF-8"},
        {"LC_CTYPE": "POSIX"},
        {"PYTHONCOERCECLOCALE": "0", "EMPTY": ""},
        {b"BYTES": b"\xff\xfe"},
    ],
    ids=str,
)
def test_the_environment_is_the_one_it_would_have_without_parl(environment: dict[str, str]) -> None:
    # In the C locale Python sets LC_CTYPE for itself; nobody else must see that.
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    environment = {"PATH": os.environ["PATH"]} | measured | environment
    bare = subprocess.run(["env", "-0"], env=environment, capture_output=True, check=True).stdout
    command = [sys.executable, "-c", _RUN_ONE, "env", "-0"]
    through = subprocess.run(command, env=environment, capture_output=True, cwd=ROOT, check=True).stdout
    assert sorted(through.split(b"\0")) == sorted(bare.split(b"\0"))


def test_a_variable_changed_by_the_program_reaches_the_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SET_A_MOMENT_AGO", "yes")
    run("sh", "-c", "echo $SET_A_MOMENT_AGO")
    assert capfd.readouterr().out == "yes\n"


def test_variables_are_added_to_its_environment_and_to_nobody_elses(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLACED", "old")
    monkeypatch.setenv("KEPT", "kept")
    before = dict(os.environ)
    variables = {"REPLACED": "new", "ADDED": "two\nlines = 2", "EMPTY": ""}
    run("sh", "-c", 'echo "$REPLACED|$KEPT|$ADDED|${EMPTY-unset}"', variables=variables)
    assert capfd.readouterr().out == "new|kept|two\nlines = 2|\n"
    assert dict(os.environ) == before


@pytest.mark.parametrize("variables", [None, {}])
def test_without_variables_it_has_the_environment_that_we_have(
    variables: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEPT", "kept")
    run("sh", "-c", 'echo "$KEPT"', variables=variables)
    assert capfd.readouterr().out == "kept\n"


def test_variables_of_any_bytes_reach_it(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    run("sh", "-c", 'printf %s "$BYTES"', variables={"BYTES": "gr\u00fcn \udcff"})
    assert capfdbinary.readouterr().out == b"gr\xc3\xbcn \xff"


def test_a_path_among_the_variables_is_where_it_is_looked_for(tmp_path: Path) -> None:
    script(tmp_path, "tool", "#!/bin/sh\nexit 42\n")
    assert run("tool", variables={"PATH": str(tmp_path)}).exit_code == 42
    assert str(refusal("sh", variables={"PATH": str(tmp_path)})) == "sh: command not found"


def test_a_closed_pipe_kills_it_as_any_command() -> None:
    # Python ignores SIGPIPE; a command that inherited that would write on and complain.
    assert run("sh", "-c", "kill -PIPE $$; echo survived") == Outcome(signal=signal.SIGPIPE)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_its_signals_are_as_without_parl() -> None:
    command = ["grep", "-E", "^(SigBlk|SigIgn|SigCgt)", "/proc/self/status"]
    bare = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert bare.count("\n") == 3
    assert run_python(_RUN_ONE, *command).stdout == bare
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    ignored = run_python(ignoring + _RUN_ONE, *command).stdout
    before, mask, after = re.split(r"(?<=SigIgn:\t)(\w+)", bare)
    assert ignored == f"{before}{int(mask, 16) | 2:016x}{after}", "nohup's way is kept"


def test_inherited_descriptors_stay_open_for_it() -> None:
    # make hands its jobserver down like that.
    reader, writer = os.pipe()
    try:
        ended = run_python(
            _RUN_ONE, sys.executable, "-c", f"import os; os.write({writer}, b'token')", pass_fds=[writer]
        )
        assert ended.returncode == 0
        assert os.read(reader, 100) == b"token"
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_it_gets_no_descriptor_of_ours() -> None:
    listing = ["ls", "/proc/self/fd"]
    bare = subprocess.run(listing, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
    assert run_python(_RUN_ONE, *listing, stdin=subprocess.DEVNULL).stdout == bare


def test_it_stays_in_our_process_group(capfd: pytest.CaptureFixture[str]) -> None:
    run("sh", "-c", "ps -o pgid= -p $$")
    assert int(capfd.readouterr().out) == os.getpgrp()


# Aborts


def test_an_abort_before_the_run_ends_it(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    job = CommandJob(["sh", "-c", f"exec 9>{lifeline.path}; echo ready >&9; sleep 60"])
    job.start()
    assert lifeline.read_line() == "ready"
    flag.set("early")
    with closing(job):
        assert job.run(flag) == Outcome(aborted_by="early")
    assert lifeline.read_to_the_end() == ""


def test_an_abort_at_once_finds_even_what_is_just_being_born() -> None:
    for _ in range(20):
        assert run_aborted("sleep", "60") == Outcome(aborted_by="early")


WILLING = pytest.mark.parametrize(
    "tree",
    [
        pytest.param("sleep 60", id="a child"),
        pytest.param("exec sleep 60", id="the command itself"),
        pytest.param("sleep 60 & sleep 60 & (sleep 60 & sleep 60); wait", id="children and grandchildren"),
        pytest.param("sh -c 'sh -c \"sleep 60; :\"; :'; :", id="a chain"),
        pytest.param("sleep 60 & kill -STOP $!; wait", id="a stopped child"),
        pytest.param("kill -STOP $$", id="stopped itself"),
        pytest.param("sh -c 'trap \"\" INT; sleep 60 & wait'", id="one that ignores INT"),
    ],
)


@WILLING
def test_an_abort_ends_a_willing_tree_without_using_the_grace(lifeline: Lifeline, tree: str) -> None:
    flag = AbortFlag()
    running = begin(CommandJob(["sh", "-c", f"exec 9>{lifeline.path}; echo ready >&9; {tree}"], grace_seconds=30), flag)
    assert lifeline.read_line() == "ready"
    began = monotonic()
    flag.set(KeyPressed("x"))
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by=KeyPressed("x"))
    assert lifeline.read_to_the_end() == ""
    assert monotonic() - began < 10


_UNWILLING = 'trap "" TERM INT HUP; echo ready >&9; while :; do sleep 60; done'
_UNWILLING_LEAF = "(trap '' TERM; echo ready >&9; while :; do sleep 60; done) & wait"


# Refuses a request to end, and says so.
UNHURRIED = """
import os, signal, sys
lifeline = os.open(sys.argv[1], os.O_WRONLY)
signal.signal(signal.SIGTERM, lambda *_: os.write(lifeline, b"no\\n"))
os.write(lifeline, b"ready\\n")
while True:
    signal.pause()
"""

UNWILLING = pytest.mark.parametrize("tree", [_UNWILLING, _UNWILLING_LEAF], ids=["all", "the leaf alone"])


@UNWILLING
def test_a_tree_that_ignores_requests_is_killed_after_the_grace(lifeline: Lifeline, tree: str) -> None:
    flag = AbortFlag()
    running = begin(CommandJob(["sh", "-c", f"exec 9>{lifeline.path}; {tree}"], grace_seconds=0.2), flag)
    assert lifeline.read_line() == "ready"
    began = monotonic()
    flag.set("key")
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert 0.2 <= monotonic() - began < 10
    assert lifeline.read_to_the_end() == ""


def test_being_hurried_it_kills_at_once(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    job = CommandJob([sys.executable, "-c", UNHURRIED, lifeline.path], grace_seconds=50)
    running = begin(job, flag)
    assert lifeline.read_line() == "ready"
    flag.set("key")
    assert lifeline.read_line() == "no"
    began = monotonic()
    job.hurry()
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert lifeline.read_to_the_end() == ""
    assert monotonic() - began < 10


def test_without_any_grace_it_is_killed_at_once(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    running = begin(CommandJob(["sh", "-c", f"exec 9>{lifeline.path}; {_UNWILLING}"], grace_seconds=0), flag)
    assert lifeline.read_line() == "ready"
    flag.set("key")
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert lifeline.read_to_the_end() == ""


# Forks so fast that an abort meets it between two forks.
_FORKING = "i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); done; wait"


def test_what_is_forked_during_an_abort_does_not_escape(tmp_path: Path) -> None:
    for number in range(30):
        lifeline = Lifeline(tmp_path / str(number))
        flag = AbortFlag()
        running = begin(CommandJob(["sh", "-c", f"exec 9>{lifeline.path}; echo ready >&9; {_FORKING}"]), flag)
        assert lifeline.read_line() == "ready"
        flag.set("key")
        assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
        assert lifeline.read_to_the_end() == ""
        lifeline.close()


# Cleans up after an interrupt, as long as nobody asks it to end besides.
_TIDY = """
import os, signal, sys
lifeline = os.open(sys.argv[1], os.O_WRONLY)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
os.write(lifeline, f"{os.getpid()}\\n".encode())
signal.sigwait([signal.SIGINT])
asked = signal.sigtimedwait([signal.SIGTERM], 0.3)
os.write(lifeline, b"terminated\\n" if asked else b"cleaned\\n")
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="has no sigtimedwait")
def test_after_a_typed_interrupt_it_may_say_its_last_words(lifeline: Lifeline) -> None:
    # Ctrl-C reached the whole group; a TERM at once would cut short what it does about it.
    flag = AbortFlag()
    running = begin(CommandJob([sys.executable, "-c", _TIDY, lifeline.path], grace_seconds=20), flag)
    os.kill(int(lifeline.read_line()), signal.SIGINT)
    flag.set(SignalReceived(signal.SIGINT, by_terminal=True))
    assert running.result(PATIENCE_SECONDS).is_aborted
    assert lifeline.read_to_the_end() == "cleaned\n"


def test_what_outlived_an_abort_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outlived(7, CommandJob(["sleep", "60"]), monkeypatch) == Outcome(aborted_by="key", survivors=(7,))


def test_hurrying_a_job_that_has_ended_or_not_begun_does_nothing() -> None:
    job = CommandJob(["true"])
    job.hurry()
    job.start()
    assert job.run(AbortFlag()) == Outcome()
    job.hurry()
    job.close()
    job.hurry()


def test_a_command_that_reads_no_terminal_says_so() -> None:
    job = CommandJob(["true"])
    assert not job.reads_terminal()
    job.start()
    assert job.run(AbortFlag()) == Outcome()
    assert not job.reads_terminal()
    job.close()
    assert not job.reads_terminal()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    run("true")
    refusal("no-such-program-here")
    refusal("true", cwd=f"{tmp_path}/missing")
    run_aborted("sleep", "60")
    CommandJob(["true"]).close()
    assert os.listdir("/proc/self/fd") == before


def test_no_zombie_is_left() -> None:
    run("sh", "-c", "true & true & true")
    refusal("no-such-program-here")
    run_aborted("sh", "-c", "sleep 60 & sleep 60")
    children = psutil.Process().children()  # multiprocessing may have some of its own
    assert [child for child in children if child.status() == psutil.STATUS_ZOMBIE] == []


# Daemons


def test_the_daemon_of_a_command_that_ended_well_is_left_alone(lifeline: Lifeline) -> None:
    # It holds our stdout, too.
    assert run("sh", "-c", f"sleep 60 & echo $! >{lifeline.path}") == Outcome()
    daemon = int(lifeline.read_line())
    assert is_alive(daemon)
    os.kill(daemon, signal.SIGKILL)


class Owner:
    """A process of its own that runs a command with owns_children: it takes in every orphan, and reaps them all."""

    def __init__(self, command: str, grace_seconds: float) -> None:
        arguments = [sys.executable, "-c", _RUN_OWNING_CHILDREN, json.dumps(["sh", "-c", command]), str(grace_seconds)]
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )

    def abort(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("abort\n")

    def outcome(self) -> list[object]:
        """Return exit code, what aborted it, survivors."""
        assert self.process.stdout is not None
        return list(json.loads(self.process.stdout.readline()))


@contextmanager
def owner_of(command: str, grace_seconds: float = 20) -> Iterator[Owner]:
    owner = Owner(command, grace_seconds)
    try:
        yield owner
        owner.process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        owner.process.kill()
        owner.process.wait()


linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans that left the group get away")
needs_setsid = pytest.mark.skipif(not Path("/usr/bin/setsid").exists(), reason="needs setsid(1)")


@linux
@needs_setsid
@pytest.mark.parametrize(
    "tree",
    [
        pytest.param("setsid sleep 60 & echo ready >&9; wait", id="setsid"),
        pytest.param("(sleep 60 &); echo ready >&9; sleep 60", id="double fork"),
        pytest.param("setsid sh -c 'sleep 60 & exit'; echo ready >&9; sleep 60", id="daemon of its own session"),
        pytest.param("(setsid sh -c '(sleep 60 &) ; sleep 60' &); echo ready >&9; sleep 60", id="daemon's children"),
        pytest.param("(sleep 60 & kill -STOP $!); echo ready >&9; sleep 60", id="stopped orphan"),
    ],
)
def test_nothing_escapes_an_abort(lifeline: Lifeline, tree: str) -> None:
    with owner_of(f"exec 9>{lifeline.path}; {tree}") as owner:
        assert lifeline.read_line() == "ready"
        began = monotonic()
        owner.abort()
        assert owner.outcome() == [0, "key", []]
        assert lifeline.read_to_the_end() == ""
        assert monotonic() - began < 10, "no grace was needed"


@linux
def test_what_is_forked_during_an_abort_comes_to_us_and_is_ended(tmp_path: Path) -> None:
    for number in range(10):
        lifeline = Lifeline(tmp_path / str(number))
        with owner_of(f"exec 9>{lifeline.path}; echo ready >&9; {_FORKING}") as owner:
            assert lifeline.read_line() == "ready"
            owner.abort()
            assert owner.outcome() == [0, "key", []]
            assert lifeline.read_to_the_end() == ""
        lifeline.close()


@linux
def test_a_daemon_that_ignores_requests_is_killed_after_the_grace(lifeline: Lifeline) -> None:
    command = f"exec 9>{lifeline.path}; (trap '' TERM HUP INT; (echo ready >&9; exec sleep 60) &); sleep 60"
    with owner_of(command, grace_seconds=0.2) as owner:
        assert lifeline.read_line() == "ready"
        owner.abort()
        assert owner.outcome() == [0, "key", []]
        assert lifeline.read_to_the_end() == ""


@linux
def test_the_daemon_of_a_success_is_left_alone_by_whoever_owns_its_children(lifeline: Lifeline) -> None:
    with owner_of(f"(sleep 60 & echo $! >{lifeline.path}); exit 3") as owner:
        daemon = int(lifeline.read_line())
        assert owner.outcome() == [3, None, []]
        assert is_alive(daemon)
        os.kill(daemon, signal.SIGKILL)


@linux
def test_orphans_that_end_meanwhile_leave_the_commands_code_alone() -> None:
    with owner_of("(sh -c 'exit 9' &) ; (sh -c 'exit 8' &) ; (true &) ; wait; exit 5") as owner:
        assert owner.outcome() == [5, None, []]


@linux
def test_the_command_is_terminated_when_we_are_killed(lifeline: Lifeline) -> None:
    with owner_of(f"exec 9>{lifeline.path}; echo ready >&9; exec sleep 60") as owner:
        assert lifeline.read_line() == "ready"
        owner.process.kill()
        assert lifeline.read_to_the_end() == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [("make -j4", "'make -j4' is one string"), ([], "an empty command"), (["", "x"], "an empty command")],
    ids=["string", "nothing", "empty"],
)
def test_what_is_no_list_of_words_is_refused(words: str | list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CommandJob(words)


def test_where_others_collect_our_children_the_lost_exit_code_is_told() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert str(refusal("true")) == "true: its exit code was lost, as this process lets others collect it"
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.ENOMEM])
def test_a_system_that_has_no_more_is_not_the_commands_fault(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(code, os.strerror(code))

    with closing(CommandJob(["true"])) as job:
        job.start()
        with monkeypatch.context() as full:
            full.setattr(job._tree, "wait", refuse)
            assert str(job.run(AbortFlag()).error) == f"true: cannot be started: {os.strerror(code).lower()}"


def test_without_a_process_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(os, "fork", refuse)
    with closing(CommandJob(["true"])) as job, pytest.raises(ParlError, match=r"^true: cannot be started: "):
        job.start()
