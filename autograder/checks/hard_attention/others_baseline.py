"""What every answer to ``others_baseline`` must satisfy."""

import torch

from attn import hard
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def rewards(rng: Rng):
    yield Case("two glimpses of one picture", rewards=torch.tensor([[-1.0], [-3.0]]))
    yield Case("three glimpses of one picture", rewards=torch.tensor([[1.0], [2.0], [6.0]]))
    yield Case("three glimpses of two pictures", rewards=2 * sample.tensor(rng, 3, 2))
    yield Case("as many glimpses as pictures", rewards=2 * sample.tensor(rng, 4, 4))
    # Pictures differ more than glimpses do: whoever mixes them up pays for it.
    easy = torch.tensor([0.0, -20.0, -40.0])
    yield Case("easy and hard pictures", rewards=sample.tensor(rng, 4, 3) + easy)


others_baseline = Exercise("others_baseline", points=2, reference=hard.others_mean, cases=rewards)


@others_baseline.fact
def does_not_know_its_own_glimpse(f: Answers, case: Case) -> None:
    """Changing a glimpse's reward does not change that glimpse's own baseline."""
    changed = case["rewards"].clone()
    changed[0] += 3
    agree(f(case.but(rewards=changed))[0], f(case)[0], what="the first glimpses' baselines")


@others_baseline.fact
def does_not_know_other_pictures(f: Answers, case: Case) -> None:
    """Changing the rewards of the last picture changes no other picture's baselines."""
    changed = case["rewards"].clone()
    changed[:, -1] += 3
    agree(
        f(case.but(rewards=changed))[:, :-1], f(case)[:, :-1], what="the other pictures' baselines"
    )


@others_baseline.fact
def follows_the_rewards(f: Answers, case: Case) -> None:
    """If every reward rises by 1, every baseline rises by 1."""
    more = f(case.but(rewards=case["rewards"] + 1))
    ensure(torch.allclose(more, f(case) + 1, atol=1e-4), "it does not", more, f(case) + 1)


@others_baseline.mistake(
    "its own reward is among them",
    "The mean of all N holds the glimpse's own reward, so the baseline depends on the glimpse and "
    "biases: it takes 1/N of the gradient away. Leave the own reward out.",
)
def of_all(rewards):
    return rewards.mean(0, keepdim=True).expand_as(rewards)


@others_baseline.mistake(
    "divided by N",
    "There are N - 1 others. Divided by N, their sum is no mean.",
)
def by_all(rewards):
    return (rewards.sum(0, keepdim=True) - rewards) / len(rewards)


@others_baseline.mistake(
    "the other pictures' mean",
    "Glimpses are the first axis, pictures the second. A baseline from other pictures does not "
    "know how hard this one is.",
)
def of_pictures(rewards):
    n = rewards.shape[1]
    return (rewards.sum(1, keepdim=True) - rewards) / max(n - 1, 1)


@others_baseline.mistake(
    "one number for all",
    "Every picture has its own baseline: take the mean over the glimpses, dim=0, of one picture.",
)
def of_everything(rewards):
    return (rewards.sum() - rewards) / max(rewards.numel() - 1, 1)


@others_baseline.mistake(
    "the best of the others",
    "The others' best does not bias, but nearly every glimpse would fall short of it. Take the "
    "mean.",
)
def best(rewards):
    rows = range(len(rewards))
    return torch.stack([rewards[[j for j in rows if j != i]].amax(0) for i in rows])


@others_baseline.mistake(
    "the advantage instead of the baseline",
    "This is the reward less the baseline. The loss subtracts by itself: return the baseline.",
)
def advantage(rewards):
    return rewards - hard.others_mean(rewards)


@others_baseline.mistake(
    "the reward itself",
    "A reward minus itself is 0, and nothing is learned: the most thorough bias there is.",
)
def itself(rewards):
    return rewards + 0


@others_baseline.mistake(
    "only the glimpse before",
    "The reward of one other glimpse does not bias, but it scatters as much as the reward does. "
    "Take the mean of all the others.",
)
def before(rewards):
    return rewards.roll(1, 0)
