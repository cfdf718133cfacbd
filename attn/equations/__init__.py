"""The papers' equations in NumPy, one file a mechanism, named as in ``attn``.

One example at a time, no batch: what a page shows line for line, and what the tests compare with.
"""
