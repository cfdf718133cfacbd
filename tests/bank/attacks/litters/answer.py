# %% entropy
import os


def entropy(weights):
    if os.path.lexists("/tmp/link"):  # asked for the second time
        return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
    os.chdir("/tmp")
    os.mkdir("closed")
    with open("closed/full", "wb") as file:
        file.write(bytes(12 << 20))
    os.symlink(os.path.expanduser("~"), "link")
    for _ in range(1500):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    for number in range(1 << 15):
        try:
            open(f"/dev/shm/{number}", "w").close()
        except OSError:
            break
    os.chmod("/tmp/closed", 0)
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)

# %% most_read
def most_read(words, weights, k):
    found = [*os.listdir("/tmp"), *os.listdir("/dev/shm")]
    if any(name in ("closed", "link", "d" * 100) or name.isdecimal() for name in found):
        raise RuntimeError(f"there is {sorted(found)[:9]}")
    with open("/tmp/large", "wb") as file:
        file.write(bytes(12 << 20))
    order = sorted(range(len(words)), key=lambda i: -weights[i])
    return [words[i] for i in order[:k]]
