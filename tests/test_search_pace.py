"""A filter that looks at a long list between keys."""

from __future__ import annotations

import asyncio

from parl.cli.search_pace import SearchPace
from parl.core.pick_list import PickList


def test_however_often_it_is_asked_for_one_slice_follows_the_other() -> None:
    picks = PickList([f"item {number}" for number in range(10_000)])
    picks.filter("item 9")
    slices: list[int] = []

    async def search() -> int:
        loop = asyncio.get_running_loop()
        calls = 0
        call_soon = loop.call_soon

        def count(callback, *arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += getattr(callback, "__self__", None) is pace
            return call_soon(callback, *arguments, **options)

        pace = SearchPace(picks, lambda: slices.append(len(picks)))
        loop.call_soon = count  # type: ignore[method-assign]
        for _ in range(50):
            pace.look_soon()
        while picks.is_searching:
            await asyncio.sleep(0)
        return calls

    assert asyncio.run(search()) <= len(slices) + 2
    assert slices[-1] == len(picks) > 1000


def test_a_list_that_nobody_filters_is_painted_when_it_grows() -> None:
    painted: list[bool] = []

    async def grow() -> None:
        SearchPace(PickList(["one"]), lambda: painted.append(True)).look_soon()
        await asyncio.sleep(0.001)

    asyncio.run(grow())
    assert painted == [True]
