"""The message about a name that does not exist."""

import difflib
from collections.abc import Iterable


def unknown_name(kind: str, name: object, valid_names: Iterable[str]) -> str:
    """'there is no measure 'final acuracy': did you mean 'final accuracy'?', or the names that there are."""
    names = list(valid_names)
    close = difflib.get_close_matches(str(name), names, 1)
    advice = f'did you mean {close[0]!r}?' if close else f'choose from {", ".join(names)}'
    return f'there is no {kind} {str(name)!r:.140}: {advice}'
