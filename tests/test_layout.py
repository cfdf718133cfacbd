"""A folder of submissions: what is one, what is not, and which names may become a file's."""

import pytest

from autograder.layout import collect, readable, wrong_name


def hand_in(folder, student, assignment, name=None):
    path = folder / student / assignment / (name or f"{assignment}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def test_submissions_are_found_sorted_and_strays_named(tmp_path):
    hand_in(tmp_path, "zoe", "one")
    hand_in(tmp_path, "ada", "one")
    hand_in(tmp_path, "ada", "one", "timestamp.txt")
    hand_in(tmp_path, "ada", "one", "data.csv")
    hand_in(tmp_path, "ada", "two")
    (tmp_path / ".DS_Store").write_text("")
    (tmp_path / "linked").symlink_to("ada")
    (tmp_path / "zoe" / "three").symlink_to("../ada/one")
    found = collect(tmp_path, {"one", "three"})
    assert [str(turned) for turned in found.submissions] == ["ada/one", "zoe/one"]
    assert found.strays == (
        ".DS_Store: no student's folder",
        "ada/one/data.csv: not one.ipynb",
        "ada/two: no assignment of this course",
        "linked: a link",
        "zoe/three: a link",
    )


def test_a_thousand_strays_are_a_few_lines(tmp_path):
    for i in range(1000):
        hand_in(tmp_path, "ada", "one", f"{i}.txt")
    strays = collect(tmp_path, {"one"}).strays
    assert len(strays) == 6
    assert strays[-1] == "ada: and 995 more things"


def test_a_folder_without_a_notebook_is_a_submission_all_the_same(tmp_path):
    (tmp_path / "ada" / "one").mkdir(parents=True)
    assert [str(turned) for turned in collect(tmp_path, {"one"}).submissions] == ["ada/one"]


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(NotADirectoryError, match="no folder of submissions"):
        collect(tmp_path / "nowhere", {"one"})


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "ada@x.org", "s-1_2", "Žofie", "李雷"])
def test_names_of_people(name):
    assert wrong_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/b", "a\\b", ".hidden", "-rf", "=cmd", "<script>", "x" * 101),
        *("a\nb", "a\x1b[31m", "a\x00", "a\u202eb", "a\udcff"),
    ],
)
def test_names_that_may_not_become_a_files(name):
    assert wrong_name(name) is not None


def test_a_wrong_name_is_refused_in_one_clean_line(tmp_path):
    hand_in(tmp_path, "a\x1b[31m\n<b>", "one")
    (tmp_path / "\udcff").mkdir()  # a name that is no UTF-8
    found = collect(tmp_path, {"one"})
    assert found.submissions == ()
    assert len(found.refused) == 2
    assert all(line.isprintable() for line in found.refused)


def test_readable_is_one_line_without_controls():
    assert readable("a\tb\n\x1b[2Jc\u202e") == "a b [2Jc"
