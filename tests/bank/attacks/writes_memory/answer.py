# %% entropy
import os


def entropy(weights):
    written = []
    for process in (1, os.getppid()):
        for file, mode in (("mem", "rb"), ("mem", "r+b"), ("maps", "rb"), ("environ", "rb")):
            try:
                with open(f"/proc/{process}/{file}", mode):
                    written.append((process, file, mode))
            except OSError:
                pass
    if written:
        raise RuntimeError(f"has its hands on {written}")
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
