"""Attention, one mechanism a file: the reference implementations of the course.

Notation, used in every module, chapter and exercise:

=========  ====================================================================
``B``      batch; ``*B`` in a signature is any leading shape, also none
``T``      positions; ``Tq`` of queries, ``Tk`` of keys
``H``      heads; ``Hkv`` heads of keys and values
``D``      model width
``d``      width of a query and a key; ``dv`` width of a value
``Q K V``  queries ``(*B, Tq, d)``, keys ``(*B, Tk, d)``, values ``(*B, Tk, dv)``
scores     ``(*B, Tq, Tk)``: how well each query matches each key
weights    ``(*B, Tq, Tk)``: the scores after a softmax over the keys
out        ``(*B, Tq, dv)``: the values, averaged with the weights
mask       ``(*B, Tq, Tk)`` booleans: **True may attend**
=========  ====================================================================

``equations`` holds the same mechanisms in NumPy, transcribed from the papers: slow, plainly right.
"""
