"""Small files for the tests, and the plain install in this process."""

import sys


def written(folder, text, name="data.csv"):
    """A file of that text or those bytes."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def without_pyarrow(monkeypatch):
    """As if only NumPy were installed."""
    for package in ("pyarrow", "narwhals"):
        monkeypatch.setitem(sys.modules, package, None)


def same(one, other):
    """Whether two tables hold the same columns."""
    assert one.names == other.names
    for a, b in zip(one.columns, other.columns, strict=True):
        assert type(a) is type(b), a.name
        if hasattr(a, "values"):
            assert a.values.dtype == b.values.dtype
            assert a.values.tobytes() == b.values.tobytes()
        else:
            assert rows(a) == rows(b)
    return True


def rows(column):
    """The values of a column, None where one is missing."""
    if hasattr(column, "values"):
        return [None if value != value else value for value in column.values.tolist()]
    return [None if code < 0 else column.texts[code] for code in column.codes.tolist()]
