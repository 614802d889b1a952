"""What one types to find something in a list: words that must all match, as fzf has taught people to write them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

RANK_SHIFT = 28
"""A match is a number: its rank above this many bits, its item's index below. With the first ranks a small int."""
INDEX_MASK = (1 << RANK_SHIFT) - 1
SCATTERED_RANK = 3
"""From this rank on, ``Query.looseness`` tells the better matches from the others."""
# How well a word matches: best, and nothing, is at the very start.
_AT_BOUNDARY, _INSIDE, _SCATTERED = (rank << RANK_SHIFT for rank in (1, 2, SCATTERED_RANK))
_SEPARATORS = " /_-."


class Texts(NamedTuple):
    """The texts of a list twice: as they are, and with the case folded away."""

    plain: Sequence[str]
    folded: Sequence[str]


class Word(ABC):
    """One word of a query. Smart case: a capital letter in it makes it distinguish case."""

    def __init__(self, text: str) -> None:
        self.is_folded: bool = text == text.lower()
        self._text = text

    @abstractmethod
    def narrow(self, matches: Iterable[int], texts: Texts) -> list[int]:
        """Return those of *matches* whose text matches, each with its rank increased."""

    def looseness(self, _line: str) -> int:
        """Return how far apart in the line the characters are that match; 0 for in one piece, or as initials."""
        return 0

    @abstractmethod
    def spans(self, text: str) -> Iterable[int]:
        """Return the positions in *text* of the characters that match."""

    def lines(self, texts: Texts) -> Sequence[str]:
        """Return those of *texts* that the word is looked for in."""
        return texts.folded if self.is_folded else texts.plain

    def _fold(self, text: str) -> str:
        """Return *text* as it is searched: as long as it was, so that positions mean the same."""
        if not self.is_folded:
            return text
        lower = text.lower()
        return lower if len(lower) == len(text) else "".join(sign.lower()[:1] for sign in text)


class FuzzyWord(Word):
    """Its characters must come in this order; best at a start, then in one piece, then as initials, then close."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._after_separators = tuple(separator + text for separator in _SEPARATORS)
        # Tried where the first character is first: if it does not match from there, it does from nowhere.
        self._scattered = re.compile("".join(_up_to(*pair) for pair in pairwise(text)) + re.escape(text[-1:]))
        self._parts = [re.compile(rf"(?<![^\W_]){re.escape(sign)}") for sign in text]
        self._last_initials = tuple(separator + text[-1:] for separator in _SEPARATORS)

    def narrow(self, matches: Iterable[int], texts: Texts) -> list[int]:
        """See the base. One loop with few calls in it: it runs a hundred thousand times for each key."""
        word, lines, plain = self._text, self.lines(texts), texts.plain
        space, slash, under, hyphen, dot = self._after_separators
        first, scattered = word[:1], self._scattered.match
        found: list[int] = []
        add = found.append
        for match in matches:
            line = lines[index := match & INDEX_MASK]
            at = line.find(word)
            if at > 0:
                if (
                    slash in line or under in line or dot in line or space in line or hyphen in line
                    or not line[at - 1].isalnum()
                    or (plain[index] is not line and _starts_hump(plain[index], at))
                ):  # fmt: skip
                    add(match + _AT_BOUNDARY)
                else:
                    add(match + _INSIDE)
            elif at == 0:
                add(match)
            elif (start := line.find(first)) >= 0 and scattered(line, start) is not None:
                add(match + _SCATTERED)
        return found

    def looseness(self, line: str) -> int:
        """See the base."""
        space, slash, under, hyphen, dot = self._last_initials
        may_be_initials = slash in line or under in line or dot in line or space in line or hyphen in line
        if self._text in line or (may_be_initials and self._initials(line)):
            return 0
        loose = self._scattered.match(line, max(0, line.find(self._text[:1])))
        return loose.end() - loose.start() - len(self._text) if loose else 0

    def spans(self, text: str) -> Iterable[int]:
        line = self._fold(text)
        at = line.find(self._text)
        if at >= 0:
            at = next(filter(None, (line.find(word) + 1 for word in self._after_separators)), at) if at > 0 else at
            return range(at, at + len(self._text))
        if initials := self._initials(line):
            return initials
        loose = self._scattered.match(line, max(0, line.find(self._text[:1])))
        return self._last_places(line, loose.end()) if loose else ()

    def _initials(self, line: str) -> list[int]:
        """Return where the characters begin parts, one behind the other (`fb` in foo_bar), if they do."""
        places = []
        end = 0
        for part in self._parts:
            found = part.search(line, end)
            if found is None:
                return []
            places.append(found.start())
            end = found.end()
        return places

    def _last_places(self, line: str, end: int) -> list[int]:
        """Return where the characters are before *end*, as close to it as they come."""
        places = []
        for sign in reversed(self._text):
            end = line.rfind(sign, 0, end)
            places.append(end)
        return places


class ExactWord(Word):
    """Must be there in one piece, `'word`; `^word` at the start, `word$` at the end; `!word` must not be there."""

    def __init__(self, text: str) -> None:
        self._is_wanted = not text.startswith("!")
        text = text.removeprefix("!")
        start, end = r"\A" if text.startswith("^") else "", r"\Z" if text.endswith("$") else ""
        core = (text[1:] if text[0] in "'^" else text).removesuffix("$")
        super().__init__(core)
        self._search = re.compile(f"{start}{re.escape(core)}{end}").search

    def narrow(self, matches: Iterable[int], texts: Texts) -> list[int]:
        lines, search, is_wanted = self.lines(texts), self._search, self._is_wanted
        return [match for match in matches if (search(lines[match & INDEX_MASK]) is not None) is is_wanted]

    def spans(self, text: str) -> Iterable[int]:
        found = self._search(self._fold(text)) if self._is_wanted else None
        return range(*found.span()) if found else ()


class Query:
    """The words of what was typed, in any order; all must match."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = [_word(part) for part in text.split() if part.strip("!'^$")]

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self._words)

    def narrows(self, earlier: Query) -> bool:
        """Return whether nothing matches that did not match *earlier*: it was only typed on."""
        plain = all(isinstance(word, FuzzyWord) for word in (*self._words, *earlier._words))
        return plain and self.text.startswith(earlier.text)

    def narrow(self, indexes: Iterable[int], texts: Texts) -> list[int]:
        """Return the matches among the items at *indexes*, as ranks and indexes."""
        matches: Iterable[int] = indexes
        for word in self._words:
            matches = word.narrow(matches, texts)
        return [*matches]

    def looseness(self, index: int, texts: Texts) -> int:
        """Return how loosely the item at *index* matches, if it does: the less, the better."""
        return sum(word.looseness(word.lines(texts)[index]) for word in self._words)

    def spans(self, text: str) -> set[int]:
        """Return the positions in *text* of what matched, to be highlighted."""
        return {position for word in self._words for position in word.spans(text)}


def _word(text: str) -> Word:
    return ExactWord(text) if text[0] in "!'^" or text.endswith("$") else FuzzyWord(text)


def _up_to(sign: str, next_sign: str) -> str:
    """Return a pattern for *sign* and all that comes before the next one; nothing in it is tried twice."""
    return f"{re.escape(sign)}[^{re.escape(next_sign)}]*"


def _starts_hump(text: str, at: int) -> bool:
    """Return whether a part begins at *at* in camelCase."""
    return text[at : at + 1].isupper() and text[at - 1].islower()
