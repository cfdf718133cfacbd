"""Where a notebook of the repository opens without an installation."""

from urllib.parse import quote, urlsplit


def launch_links(url: str, branch: str, path: str) -> dict[str, str]:
    """Where a notebook at ``path`` of a GitHub repository opens without an installation.

    >>> launch_links("https://github.com/a/b", "main", "x/x.ipynb")["Open in Colab"]
    'https://colab.research.google.com/github/a/b/blob/main/x/x.ipynb'
    """
    repository = urlsplit(url).path.strip("/")
    return {
        "Open in Colab": (
            f"https://colab.research.google.com/github/{repository}/blob/{branch}/{path}"
        ),
        "Open in Binder": (
            f"https://mybinder.org/v2/gh/{repository}/{quote(branch, safe='')}"
            f"?labpath={quote(path, safe='')}"
        ),
    }
