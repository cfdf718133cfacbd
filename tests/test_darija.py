"""The page in Darija: what it computes by hand is what its cell computes."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[1] / "book" / "darija.md"


def test_the_hand_and_the_cell_agree(names):
    text = PAGE.read_text("utf-8")
    weights = [float(w) for w in re.findall(r"\\weight{(\.\d+)}", text)]
    [output] = re.findall(r"\\out{\(([\d., ]+)\)}", text)
    np.testing.assert_array_equal(names["weights"].round(3), weights)
    np.testing.assert_array_equal(names["output"].round(2), [float(o) for o in output.split(",")])


def test_the_table_is_the_cell(names):
    text = PAGE.read_text("utf-8")
    rows = re.findall(r"\\(key|val){\((\d), (\d)\)}", text)
    keys = [[int(a), int(b)] for kind, a, b in rows if kind == "key"]
    values = [[int(a), int(b)] for kind, a, b in rows if kind == "val"]
    np.testing.assert_array_equal(names["keys"], keys)
    np.testing.assert_array_equal(names["values"], values)


def test_it_links_to_the_chapters_that_say_more():
    assert len(set(re.findall(r"{doc}`(?:\w+ <)?(\w+)>?`", PAGE.read_text("utf-8")))) >= 10
