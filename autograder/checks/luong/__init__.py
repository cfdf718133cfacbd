"""The exercises of ``luong``, in the order of the notebook."""

from autograder.checks.luong.attentional_vector import attentional_vector
from autograder.checks.luong.concat_score import concat_score
from autograder.checks.luong.copy_distribution import copy_distribution
from autograder.checks.luong.coverage_loss import coverage_loss
from autograder.checks.luong.dot_score import dot_score
from autograder.checks.luong.general_score import general_score
from autograder.checks.luong.luong_step import LuongStep
from autograder.spec import Checks

CHECKS = Checks(
    slug="luong",
    title="Luong's attention",
    exercises=(
        dot_score,
        general_score,
        concat_score,
        attentional_vector,
        LuongStep,
        copy_distribution,
        coverage_loss,
    ),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
