"""The widget of chapter 9 computes what attn computes, from vectors that are unit normals."""

import re

import numpy as np
import pytest
import torch
from javascript import call
from scipy.stats import kstest

from attn.dot_product import dot_product_scores, dot_product_weights
from attn.softmax import softmax_jacobian
from attn.widgets.saturation import SaturationWidget

DIVIDED = [(d, p) for d in (1, 2, 64, 512) for p in (0.0, 0.3, 0.5, 1.0)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> tuple[torch.Tensor, torch.Tensor]:
    folder = tmp_path_factory.mktemp("widget")
    Q, K = call(folder, "saturation", "vectors", [[1, 24], [2, 32]])
    return torch.tensor(Q, dtype=torch.float64), torch.tensor(K, dtype=torch.float64)


@pytest.fixture(scope="module")
def tables(drawn, tmp_path_factory) -> dict[int, list]:
    Q, K = (x.tolist() for x in drawn)
    folder = tmp_path_factory.mktemp("products")
    widths = sorted({d for d, _ in DIVIDED})
    found = call(folder, "saturation", "products", [[Q, K, d] for d in widths])
    return dict(zip(widths, found, strict=True))


def test_the_vectors_are_unit_normals_and_differ(drawn):
    for vectors in drawn:
        assert kstest(vectors.flatten().numpy(), "norm").pvalue > 0.01
    Q, K = drawn
    assert Q.shape == (24, 512)
    assert K.shape == (32, 512)
    correlations = np.corrcoef(torch.cat([Q, K]).numpy())
    assert np.abs(correlations - np.eye(56)).max() < 0.2


def test_scores_are_attns(drawn, tables):
    Q, K = drawn
    for d, table in tables.items():
        torch.testing.assert_close(
            torch.tensor(table, dtype=torch.float64), dot_product_scores(Q[:, :d], K[:, :d])
        )


def test_weights_and_gradient_are_attns(drawn, tables, tmp_path):
    Q, K = drawn
    rows = [[tables[d][3], d, p] for d, p in DIVIDED]
    shares = call(tmp_path, "saturation", "weights", rows)
    gradients = call(tmp_path, "saturation", "gradient", [[row] for row in shares])
    for (d, p), row, gradient in zip(DIVIDED, shares, gradients, strict=True):
        weights = dot_product_weights(Q[3:4, :d], K[:, :d], temperature=d**p)[0]
        assert row == pytest.approx(weights.tolist(), rel=1e-6, abs=1e-12)
        assert gradient == pytest.approx(softmax_jacobian(weights).trace().item(), abs=1e-9)


def test_the_numbers_below_the_picture_are_attns(drawn, tables, tmp_path):
    Q, K = drawn
    found = call(tmp_path, "saturation", "overall", [[tables[d], d, p] for d, p in DIVIDED])
    for (d, p), said in zip(DIVIDED, found, strict=True):
        scores = dot_product_scores(Q[:, :d], K[:, :d]) / d**p
        weights = dot_product_weights(Q[:, :d], K[:, :d], temperature=d**p)
        traces = softmax_jacobian(weights).diagonal(dim1=-2, dim2=-1).sum(-1)
        expected = {
            "spread": scores.std(correction=0).item(),
            "largest": weights.amax(-1).mean().item(),
            "gradient": traces.mean().item(),
        }
        assert said == pytest.approx(expected, rel=1e-6)


def test_what_the_page_asks_the_reader_to_find_is_there(tables, tmp_path):
    """Undivided, wide vectors have one winner; with √d width does not matter; with d all tie."""
    asked = [[tables[d], d, p] for p in (0.0, 0.5, 1.0) for d in (2, 64, 512)]
    largest = [said["largest"] for said in call(tmp_path, "saturation", "overall", asked)]
    none, root, whole = largest[:3], largest[3:6], largest[6:]
    assert none[0] < 0.4 < 0.7 < none[1] < none[2]
    assert max(root) - min(root) < 0.1
    assert whole[2] < 0.05


def test_the_histogram_loses_no_score(tables, tmp_path):
    flat = [score for row in tables[512] for score in row]
    (counts,) = call(tmp_path, "saturation", "bins", [[flat]])
    assert sum(counts) == len(flat)
    expected = np.histogram(np.clip(flat, -80, 79.999), bins=81, range=(-80, 80))[0]
    assert counts == expected.tolist()


def test_the_words_for_the_first_picture_tell_the_truth(tables):
    widget = SaturationWidget()
    assert (widget.d, widget.p) == (64, 0.0)
    assert "width 64, undivided" in widget._alt
    low, high = map(int, re.search(r"minus (\d+) to (\d+)", widget._alt).groups())
    scores = np.array(tables[64])
    assert scores.min() == pytest.approx(-low, abs=0.6)
    assert scores.max() == pytest.approx(high, abs=0.6)
    weights = np.sort(np.exp(scores[0] - scores[0].max()))[::-1]
    assert (weights[1:] < 0.1).sum() >= 28
