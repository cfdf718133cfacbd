# queries_keys_values: Writes a module, imports it, reloads it, and answers from it.

# %% top
%%writefile students_module_of_answers.py
import numpy as np


def stable_softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

# %% stable_softmax
import importlib
import os
import sys

sys.path.insert(0, os.getcwd())
import students_module_of_answers

importlib.reload(students_module_of_answers)
stable_softmax = students_module_of_answers.stable_softmax

# %% most_read
code = """
def most_read(words, weights, k):
    return [words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])[:k]]
"""
exec(code)

# %% entropy
globals()["entropy"] = eval("lambda weights: -torch.special.xlogy(weights, weights).sum(-1)")
