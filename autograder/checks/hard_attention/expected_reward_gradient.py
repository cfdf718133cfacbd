"""What every answer to ``expected_reward_gradient`` must satisfy."""

import torch

from attn import hard
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def pictures(rng: Rng):
    yield Case("two places", scores=torch.tensor([0.0, 0.0]), rewards=torch.tensor([-1.0, -3.0]))
    yield Case("three places", scores=sample.tensor(rng, 3), rewards=3 * sample.tensor(rng, 3))
    alike = torch.full((4,), -2.0)
    yield Case("all rewards alike", scores=sample.tensor(rng, 4), rewards=alike)
    yield Case(
        "all rewards negative",
        scores=sample.tensor(rng, 5),
        rewards=-sample.tensor(rng, 5).abs() - 1,
    )
    certain = torch.tensor([0.0, 80.0, 0.0])
    yield Case(
        "it always looks at one place", scores=certain, rewards=torch.tensor([5.0, -5.0, 5.0])
    )


expected_reward_gradient = Exercise(
    "expected_reward_gradient",
    points=3,
    reference=hard.expected_reward_gradient,
    cases=pictures,
    forbids=("backward", "grad", "jacobian"),
)


@expected_reward_gradient.fact
def the_pushes_cancel(f: Answers, case: Case) -> None:
    """The numbers sum to 0: what one place gains in score the others lose."""
    agree(f(case).double().sum().item(), 0.0, what="their sum", atol=1e-4)


@expected_reward_gradient.fact
def a_bonus_for_all_changes_nothing(f: Answers, case: Case) -> None:
    """Adding 10 to every reward changes nothing."""
    agree(
        f(case.but(rewards=case["rewards"] + 10)),
        f(case),
        what="with the bonus",
        rtol=1e-3,
        atol=1e-4,
    )


@expected_reward_gradient.fact
def uphill_is_up(f: Answers, case: Case) -> None:
    """A small step of the scores along it does not lower the expected reward."""

    def expected(scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(-1) @ case["rewards"].double()

    scores, step = case["scores"].double(), 1e-4 * f(case).double()
    change = (expected(scores + step) - expected(scores)).item()
    ensure(
        change >= -1e-9, f"the expected reward falls by {-change:.2g}", f(case), f.expected(case)
    )


def _mistaken(formula):
    def gradient(scores, rewards):
        return formula(scores.softmax(-1), rewards)

    return gradient


expected_reward_gradient.mistake(
    "the expected reward is not subtracted",
    "When one weight grows, the others shrink: they sum to one. A place gains only by how much its "
    "reward is *better than expected*.",
)(_mistaken(lambda a, r: a * r))

expected_reward_gradient.mistake(
    "the weights are missing",
    "A place that is hardly ever looked at hardly matters for the expectation: multiply by α_i.",
)(_mistaken(lambda a, r: r - a @ r))

expected_reward_gradient.mistake(
    "the plain mean is subtracted",
    "Subtract the reward that is *expected*, Σ α r. The plain mean would be expected if all places "
    "were equally likely.",
)(_mistaken(lambda a, r: a * (r - r.mean())))

expected_reward_gradient.mistake(
    "the wrong sign",
    "This goes downhill. The reward is to grow: where it is above expectation, the score rises.",
)(_mistaken(lambda a, r: a * (a @ r - r)))

expected_reward_gradient.mistake(
    "only the diagonal of the softmax's Jacobian",
    "α_i(1 - α_i) says how a weight moves with its own score. It moves with every other score too, "
    "by -α_i α_j.",
)(_mistaken(lambda a, r: a * (1 - a) * r))

expected_reward_gradient.mistake(
    "the gradient to the weights",
    "∂/∂α_i of Σ α r is r_i, but the weights are not free: go on to the scores they come from.",
)(_mistaken(lambda a, r: r + 0 * a))

expected_reward_gradient.mistake(
    "only the place with the largest weight",
    "Here all places are tried, and each counts with its probability; the argmax alone is one "
    "glimpse, always the same.",
)(
    _mistaken(
        lambda a, r: r[a.argmax()] * (torch.nn.functional.one_hot(a.argmax(), len(a)).to(a) - a)
    )
)

expected_reward_gradient.mistake(
    "the probability's gradient weighted twice",
    "Σ_s α_s r_s ∂α_s/∂e has α_s once too often: ∂α_s = α_s ∂log α_s holds it already. Either "
    "weigh ∂log α_s with α_s, or do not weigh ∂α_s.",
)(_mistaken(lambda a, r: a * (a * r - (a * a) @ r)))
