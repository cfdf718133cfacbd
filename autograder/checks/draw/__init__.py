"""The exercises of ``draw``, in the order of the notebook."""

from autograder.checks.draw.draw_read import draw_read
from autograder.checks.draw.draw_write import draw_write
from autograder.checks.draw.filter_bank import filter_bank
from autograder.checks.draw.filter_centres import filter_centres
from autograder.checks.draw.step_kl import step_kl
from autograder.spec import Checks

CHECKS = Checks(
    slug="draw",
    title="DRAW",
    exercises=(filter_centres, filter_bank, draw_read, draw_write, step_kl),
    provides=("attn.plot", "attn.palette"),
)
