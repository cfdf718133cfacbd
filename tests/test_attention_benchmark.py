"""benchmarks.attention: where it measures, and what its table says."""

import pytest
import torch

from attn.experiments.record import record
from benchmarks import attention


def test_each_device_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert {setup.name for setup in attention.chosen("cuda")} == {"cuda float32", "cuda bfloat16"}
    assert len(attention.chosen(None)) == 3
    assert attention.chosen("cpu") == [attention.CPU]


def test_without_a_gpu_it_measures_the_cpu_or_says_in_a_sentence_why_not(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert attention.chosen(None) == [attention.CPU]
    with pytest.raises(SystemExit, match="no CUDA device: run"):
        attention.main("cuda")
    with pytest.raises(SystemExit, match="say cpu or cuda"):
        attention.main("tpu")


def test_the_table_holds_every_length_and_no_share_above_one():
    found = record("attention")["results"]["cpu float32"]
    rows = [line for line in attention.table(found, "cpu float32").splitlines() if "%" in line]
    assert len(rows) == 5 * len(found["forward"]["linear"])
    shares = [int(word[:-1]) for row in rows for word in row.split() if word.endswith("%")]
    assert 0 <= min(shares) < max(shares) <= 100
    fused = next(row for row in rows if row.split()[0] == "4096" and "fused" in row)
    assert int(fused.split()[-2][:-1]) > 80  # as the page says


def test_what_is_measured_is_a_call_and_its_memory():
    small = attention.CPU._replace(shape=(1, 1))
    for backward in (False, True):
        row = attention.measured(small, "linear", 64, backward)
        assert row["ms"] > 0
        assert row["MiB"] >= 0
    counted = attention.counted(small, 128)
    assert counted["tiles (ours)"]["flops"] == counted["whole table"]["flops"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
@pytest.mark.parametrize("setup", attention.CUDA, ids=lambda setup: setup.name)
def test_every_way_runs_on_cuda(setup):
    assert attention.machine(setup)["flops"] > 0
    for name in attention.CONTENDERS:
        assert attention.measured(setup._replace(shape=(1, 1)), name, 256)["ms"] > 0
