"""
The desk's work, one noun a package.

Each has `rules` (pure), `records` (tables), `queries` (reads) and `operations` (writes), and
its docstring is the process in plain words.
"""
