"""What every answer to ``AttentionPooling`` must satisfy."""

import math

import torch

from attn import attention_pooling as mechanism
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def batches(rng: Rng):
    yield _sentences("one sentence", rng, torch.tensor([True, True, True]))
    yield _sentences("a padded sentence", rng, torch.tensor([True, True, False]))
    lengths = torch.tensor([[True] * 4, [True, True, False, False], [True, False, False, False]])
    yield _sentences("a batch", rng, lengths)
    yield _sentences("a sentence without words", rng, torch.tensor([[True, True], [False, False]]))
    yield _sentences("as many keys as sentences", rng, torch.tensor([[True, True]] * 3), m=2, k=3)
    loud = torch.tensor([[True, True, True, False]])
    yield _sentences("the padding is loud", rng, loud, loud=True)
    yield _sentences("gradients", rng, lengths).backward(sample.seed(rng))


def _sentences(
    name: str, rng: Rng, mask: torch.Tensor, m: int = 3, k: int = 2, loud: bool = False
) -> Case:
    h = sample.tensor(rng, *mask.shape, m)
    q = 1.5 * sample.tensor(rng, k)
    W = sample.tensor(rng, k, m)
    if loud:  # at the padding, every key agrees with a strong query as much as it can
        q = 40 * q.sign()
        h[~mask] = 30 * torch.linalg.pinv(W) @ q.sign()
    state = {"W.weight": W, "W.bias": sample.tensor(rng, k), "q": q}
    args = {"annotations": h, "mask": mask}
    calls = (Call(args, method="weights"), Call(args))
    return Case.of(name, Program(calls, init={"m": m, "k": k}, state=state))


AttentionPooling = Exercise(
    "AttentionPooling",
    points=4,
    reference=mechanism.AttentionPooling,
    cases=batches,
    forbids=("MultiheadAttention", "scaled_dot_product_attention"),
)


@AttentionPooling.fact
def padding_gets_nothing(f: Answers, case: Case) -> None:
    """Padding gets a weight of exactly zero, also in a sentence without words."""
    weights, _ = f(case)
    ensure(
        (weights[~case["mask"]] == 0).all(), "padding has a weight", weights, f.expected(case)[0]
    )


@AttentionPooling.fact
def weights_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every sentence that has a word sum to one."""
    sums = f(case)[0].sum(-1)[case["mask"].any(-1)]
    agree(sums, torch.ones_like(sums), what="the sums of the weights")


@AttentionPooling.fact(after=(padding_gets_nothing, weights_sum_to_one))
def reads_the_annotations(f: Answers, case: Case) -> None:
    """What is read is the annotations, averaged with your own weights."""
    weights, pooled = f(case)
    average = (weights[..., None] * case["annotations"]).sum(-2)
    agree(pooled, average, what="what was read", rtol=1e-3, atol=1e-4)


class _Variant(mechanism.AttentionPooling):
    """A wrong layer: ``scores`` and ``share`` make the weights, ``read`` what comes out."""

    def scores(self, h):
        return self.W(h).tanh() @ self.q

    def share(self, scores, mask):
        return masked_softmax(scores, mask)

    def weights(self, annotations, mask):
        return self.share(self.scores(annotations), mask)


@AttentionPooling.mistake(
    "the padding is read",
    "Nothing keeps the softmax from giving weight to padding. Give the padding's scores -inf.",
)
class NoMask(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1)


@AttentionPooling.mistake(
    "the mask is upside down",
    "Here True means “may be read”; masked_fill writes where its mask is True, so pass it ~mask.",
)
class UpsideDown(_Variant):
    def share(self, scores, mask):
        return masked_softmax(scores, ~mask)


@AttentionPooling.mistake(
    "masks after the softmax",
    "The padding has already taken its share, and the weights no longer sum to one. Hide the "
    "scores before the softmax.",
)
class Late(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1) * mask


@AttentionPooling.mistake(
    "a sentence without words becomes nan",
    "The softmax of nothing but -inf is 0 / 0. Such a sentence should give zeros.",
)
class Nan(_Variant):
    def share(self, scores, mask):
        return scores.masked_fill(~mask, -math.inf).softmax(-1)


@AttentionPooling.mistake(
    "a large negative number in place of minus infinity",
    "In a sentence without words all scores are then equal, and its padding is read. Use -inf, and "
    "treat such a sentence.",
)
class LargeNegative(_Variant):
    def share(self, scores, mask):
        return scores.masked_fill(~mask, -1e9).softmax(-1)


@AttentionPooling.mistake(
    "no tanh",
    "The keys are u = tanh(W h + b). Without the tanh the score is linear in h, and W and q could "
    "be one vector.",
)
class Linear(_Variant):
    def scores(self, h):
        return self.W(h) @ self.q


@AttentionPooling.mistake(
    "the tanh is outside the score",
    "tanh(u · q) squeezes every score between -1 and 1, so no word can win clearly. It belongs to "
    "the keys: tanh(W h + b), then the dot product with q.",
)
class Outside(_Variant):
    def scores(self, h):
        return (self.W(h) @ self.q).tanh()


@AttentionPooling.mistake(
    "the well-known Keras layer",
    "Its tanh stands around the score, so that no word can win clearly, and without a mask padding "
    "is read. Bend the keys, tanh(W h + b), and give the padding's scores -inf.",
)
class Keras(_Variant):
    def scores(self, h):
        return (self.W(h) @ self.q).tanh()

    def share(self, scores, mask):
        return scores.softmax(-1)


@AttentionPooling.mistake(
    "no query",
    "These weights do not depend on q at all: every word counts alike. The score of a position is "
    "its key times q.",
)
class Mean(_Variant):
    def scores(self, h):
        return 0 * (self.W(h).tanh() @ self.q)


@AttentionPooling.mistake(
    "averages the keys",
    "The keys u decide the weights; what is averaged with them are the annotations h.",
)
class Keys(_Variant):
    def forward(self, annotations, mask):
        keys = self.W(annotations).tanh()
        return (self.weights(annotations, mask)[..., None, :] @ keys)[..., 0, :]


@AttentionPooling.mistake(
    "the softmax runs over the sentences",
    "Each sentence shares out its own attention: its weights sum to one over its positions, the "
    "last axis of the scores.",
)
class OverSentences(_Variant):
    def share(self, scores, mask):
        if scores.ndim == 1:
            return masked_softmax(scores, mask)
        return masked_softmax(scores.transpose(0, -1), mask.transpose(0, -1)).transpose(0, -1)


@AttentionPooling.mistake(
    "divides by √k",
    "Yang et al. do not scale: the length of q says how sharply it asks, and is learned.",
)
class Scaled(_Variant):
    def scores(self, h):
        return self.W(h).tanh() @ self.q / math.sqrt(len(self.q))


@AttentionPooling.mistake(
    "the query cannot learn",
    "detach() and .data take the query out of the graph, so no gradient reaches it. Use the "
    "parameter itself.",
)
class Cut(_Variant):
    def scores(self, h):
        return self.W(h).tanh() @ self.q.detach()
