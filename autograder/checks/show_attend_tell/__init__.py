"""The exercises of ``show_attend_tell``, in the order of the notebook."""

from autograder.checks.show_attend_tell.doubly_stochastic_penalty import doubly_stochastic_penalty
from autograder.checks.show_attend_tell.gated_context import gated_context
from autograder.checks.show_attend_tell.pointing_accuracy import pointing_accuracy
from autograder.checks.show_attend_tell.sentinel_context import sentinel_context
from autograder.spec import Checks

CHECKS = Checks(
    slug="show_attend_tell",
    title="Show, attend and tell",
    exercises=(gated_context, doubly_stochastic_penalty, sentinel_context, pointing_accuracy),
    provides=("attn.plot", "attn.palette"),
)
