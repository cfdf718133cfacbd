"""The exercises of ``local_attention``, in the order of the notebook."""

from autograder.checks.local_attention.local_m_weights import local_m_weights
from autograder.checks.local_attention.local_p_weights import local_p_weights
from autograder.checks.local_attention.predicted_position import predicted_position
from autograder.checks.local_attention.window_mask import window_mask
from autograder.spec import Checks

CHECKS = Checks(
    slug="local_attention",
    title="Local attention",
    exercises=(predicted_position, window_mask, local_m_weights, local_p_weights),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
