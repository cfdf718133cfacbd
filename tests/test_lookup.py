"""attn.data.lookup: the task has the answer that it says it has."""

import pytest
import torch
from tensors import close, seeded

from attn.data.lookup import lookups


def test_without_noise_the_query_is_the_key_it_means():
    task = lookups(50, T=6, d=3, noise=0.0, generator=seeded(0))
    rows = torch.arange(50)
    assert torch.equal(task.Q[:, 0], task.K[rows, task.right])
    assert torch.equal(task.meant()[:, 0], task.V[rows, task.right])


def test_keys_have_length_one_unless_told_otherwise():
    close(lookups(20, 6, 3, 0.1, seeded(0)).K.norm(dim=-1), torch.ones(20, 6))
    lengths = lookups(2000, 6, 3, 0.1, seeded(0), spread=0.5).K.norm(dim=-1)
    assert lengths.log().mean().item() == pytest.approx(0, abs=0.02)
    assert lengths.log().std().item() == pytest.approx(0.5, abs=0.02)


def test_the_noise_has_the_deviation_asked_for():
    task = lookups(5000, T=2, d=4, noise=0.3, generator=seeded(0))
    error = task.Q[:, 0] - task.K[torch.arange(5000), task.right]
    assert error.std().item() == pytest.approx(0.3, abs=0.01)


def test_every_entry_is_asked_for_as_often_and_the_seed_repeats():
    task = lookups(8000, T=4, d=2, noise=0.1, generator=seeded(0))
    assert (torch.bincount(task.right) / 8000).tolist() == pytest.approx([0.25] * 4, abs=0.02)
    assert torch.equal(task.Q, lookups(8000, 4, 2, 0.1, seeded(0)).Q)
