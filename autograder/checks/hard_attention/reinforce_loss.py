"""What every answer to ``reinforce_loss`` must satisfy."""

import torch

from attn import hard
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def batches(rng: Rng):
    yield Case(
        "one glimpse",
        log_probability=torch.tensor([-0.5]),
        reward=torch.tensor([3.0]),
        baseline=torch.tensor([1.0]),
    ).backward(sample.seed(rng))
    yield _batch("three glimpses", rng, 3).backward(sample.seed(rng))
    yield _batch("five glimpses, rewards that are log-likelihoods", rng, 5, low=2.0).backward(
        sample.seed(rng)
    )
    same = _batch("rewards equal to their baselines", rng, 4)
    yield same.but(baseline=same["reward"].clone()).backward(sample.seed(rng))


def _batch(name: str, rng: Rng, B: int, low: float = 0.0) -> Case:
    return Case(
        name,
        log_probability=-sample.tensor(rng, B).abs() - 0.3,
        reward=2 * sample.tensor(rng, B) - low,
        baseline=sample.tensor(rng, B) - low,
    )


reinforce_loss = Exercise("reinforce_loss", points=3, reference=hard.reinforce_loss, cases=batches)


@reinforce_loss.fact
def the_reward_is_a_number(f: Answers, case: Case) -> None:
    """No gradient flows into the reward: here it is a number that says how good the glimpse was."""
    _nothing_reaches("reward", f, case)


@reinforce_loss.fact
def the_baseline_is_a_number(f: Answers, case: Case) -> None:
    """No gradient flows into the baseline either."""
    _nothing_reaches("baseline", f, case)


def _nothing_reaches(name: str, f: Answers, case: Case) -> None:
    gradient = f.gradients(case).get(name)
    ensure(
        gradient is None or not gradient.abs().max() > 0, f"a gradient reaches the {name}", gradient
    )


@reinforce_loss.fact
def only_the_difference_counts(f: Answers, case: Case) -> None:
    """Adding 5 to rewards and baselines alike changes nothing."""
    more = case.but(reward=case["reward"] + 5, baseline=case["baseline"] + 5)
    agree(f(more), f(case), what="with 5 more", rtol=1e-3, atol=1e-4)


def _mistaken(formula):
    def loss(log_probability, reward, baseline):
        return formula(log_probability, reward.detach(), baseline.detach())

    return loss


reinforce_loss.mistake(
    "without the logarithm",
    "exp turned the log-probability back into a probability. Its gradient is α ∂log α: drawn with "
    "probability α *and* multiplied by it, a rare glimpse counts twice too little.",
)(_mistaken(lambda p, r, b: -((r - b) * p.exp()).mean()))

reinforce_loss.mistake(
    "the wrong sign",
    "A loss goes down. To make good glimpses likelier, minimise *minus* advantage times "
    "log-probability.",
)(_mistaken(lambda p, r, b: ((r - b) * p).mean()))

reinforce_loss.mistake(
    "the baseline is ignored",
    "The mean gradient would be the same, and its scatter far larger: subtract the baseline from "
    "the reward.",
)(_mistaken(lambda p, r, b: -(r * p).mean()))

reinforce_loss.mistake(
    "the baseline is added",
    "Subtract it: what counts is how much better than expected a glimpse was.",
)(_mistaken(lambda p, r, b: -((r + b) * p).mean()))

reinforce_loss.mistake(
    "the baseline is subtracted from the product",
    "reward · log α - baseline has the gradient of reward · log α: the baseline is a number and "
    "falls out. Subtract it from the reward, inside the brackets.",
)(_mistaken(lambda p, r, b: -(r * p - b).mean()))

reinforce_loss.mistake(
    "summed over the batch",
    "The mean keeps the step's size when the batch grows; the sum multiplies it by the number of "
    "glimpses.",
)(_mistaken(lambda p, r, b: -((r - b) * p).sum()))

reinforce_loss.mistake(
    "means multiplied, not products averaged",
    "Each glimpse's advantage belongs to its own log-probability: multiply first, then average.",
)(_mistaken(lambda p, r, b: -(r - b).mean() * p.mean()))

reinforce_loss.mistake(
    "advantages of unit size",
    "Only the sign of the advantage is left. A glimpse that was much better than expected should "
    "count for more.",
)(_mistaken(lambda p, r, b: -((r - b).sign() * p).mean()))


@reinforce_loss.mistake(
    "the reward is not detached",
    "The value is right, but a gradient flows into the reward: with log α below -1, the classifier "
    "that gives the reward is then trained to be *wrong*. Detach reward and baseline.",
)
def attached(log_probability, reward, baseline):
    return -((reward - baseline) * log_probability).mean()


@reinforce_loss.mistake(
    "the baseline is not detached",
    "A baseline that this loss may change is made to minimise the loss, not to predict the reward. "
    "Detach it as well as the reward.",
)
def attached_baseline(log_probability, reward, baseline):
    return -((reward.detach() - baseline) * log_probability).mean()


@reinforce_loss.mistake(
    "the log-probability is detached",
    "It is what the gradient should flow through. Detach the reward and the baseline instead.",
)
def cut(log_probability, reward, baseline):
    return -((reward - baseline) * log_probability.detach()).mean()
