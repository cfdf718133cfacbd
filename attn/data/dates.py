"""Dates as people write them, and as machines want them: character by character."""

from typing import NamedTuple

import torch
from torch import Generator

from attn.data.batch import Batch, pair
from attn.data.vocabulary import Vocabulary

MONTHS = (
    ("january", 31), ("february", 28), ("march", 31), ("april", 30), ("may", 31), ("june", 30),
    ("july", 31), ("august", 31), ("september", 30), ("october", 31), ("november", 30),
    ("december", 31),
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FORMATS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{weekday} {day} {month} {year}",
    "{weekday}, {month} {day}, {year}",
    "{day} {short} {year}",
    "{short} {day} {year}",
    "{day}.{number}.{year}",
    "{day:02}/{number:02}/{year}",
)
VOCABULARY = Vocabulary("0123456789-abcdefghijklmnopqrstuvwxyz ,./")
ISO_LENGTH = 10


class Date(NamedTuple):
    """A date: the text, its ISO 8601 form, and where in the text the year's four digits stand."""

    text: str
    iso: str
    year_at: tuple[int, int, int, int]


def date(generator: Generator) -> Date:
    """A date between 1950 and 2049, in one of eight formats.

    The weekday is drawn at random: it is there to be ignored.

    >>> date(torch.Generator().manual_seed(1)).iso
    '1974-02-04'
    """

    def draw(n: int) -> int:
        return int(torch.randint(n, (), generator=generator))

    number = draw(12)
    month, days = MONTHS[number]
    day, year = 1 + draw(days), 1950 + draw(100)
    text = FORMATS[draw(len(FORMATS))].format(
        day=day,
        month=month,
        short=month[:3],
        number=number + 1,
        year=year,
        weekday=DAYS[draw(7)],
    )
    start = text.rindex(str(year))
    year_at = (start, start + 1, start + 2, start + 3)
    return Date(text, f"{year}-{number + 1:02}-{day:02}", year_at)


def dates(n: int, generator: Generator) -> list[Date]:
    """n dates whose texts all differ."""
    found: dict[str, Date] = {}
    while len(found) < n:
        new = date(generator)
        found.setdefault(new.text, new)
    return list(found.values())


def batch(items: list[Date]) -> Batch:
    """Dates as numbers of characters, padded.

    >>> batch([Date("3 may 1999", "1999-05-03", (6, 7, 8, 9))]).target_lengths
    tensor([11])
    """
    encode = VOCABULARY.encode
    return pair(
        [encode(list(item.text)) for item in items], [encode(list(item.iso)) for item in items]
    )
