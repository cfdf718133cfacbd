"""Luong's attention against its equations, Bahdanau's score, and PyTorch's own products."""

import numpy as np
import pytest
import torch
from tensors import close, normal, seeded

from attn import luong
from attn.additive import AdditiveAttention
from attn.data.batch import EOS
from attn.equations import luong as equations
from attn.seq2seq import Decoder, Encoder, Memory, Seq2Seq, Steps
from attn.train import seeded as training_seed


def look(seed: int, *B: int, T=5, n=3, m=4):
    rng = seeded(seed)
    return normal(rng, *B, n), normal(rng, *B, T, m), normal(rng, n, m), rng


def test_each_score_is_its_equation(device):
    state, annotations, W_a, rng = look(0)
    V_a, v_a, W_l = normal(rng, 6, 7), normal(rng, 6), normal(rng, 8, 3)
    h_t, h = state.numpy(), annotations.numpy()
    on = [x.to(device) for x in (state, annotations)]
    expected = {
        luong.general_score(*on, W_a.to(device)): equations.general_scores(h_t, h, W_a.numpy()),
        luong.concat_score(*on, V_a.to(device), v_a.to(device)): equations.concat_scores(
            h_t, h, V_a.numpy(), v_a.numpy()
        ),
        luong.dot_score(on[0], on[1][:, :3]): equations.dot_scores(h_t, h[:, :3]),
    }
    for ours, theirs in expected.items():
        close(ours, torch.from_numpy(theirs))
    location = luong.LocationScore(3, longest=8).double().to(device)
    location.W_a.weight.data = W_l.to(device)
    close(location(*on), torch.from_numpy(equations.location_scores(h_t, 5, W_l.numpy())))


def test_general_is_torchs_bilinear_form():
    state, annotations, W_a, _ = look(1, 2)
    oracle = torch.nn.functional.bilinear(
        state[:, None].expand(-1, 5, -1).contiguous(), annotations, W_a[None]
    )[..., 0]
    close(luong.general_score(state, annotations, W_a), oracle)


def test_concat_is_bahdanaus_score_with_its_matrix_cut_in_two():
    state, annotations, _, rng = look(2, 2)
    W_a, v_a = normal(rng, 6, 7), normal(rng, 6)
    additive = AdditiveAttention(3, 4, 6).double()
    additive.W_a.weight.data, additive.U_a.weight.data = W_a[:, :3], W_a[:, 3:]
    additive.v_a.weight.data = v_a[None]
    close(luong.concat_score(state, annotations, W_a, v_a), additive.scores(state, annotations))


def test_location_never_looks_at_the_words():
    state, annotations, *_ = look(3, 2)
    score = luong.LocationScore(3, longest=9).double()
    close(score(state, annotations), score(state, torch.zeros_like(annotations)))


def test_location_never_reads_beyond_what_it_knows():
    state, annotations, *_ = look(4, 2, T=5)
    attend = luong.GlobalAttention(luong.LocationScore(3, longest=3).double())
    _, weights = attend(state, annotations, torch.ones(2, 5, dtype=torch.bool))
    assert (weights[:, 3:] == 0).all()
    close(weights.sum(-1), torch.ones(2))


@pytest.mark.parametrize("name", luong.SCORES)
@pytest.mark.parametrize("B", [(), (2,), (2, 3)])
def test_any_batch_shape_and_padding_is_not_read(name, B, device):
    rng = seeded(5)
    state, annotations = normal(rng, *B, 4).to(device), normal(rng, *B, 6, 4).to(device)
    score = luong.score(name, 4, 4, longest=6).double().to(device)
    attend = luong.GlobalAttention(score)
    mask = (torch.arange(6) < 4).expand(*B, 6).to(device)
    context, weights = attend(state, annotations, mask)
    assert context.shape == (*B, 4)
    assert (weights[..., 4:] == 0).all()
    close(weights.sum(-1), torch.ones(B))
    short, _ = attend(state, annotations[..., :4, :], mask[..., :4])
    close(context, short)


@pytest.mark.parametrize("name", luong.SCORES)
def test_gradients(name):
    rng = seeded(6)
    attend = luong.GlobalAttention(luong.score(name, 3, 3, longest=4).double())
    state, annotations = normal(rng, 1, 3).requires_grad_(), normal(rng, 1, 4, 3).requires_grad_()
    mask = torch.tensor([[True, True, False, True]])
    assert torch.autograd.gradcheck(lambda s, h: attend(s, h, mask)[0], (state, annotations))


def test_a_step_is_the_equations_in_luongs_order():
    decoder, memory = _decoder(feeding=True)
    state = decoder.start(memory)
    state = state._replace(vector=normal(seeded(8), 1, 4).tanh())
    token = torch.tensor([5])
    with torch.no_grad():
        logits, after, weights = decoder.step(token, state, memory)
        fed = torch.cat([decoder.embedding(token), state.vector], -1)
        h_t = decoder.cell(fed, state.h)
    h = memory.annotations[0].numpy()
    scores = equations.general_scores(h_t[0].numpy(), h, _weight(decoder.attention.score.W_a))
    vector, _, a_t = equations.global_step(h_t[0].numpy(), h, scores, _weight(decoder.W_c))
    np.testing.assert_allclose(after.h[0], h_t[0])
    np.testing.assert_allclose(weights[0], a_t, atol=1e-12)
    np.testing.assert_allclose(after.vector[0], vector, atol=1e-12)
    np.testing.assert_allclose(logits[0], _weight(decoder.W_s) @ vector, atol=1e-12)
    assert after.t == state.t + 1


def _weight(layer: torch.nn.Linear) -> np.ndarray:
    return layer.weight.detach().numpy()


def _decoder(feeding: bool, vocabulary=9):
    with training_seed(0):
        attention = luong.GlobalAttention(luong.GeneralScore(4, 6))
        decoder = luong.LuongDecoder(vocabulary, 3, 4, 6, attention, feeding).double()
    rng = seeded(7)
    mask = torch.ones(1, 5, dtype=torch.bool)
    return decoder, Memory(normal(rng, 1, 5, 6), mask, normal(rng, 1, 6))


def test_the_weights_of_a_step_know_its_token_and_bahdanaus_do_not():
    decoder, memory = _decoder(feeding=True)
    state = decoder.start(memory)
    a, b = (decoder.step(torch.tensor([word]), state, memory)[2] for word in (4, 5))
    assert not torch.allclose(a, b)
    with training_seed(0):
        attention = luong.GlobalAttention(luong.GeneralScore(4, 6))
        other = Decoder(9, 3, 4, 6, attention).double()
    first = other.start(memory)
    a, b = (other.step(torch.tensor([word]), first, memory)[2] for word in (4, 5))
    close(a, b)


@pytest.mark.parametrize("feeding", [True, False])
def test_only_with_feeding_does_the_state_know_what_was_read(feeding):
    decoder, memory = _decoder(feeding)
    state = decoder.start(memory)._replace(vector=torch.ones(1, 4, dtype=torch.float64))
    other = state._replace(vector=-state.vector)
    token = torch.tensor([5])
    same = torch.allclose(
        decoder.step(token, state, memory)[1].h, decoder.step(token, other, memory)[1].h
    )
    assert same is not feeding


def test_it_stands_where_bahdanaus_decoder_stands():
    with training_seed(0):
        attention = luong.GlobalAttention(luong.DotScore())
        net = Seq2Seq(Encoder(12, 5, 8), luong.LuongDecoder(12, 5, 8, 8, attention))
    assert isinstance(net.decoder, Steps)
    source, lengths = torch.tensor([[3, 4, 5], [6, 7, 0]]), torch.tensor([3, 2])
    written, weights = net.greedy(source, lengths, 4)
    assert written.shape == (2, 4)
    assert (weights[1, :, 2] == 0).all()
    scores, _ = net(source, lengths, torch.tensor([[6, 7, 8, EOS], [6, 7, EOS, 0]]))
    changed, _ = net(source, lengths, torch.tensor([[6, 7, 9, EOS], [6, 7, EOS, 0]]))
    close(changed[0, :3], scores[0, :3])  # no step sees its answer


def test_impossible_scores_are_refused():
    with pytest.raises(ValueError, match="take 'general'"):
        luong.score("dot", 3, 4)
    with pytest.raises(ValueError, match="number of positions"):
        luong.score("location", 3, 3)
    with pytest.raises(ValueError, match="dot, general, concat, location"):
        luong.score("cosine", 3, 3)
