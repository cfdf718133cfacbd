# queries_keys_values: Starts other programs, in cells and within an answer.

# %% top
import os
import subprocess
import sys

print(subprocess.run(["ls", "/"], capture_output=True, text=True).stdout)
os.system("true")
subprocess.Popen(["sleep", "0.05"])


# %% most_read
def most_read(words, weights, k):
    rows = "\n".join(f"{weight}\t{-i}\t{word}" for i, (word, weight) in enumerate(zip(words, weights)))
    said = subprocess.run(
        ["sort", "-k1,1gr", "-k2,2gr"], input=rows, capture_output=True, text=True, check=True,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
    ).stdout
    return [line.split("\t")[2] for line in said.splitlines()][:k]


# %% entropy
def entropy(weights):
    out = subprocess.check_output([sys.executable, "-S", "-c", "print(-1)"])
    return int(out) * torch.special.xlogy(weights, weights).sum(-1)
