"""The widget's JavaScript answers as attn does, with the numbers that the page carries."""

import math
from statistics import median

import javascript
import pytest
import torch

from attn.experiments import cues, explanation
from attn.experiments.record import record
from attn.explain import total_variation
from attn.widgets.shuffled_weights import ShuffledWeightsWidget

NAME = "shuffled_weights"
TRAINED = {"at": 0, "draw": 0, "alike": False, "order": []}


@pytest.fixture(scope="module")
def found():
    return record("is_attention_explanation")["results"]


@pytest.mark.parametrize("name", ["words 1", "words 2", "bigru 0"])
def test_two_numbers_a_word_make_the_readers_answer(tmp_path, found, name):
    reader = found["carried"][name]
    asked = list(zip(reader["weights"], reader["alone"], strict=True))
    said = javascript.call(tmp_path, NAME, "praise", [list(pair) for pair in asked])
    for p, (weights, alone) in zip(said, asked, strict=True):
        score = sum(w * s for w, s in zip(weights, alone, strict=True))
        assert p == pytest.approx(1 / (1 + math.exp(-score)), abs=1e-9)


def test_carried_numbers_are_those_of_a_model(tmp_path):
    model, _ = cues.learn("words", seed=3, steps=60)
    said = explanation.few(4)
    carried = explanation.carried(model, said)
    read = explanation.Read(model, said)
    asked = [list(pair) for pair in zip(carried["weights"], carried["alone"], strict=True)]
    ours = torch.tensor(javascript.call(tmp_path, NAME, "praise", asked))
    torch.testing.assert_close(ours, read.reader(read.weights)[:, 1], atol=5e-3, rtol=0)
    # And so for weights that it was never trained with.
    order = torch.tensor([1, 0, 3, 2, 5, 4, *range(6, 14)])
    turned = [[row[i] for i in order.tolist() if i < len(row)] for row in carried["weights"]]
    asked = [list(pair) for pair in zip(turned, carried["alone"], strict=True)]
    ours = torch.tensor(javascript.call(tmp_path, NAME, "praise", asked))
    theirs = read.reader(read.weights[:, order])
    torch.testing.assert_close(ours, theirs[:, 1], atol=5e-3, rtol=0)
    by = javascript.call(
        tmp_path, NAME, "change", [[p, 0.25] for p in theirs[:, 1].double().tolist()]
    )
    other = torch.tensor([0.75, 0.25]).expand_as(theirs)
    torch.testing.assert_close(torch.tensor(by), total_variation(theirs, other))


def test_shuffles_are_orders_and_all_of_them_come(tmp_path):
    made = javascript.call(tmp_path, NAME, "shuffle", [[4, seed] for seed in range(2400)])
    assert all(sorted(order) == [0, 1, 2, 3] for order in made)
    counts = {tuple(order): made.count(order) for order in made}
    assert len(counts) == 24
    assert max(counts.values()) < 170  # 100 expected, 10 the deviation
    (again,) = javascript.call(tmp_path, NAME, "shuffle", [[4, 7]])
    assert again == made[7]


def test_medians_by_class_and_pooled(tmp_path, found):
    reader = found["carried"]["words 1"]
    state = TRAINED | {"draw": 1}
    [after] = javascript.call(tmp_path, NAME, "answers", [[reader, state]])
    [said] = javascript.call(tmp_path, NAME, "medians", [[after, found["remarks"]]])
    changes = [[], []]
    for one, remark in zip(after, found["remarks"], strict=True):
        assert one["change"] == pytest.approx(abs(one["now"] - one["before"]))
        changes[remark["praise"]].append(one["change"])
    assert said["blame"] == pytest.approx(median(changes[0]))
    assert said["praise"] == pytest.approx(median(changes[1]))
    assert said["pooled"] == pytest.approx(median(changes[0] + changes[1]))


def test_a_hand_exchanges_weights_of_one_remark(tmp_path, found):
    reader = found["carried"]["words 1"]
    n = len(reader["weights"][0])
    order = [1, 0, *range(2, n)]
    [after] = javascript.call(tmp_path, NAME, "answers", [[reader, TRAINED | {"order": order}]])
    assert after[0]["weights"] == [reader["weights"][0][i] for i in order]
    assert all(one["change"] == 0 for one in after[1:])
    [alike] = javascript.call(tmp_path, NAME, "answers", [[reader, TRAINED | {"alike": True}]])
    assert alike[0]["weights"] == pytest.approx([1 / n] * n)


def test_what_the_page_says_to_look_for_is_there(tmp_path, found):
    """One class falls and the other stays, which one depends on the seed; the BiGRU's stay."""
    for name in ("words 1", "words 2", "bigru 0"):
        reader = found["carried"][name]
        asked = [[reader, TRAINED | {"draw": draw}] for draw in range(1, 8)]
        runs = javascript.call(tmp_path, NAME, "answers", asked)
        said = javascript.call(tmp_path, NAME, "medians", [[r, found["remarks"]] for r in runs])
        for now in said:
            if name == "bigru 0":
                assert max(now["blame"], now["praise"]) < 0.3
            else:
                moved, stays = ("blame", "praise") if name == "words 1" else ("praise", "blame")
                assert now[moved] > 0.5
                assert now[stays] < 0.1


def test_it_starts_with_the_first_reader():
    widget = ShuffledWeightsWidget([], {"a": {}, "b": {}})
    assert widget.reader == "a"
    assert widget.order == []
