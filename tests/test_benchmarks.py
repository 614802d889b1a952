import json
import sys
from pathlib import Path

import pytest

from benchmarks import import_tree, peers, set_up, tables
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside
from benchmarks.document import Run, Section, words_of
from benchmarks.kept import keep, kept

OURS, PEER, OTHER = "parl", "peer", "other"


def figure(*samples: float, **more: object) -> Figure:
    return Figure("what", OURS, "ms", samples, **more)


def against(peer: float, *samples: float, **bounds: object) -> Figure:
    return figure(*samples, peer=Figure("what", PEER, "ms", [peer]), target=Target(**bounds))


def test_the_95th_percentile_is_the_sample_that_95_of_100_do_not_exceed() -> None:
    assert figure(*range(1, 101)).p95 == 95
    assert figure(7.0).p95 == 7.0


def test_where_more_is_better_the_95th_percentile_is_of_the_least() -> None:
    assert figure(*range(1, 101), more_is_better=True).p95 == 6


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (against(2, 3, ratio=1.5), "met"),
        (against(2, 3.1, ratio=1.5), "MISSED: ratio"),
        (against(2, 1.8, least_ratio=0.95), "MISSED: ratio"),
        (against(2, 1, 1, 9, median=1, p95=8), "MISSED: p95"),
        (against(2, 2, 2, 3, median=1), "MISSED: median"),
        (against(0, 1, ratio=9), "MISSED: ratio"),
        (figure(1.0), ""),
    ],
)
def test_the_verdict_names_what_is_missed(found: Figure, verdict: str) -> None:
    assert found.verdict == verdict


def test_ahead_of_all_means_median_and_95th_percentile_of_every_rival() -> None:
    samples = {OURS: [1, 1, 5], PEER: [2, 2, 6], OTHER: [0.9, 3, 4]}
    ours, peer, other = beside("what", PEER, samples, {OURS: Target(ahead=True)})
    assert (ours.who, peer.who, other.who) == (OURS, PEER, OTHER)
    assert ours.verdict == "MISSED: behind other"


def test_contestants_take_turns_in_a_rotating_order_and_warm_ups_do_not_count() -> None:
    turns: list[str] = []

    def contestant(name: str) -> int:
        turns.append(name)
        return len(turns)

    samples = alternate({name: lambda name=name: contestant(name) for name in "ab"}, 2)
    assert "".join(turns) == "abbaab"
    assert samples == {"a": [4, 5], "b": [3, 6]}


def test_a_peer_that_fails_is_left_out_by_name_but_parl_must_not_fail() -> None:
    def fail() -> float:
        raise MeasurementError("no terminal")

    effort = Effort(1)
    assert effort.first_samples({OURS: lambda: 1.0, PEER: fail}, [OURS]) == {OURS: 1.0}
    assert effort.left_out == ["peer (no terminal)"]
    with pytest.raises(MeasurementError, match="no terminal"):
        effort.first_samples({OURS: fail}, [OURS])


def test_of_few_samples_the_worst_is_shown_and_of_one_none() -> None:
    tails = [tables.cells(figure(*range(1, count + 1)))[1] for count in (1, 19, 20)]
    assert tails == ["", "max 19 ms", "19 ms"]


def test_the_peer_has_the_ratio_1() -> None:
    figures = beside("what", PEER, {OURS: [3], PEER: [2]}, {})
    assert [tables.cells(each, figures)[3] for each in figures] == ["1", "1.50"]


def test_a_table_shows_the_median_the_ratio_and_the_verdict() -> None:
    ours = against(2, 3, 3, 4, ratio=1.2)
    cells = tables.plain([ours]).splitlines()[1].split("  ")
    assert [cell.strip() for cell in cells if cell] == [
        *("what: parl", "3 ms", "max 4 ms", "3", "1.50", "ratio <= 1.2", "MISSED: ratio")
    ]
    assert "| **parl** | 3 ms | max 4 ms | 3 | 1.50 | ratio <= 1.2 | MISSED: ratio |" in tables.markdown([ours])


def test_figures_of_another_size_are_another_table() -> None:
    figures = [figure(1.0, size=size) for size in (10, 1000)]
    assert [line for line in tables.markdown(figures).splitlines() if "median" in line] == [
        "| what, 10 | median | p95 | runs | ratio | target | |",
        "| what, 1,000 | median | p95 | runs | ratio | target | |",
    ]


def test_the_report_names_who_is_missing_and_what_could_not_be_measured(tmp_path: Path) -> None:
    sections = [
        Section("one", "One", "What it does.", [against(2, 3, ratio=1.2)]),
        Section("two", "Two", "Nothing.", [], trouble="no /proc"),
    ]
    Run("2026-01-01", {"memory": "1 GiB"}, {"click": "8"}, ["tini"], sections).write(str(tmp_path))
    report = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "Beside: click 8. Missing here: tini." in report
    assert "| [what](#one) | parl | 3 ms |  | 1.50 | ratio <= 1.2 | MISSED: ratio |" in report
    assert "**Not measured:** no /proc" in report
    results = json.loads((tmp_path / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert results["sections"]["one"]["figures"][0]["samples"] == [3.0]


def test_a_part_is_kept_until_it_is_measured_again(tmp_path: Path) -> None:
    assert kept("one", str(tmp_path)) is None
    for when in ("2026-01-01", "2026-01-02"):
        keep(Section("one", "One", "What it does.", [against(2, 3, ratio=1.2)], when=when), str(tmp_path))
    section = kept("one", str(tmp_path))
    assert section is not None
    assert (section.when, section.figures[0].verdict) == ("2026-01-02", "MISSED: ratio")


def test_imports_hang_below_the_module_that_imported_them() -> None:
    lines = [
        "import time: self [us] | cumulative | imported package",
        "import time:       100 |        100 |     inner",
        "import time:       200 |        300 |   middle",
        "import time:       400 |        700 | outer",
        "import time:        50 |         50 | next",
    ]
    outer, following = import_tree._parsed(lines)
    assert (outer.name, outer.milliseconds, following.name) == ("outer", 0.7, "next")
    assert outer.inner[0].inner[0].name == "inner"


def test_a_peer_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.PEERS, "no-such-peer", peers.Peer("no-such-peer"))
    monkeypatch.setitem(peers.PEERS, "no-such-program", peers.Peer())
    assert peers.version("no-such-peer") is None
    assert {"no-such-peer", "no-such-program"} <= set(peers.missing())
    assert peers.has("click")


def test_a_docstring_becomes_markdown() -> None:
    assert words_of("Runs ``true``.\n\n    Twice.\n") == "Runs `true`.\n\n    Twice."


def test_what_cannot_be_set_up_is_named_and_the_rest_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert set_up._attempt("tini", ["no-such-program"]) is False
    assert capsys.readouterr().err == "benchmarks: tini: not found\n"


def test_every_required_peer_is_pinned_and_its_version_is_reported() -> None:
    requirements = [requirement.partition(";")[0].split("==") for requirement in set_up._lines(set_up._REQUIREMENTS)]
    assert all(len(requirement) == 2 for requirement in requirements)
    reported = {peer.distribution for peer in peers.PEERS.values()}
    assert {name for name, _ in requirements} - reported == {"hatchling", "pip", "tzdata"}


@pytest.mark.parametrize("damage", [b"", b"\x80", b"\x80\x04N."], ids=["nothing", "half", "something else"])
def test_a_damaged_part_is_none(tmp_path: Path, damage: bytes) -> None:
    keep(Section("one", "One", "What it does.", []), str(tmp_path))
    (tmp_path / "measured" / "one.pickle").write_bytes(damage)
    assert kept("one", str(tmp_path)) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the benchmarks need pseudo-terminals")
def test_some_parts_make_no_report_where_the_others_were_never_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--folder", str(tmp_path), "abort"])
    monkeypatch.setattr("benchmarks.__main__.kept", lambda name: None)
    from benchmarks.__main__ import main  # only here: Wine's Python has not all that it imports

    with pytest.raises(SystemExit, match="never measured here: key_latency"):
        main()
    assert list(tmp_path.iterdir()) == []
