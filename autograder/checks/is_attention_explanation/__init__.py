"""The exercises of ``is_attention_explanation``, in the order of the notebook."""

from autograder.checks.is_attention_explanation.erase import erase
from autograder.checks.is_attention_explanation.permutation_test import permutation_test
from autograder.checks.is_attention_explanation.rank_agreement import rank_agreement
from autograder.checks.is_attention_explanation.total_variation import total_variation
from autograder.spec import Checks

CHECKS = Checks(
    slug="is_attention_explanation",
    title="Is attention explanation?",
    exercises=(total_variation, permutation_test, rank_agreement, erase),
    provides=("attn.plot", "attn.palette"),
)
