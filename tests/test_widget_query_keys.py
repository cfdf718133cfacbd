"""The widget's JavaScript computes what attn computes, to 1e-6, on random inputs."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import torch
from scipy.spatial import ConvexHull

from attn.dot_product import dot_product_attention, dot_product_scores, dot_product_weights
from attn.softmax import entropy
from attn.widgets.base import source
from attn.widgets.query_keys import BOOKS, QueryKeysWidget

ASK = """
import { readFileSync } from "node:fs";
import * as widget from "./widget.mjs";
const cases = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(cases.map(({ q, K, V, temperature }) => {
  const w = widget.weights(q, K, temperature);
  return {
    scores: widget.scores(q, K), weights: w, output: widget.output(w, V),
    entropy: widget.entropy(w), winners: widget.winners(q, K), hull: widget.hull(V),
    feet: K.map((key) => widget.foot(q, key)),
  };
})));
"""


def _cases(n: int) -> list[dict]:
    rng = np.random.default_rng(0)
    made = []
    for _ in range(n):
        Tk, spread = rng.integers(1, 7), 10 ** rng.uniform(-1, 1.5)
        made.append(
            {
                "q": (spread * rng.normal(size=2)).tolist(),
                "K": (spread * rng.normal(size=(Tk, 2))).tolist(),
                "V": rng.uniform(0, 10, size=(Tk, 2)).tolist(),
                "temperature": float(10 ** rng.uniform(-1.3, 1.3)),
            }
        )
    made[0]["q"] = [0.0, 0.0]
    made[1]["q"] = [400.0, 400.0]  # naive exp would overflow
    return made


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> list[tuple[dict, dict]]:
    """Random cases, and what the widget's functions say to each."""
    node = shutil.which("node")
    assert node, "node is missing: install it (the book's front-end files need it too)"
    place = tmp_path_factory.mktemp("widget")
    (place / "widget.mjs").write_text(source("query_keys"), "utf-8")
    (place / "ask.mjs").write_text(ASK, "utf-8")
    cases = _cases(200)
    ran = subprocess.run(
        [node, "ask.mjs"], cwd=place, input=json.dumps(cases), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return list(zip(cases, json.loads(ran.stdout), strict=True))


def _tensors(case: dict) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor(case[name], dtype=torch.float64) for name in ("q", "K", "V"))


def test_scores_weights_output_and_entropy_are_attns(answered):
    for case, said in answered:
        q, K, V = _tensors(case)
        temperature = case["temperature"]
        weights = dot_product_weights(q[None], K, temperature=temperature)[0]
        expected = {
            "scores": dot_product_scores(q[None], K)[0],
            "weights": weights,
            "output": dot_product_attention(q[None], K, V, temperature=temperature)[0],
            "entropy": entropy(weights),
        }
        for name, value in expected.items():
            assert said[name] == pytest.approx(value.tolist(), rel=1e-6, abs=1e-6), name


def test_the_dashed_ring_is_the_argmax(answered):
    for case, said in answered[1:]:
        q, K, _ = _tensors(case)
        assert said["winners"] == [int((K @ q).argmax())]


def test_a_query_of_nothing_ties_all_keys(answered):
    case, said = answered[0]
    assert said["winners"] == list(range(len(case["K"])))
    assert said["weights"] == pytest.approx([1 / len(case["K"])] * len(case["K"]))


def test_a_foot_lies_on_the_querys_line_and_shows_the_score(answered):
    for case, said in answered[1:]:
        q, K, _ = _tensors(case)
        feet = torch.tensor(said["feet"], dtype=torch.float64)
        torch.testing.assert_close(feet @ q, K @ q)
        cross = feet[:, 0] * q[1] - feet[:, 1] * q[0]
        torch.testing.assert_close(cross, torch.zeros_like(cross), atol=1e-9, rtol=0)


def test_the_hull_is_scipys(answered):
    for case, said in answered:
        V = np.array(case["V"])
        if len(V) > 2:
            corners = V[ConvexHull(V).vertices]
            assert sorted(map(tuple, said["hull"])) == sorted(map(tuple, corners.tolist()))


def test_the_words_for_the_first_picture_tell_the_truth():
    widget = QueryKeysWidget()
    keys = torch.tensor([book["key"] for book in BOOKS])
    weights = dot_product_weights(torch.tensor([widget.query]), keys)[0]
    by_name = dict(zip([book["name"] for book in BOOKS], weights.tolist(), strict=True))
    for name in ("Arctic", "Cod"):
        assert f"{by_name[name]:.2f}".lstrip("0") in widget._alt
    assert max(by_name, key=by_name.get) == "Arctic"
