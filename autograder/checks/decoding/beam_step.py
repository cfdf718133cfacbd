"""What every answer to ``beam_step`` must satisfy."""

import torch

from attn import decoding
from attn.data.batch import EOS, PAD
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def beams(rng: Rng):
    likely = torch.tensor([[[-9.0, -9.0, -3.0, -0.5, -1.0], [-9.0, -9.0, -2.0, -0.2, -1.5]]])
    totals = torch.tensor([[-1.0, -2.0]])
    none, second = torch.tensor([[False, False]]), torch.tensor([[False, True]])
    yield Case("nobody has ended", totals=totals, logs=likely, finished=none)
    yield Case("the second has ended", totals=totals, logs=likely, finished=second)
    behind = torch.tensor([[-1.0, -9.0]])
    yield Case("one has ended far behind", totals=behind, logs=likely, finished=second)
    both = torch.tensor([[True, True]])
    yield Case("both have ended", totals=totals, logs=likely, finished=both)
    started = torch.tensor([[0.0, -torch.inf]])
    yield Case("the first step", totals=started, logs=likely, finished=none)
    for number in range(3):
        B, K, V = 2 + number, 3 + number, 6
        logs = torch.from_numpy(rng.normal(size=(B, K, V)) * 2).float().log_softmax(-1)
        drawn = -torch.from_numpy(rng.uniform(1, 5, size=(B, K))).float()
        ended = torch.from_numpy(rng.random((B, K)) < 0.4)
        yield Case(f"drawn ({number + 1})", totals=drawn, logs=logs, finished=ended)


def in_order(totals, parents, tokens):
    """The same beams, by whom they continue and then by token: a beam has no order."""
    order = (parents * 10_000 + tokens).argsort(-1)
    return tuple(x.gather(-1, order) for x in (totals, parents, tokens))


def reference(totals, logs, finished):
    return in_order(*decoding.beam_step(totals, logs, finished))


beam_step = Exercise("beam_step", points=4, reference=reference, cases=beams)


@beam_step.fact
def what_has_ended_stays(f: Answers, case: Case) -> None:
    """A finished hypothesis is still there, with its total unchanged and PAD for its token."""
    totals, parents, tokens = f(case)
    for b, k in case["finished"].nonzero().tolist():
        mine = parents[b] == k
        ensure(int(mine.sum()) == 1, f"hypothesis {k} is there {int(mine.sum())} times", f(case))
        agree(totals[b][mine], case["totals"][b, k][None], what="its total")
        ensure(int(tokens[b][mine]) == PAD, f"its token is {int(tokens[b][mine])}", f(case))


@beam_step.fact
def totals_grow_by_the_token(f: Answers, case: Case) -> None:
    """An unfinished hypothesis' total is its parent's plus the log-probability of its token."""
    totals, parents, tokens = f(case)
    rows = torch.arange(len(totals))[:, None]
    open_ = ~case["finished"][rows, parents]
    expected = case["totals"][rows, parents] + case["logs"][rows, parents, tokens]
    agree(totals[open_], expected[open_], what="the totals")


def _step(totals, logs, finished, keep=True, silent=True):
    """``decoding.beam_step`` with parts that can be left out."""
    K, V = logs.shape[-2:]
    if silent:
        pads = torch.full_like(logs, -torch.inf)
        pads[..., PAD] = 0
        logs = torch.where(finished[..., None], pads, logs)
    candidates = totals[..., None] + logs
    rank = candidates.clone()
    if keep:
        rank[..., PAD] = rank[..., PAD].masked_fill(finished, torch.inf)
    best = rank.flatten(-2).topk(K).indices
    return in_order(candidates.flatten(-2).gather(-1, best), best // V, best % V)


@beam_step.mistake(
    "what has ended can be pushed out",
    "A finished sentence competes with beginnings likelier only because they are not done. "
    "It keeps its place, whatever its total.",
)
def pushed_out(totals, logs, finished):
    return _step(totals, logs, finished, keep=False)


@beam_step.mistake(
    "what has ended goes on",
    "After EOS nothing follows. A finished hypothesis has one way to go on: PAD, which costs "
    "nothing.",
)
def goes_on(totals, logs, finished):
    return _step(totals, logs, finished, keep=False, silent=False)


@beam_step.mistake(
    "each beam keeps its own best",
    "Every hypothesis was continued once. All K · V continuations compete: a good one may have "
    "several children, and a bad one none.",
)
def one_child_each(totals, logs, finished):
    pads = torch.full_like(logs, -torch.inf)
    pads[..., PAD] = 0
    best, tokens = torch.where(finished[..., None], pads, logs).max(-1)
    return in_order(totals + best, torch.arange(totals.shape[1]).expand_as(tokens), tokens)


@beam_step.mistake(
    "the past is forgotten",
    "Only the newest token's log-probability was compared. Add it to the total of the parent.",
)
def no_past(totals, logs, finished):
    return _step(torch.where(finished, totals, torch.zeros_like(totals)), logs, finished)


@beam_step.mistake(
    "log-probabilities are multiplied",
    "Probabilities multiply, so their logarithms add.",
)
def multiplied(totals, logs, finished):
    K, V = logs.shape[-2:]
    pads = torch.full_like(logs, torch.inf)
    pads[..., PAD] = 1
    candidates = totals[..., None] * torch.where(finished[..., None], pads, logs)
    best = candidates.flatten(-2).topk(K).indices
    return in_order(candidates.flatten(-2).gather(-1, best), best // V, best % V)


@beam_step.mistake(
    "parent and token are mixed up",
    "In the flat list of K · V, place n belongs to parent n // V and token n % V.",
)
def mixed_up(totals, logs, finished):
    best, parents, tokens = decoding.beam_step(totals, logs, finished)
    K, V = logs.shape[-2:]
    place = parents * V + tokens
    return in_order(best, place % K, place // K)


@beam_step.mistake(
    "EOS is where what has ended goes on",
    "A finished hypothesis goes on with PAD: it has its EOS already.",
)
def ends_again(totals, logs, finished):
    best, parents, tokens = decoding.beam_step(totals, logs, finished)
    return in_order(best, parents, tokens.masked_fill(finished.gather(-1, parents), EOS))
