"""The exercises of ``seq2seq_bottleneck``, in the order of the notebook."""

from autograder.checks.seq2seq_bottleneck.encoder import BiEncoder
from autograder.checks.seq2seq_bottleneck.last_state import last_state
from autograder.checks.seq2seq_bottleneck.pad_batch import pad_batch
from autograder.checks.seq2seq_bottleneck.sequence_accuracy import sequence_accuracy
from autograder.checks.seq2seq_bottleneck.teacher_forcing import teacher_forcing
from autograder.checks.seq2seq_bottleneck.write_greedily import write_greedily
from autograder.spec import Checks

CHECKS = Checks(
    slug="seq2seq_bottleneck",
    title="One vector for a sentence",
    exercises=(
        pad_batch,
        last_state,
        BiEncoder,
        teacher_forcing,
        write_greedily,
        sequence_accuracy,
    ),
    provides=("attn.plot", "attn.palette"),
)
