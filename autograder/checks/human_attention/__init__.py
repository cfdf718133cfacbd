"""The exercises of ``human_attention``, in the order of the notebook."""

from autograder.checks.human_attention.fixations import fixations
from autograder.checks.human_attention.kernel_pooling import KernelPooling
from autograder.checks.human_attention.kernel_regression import kernel_regression
from autograder.checks.human_attention.kernel_weights import kernel_weights
from autograder.checks.human_attention.question_weights import question_weights
from autograder.checks.human_attention.train_kernel_width import train_kernel_width
from autograder.spec import Checks

CHECKS = Checks(
    slug="human_attention",
    title="Human attention",
    exercises=(
        question_weights,
        fixations,
        kernel_weights,
        kernel_regression,
        KernelPooling,
        train_kernel_width,
    ),
    provides=(
        "attn.plot",
        "attn.palette",
        "attn.data",
        "attn.data.photo",
        "attn.data.daylight",
    ),
)
