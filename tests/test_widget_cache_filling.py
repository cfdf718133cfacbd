"""The widget counts what attn's cache holds and computes, and its words tell the truth."""

import javascript
import pytest
import torch

from attn.cache import KeyValueCache, cache_bytes, cached_attention
from attn.widgets.cache_filling import CacheFillingWidget

H = 8
CASES = [(T, Hkv) for T in (1, 2, 5, 13) for Hkv in (8, 4, 2, 1)]


@pytest.mark.parametrize("cached", [True, False])
def test_vectors_are_those_that_attn_computes_and_holds(tmp_path, cached):
    told = javascript.call(
        tmp_path, "cache_filling", "counts", [[T, Hkv, cached] for T, Hkv in CASES]
    )
    for (T, Hkv), count in zip(CASES, told, strict=True):
        cache, computed, scores = KeyValueCache(), [], 0
        for t in range(1, T + 1):
            new = 1 if cached else t
            if not cached:
                cache = KeyValueCache()
            K = torch.zeros(Hkv, new, 2)
            cached_attention(torch.zeros(H, new, 2), K, K, cache)
            computed.append(2 * Hkv * new)
            scores = H * len(cache)  # of the newest query
        assert count["computed"] == computed[-1]
        assert count["computedSoFar"] == sum(computed)
        assert count["read"] == cache.nbytes // (2 * K.element_size())
        assert count["held"] == (count["read"] if cached else 0)
        assert count["scores"] == scores


def test_nothing_written_counts_nothing(tmp_path):
    for count in javascript.call(
        tmp_path, "cache_filling", "counts", [[0, 8, True], [0, 8, False]]
    ):
        assert set(count.values()) == {0}


def test_its_bytes_are_attns(tmp_path):
    sizes = [[1, 32768, 32, Hkv, 128, 2] for Hkv in (8, 4, 2, 1)] + [[3, 5, 7, 2, 4, 4]]
    told = javascript.call(tmp_path, "cache_filling", "bytes", sizes)
    assert told == [cache_bytes(*s) for s in sizes]
    written = javascript.call(tmp_path, "cache_filling", "size", [[n] for n in told])
    assert written == ["4 GiB", "2 GiB", "1 GiB", "512 MiB", "6.56 KiB"]


def test_the_words_for_the_first_picture_tell_the_truth(tmp_path):
    widget = CacheFillingWidget()
    [count] = javascript.call(
        tmp_path, "cache_filling", "counts", [[widget.T, widget.Hkv, widget.cache]]
    )
    words = widget._alt
    assert f"computed {count['computed'] // 2} keys" in words
    assert f"read {count['read'] // 2} of each" in words
    assert f"holds {count['held']} vectors" in words
