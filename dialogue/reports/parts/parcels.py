"""What goes from one worker to another: values as files, named by their own digest.

A parcel is JSON; arrays and long lists of texts lie beside it, each once however many parcels
hold it. Nothing is ever executed on reading, only the classes named here are made, and what comes
out equals what went in, every number to the last bit: whoever carries out a part, the report is
the same.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from dialogue.kernel.storage import write_atomically

_PLAIN = frozenset({bool, int, float, type(None)})
_SHORT = 64  # texts; a longer list of them is a file of its own


class Damaged(Exception):
    """A file of a parcel is not there, or not what its name says."""


class Parcels:
    """A folder of parcels. `classes`: the dataclasses that may travel, by name."""

    def __init__(self, folder: Path, classes: Mapping[str, type]) -> None:
        self._folder = folder
        self._classes = classes
        # Arrays that many parcels share are recognised: array → its name. Kept alive meanwhile.
        self._known: dict[int, tuple[NDArray[Any], str]] = {}

    def put(self, value: Any) -> str:
        """Store a value; return the name under which `get` finds it. Raises OSError."""
        node = self._pack(value)
        return self._write(json.dumps(node, separators=(",", ":")).encode(), "json")

    def get(self, name: str) -> Any:
        """Return a stored value; raises Damaged."""
        return self._unpack(json.loads(self._read(name, "json")))

    def _pack(self, value: Any) -> Any:
        if isinstance(value, str) or type(value) in _PLAIN:
            return str(value) if isinstance(value, str) else value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return {"is": "array", "name": self._put_array(value)}
        if isinstance(value, sp.csr_array):
            parts = [value.data, value.indices, value.indptr]
            return {"is": "matrix", "shape": value.shape, "of": [self._pack(p) for p in parts]}
        if isinstance(value, list):
            return self._pack_list(value)
        if isinstance(value, tuple):
            return {"is": "tuple", "of": self._pack_list(list(value))}
        if isinstance(value, bytes):
            return {"is": "bytes", "of": self._pack(np.frombuffer(value, dtype=np.uint8))}
        if isinstance(value, dict):
            keys, values = self._pack_list(list(value)), self._pack_list(list(value.values()))
            return {"is": "dict", "keys": keys, "values": values}
        kind = type(value)
        if self._classes.get(kind.__name__) is not kind or not is_dataclass(value):
            raise TypeError(f"{kind.__name__} does not travel.")
        return {"is": kind.__name__, "of": [self._pack(getattr(value, n)) for n in _names(kind)]}

    def _pack_list(self, values: list[Any]) -> Any:
        """Lists of one kind take their columns together: a hundred thousand texts are ten lists."""
        kinds = set(map(type, values))
        if kinds <= _PLAIN:
            return values
        if kinds == {str} and len(values) > _SHORT:
            parts = [text.encode("utf-8", "surrogatepass") for text in values]
            lengths = np.array([len(part) for part in parts], dtype=np.int64)
            return {"is": "texts", "of": [self._pack(b"".join(parts)), self._pack(lengths)]}
        if len(kinds) == 1 and len(values) > 1:
            (kind,) = kinds
            if self._classes.get(kind.__name__) is kind:
                columns = [[getattr(value, n) for value in values] for n in _names(kind)]
                packed = [self._pack_list(column) for column in columns]
                return {"is": "rows", "class": kind.__name__, "of": packed}
        return [self._pack(value) for value in values]

    def _unpack(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._unpack(item) for item in node]
        if not isinstance(node, dict):
            return node
        kind = node["is"]
        if kind == "array":
            return np.load(io.BytesIO(self._read(node["name"], "npy")), allow_pickle=False)
        if kind == "dict":
            return dict(zip(self._unpack(node["keys"]), self._unpack(node["values"]), strict=True))
        inside = self._unpack(node["of"])
        if kind == "matrix":
            return sp.csr_array(tuple(inside), shape=tuple(node["shape"]))
        if kind == "tuple":
            return tuple(inside)
        if kind == "bytes":
            return inside.tobytes()
        if kind == "texts":
            ends = np.cumsum(inside[1]).tolist()
            starts = [0, *ends[:-1]]
            return [
                inside[0][start:end].decode("utf-8", "surrogatepass")
                for start, end in zip(starts, ends, strict=True)
            ]
        if kind == "rows":
            wanted = self._classes[node["class"]]
            return [wanted(*row) for row in zip(*inside, strict=True)]
        return self._classes[kind](*inside)

    def _put_array(self, array: NDArray[Any]) -> str:
        known = self._known.get(id(array))
        if known is not None:
            return known[1]
        written = io.BytesIO()
        np.save(written, array, allow_pickle=False)
        name = self._write(written.getvalue(), "npy")
        self._known[id(array)] = (array, name)
        return name

    def _write(self, content: bytes, suffix: str) -> str:
        name = hashlib.sha256(content).hexdigest()
        path = self._folder / f"{name}.{suffix}"
        if not path.exists():
            write_atomically(path, content)
        return name

    def _read(self, name: str, suffix: str) -> bytes:
        path = self._folder / f"{name}.{suffix}"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise Damaged(name) from None
        if hashlib.sha256(content).hexdigest() != name:
            path.unlink(missing_ok=True)  # else who does it again would find it there
            raise Damaged(name)
        return content


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind) if field.init]
