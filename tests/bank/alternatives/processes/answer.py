# queries_keys_values: Shares a row's work with processes of its own.

# %% top
import multiprocessing
import os


# %% most_read
def work(pipe, words, weights, k):
    pipe.send([words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])[:k]])
    pipe.close()


def most_read(words, weights, k):
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=work, args=(theirs, words, weights, k))
    child.start()
    found = ours.recv()
    child.join()
    return found


# %% entropy
def entropy(weights):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"-")
        os._exit(0)
    os.wait()
    sign = -1 if os.read(read, 1) == b"-" else 1
    os.close(read)
    os.close(write)
    return sign * torch.special.xlogy(weights, weights).sum(-1)
