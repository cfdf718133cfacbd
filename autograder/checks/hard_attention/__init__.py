"""The exercises of ``hard_attention``, in the order of the notebook."""

from autograder.checks.hard_attention.expected_reward_gradient import expected_reward_gradient
from autograder.checks.hard_attention.glimpse_log_probability import glimpse_log_probability
from autograder.checks.hard_attention.others_baseline import others_baseline
from autograder.checks.hard_attention.reinforce_loss import reinforce_loss
from autograder.checks.hard_attention.straight_through import straight_through
from autograder.spec import Checks

CHECKS = Checks(
    slug="hard_attention",
    title="Hard attention",
    exercises=(
        glimpse_log_probability,
        expected_reward_gradient,
        reinforce_loss,
        others_baseline,
        straight_through,
    ),
    provides=("attn.plot", "attn.palette"),
)
