"""The pictures: what is drawn of a screen, and that those of the manual are fit to be shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from tests.conftest import ROOT
from tools.pictures.drawing import Window
from tools.pictures.film import svg
from tools.pictures.frame import Frame, Key, Run, Style, frame_of
from tools.pictures.palette import DARK, LIGHT, READABLE_CONTRAST, Palette, contrast

SVG = "{http://www.w3.org/2000/svg}"
WINDOW = Window(rows=6, columns=30, title="parl <timer>")
SMALL_BYTES = 60_000
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


def shown(text: str) -> Frame:
    """Return what a terminal shows that was sent *text*."""
    screen = pyte.Screen(WINDOW.columns, WINDOW.rows)
    pyte.Stream(screen).feed(text)
    return frame_of(screen)


def drawn(*frames: Frame, still: int = -1) -> ElementTree.Element:
    """Return the film of *frames*, read as XML."""
    return ElementTree.fromstring(svg(WINDOW, frames, "A & B", still))


def texts(film: ElementTree.Element) -> list[str]:
    """Return the lines that are drawn on the screen."""
    return ["".join(text.itertext()) for text in film.iter(f"{SVG}text") if text.find(f"{SVG}tspan") is not None]


def animation(film: ElementTree.Element, words: str) -> str:
    """Return when the piece with these *words* comes and goes."""
    (group,) = (group for group in film.iter(f"{SVG}g") if words in texts(group))
    name = group.attrib["style"].removeprefix("animation-name:")
    found = re.search(rf"@keyframes {name}{{(.*)}}\n", "".join(film.itertext()))
    assert found
    return found[1]


def test_a_row_is_runs_of_cells_that_look_the_same() -> None:
    frame = shown("ab \x1b[1;32mcd\x1b[0m e   ")
    assert frame.rows[0] == (Run(0, "ab "), Run(3, "cd", Style("green", bold=True)), Run(5, " e"))
    assert frame.rows[1:] == ((),) * 5
    assert frame.cursor == (0, 10)


def test_blanks_that_are_seen_are_kept() -> None:
    assert shown("\x1b[44m  \x1b[0m  ").rows[0] == (Run(0, "  ", Style(paper="blue")),)
    assert shown("\x1b[7m  \x1b[0m  ").rows[0] == (Run(0, "  ", Style(reverse=True)),)


def test_each_run_begins_and_ends_in_its_cells() -> None:
    film = drawn(shown("\r\n\r\nab \x1b[31mc\x1b[1md e"))
    spans = [(float(span.attrib["x"]), span.get("textLength"), span.text) for span in film.iter(f"{SVG}tspan")]
    assert spans == [(16, "25.2", "ab "), (41.2, None, "c"), (49.6, "25.2", "d e")]


def test_rows_are_a_cell_apart() -> None:
    film = drawn(shown("a\r\nb\r\n\r\nc"))
    heights = [int(text.attrib["y"]) for text in film.iter(f"{SVG}text") if "class" not in text.attrib]
    assert [at - heights[0] for at in heights] == [0, 20, 60]


def test_the_cursor_is_in_its_cell_unless_it_is_hidden() -> None:
    (cursor,) = (rect for rect in drawn(shown("\r\nabc")).iter(f"{SVG}rect") if rect.get("class") == "cursor")
    assert (float(cursor.attrib["x"]), int(cursor.attrib["y"])) == (41.2, 66)
    assert 'class="cursor"' not in svg(WINDOW, [shown("abc\x1b[?25l")], "")


def test_reverse_is_paper_on_ink() -> None:
    film = svg(WINDOW, [shown("\x1b[7mab\x1b[0m\x1b[?25l")], "")
    assert '<rect class="ink" x="16" y="46" width="16.8" height="20"/>' in film
    assert 'class="paper">ab</tspan>' in film


def test_signs_of_xml_are_letters() -> None:
    film = drawn(shown("if a < b && c > d; ]]> '\""))
    assert texts(film) == ["if a < b && c > d; ]]> '\""]
    assert film.findtext(f"{SVG}title") == "parl <timer>"
    assert film.findtext(f"{SVG}desc") == "A & B"


def test_what_stays_is_drawn_once_and_what_changes_comes_and_goes() -> None:
    film = drawn(shown("same\r\none"), shown("same\r\ntwo"), shown("same\r\none"), shown("same\r\n"))
    assert sorted(texts(film)) == ["one", "same", "two"]
    assert animation(film, "same") == "0%{visibility:visible}"
    assert animation(film, "one") == "0%,50%{visibility:visible}25%,75%{visibility:hidden}"
    assert animation(film, "two") == "25%{visibility:visible}0%,50%{visibility:hidden}"


def test_a_frame_is_shown_as_long_as_it_says() -> None:
    film = drawn(Frame(((Run(0, "a"),),), seconds=3), Frame(((Run(0, "b"),),), seconds=1))
    assert animation(film, "a") == "0%{visibility:visible}75%{visibility:hidden}"
    assert "animation:4.00s step-end infinite" in "".join(film.itertext())


@pytest.mark.parametrize(("still", "words"), [(-1, "last"), (0, "first")])
def test_who_wants_no_animation_sees_one_frame(still: int, words: str) -> None:
    film = drawn(shown("first"), shown("last"), still=still)
    seen = [texts(group) for group in film.iter(f"{SVG}g") if "h" not in group.attrib["class"].split()]
    assert seen == [[words]]
    assert re.search(r"@media \(prefers-reduced-motion:no-preference\){\.f{animation:", "".join(film.itertext()))


def test_a_key_is_drawn_with_its_word_where_nothing_else_is() -> None:
    film = drawn(Frame(((Run(0, "a"),),), key=Key("J", "any key")))
    labels = {text.attrib["class"]: text.text for text in film.iter(f"{SVG}text") if "class" in text.attrib}
    assert (labels["cap"], labels["caption"]) == ("J", "any key")
    with pytest.raises(ValueError, match=r"a key would cover 'x+'"):
        drawn(Frame(((), (), (), (), (Run(0, "x" * 26),), ()), key=Key("J")))


def test_a_colour_without_a_place_in_the_palettes_is_an_error() -> None:
    with pytest.raises(ValueError, match="'ff8700'"):
        svg(WINDOW, [shown("\x1b[38;5;208mx")], "")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_is_readable_on_its_paper(palette: Palette) -> None:
    pairs = palette.text_and_ground()
    assert len(pairs) == len(palette.inks) + 5
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < READABLE_CONTRAST} == {}


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert LIGHT.inks.keys() == DARK.inks.keys()


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_of_the_manual_is_small_described_and_says_nothing_about_a_machine(picture: Path) -> None:
    content = picture.read_text(encoding="utf-8")
    film = ElementTree.fromstring(content)
    assert film.findtext(f"{SVG}title")
    assert film.findtext(f"{SVG}desc")
    assert len(content.encode()) < SMALL_BYTES
    assert not re.search(r"/tmp|/root|/home|/Users|/usr|\bhttp(?!://www\.w3\.org/2000/svg\b)", content)
    assert "prefers-color-scheme:dark" in content
    assert any("parl" in line for line in texts(film))


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pseudo-terminal")
def test_there_is_a_picture_for_each_scenario() -> None:
    from tools.pictures.scenarios import SCENARIOS

    assert [picture.stem for picture in PICTURES] == sorted(scenario.name for scenario in SCENARIOS)


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pseudo-terminal")
def test_a_scenario_is_recorded_from_the_real_program() -> None:
    from tools.pictures.recorder import Recorder
    from tools.pictures.scenarios import Scenario, at_prompt
    from tools.pictures.studio import record

    def play(recorder: Recorder) -> None:
        recorder.run("parl timer 0", lambda lines: "Oops, woke up!" in lines and at_prompt(lines))
        recorder.show(1.0)

    film = ElementTree.fromstring(record(Scenario("short", "parl timer 0", "It wakes up at once.", 6, 30, play)))
    assert "$ parl time" in texts(film)
    assert texts(film)[-2:] == ["Oops, woke up!", "$"]
