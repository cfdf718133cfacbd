"""Encoder and decoder: padding changes nothing, no step sees its answer, and it learns."""

import pytest
import torch
from torch import nn

from attn.additive import AdditiveAttention
from attn.data import sequences
from attn.data.batch import BOS, EOS, PAD
from attn.seq2seq import (
    Decoder,
    Encoder,
    Seq2Seq,
    sequence_accuracy,
    shift_right,
    token_loss,
)
from attn.train import seeded, train


def model(attention=True, cell="gru", bidirectional=True, vocabulary=12, n=8, m=8):
    with seeded(0):
        attend = AdditiveAttention(n, m, 6) if attention else None
        encoder = Encoder(vocabulary, 5, m, cell=cell, bidirectional=bidirectional)
        return Seq2Seq(encoder, Decoder(vocabulary, 5, n, m, attend))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_padding_changes_nothing(cell, bidirectional, device):
    encoder = model(cell=cell, bidirectional=bidirectional).encoder.to(device)
    tokens = torch.tensor([[3, 4, 5, PAD, PAD], [6, 7, 8, 9, 10]], device=device)
    both = encoder(tokens, torch.tensor([3, 5], device=device))
    alone = encoder(tokens[:1, :3], torch.tensor([3], device=device))
    torch.testing.assert_close(both.annotations[:1, :3], alone.annotations)
    torch.testing.assert_close(both.summary[:1], alone.summary)
    assert both.mask.tolist() == [[True] * 3 + [False] * 2, [True] * 5]


def test_the_encoder_is_torchs_gru():
    encoder = model().encoder
    tokens, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    states, _ = encoder.rnn(encoder.embedding(tokens))
    memory = encoder(tokens, lengths)
    torch.testing.assert_close(memory.annotations, states)
    forwards, backwards = states[0, -1, :4], states[0, 0, 4:]
    torch.testing.assert_close(memory.summary[0], torch.cat([forwards, backwards]))


@pytest.mark.parametrize(("options", "word"), [({"cell": "rnn"}, "gru"), ({"m": 7}, "even")])
def test_impossible_encoders_are_refused(options, word):
    with pytest.raises(ValueError, match=word):
        Encoder(vocabulary=5, width=4, **{"m": 6} | options)


def test_no_step_sees_its_answer():
    net = model()
    source, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    target = torch.tensor([[6, 7, 8, EOS]])
    changed = torch.tensor([[6, 7, 9, EOS]])
    a, _ = net(source, lengths, target)
    b, _ = net(source, lengths, changed)
    torch.testing.assert_close(a[:, :3], b[:, :3])
    assert not torch.allclose(a[:, 3], b[:, 3])
    assert shift_right(target).tolist() == [[BOS, 6, 7, 8]]


def test_greedy_writes_what_teacher_forcing_on_its_own_words_predicts():
    net = model()
    source, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    written, _ = net.greedy(source, lengths, 6)
    if EOS not in written:
        scores, _ = net(source, lengths, written)
        assert torch.equal(scores.argmax(-1), written)


def test_greedy_pads_after_the_end():
    net = model()
    with torch.no_grad():
        net.decoder.out.weight.zero_()
        net.decoder.out.bias.copy_(nn.functional.one_hot(torch.tensor(EOS), 12).float())
    written, _ = net.greedy(torch.tensor([[3]]), torch.tensor([1]), 4)
    assert written.tolist() == [[EOS, PAD, PAD, PAD]]


def test_without_attention_the_context_is_the_summary_and_nothing_is_read():
    net = model(attention=False)
    source, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    memory = net.encoder(source, lengths)
    context, weights = net.decoder.look(net.decoder.start(memory), memory)
    assert torch.equal(context, memory.summary)
    assert (weights == 0).all()


def test_the_loss_does_not_count_padding():
    scores = torch.randn(2, 3, 12)
    target = torch.tensor([[5, EOS, PAD], [6, 7, EOS]])
    expected = nn.functional.cross_entropy(
        torch.cat([scores[0, :2], scores[1]]), torch.tensor([5, EOS, 6, 7, EOS])
    )
    torch.testing.assert_close(token_loss(scores, target), expected)


def test_a_sequence_is_right_as_a_whole_or_not():
    target = torch.tensor([[5, 6, EOS], [5, EOS, PAD]])
    assert sequence_accuracy(target, target) == 1
    assert sequence_accuracy(torch.tensor([[5, 6, EOS, PAD], [5, 6, EOS, PAD]]), target) == 0.5


def test_it_learns_to_reverse_short_sequences():
    net = model(vocabulary=sequences.VOCABULARY, n=24, m=24)
    data = sequences.batches(sequences.reversal, 32, 200, 2, 3, torch.Generator().manual_seed(0))
    train(
        net,
        data,
        lambda m, b: token_loss(m(b.source, b.source_lengths, b.target)[0], b.target),
        lr=1e-2,
    )
    test = sequences.reversal(200, 3, torch.Generator().manual_seed(1))
    written, _ = net.greedy(test.source, test.source_lengths, 4)
    assert sequence_accuracy(written, test.target) > 0.9
