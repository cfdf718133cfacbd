"""Scenes and their captions: deterministic, and true of the pictures."""

import pytest
import torch

from attn.data.batch import EOS, PAD
from attn.data.scenes import (
    COLOURS,
    LONGEST,
    NOTHING,
    SHAPES,
    SIDE,
    VOCABULARY,
    Scenes,
    scenes,
    word_class,
)

SOME = scenes(400, torch.Generator().manual_seed(5))


def words(i: int, some: Scenes = SOME) -> list[str]:
    return VOCABULARY.decode(some.captions[i].tolist())


def box(i: int, word: int) -> list[float]:
    return SOME.word_boxes()[i, word].tolist()


def test_a_seed_repeats_them():
    again = scenes(400, torch.Generator().manual_seed(5))
    assert all(torch.equal(a, b) for a, b in zip(SOME, again, strict=True))
    other = scenes(400, torch.Generator().manual_seed(6))
    assert not torch.equal(SOME.images, other.images)


def test_they_are_pictures():
    assert SOME.images.shape == (400, 3, SIDE, SIDE)
    assert 0 <= SOME.images.min() < SOME.images.max() <= 1


def test_two_to_four_things_inside_the_picture():
    there = SOME.boxes.any(-1)
    assert set(there.sum(-1).tolist()) == {2, 3, 4}
    assert SOME.boxes.min() >= 0
    assert SOME.boxes.max() <= SIDE
    width = (SOME.boxes[..., 2] - SOME.boxes[..., 0])[there]
    assert width.min() > 4  # the middle of a cell of 4 pixels always lies inside
    assert not ((width > 5.5) & (width < 7.5)).any()  # small or not, never in between


def test_some_things_cover_others():
    left, top, right, bottom = SOME.boxes.unbind(-1)
    across = torch.minimum(right[:, 0], right[:, 1]) > torch.maximum(left[:, 0], left[:, 1])
    down = torch.minimum(bottom[:, 0], bottom[:, 1]) > torch.maximum(top[:, 0], top[:, 1])
    assert 0.02 < (across & down).float().mean() < 0.5


def test_every_caption_follows_the_grammar():
    for i in range(400):
        rest = words(i)

        def thing(rest: list[str]) -> list[str]:
            assert rest[0] == "a"
            rest = rest[2:] if rest[1] == "small" else rest[1:]
            assert rest[0] in COLOURS
            assert rest[1] in SHAPES
            return rest[2:]

        rest = thing(rest)
        rest = rest[2:] if rest[:2] == ["left", "of"] else rest[1:]
        assert thing(rest) == []
        row = SOME.captions[i].tolist()
        assert row.count(EOS) == 1
        assert not any(row[row.index(EOS) + 1 :])
    assert SOME.captions.shape[1] == LONGEST == max(len(words(i)) for i in range(400)) + 1


def test_what_is_named_has_the_colour_and_size_it_is_given():
    """The middle of a named box is of the named colour, unless something lies on it."""
    paints = torch.tensor(list(COLOURS.values()))
    right = total = 0
    for i in range(400):
        there = SOME.boxes[i].any(-1).sum()
        for word, name in enumerate(words(i)):
            if name in COLOURS and SOME.named[i, word] == there - 1:  # the last one drawn
                left, top, far, low = box(i, word)
                pixel = SOME.images[i, :, int((top + low) / 2), int((left + far) / 2)]
                nearest = (paints - pixel).square().sum(-1).argmin()
                right += list(COLOURS)[int(nearest)] == name
                total += 1
                small = words(i)[word - 1] == "small"
                assert small == (far - left < 6)
    assert total > 100
    assert right == total


def test_the_first_is_leftmost_and_the_relation_holds():
    for i in range(400):
        there = SOME.boxes[i][SOME.boxes[i].any(-1)]
        middles = (there[:, :2] + there[:, 2:]) / 2
        named = [k for k in SOME.named[i].tolist() if k != NOTHING]
        first, last = named[0], named[-1]
        assert first == middles[:, 0].argmin()
        assert last == middles[:, 0].argmax()
        dx, dy = (middles[last] - middles[first]).tolist()
        relation = next(w for w in words(i) if w in ("left", "above", "below"))
        expected = "left" if abs(dy) <= dx else "above" if dy > 0 else "below"
        assert relation == expected


def test_words_that_name_nothing_say_so():
    for i in range(50):
        for word, number in enumerate(SOME.captions[i].tolist()):
            kind = word_class(number)
            assert (SOME.named[i, word] == NOTHING) == (kind not in ("size", "colour", "shape"))
            assert (box(i, word) == [0, 0, 0, 0]) == (SOME.named[i, word] == NOTHING)


@pytest.mark.parametrize(("number", "kind"), [(PAD, ""), (1, ""), (EOS, "end"), (3, "")])
def test_marks_are_no_words(number, kind):
    assert word_class(number) == kind


def test_they_move_to_a_device(device):
    assert scenes(2, torch.Generator().manual_seed(0)).to(device).images.device == device
