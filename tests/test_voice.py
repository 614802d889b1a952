"""What parl says on stderr."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from parl.cli.voice import Voice, elapsed
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Outcome

CTRL_C = SignalReceived(signal.SIGINT, by_terminal=True)

MakeVoice = Callable[..., Voice]


@pytest.fixture(params=[True, False], ids=["terminal", "no terminal"])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("parl.cli.voice.stderr_is_terminal", lambda: request.param)
    return bool(request.param)


@pytest.fixture(params=[True, False], ids=["quiet", "not quiet"])
def quiet(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def voice(terminal: bool, quiet: bool) -> Voice:
    return Voice(quiet=quiet, abort_keys=None)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return what came on stderr; on stdout nothing may."""

    def read() -> str:
        streams = capsys.readouterr()
        assert streams.out == ""
        return streams.err

    return read


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.04, "0.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (60, "1 min 00 s"),
        (61.4, "1 min 01 s"),
        (119.6, "2 min 00 s"),
        (754, "12 min 34 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (3600, "1 h 00 min"),
        (7384, "2 h 03 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_elapsed_time_reads_well(seconds: float, words: str) -> None:
    assert elapsed(seconds) == words


def test_the_prompt_is_for_a_terminal(voice: Voice, terminal: bool, quiet: bool, said: Callable[[], str]) -> None:
    voice.listening()
    assert said() == ("Press any key to abort compilation!\n" if terminal and not quiet else "")


@pytest.mark.parametrize(
    ("keys", "words"), [(("q",), "q"), (("q", "esc"), "q or esc"), (("a", "b", "c"), "a or b or c")]
)
def test_the_prompt_names_the_abort_keys(
    monkeypatch: pytest.MonkeyPatch, said: Callable[[], str], keys: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr("parl.cli.voice.stderr_is_terminal", lambda: True)
    Voice(quiet=False, abort_keys=keys).listening()
    assert said() == f"Press {words} to abort compilation!\n"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(seconds=12.3), "Compilation successful! (12.3 s)\n"),
        (Outcome(exit_code=2, seconds=12.3), "Compilation failed: exit 2 (12.3 s)\n"),
        (Outcome(signal=signal.SIGTERM, seconds=90), "Compilation failed: SIGTERM (1 min 30 s)\n"),
        (Outcome(signal=99, seconds=1), "Compilation failed: signal 99 (1.0 s)\n"),
    ],
)
def test_the_verdict_is_for_a_terminal(
    voice: Voice, terminal: bool, quiet: bool, said: Callable[[], str], outcome: Outcome, words: str
) -> None:
    voice.verdict(outcome)
    assert said() == (words if terminal and not quiet else "")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (KeyPressed("q"), "Aborted by user!\n"),
        (CTRL_C, "Aborted by user!\n"),
        (SignalReceived(signal.SIGTERM), "parl: ended by SIGTERM\n"),
        ("somebody else", "parl: somebody else\n"),
    ],
)
def test_an_abort_is_said_everywhere_unless_quiet(
    voice: Voice, quiet: bool, said: Callable[[], str], reason: object, words: str
) -> None:
    voice.verdict(Outcome(aborted_by=reason))
    assert said() == ("" if quiet else words)
    voice.abort(Outcome(aborted_by=reason))
    assert said() == ("" if quiet else words)


def test_a_time_out_is_an_error_so_it_is_always_said(voice: Voice, said: Callable[[], str]) -> None:
    voice.verdict(Outcome(aborted_by=TimedOut(90)))
    assert said() == "parl: timed out after 1 min 30 s\n"


def test_what_could_not_be_ended_is_always_said(voice: Voice, said: Callable[[], str]) -> None:
    voice.abort(Outcome(aborted_by=TimedOut(1), survivors=(123, 456)))
    assert said().splitlines()[-1] == "parl: still running: 123, 456 (not ours to signal, or stuck in the kernel)"


def test_a_long_end_is_told_to_a_terminal(voice: Voice, terminal: bool, quiet: bool, said: Callable[[], str]) -> None:
    voice.ending_slowly()
    assert said() == ("Ending... (once more kills it at once)\n" if terminal and not quiet else "")


def test_leaving_the_keys_is_said_once_with_the_way_out(voice: Voice, quiet: bool, said: Callable[[], str]) -> None:
    voice.leaving_keys()
    first = said()
    voice.leaving_keys()
    assert said() == ""
    assert first.count("\n") == (0 if quiet else 1)
    assert ("--stdin inherit" in first) is not quiet


def test_what_a_projects_file_has_run_is_said(voice: Voice, quiet: bool, said: Callable[[], str]) -> None:
    voice.running("parl.toml", "make -j8")
    assert said() == ("" if quiet else "parl: running make -j8 (from parl.toml)\n")


def test_a_terminal_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("click.secho", gone)
    voice = Voice(quiet=False, abort_keys=None)
    voice.listening()
    voice.ending_slowly()
    voice.verdict(Outcome(aborted_by=KeyPressed("q")))
