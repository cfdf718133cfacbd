"""What every answer to ``attend_entities`` must satisfy."""

import torch
from torch import Tensor

from attn.entities import attend_entities as attended
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def views(rng: Rng):
    def view(name: str, mask: Tensor, *, n=3, m=2, d=4, e=3) -> Case:
        B, N = mask.shape
        return Case(
            name,
            agent=sample.tensor(rng, B, n),
            entities=sample.tensor(rng, B, N, m),
            mask=mask,
            W_q=sample.tensor(rng, d, n),
            W_k=sample.tensor(rng, d, m),
            W_v=sample.tensor(rng, e, m),
        )

    def all_of(B: int, N: int) -> Tensor:
        return torch.ones(B, N, dtype=torch.bool)

    yield Case(
        "the example of the task",
        agent=torch.tensor([[1.0]]),
        entities=torch.tensor([[[0.0, 4.0], [1.0, -2.0], [1.0, 9.0]]]),
        mask=torch.tensor([[True, True, False]]),
        W_q=torch.tensor([[3.0]]),
        W_k=torch.tensor([[1.0, 0.0]]),
        W_v=torch.tensor([[0.0, 1.0]]),
    )
    yield view("one entity", all_of(1, 1))
    yield view("three entities", all_of(1, 3))
    yield view("some unseen", torch.tensor([[True, False, True, False]]))
    yield view("as many as numbers", all_of(3, 3), n=3, m=3, d=3)
    yield view("a batch, of other sizes", sample.mask(rng, 3, 5))
    yield view("nothing is seen", torch.tensor([[False, False], [True, True]]))


def read(agent, entities, mask, W_q, W_k, W_v):
    """What the agent reads."""
    return attended(agent @ W_q.T, entities @ W_k.T, entities @ W_v.T, mask)[0]


attend_entities = Exercise(
    "attend_entities", points=2, reference=read, cases=views, keeps_dtype=True
)


@attend_entities.fact
def an_unseen_entity_changes_nothing(f: Answers, case: Case) -> None:
    """Whatever an unseen entity is like, the agent reads the same."""
    other = case["entities"].where(case["mask"][..., None], 5.0)
    if not case["mask"].all():
        agree(f(case.but(entities=other)), f(case), what="the result")


@attend_entities.fact
def a_set_has_no_order(f: Answers, case: Case) -> None:
    """In another order, the same is read."""
    turned = case.but(entities=case["entities"].flip(1), mask=case["mask"].flip(1))
    agree(f(turned), f(case), what="the result")


@attend_entities.fact
def nothing_seen_nothing_read(f: Answers, case: Case) -> None:
    """Where no entity is seen, zeros are read."""
    nobody = ~case["mask"].any(-1)
    if nobody.any():
        got = f(case)[nobody]
        ensure((got == 0).all(), "something else came back", got, torch.zeros_like(got))


@attend_entities.fact
def equal_scores_give_the_mean(f: Answers, case: Case) -> None:
    """An agent that asks for nothing (its features are 0) reads the mean of what it sees."""
    seen = case["mask"].float()[..., None]
    values = case["entities"] @ case["W_v"].T
    mean = (values * seen).sum(1) / seen.sum(1).clamp(min=1)
    agree(f(case.but(agent=torch.zeros_like(case["agent"]))), mean, what="the result")


def _scores(agent, entities, W_q, W_k):
    return ((entities @ W_k.T) @ (agent @ W_q.T)[..., None])[..., 0]


def _weights(scores, mask):
    powers = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    return powers / powers.sum(-1, keepdim=True).clamp(min=1e-30)


def _sum(weights, values):
    return (weights[:, None] @ values)[:, 0]


@attend_entities.mistake(
    "unseen entities are read",
    "The mask was not used. Entities that are not there got weight.",
)
def unmasked(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum(scores.softmax(-1), entities @ W_v.T)


@attend_entities.mistake(
    "masked after the softmax",
    "The softmax already shared the weight out to all, seen or not; what is left after the mask "
    "does not sum to one. Mask the scores.",
)
def late(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum(scores.softmax(-1) * mask, entities @ W_v.T)


@attend_entities.mistake(
    "a score of 0 for the unseen",
    "exp(0) is 1, so a score of 0 is read. An unseen entity needs minus infinity.",
)
def zeroed(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum((scores * mask).softmax(-1), entities @ W_v.T)


@attend_entities.mistake(
    "nan where nothing is seen",
    "Where every score is minus infinity, the softmax is 0 / 0. There, zeros are read.",
)
def undefined(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum(scores.masked_fill(~mask, -torch.inf).softmax(-1), entities @ W_v.T)


@attend_entities.mistake(
    "the unseen are read where nothing is seen",
    "A large negative number in place of minus infinity makes all scores alike where nothing is "
    "seen, and their mean is read. There, zeros are read.",
)
def large_number(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum(scores.masked_fill(~mask, -1e9).softmax(-1), entities @ W_v.T)


@attend_entities.mistake(
    "not divided by √d",
    "The scores are divided by the root of the queries' width.",
)
def unscaled(agent, entities, mask, W_q, W_k, W_v):
    return _sum(_weights(_scores(agent, entities, W_q, W_k), mask), entities @ W_v.T)


@attend_entities.mistake(
    "divided by the root of the entities' number",
    "d is the width of a query. You took the number of entities, and the agent would get more "
    "indifferent the more it sees.",
)
def by_number(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / mask.shape[-1] ** 0.5
    return _sum(_weights(scores, mask), entities @ W_v.T)


@attend_entities.mistake(
    "the mean of what is seen",
    "All that is seen was read alike. The scores decide how much of each.",
)
def mean(agent, entities, mask, W_q, W_k, W_v):
    return _sum(_weights(mask.float(), mask), entities @ W_v.T)


@attend_entities.mistake(
    "the best one only",
    "You took the entity with the largest score. Attention reads a weighted sum of all, so that "
    "a gradient can tell which would have been better.",
)
def hard(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k).masked_fill(~mask, -torch.inf)
    one = torch.nn.functional.one_hot(scores.argmax(-1), mask.shape[-1]) * mask
    return _sum(one.to(scores.dtype), entities @ W_v.T)


@attend_entities.mistake(
    "the sum is divided by the number seen",
    "The weights sum to one already. Dividing by the number makes everything smaller the more is "
    "seen.",
)
def divided(agent, entities, mask, W_q, W_k, W_v):
    scores = _scores(agent, entities, W_q, W_k) / len(W_q) ** 0.5
    return _sum(_weights(scores, mask), entities @ W_v.T) / mask.sum(-1, keepdim=True).clamp(min=1)
