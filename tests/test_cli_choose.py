"""``parl menu --choose`` between pipes: what a script gives, and gets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.conftest import PATIENCE_SECONDS
from tests.piped import PARL, Piped, piped, plain_environment
from tests.test_cli_main import assert_usage_error

Parl = Callable[..., Result]

COLORS = ("red", "green", "blue")
NO_WAY_TO_ASK = "parl menu: no terminal to choose on, and no number on stdin; --answer N,"

# On Windows it is part of the line's end, and not of the item.
CR = b"" if sys.platform == "win32" else b"\r"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX streams")


def choose(*words: str | bytes, stdin: bytes = b"", stdout: int = subprocess.PIPE) -> Piped:
    """Run ``parl menu --choose``; what it says holds no escape, and is no traceback."""
    done = piped("menu", "--choose", *words, stdin=stdin, stdout=stdout)
    assert "\x1b" not in done.err
    assert "Traceback" not in done.err
    return done


# --answer


@pytest.mark.parametrize(("number", "color"), [("1", "red"), ("3", "blue"), (" 2 ", "green"), ("02", "green")])
def test_an_answer_takes_that_number_and_asks_nothing(number: str, color: str) -> None:
    assert choose("--answer", number, *COLORS) == (0, f"{color}\n".encode(), "")


def test_the_answer_counts_what_the_query_leaves() -> None:
    assert choose("--query", "e", "--answer", "3", *COLORS).out == b"blue\n"
    assert choose("--query", "gr", "--answer", "1", *COLORS).out == b"green\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("4", "--answer: 4 is out of range; there are 1 to 3"),
        ("0", "--answer: 0 is out of range"),
        ("-1", "--answer: -1 is out of range"),
        ("x", "--answer: 'x' is not a number"),
        ("", "--answer: nothing was typed"),
        ("1 3", "--answer: '1 3' are several, and only --multi takes several; there are 1 to 3"),
        ("99", "--answer: 99 is out of range; there are 1 to 3"),
        ("²", "--answer: '²' is not a number"),
    ],
)
def test_an_answer_that_is_none_is_a_usage_error(parl: Parl, answer: str, words: str) -> None:
    assert_usage_error(parl("menu", "--choose", "--answer", answer, *COLORS), words)


@pytest.mark.parametrize("answer", ["1 3", "3,1", "3 1", "3, 1 ,3", "1 1 3"])
def test_several_answers_come_out_in_the_lists_order(answer: str) -> None:
    assert choose("--multi", "--answer", answer, *COLORS) == (0, b"red\nblue\n", "")


def test_several_answers_end_with_nul_if_asked() -> None:
    assert choose("-0", "--multi", "--answer", "1 3", *COLORS).out == b"red\0blue\0"


@pytest.mark.parametrize("answer", ["1 4", "1 x", ",", ""])
def test_one_bad_answer_of_several_is_refused(parl: Parl, answer: str) -> None:
    assert_usage_error(parl("menu", "--choose", "--multi", "--answer", answer, *COLORS), "--answer: ")


# The items


@pytest.mark.parametrize(
    "item",
    [
        b"\xff\xfe\x80",
        "é ☕ テスト é".encode(),
        b"\x1b]52;c;aGk=\x07",
        b"\x1b[2J",
        b"tab\tand\rreturn",
        b"  blanks  ",
        b"--",
        b"-x",
        b"x" * 100_000,
    ],
    ids=lambda item: ascii(item)[:12],
)
def test_bytes_from_stdin_come_back_unchanged(item: bytes) -> None:
    assert choose("--answer", "2", stdin=b"first\n" + item + b"\nlast\n") == (0, item + b"\n", "")


@pytest.mark.parametrize("item", [b"\xff\xfe\x80", "テ".encode(), b"\x1b[2J", b"two\nlines", b"tab\t"], ids=ascii)
@posix
def test_bytes_from_the_command_line_come_back_unchanged(item: bytes) -> None:
    assert choose("--answer", "1", item, "x") == (0, item + b"\n", "")


def test_items_behind_two_dashes_may_look_like_options() -> None:
    assert choose("--answer", "2", "--", "-x", "--yes").out == b"--yes\n"


def test_items_that_end_with_nul_may_have_lines() -> None:
    assert choose("-0", "--answer", "1", stdin=b"two\nlines\0other\0").out == b"two\nlines\0"


@pytest.mark.parametrize(
    ("stdin", "last"), [(b"a\nb", b"b\n"), (b"a\n\n\nb\n\n", b"b\n"), (b"a\r\nb\r\n", b"b" + CR + b"\n")]
)
def test_empty_lines_are_no_items_and_the_last_needs_no_end(stdin: bytes, last: bytes) -> None:
    assert choose("--answer", "2", stdin=stdin).out == last


@pytest.mark.parametrize("words", [(), ("--select-1",), ("--answer", "1")], ids=str)
@pytest.mark.parametrize("stdin", [b"", b"\n\n"], ids=["nothing", "empty lines"])
def test_an_empty_list_is_1(words: tuple[str, ...], stdin: bytes) -> None:
    assert choose(*words, stdin=stdin) == (1, b"", "")


# --select-1, --exit-0, --query


@pytest.mark.parametrize(("query", "color"), [("gre", "green"), ("bl", "blue"), ("^r", "red"), ("!r", "blue")])
def test_the_only_match_takes_itself(query: str, color: str) -> None:
    assert choose("--select-1", "--query", query, *COLORS) == (0, f"{color}\n".encode(), "")


def test_the_only_item_takes_itself() -> None:
    assert choose("--select-1", stdin=b"only\n") == (0, b"only\n", "")


def test_with_several_matches_one_is_asked() -> None:
    done = choose("--select-1", "--query", "re", *COLORS, stdin=b"2\n")
    assert (done.code, done.out) == (0, b"green\n")
    assert done.lines == ["1. red", "2. green", "99. exit", "> 2"]


@pytest.mark.parametrize("words", [("--exit-0",), ("--select-1", "--exit-0"), ()], ids=str)
def test_no_match_is_1_where_nobody_can_change_the_query(words: tuple[str, ...]) -> None:
    assert choose(*words, "--query", "xyz", *COLORS) == (1, b"", "")


def test_an_answer_to_a_query_without_a_match_is_no_choice() -> None:
    done = choose("--query", "xyz", "--answer", "1", *COLORS)
    assert done.code in (1, 2)
    assert done.out == b""


# In plain lines


def test_the_list_is_on_stderr_and_the_choice_on_stdout() -> None:
    done = choose(*COLORS, stdin=b"2\nrest")
    assert (done.code, done.out) == (0, b"green\n")
    assert done.lines == ["1. red", "2. green", "3. blue", "99. exit", "> 2"]


def test_several_numbers_where_one_is_asked_are_told_the_way() -> None:
    done = choose(*COLORS, stdin=b"1 2\n3\n")
    assert (done.code, done.out) == (0, b"blue\n")
    assert "'1 2' are several, and only --multi takes several; type one of 1 to 3" in done.lines


@pytest.mark.parametrize("words", ["4", "abc", "", "1 b"])
def test_what_is_no_choice_is_said_and_asked_again(words: str) -> None:
    done = choose(*COLORS, stdin=f"{words}\n3\n".encode())
    assert (done.code, done.out) == (0, b"blue\n")
    assert sum("type 1 to 3, or 99 to leave" in line for line in done.lines) == 1


def test_several_numbers_are_several_choices() -> None:
    assert choose("--multi", *COLORS, stdin=b"3 1\n").out == b"red\nblue\n"


def test_99_is_an_abort() -> None:
    done = choose(*COLORS, stdin=b"99\n")
    assert (done.code, done.out) == (130, b"")


@pytest.mark.parametrize(("prompt", "asked"), [("Colour?", "Colour? 1"), ("Colour: ", "Colour: 1"), ("> ", "> 1")])
def test_the_prompt_is_as_one_likes(prompt: str, asked: str) -> None:
    assert choose("--prompt", prompt, *COLORS, stdin=b"1\n").lines[-1] == asked


def test_a_prompt_and_labels_cannot_send_escapes() -> None:
    done = choose("--prompt", "\x1b[2J?", "\x1b]52;c;aGk=\x07", "b\tc", stdin=b"1\n")
    assert done.out == b"\x1b]52;c;aGk=\x07\n"
    assert done.lines[0] == r"1. \x1b]52;c;aGk=\x07"
    assert done.lines[-1] == r"\x1b[2J? 1"


def test_an_empty_line_takes_the_default() -> None:
    done = choose("--default", "green", *COLORS, stdin=b"\n")
    assert (done.code, done.out) == (0, b"green\n")
    assert done.lines[-1] == "[2] > "
    assert choose("--default", "green", *COLORS, stdin=b"1\n").out == b"red\n"


def test_the_end_of_input_takes_the_default_and_without_one_nothing_was_chosen() -> None:
    assert choose("--default", "green", *COLORS)[:2] == (0, b"green\n")
    assert choose(*COLORS, stdin=b"x\n")[:2] == (2, b"")
    assert choose("--default", "b", stdin=b"a\nb\n")[:2] == (0, b"b\n")


def test_a_default_that_is_no_item_is_named(parl: Parl) -> None:
    assert_usage_error(parl("menu", "--choose", "--default", "pink", *COLORS), "--default: 'pink' is not among the")


# No way to ask


def test_nobody_to_ask_is_a_usage_error_that_says_so() -> None:
    for done in (choose(stdin=b"a\nb\n"), choose("--numbered", stdin=b"a\nb\n"), choose(*COLORS)):
        assert (done.code, done.out) == (2, b"")
        assert done.lines[-1].startswith(NO_WAY_TO_ASK)


@posix
@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&-"])
def test_closed_streams_are_no_traceback(closed: str) -> None:
    for words, code in (("a b", 2), ("--answer 1 a", (0, 125)), ("", (1, 2))):
        line = f"{sys.executable} -m parl menu --choose {words} {closed}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, start_new_session=True, check=False)
        assert done.returncode in (code if isinstance(code, tuple) else (code,)), (words, done)
        assert b"Traceback" not in done.stderr
        if ">&-" in closed.split():
            assert done.returncode != 0, "what was chosen could not be written"


# --label-separator


@pytest.mark.parametrize(
    ("item", "value"),
    [("Green:g", "g"), ("plain", "plain"), ("Empty:", ""), ("A:b:c", "b:c"), (":bare", "bare")],
)
def test_what_stands_behind_the_separator_is_returned(item: str, value: str) -> None:
    assert choose("--label-separator", ":", "--answer", "1", item).out == f"{value}\n".encode()


def test_what_stands_before_it_is_shown_and_searched() -> None:
    items = b"Red\tff0000\nGreen\t00ff00\n"
    done = choose("--label-separator", "\t", "--query", "gree", "--select-1", stdin=items)
    assert done.out == b"00ff00\n"
    done = choose("--label-separator", "::", "Red::r", "Green::g", stdin=b"2\n")
    assert done.lines == ["1. Red", "2. Green", "99. exit", "> 2"]
    assert done.out == b"g\n"


@pytest.mark.parametrize("default", ["g", "Green"])
def test_the_default_may_be_named_by_both(default: str) -> None:
    assert choose("--label-separator", ":", "--default", default, "Red:r", "Green:g", stdin=b"\n").out == b"g\n"


def test_an_empty_separator_is_refused(parl: Parl) -> None:
    assert_usage_error(parl("menu", "--choose", "--label-separator", "", "--answer", "1", "a"), "--label-separator")


# --timeout


@pytest.fixture
def mute() -> Iterator[int]:
    """A stdin on which nothing ever comes."""
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


def out_of_time(stdin: int, *words: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "parl", "menu", "--choose", "--timeout", "0.2", *words],
        stdin=stdin,
        capture_output=True,
        env=plain_environment(),
        start_new_session=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [COLORS, (), ("--select-1",), ("--numbered", *COLORS)], ids=str)
def test_when_the_time_is_out_the_exit_code_says_so(mute: int, words: tuple[str, ...]) -> None:
    began = time.monotonic()
    code, out, err = out_of_time(mute, *words)
    assert time.monotonic() - began >= 0.2
    assert (code, out) == (124, b"")
    assert err.splitlines()[-1] == b"parl: timed out after 0.2 s"


@pytest.mark.parametrize("words", [COLORS, ("--multi", *COLORS), ("--select-1", *COLORS)], ids=str)
def test_when_the_time_is_out_the_default_is_taken(mute: int, words: tuple[str, ...]) -> None:
    code, out, _ = out_of_time(mute, "--default", "blue", *words)
    assert (code, out) == (0, b"blue\n")


def test_an_answer_in_time_counts() -> None:
    assert choose("--timeout", "1h", *COLORS, stdin=b"2\n")[:2] == (0, b"green\n")
    assert choose("--timeout", "1h", "--default", "red", *COLORS, stdin=b"\n")[:2] == (0, b"red\n")


# stdout that takes nothing


@posix
def test_a_stdout_that_nobody_reads_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = choose("--answer", "1", *COLORS, stdout=writer)
    os.close(writer)
    assert (done.code, done.err) == (-signal.SIGPIPE, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "wb") as full:
        done = choose("--answer", "1", *COLORS, stdout=full.fileno())
    assert (done.code, done.lines) == (125, ["parl: standard output: no space left on device"])


@pytest.mark.parametrize("words", [(), ("--numbered",), ("--answer", "1")], ids=str)
def test_prompt_toolkit_is_not_imported_where_no_screen_is_painted(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "parl", "menu", "--choose", *words, *COLORS],
        input=b"1\n",
        capture_output=True,
        env=plain_environment(),
        start_new_session=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.stdout.strip() == b"red"
    assert b"parl.cli.choose" in done.stderr
    assert b"prompt_toolkit" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="redirections of a POSIX shell")
def test_items_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {PARL} menu --choose --answer 1 0>{tmp_path}/out"],
        capture_output=True,
        text=True,
        env=plain_environment(),
        timeout=50,
        check=False,
    )
    assert done.returncode == 125
    assert done.stdout == ""
    assert done.stderr == "parl: standard input: bad file descriptor\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pipeline")
@pytest.mark.parametrize(("producer", "code"), [("true", 1), ("sleep 0.3", 1), ("sleep 0.3; echo a", 2)])
def test_a_slow_list_is_judged_as_a_fast_one(producer: str, code: int) -> None:
    line = f"({producer}) | {PARL} menu --choose --default zzz"
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        env=plain_environment(),
        timeout=50,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == code


@pytest.mark.parametrize("answer", ["0", "00", "9" * 5000])
def test_no_number_is_refused_however_slow_the_list(answer: str) -> None:
    done = choose("--answer", answer, stdin=b"a\nb\n")
    assert (done.code, done.out) == (2, b"")
    assert "out of range; there are 1 to 2" in done.lines[-1]


def test_a_list_that_never_ends_can_be_answered() -> None:
    endless = [sys.executable, "-c", "while True: print('y')"]
    with subprocess.Popen(endless, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as producer:
        done = subprocess.run(
            [sys.executable, "-m", "parl", "menu", "--choose", "--answer", "2"],
            stdin=producer.stdout,
            capture_output=True,
            env=plain_environment(),
            timeout=50,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, b"y\n")


def test_lines_that_end_in_cr_and_lf_are_known_without_and_returned_as_they_came() -> None:
    assert choose("--default", "a", stdin=b"a\r\nb\r\n")[:2] == (0, b"a" + CR + b"\n")
    assert choose("--query", "b$", "--select-1", stdin=b"a\r\nb\r\n")[:2] == (0, b"b" + CR + b"\n")
