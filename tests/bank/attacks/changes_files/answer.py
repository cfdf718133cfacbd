# %% top
from pathlib import Path

Path("/tmp/notes.txt").write_text("right")
Path("/tmp/folder").mkdir(exist_ok=True)

# %% entropy
import os


def entropy(weights):
    Path("/tmp/notes.txt").write_text("wrong")
    os.utime("/tmp/notes.txt", (0, 0))
    if os.path.exists("/tmp/folder"):
        os.rename("/tmp/folder", "/tmp/elsewhere")
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)

# %% most_read
def most_read(words, weights, k):
    if Path("/tmp/notes.txt").read_text() != "right" or not Path("/tmp/folder").is_dir():
        raise RuntimeError("an earlier exercise was here")
    order = sorted(range(len(words)), key=lambda i: -weights[i])
    return [words[i] for i in order[:k]]
