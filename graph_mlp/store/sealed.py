"""JSON files that carry a checksum of their own content, so that whatever changed in one of them is noticed.

{"format": 2, ..., "sha256": "..."}

Until version 1.4 there was no checksum, and the format was 1 or not said.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.store.files import read_json, write_json

FORMAT = 2


class SealedRecord(NamedTuple):
    """The content of a file, without its checksum."""

    content: dict[str, Any]
    is_checked: bool  # False: an older version wrote it, without a checksum


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` by `content` and its checksum; raises ValueError where a float is not finite, OSError."""
    # The format comes first and the checksum last, so that no damage in one place hits both.
    sealed = {'format': FORMAT} | content | {'format': FORMAT}
    write_json(path, {**sealed, 'sha256': _checksum(sealed)})


def read_sealed(path: Path) -> SealedRecord:
    """Reads what `write_sealed` wrote, or an older version; raises ValueError where it has changed since, OSError."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise ValueError('it is not a JSON object')
    checksum = content.pop('sha256', None)
    # The format is under the checksum: neither of the two can be damaged so that the file seems to be an older one.
    if checksum is None and content.get('format', 1) == 1:
        return SealedRecord(content, is_checked=False)
    if checksum != _checksum(content):
        raise ValueError('its content does not have the checksum that was written with it')
    return SealedRecord(content, is_checked=True)


def _checksum(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(',', ':'), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
