"""attn.families and attn.t5 against the models of the transformers library; never downloaded."""

import pytest
import torch
import transformers
from tensors import normal, seeded
from torch import Tensor, nn
from transformers.models.t5.modeling_t5 import T5Attention, T5LayerNorm

from attn.families import BERT, GPT
from attn.layer_norm import layer_norm
from attn.relative import relative_buckets
from attn.rms_norm import RMSNorm
from attn.seq2seq import shift_right
from attn.t5 import T5, UnscaledMultiHead
from attn.train import seeded as training_seed

V = 30
LENGTHS = (9, 5, 2)
CLOSE = {"rtol": 0, "atol": 1e-5}


def shaken(model: nn.Module) -> nn.Module:
    """In float64, no parameter as it starts: a gain of 1 or a bias of 0 would hide what is lost."""
    with training_seed(1):
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.3)
    return model.double().eval()


def gpt2(**options) -> nn.Module:
    with training_seed(0):
        c = {"n_positions": 12, "n_embd": 16, "n_layer": 2, "n_head": 4, **options}
        config = transformers.GPT2Config(vocab_size=V, bos_token_id=1, eos_token_id=2, **c)
        return transformers.GPT2LMHeadModel(config)


def bert() -> nn.Module:
    with training_seed(0):
        config = transformers.BertConfig(
            vocab_size=V,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=24,
            max_position_embeddings=12,
        )
        return transformers.BertForMaskedLM(config)


def t5(**options) -> nn.Module:
    with training_seed(0):
        c = {"feed_forward_proj": "relu", "decoder_start_token_id": 1, **options}
        config = transformers.T5Config(
            vocab_size=V,
            d_model=16,
            d_kv=6,  # 4 heads of 6 are not 16
            d_ff=24,
            num_layers=2,
            num_heads=4,
            relative_attention_num_buckets=8,
            relative_attention_max_distance=7,
            **c,
        )
        return transformers.T5ForConditionalGeneration(config)


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(3, V, (3, 9), generator=seeded(1))


@pytest.fixture
def real() -> Tensor:
    return torch.arange(9) < torch.tensor(LENGTHS)[:, None]


def agree(ours: Tensor, theirs: Tensor, model: nn.Module, theirs_model: nn.Module, table: Tensor):
    """The outputs, and the gradients of both embedding tables along one direction."""
    torch.testing.assert_close(ours, theirs, **CLOSE)
    assert theirs.std() > 0.05  # else anything would agree
    direction = normal(seeded(7), *ours.shape)
    (mine,) = torch.autograd.grad((ours * direction).sum(), model.embedding.weight)
    (expected,) = torch.autograd.grad((theirs * direction).sum(), table)
    # T5's library squares in float32, so its gradients are no more exact than that.
    assert (mine - expected).abs().max() < 1e-5 * expected.abs().max()


def test_gpt_is_gpt2_forward_and_backward(tokens):
    theirs = shaken(gpt2())
    ours = GPT.from_transformers(theirs)
    agree(ours(tokens), theirs(tokens).logits, ours, theirs, theirs.transformer.wte.weight)


def test_bert_is_bert_forward_and_backward(tokens, real):
    theirs = shaken(bert())
    ours = BERT.from_transformers(theirs)
    segments = torch.randint(0, 2, (3, 9), generator=seeded(2))
    expected = theirs(tokens, attention_mask=real.long(), token_type_ids=segments).logits
    table = theirs.bert.embeddings.word_embeddings.weight
    agree(ours(tokens, real, segments)[real], expected[real], ours, theirs, table)


def test_t5_is_t5_forward_and_backward(tokens, real):
    theirs = shaken(t5())
    ours = T5.from_transformers(theirs)
    target = torch.randint(3, V, (3, 11), generator=seeded(3))
    inputs = shift_right(target)
    expected = theirs(input_ids=tokens, attention_mask=real.long(), decoder_input_ids=inputs).logits
    agree(ours(tokens, real, target), expected, ours, theirs, theirs.shared.weight)


@pytest.mark.parametrize("make", [gpt2, bert, t5])
def test_as_the_library_initialises_them_too(make, tokens, real):
    theirs = make().eval()
    with torch.no_grad():
        if make is gpt2:
            mine, expected = GPT.from_transformers(theirs)(tokens), theirs(tokens).logits
        elif make is bert:
            mine = BERT.from_transformers(theirs)(tokens, real)[real]
            expected = theirs(tokens, attention_mask=real.long()).logits[real]
        else:
            mine = T5.from_transformers(theirs)(tokens, real, tokens)
            given = {"attention_mask": real.long(), "decoder_input_ids": shift_right(tokens)}
            expected = theirs(input_ids=tokens, **given).logits
    torch.testing.assert_close(mine, expected, **CLOSE)


def test_t5_writes_what_the_library_writes(tokens, real):
    theirs = shaken(t5())
    written = T5.from_transformers(theirs).greedy(tokens, real, 6)
    expected = theirs.generate(
        tokens, attention_mask=real.long(), max_new_tokens=6, do_sample=False, eos_token_id=2
    )
    n = expected.shape[1] - 1
    assert torch.equal(written[:, :n], expected[:, 1:])


def test_t5_refuses_what_it_is_not():
    with pytest.raises(ValueError, match="not the first T5"):
        T5.from_transformers(t5(feed_forward_proj="gated-gelu"))


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize(("buckets", "longest"), [(32, 128), (8, 20), (8, 16), (4, 6), (12, 40)])
def test_buckets_are_the_librarys(both_ways, buckets, longest, device):
    ahead = torch.arange(200) - torch.arange(200)[:, None]
    theirs = T5Attention._relative_position_bucket(ahead, both_ways, buckets, longest)
    ours = relative_buckets(200, 200, buckets, longest, both_ways, device)
    assert torch.equal(ours.cpu(), theirs)
    assert torch.equal(relative_buckets(3, 200, buckets, longest, both_ways), theirs[-3:])


def test_rms_norm_is_the_librarys_and_torchs(device):
    X = normal(seeded(0), 2, 5, 6).to(device)
    ours, theirs = RMSNorm(6).to(X), T5LayerNorm(6).to(X)
    nn.init.normal_(ours.gain)
    theirs.weight.data.copy_(ours.gain.data)
    torch.testing.assert_close(ours(X), theirs(X), **CLOSE)  # theirs squares in float32
    torchs = nn.functional.rms_norm(X, (6,), ours.gain, 1e-6)
    torch.testing.assert_close(ours(X), torchs, rtol=1e-12, atol=1e-12)


def test_rms_norm_is_layer_norm_where_the_mean_is_zero():
    X = normal(seeded(0), 3, 8)
    X = X - X.mean(-1, keepdim=True)
    gain, zero = torch.ones(8).double(), torch.zeros(8).double()
    norm = RMSNorm(8, eps=1e-5).double()
    torch.testing.assert_close(norm(X), layer_norm(X, gain, zero, 1e-5))


def test_gpt_never_looks_ahead_and_bert_does(tokens):
    gpt, bert = (model(V, 12, D=16, H=4, F=24, depth=2) for model in (GPT, BERT))
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % V
    assert torch.equal(gpt(changed)[:, :5], gpt(tokens)[:, :5])
    assert not torch.isclose(gpt(changed)[:, 5:], gpt(tokens)[:, 5:]).all(-1).any()
    assert not torch.isclose(bert(changed), bert(tokens)).all(-1).any()


def test_padding_is_not_read(tokens, real):
    with training_seed(0):
        bert = BERT(V, 12, D=16, H=4, F=24, depth=2).eval()
        model = T5(V, D=16, H=4, d=6, F=24, depth=2).eval()
    other = tokens.where(real, (tokens + 5) % V)
    assert torch.equal(bert(tokens, real)[real], bert(other, real)[real])
    assert torch.equal(model(tokens, real, tokens), model(other, real, tokens))


def test_the_first_weights_make_up_for_the_missing_root():
    """Scores of unit inputs have variance 1, whatever d is."""
    with training_seed(0):
        X = torch.randn(400, 64)
        for d in (4, 64):
            heads = UnscaledMultiHead(64, H=8, d=d)
            Q, K = (
                (X @ W.weight.T).unflatten(-1, (8, d)).transpose(0, 1)
                for W in (heads.W_q, heads.W_k)
            )
            assert 0.7 < (Q @ K.transpose(-1, -2)).var() < 1.4
