"""attn.classifier and attn.highlights: padding is nothing, poolings are what they say."""

import pytest
import torch
from tensors import close, seeded

from attn.classifier import POOLS, Classifier, accuracy, verdict_loss
from attn.data import sentiment
from attn.data.sentiment import Labelled, Sentence
from attn.data.vocabulary import Vocabulary
from attn.highlights import NEUTRAL, agreement, buried, erasure
from attn.train import seeded as seeded_weights
from attn.train import train


def model_of(pool: str, cell: str = "gru", bidirectional: bool = True) -> Classifier:
    with seeded_weights(1):
        model = Classifier(12, 4, 6, pool, cell, bidirectional, dropout=0.5, k=3).double()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.7)
    return model.eval()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("pool", POOLS)
def test_padding_changes_no_score_and_gets_no_weight(pool, cell):
    model = model_of(pool, cell)
    lengths = torch.tensor([3, 2])
    short = torch.tensor([[4, 5, 6], [7, 8, 0]])
    long = torch.tensor([[4, 5, 6, 0, 0], [7, 8, 0, 0, 0]])
    (a, v), (b, w) = model(short, lengths), model(long, lengths)
    close(a, b)
    close(w[:, :3], v)
    assert (w[:, 3:] == 0).all()


@pytest.mark.parametrize("pool", ["mean", "max", "attention"])
def test_the_weights_share_one(pool):
    _, weights = model_of(pool)(torch.tensor([[4, 5, 6], [7, 8, 0]]), torch.tensor([3, 2]))
    close(weights.sum(-1), torch.ones(2, dtype=torch.float64))


def test_the_last_state_is_read_at_the_last_word():
    model = model_of("last", "lstm", bidirectional=False)
    tokens, lengths = torch.tensor([[4, 5, 6, 0]]), torch.tensor([3])
    states, _ = model.encoder.rnn(model.encoder.embedding(tokens[:, :3]))
    close(model(tokens, lengths)[0], model.out(states[:, -1])[:, 0])


def test_it_learns_the_generated_sentences_and_loses_nothing_on_a_device(device):
    rng = seeded(0)
    split = sentiment.split(sentiment.generated(500, rng), rng)
    with seeded_weights(0):
        model = Classifier(len(split.vocabulary), 8, 16, "attention", "gru", k=4).to(device)
    history = train(model, sentiment.batches(split.train, 25, 15, rng), verdict_loss, lr=1e-2)
    assert history.losses[-1] < history.losses[0] / 2
    assert accuracy(model, split.test.to(device)) > 0.75


# ------------------------------------------------------------------ highlights


def test_striking_out_a_word_is_reading_the_sentence_without_it():
    model = model_of("attention")
    score, moved = erasure(model, [4, 5, 6])
    whole, _ = model(torch.tensor([[4, 5, 6]]), torch.tensor([3]))
    without, _ = model(torch.tensor([[4, 6]]), torch.tensor([2]))
    assert score == pytest.approx(whole.item())
    assert moved[1].item() == pytest.approx((whole - without).item())
    assert erasure(model, [4])[1].tolist() == [0.0]


class Bag(torch.nn.Module):
    """A model whose score is the sum of its words' numbers, and whose weights we choose."""

    def __init__(self, loud: int) -> None:
        super().__init__()
        self.loud = loud

    def forward(self, tokens, lengths):
        worth = torch.where(tokens == 9, 5.0, torch.where(tokens == 8, -3.0, 0.0))
        return worth.sum(-1).double(), (tokens == self.loud).double()


@pytest.mark.parametrize(("loud", "right"), [(9, 1.0), (8, 0.0)])
def test_agreement_tells_a_light_that_falls_right_from_one_that_does_not(loud, right):
    data = Labelled(torch.tensor([[9, 8, 4, 5]]), torch.tensor([4]), torch.tensor([1.0]))
    found = agreement(Bag(loud), data)
    assert found["top word decides"] == found["flips"] == right
    assert found["chance"] == 0.25
    assert found["decided alone"] == 1.0


def test_a_buried_sentence_keeps_its_words_in_order():
    vocabulary = Vocabulary(["pie", "bad", *(word for clause in NEUTRAL for word in clause)])
    data = sentiment.encode([Sentence(("bad", "pie"), False)], vocabulary)
    for seed in range(5):
        deep = buried(data, vocabulary, 3, seeded(seed))
        words = vocabulary.decode(deep.tokens[0].tolist())
        assert "bad pie" in " ".join(words)
        assert len(words) == deep.lengths.item() > 20
        assert deep.positive.tolist() == [0.0]


# ------------------------------------------------------------------ data


def test_a_split_knows_no_word_of_its_test_and_forgets_rare_ones():
    corpus = [Sentence(("good", f"w{i}"), i % 2 == 0) for i in range(10)]
    split = sentiment.split(corpus, seeded(0))
    assert (len(split.train.positive), len(split.test.positive)) == (8, 2)
    assert (split.test.tokens[:, 1] == 3).all()  # the unknown word
    assert len(sentiment.split(corpus, seeded(0), rare=2).vocabulary) == 4 + 1


def test_an_epoch_holds_every_sentence_once_and_drops_words_at_the_rate_asked_for():
    corpus = [Sentence(("w",) * (1 + i % 7), i % 2 == 0) for i in range(200)]
    data = sentiment.encode(corpus, Vocabulary(["w"]))
    made = list(sentiment.batches(data, 30, 2, seeded(0), word_dropout=0.25))
    assert sum(len(b.positive) for b in made) == 400
    assert sum(int(b.lengths.sum()) for b in made) == 2 * int(data.lengths.sum())
    unknown = sum(int((b.tokens == 3).sum()) for b in made)
    assert unknown / (2 * int(data.lengths.sum())) == pytest.approx(0.25, abs=0.04)


def test_a_sentence_without_words_is_one_unknown_word():
    data = sentiment.encode([Sentence((), True)], Vocabulary([]))
    assert data.tokens.tolist() == [[3]]


def test_generated_sentences_know_what_decides_them():
    made = sentiment.generated(300, seeded(2))
    assert len({s.words for s in made}) == 300
    for s in made:
        said = [s.words[i] for i in s.decisive]
        assert said[-1] in (*sentiment.PRAISE, *sentiment.BLAME)
        assert ((said[-1] in sentiment.PRAISE) != (said[0] == "not")) == s.positive
