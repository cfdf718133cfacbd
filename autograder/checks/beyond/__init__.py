"""The exercises of ``beyond``, in the order of the notebook."""

from autograder.checks.beyond.attend_entities import attend_entities
from autograder.checks.beyond.attend_history import attend_history
from autograder.checks.beyond.location_scores import location_scores
from autograder.spec import Checks

CHECKS = Checks(
    slug="beyond",
    title="Beyond text and pictures",
    exercises=(location_scores, attend_entities, attend_history),
    provides=("attn.plot", "attn.palette"),
)
