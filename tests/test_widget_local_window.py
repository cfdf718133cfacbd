"""The widget's JavaScript computes what attn computes, and its words tell the truth."""

import javascript
import pytest
import torch
from tensors import normal, seeded

from attn.local import local_m_weights, local_p_weights, window_mask
from attn.softmax import masked_softmax
from attn.widgets.local_window import LocalWindowWidget


def cases() -> list[tuple[list[float], float, int]]:
    rng = seeded(0)
    made = []
    for i in range(60):
        T = int(torch.randint(2, 10, (), generator=rng))
        p = float(torch.rand((), generator=rng)) * T if i % 3 else float(i % T)
        made.append((normal(rng, T).tolist(), p, 1 + i % 4))
    return made


def test_weights_are_attns(tmp_path):
    asked = [[s, p, D, with_bell] for s, p, D in cases() for with_bell in (True, False)]
    said = javascript.call(tmp_path, "local_window", "weights", asked)
    for (s, p, D, with_bell), weights in zip(asked, said, strict=True):
        scores, mask = torch.tensor(s).double(), torch.ones(len(s), dtype=torch.bool)
        at = torch.tensor(p, dtype=torch.float64)
        if with_bell:
            expected = local_p_weights(scores, at, D, mask)
        elif p.is_integer():
            expected = local_m_weights(scores, int(p), D, mask)
        else:
            expected = masked_softmax(scores, window_mask(at, len(s), D))
        assert weights == pytest.approx(expected.tolist(), abs=1e-7)


def test_the_window_holds_what_attns_holds(tmp_path):
    asked = [[p, len(s), D] for s, p, D in cases()]
    said = javascript.call(tmp_path, "local_window", "held", asked)
    for (p, T, D), held in zip(asked, said, strict=True):
        mask = window_mask(torch.tensor(p, dtype=torch.float64), T, D)
        assert held == mask.nonzero()[:, 0].tolist()


def test_the_words_for_the_first_picture_tell_the_truth():
    widget = LocalWindowWidget()
    p = torch.tensor(widget.p, dtype=torch.float64)
    scores, mask = torch.tensor(widget.scores).double(), torch.ones(9, dtype=torch.bool)
    assert int(window_mask(p, 9, widget.D).sum()) == 4
    total = f"{local_p_weights(scores, p, widget.D, mask).sum().item():.2f}".lstrip("0")
    assert f"sum to {total}" in widget._alt
