"""Every alarm keeps the same contract: one thread waits, any thread wakes it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from math import inf

import pytest

from parl.platform import boot_seconds, open_alarm
from parl.platform.alarm import Alarm, EventAlarm
from tests.conftest import PATIENCE_SECONDS

if sys.platform == "linux":
    from parl.platform.linux_alarm import LinuxAlarm

linux = pytest.mark.skipif(sys.platform != "linux", reason="the alarm of Linux")


def event_alarm() -> Alarm:
    return EventAlarm(boot_seconds, lambda event, seconds: event.wait(seconds))


def linux_alarm() -> Alarm:
    return LinuxAlarm()


@pytest.fixture(params=[event_alarm, pytest.param(linux_alarm, marks=linux)])
def alarm(request: pytest.FixtureRequest) -> Iterator[Alarm]:
    with closing(request.param()) as alarm:
        yield alarm


def descriptors() -> set[int]:
    """Return those that are open; not the one that the folder itself was read by."""
    return {int(name) for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")}


def wait_aside(alarm: Alarm, until: float | None, then: Callable[[], object] = lambda: None) -> threading.Thread:
    """Let another thread wait, and call *then* when that is over."""

    def wait() -> None:
        alarm.wait(until)
        then()

    side = threading.Thread(target=wait, daemon=True)
    side.start()
    return side


def ended(thread: threading.Thread) -> bool:
    thread.join(PATIENCE_SECONDS)
    return not thread.is_alive()


@pytest.mark.parametrize("seconds_ago", [0, 1e-9, 1, 1e5, 1e300, inf])
def test_a_moment_that_is_past_is_not_waited_for(alarm: Alarm, seconds_ago: float) -> None:
    for _ in range(3):
        assert ended(wait_aside(alarm, boot_seconds() - seconds_ago))


@pytest.mark.parametrize("until", [0.0, -0.0, -1.0])
def test_the_moment_nought_is_past_and_not_never(alarm: Alarm, until: float) -> None:
    assert ended(wait_aside(alarm, until))


def test_a_moment_comes_and_never_too_early(alarm: Alarm) -> None:
    for milliseconds in (0.01, 0.3, 1, 7, 20):
        moment = boot_seconds() + milliseconds / 1000
        returns = 0
        while boot_seconds() < moment:
            alarm.wait(moment)
            returns += 1
        assert returns < 5, "it may return early, and not be busy with that"


def test_moments_close_to_each_other_come_all(alarm: Alarm) -> None:
    moment = boot_seconds()
    for _ in range(100):
        moment += 0.0001
        while boot_seconds() < moment:
            alarm.wait(moment)


def test_who_wakes_before_the_wait_ends_the_next_one(alarm: Alarm) -> None:
    alarm.wake()
    alarm.wake()
    assert ended(wait_aside(alarm, None))


def test_a_wake_counts_once(alarm: Alarm) -> None:
    alarm.wake()
    assert ended(wait_aside(alarm, boot_seconds() + 3600))
    told: list[str] = []
    heard: list[list[str]] = []
    side = wait_aside(alarm, None, lambda: heard.append(list(told)))
    side.join(0.05)  # time to go wrong in
    told.append("woken")
    alarm.wake()
    assert ended(side)
    assert heard == [["woken"]]


@pytest.mark.parametrize("seconds", [None, 3600, 1e9, 4e9, 1e10, 1e300, inf])
def test_who_wakes_ends_the_wait_before_or_while_or_after_it_begins(alarm: Alarm, seconds: float | None) -> None:
    for _ in range(30):
        side = wait_aside(alarm, None if seconds is None else boot_seconds() + seconds)
        alarm.wake()
        assert ended(side)


def test_a_moment_that_was_given_up_does_not_come(alarm: Alarm) -> None:
    alarm.wake()
    alarm.wait(boot_seconds() + 0.01)
    told: list[str] = []
    heard: list[list[str]] = []
    side = wait_aside(alarm, None, lambda: heard.append(list(told)))
    side.join(0.05)  # the moment passes meanwhile
    told.append("woken")
    alarm.wake()
    assert ended(side)
    assert heard == [["woken"]]


def test_a_wake_after_the_end_is_harmless(alarm: Alarm) -> None:
    alarm.close()
    alarm.wake()
    alarm.close()


@linux
def test_its_descriptors_are_closed_and_not_inherited() -> None:
    before = descriptors()
    alarm = linux_alarm()
    opened = descriptors() - before
    assert len(opened) == 2
    assert not any(os.get_inheritable(descriptor) for descriptor in opened)
    alarm.close()
    assert descriptors() == before
    with open(os.devnull) as another:  # which takes the number of one of them
        alarm.wake()
        alarm.close()
        assert another.read() == ""


@linux
def test_an_alarm_that_cannot_be_had_keeps_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError("none left")

    before = descriptors()
    monkeypatch.setattr(os, "eventfd", refuse)
    with pytest.raises(OSError, match="none left"):
        linux_alarm()
    assert descriptors() == before


@linux
def test_on_linux_the_kernel_is_asked() -> None:
    with closing(open_alarm()) as alarm:
        assert isinstance(alarm, LinuxAlarm)


@linux
def test_where_the_kernel_refuses_there_is_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError("a sandbox")

    monkeypatch.setattr("parl.platform.linux_alarm.LinuxAlarm.__init__", refuse)
    with closing(open_alarm()) as alarm:
        assert isinstance(alarm, EventAlarm)
        moment = boot_seconds() + 0.01
        while boot_seconds() < moment:
            alarm.wait(moment)
        side = wait_aside(alarm, moment + 3600)
        alarm.wake()
        assert ended(side)


def test_the_clock_of_alarms_goes_on() -> None:
    seen = [boot_seconds() for _ in range(1000)]
    assert seen == sorted(seen)
