"""A stranger's notebook: read strictly, or rejected with a reason; fair to copies and lost data."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.manifest import GradedExercise, Manifest, WrittenAnswer
from autograder.submission import MAX_BYTES, MAX_CELLS, Notebook, Rejected, extract, read

MANIFEST = Manifest(
    slug="tiny",
    title="Tiny",
    sha256="0" * 64,
    provides=(),
    exercises=(
        GradedExercise(name="f", points=1, answer_cell="f_answer", grade_cell="f"),
        GradedExercise(name="g", points=1, answer_cell="g_answer", grade_cell="g"),
    ),
    written=(WrittenAnswer(grade_cell="why", points=2),),
)


def cell(source: str, grade_id: str | None = None, kind=new_code_cell, **more):
    made = kind(source, **more)
    if grade_id:
        made.metadata["nbgrader"] = {"grade_id": grade_id, "points": 1000, "grade": False}
    return made


def write(path: Path, content) -> Path:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(text)
    return path


def rejection(path: Path) -> str:
    with pytest.raises(Rejected) as rejected:
        read(path)
    reason = str(rejected.value)
    assert reason.endswith(".")
    assert "\n" not in reason
    return reason


DAMAGED = {
    "empty": b"",
    "blank": b" \n",
    "cut off": b'{"nbformat": 4, "cells": [',
    "no UTF-8": b'{"nbformat": 4, "cells": ["\xff"]}',
    "a list": b"[]",
    "an object": b"{}",
    "format 3": {"nbformat": 3, "worksheets": []},
    "no cells": {"nbformat": 4},
    "cells that are no list": {"nbformat": 4, "cells": {"0": 1}},
    "a cell that is a number": {"nbformat": 4, "cells": [3]},
    "a cell of an unknown kind": {"nbformat": 4, "cells": [{"cell_type": "exe", "source": ""}]},
    "a source that is a number": {"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]},
    "metadata that are text": {
        "nbformat": 4,
        "cells": [{"cell_type": "code", "source": "", "metadata": "x"}],
    },
    "half a surrogate pair": b'{"nbformat": 4, "cells": [], "x": "\\ud800"}',
    "NaN": b'{"nbformat": 4, "cells": [], "x": NaN}',
    "a very long number": b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 10_000 + b"}",
    "nested a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "a million lists": b'{"nbformat": 4, "cells": [' + b"[]," * 1_000_000 + b"[]]}",
    "too many cells": {
        "nbformat": 4,
        "cells": [{"cell_type": "code", "source": ""}] * (MAX_CELLS + 1),
    },
    "attachments nested deeply": b'{"nbformat": 4, "cells": [{"cell_type": "markdown",'
    b'"source": "", "attachments": ' + b'{"a":' * 800 + b"1" + b"}" * 800 + b"}]}",
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_no_notebook_is_rejected_with_a_sentence(tmp_path, what):
    rejection(write(tmp_path / "tiny.ipynb", DAMAGED[what]))


def test_a_missing_notebook_and_a_folder_are_rejected(tmp_path):
    assert "there is no tiny.ipynb" in rejection(tmp_path / "tiny.ipynb")
    (tmp_path / "tiny.ipynb").mkdir()
    assert "not a regular file" in rejection(tmp_path / "tiny.ipynb")


def test_a_link_is_not_followed(tmp_path):
    write(tmp_path / "other.ipynb", new_notebook())
    (tmp_path / "tiny.ipynb").symlink_to("other.ipynb")
    assert "a link" in rejection(tmp_path / "tiny.ipynb")


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "tiny.ipynb")
    assert "not a regular file" in rejection(tmp_path / "tiny.ipynb")


def test_a_huge_file_is_rejected_by_its_size(tmp_path):
    with (tmp_path / "tiny.ipynb").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert "larger than 16 MiB" in rejection(tmp_path / "tiny.ipynb")


def test_what_can_be_read_keeps_its_hash_even_when_rejected(tmp_path):
    with pytest.raises(Rejected) as rejected:
        read(write(tmp_path / "tiny.ipynb", b"{"))
    assert len(rejected.value.sha256) == 64


def test_outputs_and_foreign_metadata_stay_out(tmp_path):
    made = new_notebook(cells=[cell("1", "f_answer")], metadata={"widgets": {"x": "<script>"}})
    made.cells[0].outputs = [nbformat.v4.new_output("stream", text="secret")]
    made.cells[0].metadata["tags"] = ["raises-exception"]
    (kept,) = read(write(tmp_path / "tiny.ipynb", made)).content["cells"]
    assert kept["outputs"] == []
    assert kept["metadata"] == {"nbgrader": {"grade_id": "f_answer"}}


def test_an_old_notebook_without_ids_and_one_with_equal_ids_are_read(tmp_path):
    source = {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "id": "same", "metadata": {}}
    path = write(tmp_path / "tiny.ipynb", {"nbformat": 4, "cells": [source, source, {**source}]})
    cells = read(path).content["cells"]
    assert cells[0]["source"] == "a = 1\nb = 2"
    assert len({cell["id"] for cell in cells}) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "metadata", "nbgrader", "grade_id", "id", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=40)
@given(st.lists(JSON | st.fixed_dictionaries({"cell_type": st.just("code"), "source": JSON})))
def test_any_cells_are_read_or_rejected_and_nothing_else(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("any") / "tiny.ipynb"
    try:
        notebook = read(write(path, {"nbformat": 4, "cells": cells}))
    except Rejected:
        return
    extract(notebook, MANIFEST)
    nbformat.validate(notebook.content)


# ---------------------------------------------------------------- extract


def extracted(*cells):
    return extract(Notebook(new_notebook(cells=list(cells)), ""), MANIFEST)


def test_code_runs_in_order_without_the_checks():
    found = extracted(
        cell("import x"),
        cell("# a title", kind=new_markdown_cell),
        cell("def f(): ...", "f_answer"),
        cell("helper = 1"),
        cell("check(f)", "f"),
        cell("  \n"),
    )
    assert [(c.number, c.exercise, c.source) for c in found.cells] == [
        (1, "", "import x"),
        (3, "f", "def f(): ..."),
        (4, "", "helper = 1"),
    ]


def test_of_copies_all_run_in_order_so_that_the_last_one_counts():
    found = extracted(cell("first", "f_answer"), cell("second", "f_answer"))
    assert [(c.source, c.exercise) for c in found.cells] == [("first", "f"), ("second", "f")]


def test_where_the_metadata_are_lost_the_cell_id_says_what_it_answers():
    (found,) = extracted(cell("def f(): ...", id="f_answer")).cells
    assert found.exercise == "f"


def test_a_deleted_answer_and_one_that_is_text_leave_nothing_to_run():
    assert extracted(cell("def f(): ...", "f_answer", kind=new_markdown_cell)).cells == ()


def test_a_cell_that_calls_itself_a_check_is_not_run():
    assert extracted(cell("def f(): ...", "f")).cells == ()


def test_words_are_kept_and_an_untouched_answer_is_none():
    assert extracted(cell("Because.", "why", kind=new_markdown_cell)).written == {"why": "Because."}
    assert extracted(cell("YOUR ANSWER HERE", "why", kind=new_markdown_cell)).written == {"why": ""}
