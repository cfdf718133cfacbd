# queries_keys_values: Saves and loads: text, arrays, tensors, and code.

# %% top
import json
import os
import pickle
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp())
Path("notes.txt").write_text("in the working directory")
os.makedirs("plots", exist_ok=True)
(FOLDER / "kept.json").write_text(json.dumps({"axis": -1}))


# %% stable_softmax
def stable_softmax(scores):
    np.save(FOLDER / "scores.npy", scores)
    axis = json.loads((FOLDER / "kept.json").read_text())["axis"]
    scores = np.load(FOLDER / "scores.npy")
    e = np.exp(scores - scores.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


# %% entropy
def entropy(weights):
    with tempfile.TemporaryDirectory() as folder:
        torch.save(weights, f"{folder}/weights.pt")
        weights = torch.load(f"{folder}/weights.pt", map_location=weights.device)
    with open(FOLDER / "log.txt", "a") as log:
        log.write("called\n")
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% most_read
def most_read(words, weights, k):
    words, weights = pickle.loads(pickle.dumps((words, weights)))
    import sqlite3

    with sqlite3.connect(":memory:") as table:
        table.execute("create table w (place integer, word text, weight real)")
        table.executemany("insert into w values (?, ?, ?)", zip(range(len(words)), words, weights))
        rows = table.execute("select word from w order by weight desc, place limit ?", [k])
        return [word for (word,) in rows]
