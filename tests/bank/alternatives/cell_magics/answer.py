# queries_keys_values: Magics of IPython in and around the answers.

# %% top
%matplotlib inline
%load_ext autoreload
%autoreload 2
%config InlineBackend.figure_format = "retina"
%precision 3
%pwd
%env NOTHING=1
!echo "a shell command"
files = !ls /
%lsmagic

# %% stable_softmax
%%time
def stable_softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

# %% own
%timeit -n 2 -r 2 stable_softmax(np.ones(3))

# %% own
%%timeit -n 1 -r 1
stable_softmax(np.ones(3))

# %% masked_softmax
%%capture captured
def masked_softmax(scores, mask):
    blind = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)

print("hidden")

# %% own
captured.show()
%who
%whos

# %% own
%%writefile of_a_student.py
def twice(x):
    return 2 * x

# %% own
%%bash
echo from bash

# %% own
%%html
<b>hello</b>

# %% own
masked_softmax?

# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)
%xmode Plain
%prun -q entropy(torch.ones(2) / 2)
