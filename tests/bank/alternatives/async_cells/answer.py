# queries_keys_values: Cells await, and tasks run beside them.

# %% top
import asyncio

await asyncio.sleep(0.01)


async def ticking(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


# %% stable_softmax
async def shifted(scores):
    await asyncio.sleep(0)
    return scores - scores.max(-1, keepdims=True)


def stable_softmax(scores):
    loop = asyncio.new_event_loop()
    try:
        e = np.exp(loop.run_until_complete(shifted(scores)))
    finally:
        loop.close()
    return e / e.sum(-1, keepdims=True)


# %% own
found = [i async for i in ticking(5)]
background = asyncio.ensure_future(asyncio.sleep(60))
found


# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


await asyncio.gather(*(asyncio.to_thread(entropy, torch.ones(3) / 3) for _ in range(2)))
