"""The exercises of ``queries_keys_values``, in the order of the notebook."""

from autograder.checks.queries_keys_values.dot_product_attention import dot_product_attention
from autograder.checks.queries_keys_values.entropy import entropy
from autograder.checks.queries_keys_values.masked_softmax import masked_softmax
from autograder.checks.queries_keys_values.most_read import most_read
from autograder.checks.queries_keys_values.soft_dictionary import SoftDictionary
from autograder.checks.queries_keys_values.stable_softmax import stable_softmax
from autograder.spec import Checks

CHECKS = Checks(
    slug="queries_keys_values",
    title="Queries, keys and values",
    exercises=(
        stable_softmax,
        masked_softmax,
        entropy,
        most_read,
        dot_product_attention,
        SoftDictionary,
    ),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
