"""A queue of timers does what a sorted list would, faster."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from parl.core.timer_queue import TimerQueue


@dataclass(eq=False)
class Item:
    """An item that is like no other."""

    number: int


class Model:
    """The same as a plain list: slow, and right."""

    def __init__(self) -> None:
        self.entries: list[tuple[float, Item]] = []

    def add(self, moment: float, item: Item) -> None:
        self.entries.append((moment, item))
        self.entries.sort(key=lambda entry: entry[0])  # a stable sort: equal moments stay in order

    def pop(self, now: float) -> Item | None:
        return self.entries.pop(0)[1] if self.entries and self.entries[0][0] <= now else None

    def first(self) -> float | None:
        return self.entries[0][0] if self.entries else None


# Few moments, so that many are equal and come again; and some that a heap must not mistake.
moments = st.sampled_from([0.0, -0.0, 0.5, 1.0, 1.0000000000000002, 2.0, -3.0, 1e300, float("inf")]) | st.floats(
    allow_nan=False
)
steps = st.lists(
    st.tuples(st.just("add"), moments)
    | st.tuples(st.just("discard"), st.integers(0, 1000))
    | st.tuples(st.just("pop"), moments)
    | st.tuples(st.just("first"), st.none()),
    max_size=200,
)


def assert_all_left_over_is_counted(queue: TimerQueue[Item] | TimerQueue[int]) -> None:
    """Else it would not be cleared away, or again and again."""
    assert queue._stale == len(queue._heap) - len(queue._due)


@given(steps)
def test_it_does_what_a_sorted_list_does(steps: list[tuple[str, float]]) -> None:
    queue: TimerQueue[Item] = TimerQueue()
    model = Model()
    for number, (what, argument) in enumerate(steps):
        if what == "add":
            item = Item(number)
            queue.add(argument, item)
            model.add(argument, item)
        elif what == "discard" and model.entries:
            queue.discard(*model.entries.pop(int(argument) % len(model.entries)))
        elif what == "pop":
            assert queue.pop(argument) is model.pop(argument)
        elif what == "first":
            assert queue.first() == model.first()
        assert len(queue) == len({moment for moment, _ in model.entries})
        assert_all_left_over_is_counted(queue)
    while model.entries:
        assert queue.first() == model.first()
        assert queue.pop(float("inf")) is model.pop(float("inf"))
    assert queue.first() is None
    assert queue.pop(float("inf")) is None


def test_an_item_may_come_back_at_the_moment_it_left() -> None:
    queue: TimerQueue[str] = TimerQueue()
    for _ in range(1000):
        queue.add(1.0, "call")
        queue.discard(1.0, "call")
    queue.add(1.0, "call")
    assert queue.pop(0.5) is None
    assert queue.pop(1.0) == "call"
    assert queue.pop(1.0) is None
    assert queue.first() is None


def test_what_is_taken_out_before_it_is_due_gives_its_memory_back() -> None:
    queue: TimerQueue[int] = TimerQueue()
    for number in range(100_000):
        queue.add(float(number), number)
    for number in range(1, 100_000):
        queue.discard(float(number), number)
    assert len(queue._heap) < 200
    assert queue._due.__sizeof__() < 20_000, "a dictionary that is only deleted from does not shrink"
    assert_all_left_over_is_counted(queue)
    assert queue.pop(1e9) == 0
    assert queue.pop(1e9) is None


def test_adding_and_taking_out_for_ever_needs_no_more_and_more_memory() -> None:
    queue: TimerQueue[int] = TimerQueue()
    queue.add(0.0, -1)
    for number in range(100_000):
        queue.add(1e6 + number, number)
        queue.discard(1e6 + number, number)
        assert len(queue._heap) < 200
    assert queue.first() == 0.0


def test_many_of_one_moment_come_in_order_and_in_linear_time() -> None:
    queue: TimerQueue[int] = TimerQueue()
    for number in range(200_000):  # in quadratic time, hours
        queue.add(1.0, number)
    for number in range(0, 200_000, 2):
        queue.discard(1.0, number)
    assert len(queue) == 1
    assert [queue.pop(1.0) for _ in range(100_000)] == list(range(1, 200_000, 2))
    assert queue.pop(1.0) is None


def test_who_comes_while_others_of_its_moment_go_is_the_last() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.add(1.0, "a")
    queue.add(1.0, "b")
    assert queue.pop(1.0) == "a"
    queue.add(1.0, "c")
    assert [queue.pop(1.0), queue.pop(1.0), queue.pop(1.0)] == ["b", "c", None]
