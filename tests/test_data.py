"""The tasks: deterministic from a seed, with a truth that can be trusted."""

import itertools
import re

import pytest
import torch

from attn.data import dates, digits, sentiment, sequences, translation
from attn.data.batch import EOS, PAD, pad, pair
from attn.data.vocabulary import Vocabulary


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_batch_pads_and_ends_its_targets():
    batch = pair([[5], [6, 7]], [[8, 9], []])
    assert batch.source.tolist() == [[5, PAD], [6, 7]]
    assert batch.target.tolist() == [[8, 9, EOS], [EOS, PAD, PAD]]
    assert batch.target_lengths.tolist() == [3, 1]
    assert pad([[1]])[1].tolist() == [1]


@pytest.mark.parametrize(
    ("task", "backwards"), [(sequences.reversal, True), (sequences.copy, False)]
)
def test_pointing_tasks_have_the_alignment_they_claim(task, backwards):
    batch = task(8, 6, rng())
    order = sequences.reversal_alignment(6) if backwards else torch.arange(6)
    assert torch.equal(batch.source[:, order], batch.target[:, :-1])
    assert (batch.target[:, -1] == EOS).all()
    assert batch.source.min() >= sequences.FIRST_SYMBOL


def test_batches_have_lengths_between_the_two_ends():
    made = list(sequences.batches(sequences.copy, 2, 200, 3, 5, rng()))
    assert {batch.source.shape[1] for batch in made} == {3, 4, 5}


def test_a_vocabulary_gives_back_what_it_took():
    vocabulary = Vocabulary("abca")
    assert len(vocabulary) == 4 + 3
    assert vocabulary.decode(vocabulary.encode("cab")) == list("cab")
    assert vocabulary.decode([4, EOS, 5]) == ["a"]


def test_dates_say_the_same_day_twice_and_know_where_the_year_stands():
    for item in dates.dates(300, rng()):
        year = "".join(item.text[i] for i in item.year_at)
        assert item.iso.startswith(year)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", item.iso)
        assert str(int(item.iso[-2:])) in item.text
    batch = dates.batch(dates.dates(4, rng()))
    assert (batch.target_lengths == dates.ISO_LENGTH + 1).all()


CORPUS = translation.corpus(2000, rng())


def test_sentences_are_deterministic_and_differ():
    assert translation.corpus(20, rng(5)) == translation.corpus(20, rng(5))
    assert len({pair.english for pair in CORPUS}) == len(CORPUS)


def test_every_french_word_knows_its_english():
    for item in CORPUS:
        assert item.sure <= item.possible
        assert {i for i, _ in item.possible} == set(range(len(item.french)))
        assert all(0 <= j < len(item.english) for _, j in item.possible)


def french_of(english):
    return [" ".join(p.french) for p in CORPUS if f" {english} " in f" {' '.join(p.english)} "]


@pytest.mark.parametrize(
    ("english", "french", "never"),
    [
        ("the tree", "l' arbre", "le arbre"),
        ("of the cat", "du chat", "de le chat"),
        ("of the boys", "des garçons", "de les garçons"),
        ("an old tree", "un vieil arbre", "un vieux arbre"),
        ("the white flower", "la fleur blanche", "la blanche fleur"),
        ("the small flower", "la petite fleur", "la fleur petite"),
        ("does not like", "n' aime pas", "ne aime"),
    ],
)
def test_the_grammar(english, french, never):
    found = french_of(english)
    assert found, f"the sample has no {english!r}"
    assert all(french in sentence for sentence in found)
    assert not any(never in " ".join(p.french) for p in CORPUS)


def test_adjectives_that_follow_cross_their_noun():
    item = next(p for p in CORPUS if "black" in p.english)
    at = item.english.index("black")
    adjective = next(i for i, j in item.sure if j == at)
    noun = next(i for i, j in item.sure if j == at + 1)
    assert adjective == noun + 1


def test_negation_denies_an_indefinite_object():
    bare = {"un", "une", "des"}
    for item in CORPUS:
        if "pas" in item.french:
            assert item.french[item.french.index("pas") + 1] not in bare


# ------------------------------------------------------------------ sentiment


def test_without_files_the_corpus_is_generated_and_says_so(monkeypatch, tmp_path):
    monkeypatch.delenv("ATTN_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    corpus = sentiment.sentences()
    assert corpus.origin == "a generated corpus"
    assert sum(s.positive for s in corpus.sentences) * 2 == len(corpus.sentences)


def test_a_folder_that_is_named_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("ATTN_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="uci-sentiment"):
        sentiment.sentences()


def test_a_file_that_was_changed_is_refused(monkeypatch, tmp_path):
    (tmp_path / "uci-sentiment").mkdir()
    (tmp_path / "uci-sentiment/yelp_labelled.txt").write_text("Lovely.\t1\n")
    monkeypatch.setenv("ATTN_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="not the file that UCI published"):
        sentiment.sentences(("yelp",))


def test_a_sound_file_is_read_line_by_line(monkeypatch, tmp_path):
    content = 'Not tasty\u0085 at all.\t0\nI love "it".\t1\n'.encode()
    monkeypatch.setitem(
        sentiment.SHA256, "yelp_labelled.txt", __import__("hashlib").sha256(content).hexdigest()
    )
    (tmp_path / "uci-sentiment").mkdir()
    (tmp_path / "uci-sentiment/yelp_labelled.txt").write_bytes(content)
    monkeypatch.setenv("ATTN_DATA", str(tmp_path))
    corpus = sentiment.sentences(("yelp",))
    assert [s.positive for s in corpus.sentences] == [False, True]
    assert list(itertools.chain(*(s.words for s in corpus.sentences)))[-1] == "it"


def test_digits_are_real_split_by_class_and_apart():
    train, test = digits.digits()
    assert len(train.images) + len(test.images) == 1797
    assert train.images.min() == 0
    assert train.images.max() == 1
    assert (test.labels.bincount() - 45).abs().max() <= 2
    seen = {image.numpy().tobytes() for image in train.images}
    assert sum(image.numpy().tobytes() in seen for image in test.images) == 0


def test_a_grid_knows_the_digit_in_the_cell_that_is_asked_for():
    source = digits.digits()[0]
    made = digits.grids(source, 300, rng())
    known = {image.numpy().tobytes(): int(k) for image, k in zip(*source, strict=True)}
    for cells, asked, answer in zip(made.cells, made.asked, made.answer, strict=True):
        assert known[cells[asked].numpy().tobytes()] == answer
    assert set(made.asked.tolist()) == set(range(9))
    assert torch.equal(made.cells, digits.grids(source, 300, rng()).cells)


def test_a_canvas_holds_its_digit_where_it_says():
    source = digits.digits()[0]
    made = digits.canvases(source, 100, rng())
    known = {image.numpy().tobytes(): int(k) for image, k in zip(*source, strict=True)}
    corners = set()
    for image, label, inside in zip(*made, strict=True):
        cells = inside.reshape(4, 4)
        top, left = (int(cells.any(1 - axis).nonzero()[0]) for axis in (0, 1))
        corners.add((top, left))
        assert cells[top : top + 2, left : left + 2].all()
        digit = image[0, 4 * top : 4 * top + 8, 4 * left : 4 * left + 8]
        assert known[digit.contiguous().numpy().tobytes()] == label
    assert len(corners) == 9
    assert torch.equal(made.images, digits.canvases(source, 100, rng()).images)
