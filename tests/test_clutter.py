"""Canvases with a digit somewhere: its place is known, its ink is whole."""

import torch

from attn.data.clutter import SIZE, cluttered, held_out
from attn.data.digits import SIDE, digits


def corner(centre: torch.Tensor) -> list[int]:
    return (centre - (SIDE - 1) / 2).int().tolist()


def test_the_digit_is_where_it_is_said_to_be():
    test = digits()[1]
    some = cluttered(test, 200, torch.Generator().manual_seed(1))
    for image, label, centre in zip(*some, strict=True):
        y, x = corner(centre)
        piece = image[y : y + SIDE, x : x + SIDE]
        # A scrap below may have darkened it, but nothing of it is missing.
        fits = (piece >= test.images[test.labels == label]).flatten(1).all(1)
        assert fits.any()


def test_scraps_lie_elsewhere():
    some = cluttered(digits()[0], 50, torch.Generator().manual_seed(2))
    bare = cluttered(digits()[0], 50, torch.Generator().manual_seed(2), scraps=0)
    assert (some.images > 0).sum() > (bare.images > 0).sum()


def test_every_place_is_possible_and_a_seed_repeats_itself():
    corners = torch.tensor([corner(centre) for centre in held_out().centres])
    assert corners.min() == 0
    assert corners.max() == SIZE - SIDE
    again = cluttered(digits()[1], 2000, torch.Generator().manual_seed(7))
    assert torch.equal(again.images, held_out().images)
