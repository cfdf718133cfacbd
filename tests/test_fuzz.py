"""The fuzzer runs every target from its seeds, and a fault that is planted is found."""

import json
import sys

import pytest

from autograder import subject
from benchmarks import fuzz


@pytest.mark.skipif(sys.platform != "linux", reason="atheris is installed on Linux only")
@pytest.mark.parametrize("target", fuzz.SHARES)
def test_each_target_runs_as_often_as_asked(target):
    found = fuzz.run(target, 300, seed=1)
    assert (found["inputs"], found["failure"]) == (300, "")


def test_what_is_really_sent_is_read():
    for frame in fuzz.seeds():
        fuzz.frame_(frame)
        fuzz.Line()(frame)
    assert len(fuzz.seeds()) > 20


def test_what_is_no_refusal_is_a_fault(monkeypatch):
    def careless(packed):
        raise IndexError

    monkeypatch.setattr(subject, "decode_reply", careless)
    with pytest.raises(IndexError):
        fuzz.frame_(fuzz.seeds()[0])


def test_the_record_names_what_failed():
    good = {"inputs": 10, "seconds": 1.0, "peak_mb": 300, "failure": ""}
    result = fuzz.record({"frame": good, "line": good | {"failure": "IndexError"}})
    assert (result["inputs"], result["failed"]) == (20, ["line"])
    assert "line: 10 inputs in 1.0 s, 300 MB, IndexError" in fuzz.summary(result)
    assert json.dumps(result)
