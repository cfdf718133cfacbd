"""The choice of devices; CUDA is asked about without being touched."""

import subprocess

import pytest
import torch

from autograder import device


@pytest.fixture(autouse=True)
def nothing_known():
    device._cuda.cache_clear()
    yield
    device._cuda.cache_clear()


@pytest.fixture
def says(monkeypatch):
    """What the process that is asked prints."""

    def say(text):
        done = subprocess.CompletedProcess([], 0, stdout=text)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    return say


def test_where_there_is_cuda_auto_tries_both_and_the_cpu_first(says):
    says("2.13.0 True\n")
    assert device.resolve("auto") == ("cpu", "cuda")
    assert device.resolve("cuda") == ("cuda",)


@pytest.mark.parametrize("answer", ["2.13.0+cpu False\n", "", "what?"])
def test_where_there_is_none_auto_is_the_cpu_and_cuda_an_error_that_says_what_to_do(says, answer):
    says(answer)
    assert device.resolve("auto") == ("cpu",)
    with pytest.raises(LookupError, match="use `--device cpu`"):
        device.resolve("cuda")


def test_the_cpu_needs_no_question(monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    assert device.resolve("cpu") == ("cpu",)


def test_an_unknown_device_is_named_with_those_that_there_are():
    with pytest.raises(LookupError, match="choose auto, cpu, cuda"):
        device.resolve("tpu")


def test_the_real_answer_is_torchs_and_leaves_cuda_untouched_here():
    before = torch.cuda.is_initialized()
    found = device.resolve("auto")
    assert torch.cuda.is_initialized() == before
    assert found == (("cpu", "cuda") if torch.cuda.is_available() else ("cpu",))
