"""The examples run, and show what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parl.testing import FakeClock, FakeKeyboard

EXAMPLES = Path(__file__).parent.parent / "examples"


def _import(name: str) -> object:
    import importlib.util

    specification = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def test_in_the_game_loop_contributors_join_and_leave(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    _import("game_loop").main(FakeKeyboard(clock), clock)  # type: ignore[attr-defined]
    frames = capsys.readouterr().out.splitlines()
    assert "M" in frames[0]
    assert "-" not in frames[0], "a projectile joins after the frame in which it is born"
    assert frames[1].index("-") == 1 + 2
    assert "-" in frames[15]
    assert all("M" in frame for frame in frames[:-1])
    assert frames[-1] == "|", "the monster has left, and so has the projectile that hit it"


def test_a_key_leaves_the_game_loop(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    _import("game_loop").main(FakeKeyboard(clock, (0.2, "q")), clock)  # type: ignore[attr-defined]
    frames = capsys.readouterr().out.splitlines()
    assert len(frames) in (4, 5), "one every twentieth of a second"
    assert clock.now() == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("name", "size", "last"),
    [
        ("stop_a_function", 100, "25 primes below 100"),
        ("worker_pool", 3000, "The longest one takes 216 steps"),
    ],
)
def test_what_nobody_stops_finishes(name: str, size: int, last: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {name} as example\nif __name__ == '__main__': example.main({size})"],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=50,
        check=True,
    )
    assert (done.stdout.splitlines()[-1], done.stderr) == (last, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pseudo-terminal")
@pytest.mark.parametrize(
    ("name", "begun", "processes", "last"),
    [
        ("stop_a_function", "press any key", 2, "Stopped"),
        ("cooperative_worker", "page 1", 1, "stopped by KeyPressed(key='x')"),
        ("worker_pool", "press any key", 4, "Stopped"),
        ("compiler", "database..", 1, "Aborted by user!"),
    ],
)
def test_a_key_stops_the_function(name: str, begun: str, processes: int, last: str) -> None:
    from tests.terminal import Session, wait_until

    with Session([sys.executable, str(EXAMPLES / f"{name}.py")]) as session:
        session.expect(begun)
        wait_until(session.is_listening, "the keyboard")
        # What comes before the job has begun may still be type-ahead.
        wait_until(lambda: len(session.survivors()) >= processes, "the job")
        session.press("x")
        session.expect(last)
        assert session.wait() == 0
        # multiprocessing has a process that ends when it sees that we have.
        wait_until(lambda: session.survivors() == [], "the end of all that it started", seconds=1)


def _makefile(folder: Path) -> list[str]:
    """Return how to make, in *folder*, the example's parts, which are quickly done."""
    recipe = (EXAMPLES / "Makefile").read_text(encoding="utf-8")
    assert "seq 1 200000" in recipe
    (folder / "Makefile").write_text(recipe.replace("seq 1 200000", "seq 1 $(SIZE)"), encoding="utf-8")
    return ["make", "-C", str(folder), "-j4"]


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("has_parl", [True, False])
def test_the_makefile_makes_all_parts_under_parl_and_without_it(tmp_path: Path, has_parl: bool) -> None:
    from tests.piped import PARL, plain_environment

    (tmp_path / "bin").mkdir()
    for name in ("make", "sh", "seq", "sort", "cksum", "mkdir"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.path.dirname(PARL)}" if has_parl else str(tmp_path / "bin")
    command = [*_makefile(tmp_path), "SIZE=9"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=plain_environment(PATH=path), timeout=50, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "all parts are there" in done.stdout
    assert len(os.listdir(tmp_path / "build")) == 8


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("make") is None, reason="a POSIX pseudo-terminal, and make")
def test_a_key_ends_what_the_makefile_makes(tmp_path: Path) -> None:
    from tests.piped import PARL
    from tests.terminal import Session, wait_until

    path = f"{os.path.dirname(PARL)}:{os.environ['PATH']}"
    with Session([*_makefile(tmp_path), "SIZE=inf"], env={"PATH": path}) as session:
        session.expect("Press any key")
        wait_until(lambda: len(session.survivors()) > 8, "four recipes at once")
        session.press("x")
        session.expect("Aborted by user!")
        assert session.wait() == 2, "make's own code for any failure"
        assert session.survivors() == []
    assert os.listdir(tmp_path / "build") == [], "nothing half made"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_menu_script_asks_does_and_asks_again(tmp_path: Path) -> None:
    from tests.piped import PARL, plain_environment

    (tmp_path / "newest.txt").write_text("")
    path = f"{os.path.dirname(PARL)}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", str(EXAMPLES / "menu.sh"), str(tmp_path)],
        input="2\n7\n4\n",
        capture_output=True,
        text=True,
        env=plain_environment(PATH=path),
        timeout=50,
        check=False,
    )
    assert done.returncode == 0
    assert "newest.txt" in done.stdout
    assert done.stderr.count("1. How full the disk is") == 2
    assert "'7' is out of range" in done.stderr or "7 is out of range" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize(
    ("command", "code", "words"),
    [(["true"], 0, "built"), (["false"], 1, "failed")],
)
def test_the_build_script_branches(command: list[str], code: int, words: str) -> None:
    from tests.piped import PARL, plain_environment

    environment = plain_environment(PATH=f"{os.path.dirname(PARL)}:{os.environ['PATH']}")
    script = [str(EXAMPLES / "build.sh"), *command]
    done = subprocess.run(script, capture_output=True, text=True, env=environment, timeout=50, check=False)
    assert done.returncode == code
    assert words in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_build_script_knows_an_abort() -> None:
    from tests.piped import PARL
    from tests.terminal import Session, wait_until

    path = f"{os.path.dirname(PARL)}:{os.environ['PATH']}"
    with Session([str(EXAMPLES / "build.sh"), "sleep", "60"], env={"PATH": path}) as session:
        session.expect("Press any key")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("stopped by a key")
        assert session.wait() == 0


def test_sources_are_compiled_by_a_program(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("x = \n")
    done = subprocess.run(
        [sys.executable, EXAMPLES / "compile_sources.py", tmp_path],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=50,
        check=False,
    )
    assert done.stdout.splitlines() == [
        f"{tmp_path / 'bad.py'}:1:5: error: invalid syntax",
        "1 compiled, 0 up to date, 1 failed",
    ]
    assert "2 of 2" in done.stderr
    assert done.returncode == 1


def test_the_sleeper_snores_until_the_timer_wakes_it(capsys: pytest.CaptureFixture[str]) -> None:
    sleeper = _import("sleeper")
    sleeper.SECONDS_A_SNORE = 0.01  # type: ignore[attr-defined]
    sleeper.sleep_and_snore(0.2)  # type: ignore[attr-defined]
    *snores, last = capsys.readouterr().out.splitlines()
    assert set(snores) == {"Zzz..."}
    assert last == "Oops, woke up!"


def test_in_the_kitchen_timers_are_put_off_and_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    _import("kitchen").cook(0.05)  # type: ignore[attr-defined]
    assert capsys.readouterr().out.splitlines() == [
        "the milk is off the stove: True",
        "5 minutes to go",
        "3 minutes to go",
        "something broke: KeyError('salt')",
        "a little longer: True",
        "3 minutes to go",
        "1 minutes to go",
        "the bread is ready",
    ]


def test_the_lessons_menu_calls_asks_and_survives_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["1", "2", "3", "yes", "3", "", "4", "5", "5", "99"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(answers))
    _import("menu").main()  # type: ignore[attr-defined]
    lines = capsys.readouterr().out.splitlines()
    assert lines[:8] == [
        "Document",
        "1. Print",
        "2. Edit",
        "3. Erase",
        "4. Count how often this was chosen",
        "5. Take this line out of the menu",
        "99. exit",
        "Print logic to come here...",
    ]
    said = [line for line in lines[8:] if line != "Document" and line[0] not in "12345" + "9"]
    assert said[0] == "Edit logic for the document to come here..."
    assert said[1].startswith("Erase failed: PermissionError: the document is read-only (menu.py:")
    assert said[2] == "Erase: not run"
    assert "1 so far" in lines
    assert any(line.startswith("5 is out of range; type 1 to 4") for line in lines), "it took itself out"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pseudo-terminal")
def test_in_the_chooser_script_two_choices_lead_to_a_count(tmp_path: Path) -> None:
    from tests.piped import PARL
    from tests.terminal import Session

    (tmp_path / "one.txt").write_text("line\n" * 7)
    (tmp_path / "other.txt").write_text("")
    path = f"{Path(PARL).parent}{os.pathsep}{os.environ['PATH']}"
    with Session(["sh", str(EXAMPLES / "choose.sh")], env={"PATH": path}, cwd=str(tmp_path)) as session:
        session.expect("File?")
        session.press("one\r")
        session.expect("And then?")
        session.press("co\r")
        session.expect("7 ./one.txt")
        assert session.wait() == 0
