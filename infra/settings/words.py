"""Names that were probably meant."""

import difflib
from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    bare = {_bare(name): name for name in known}
    wanted = _bare(word)
    close = difflib.get_close_matches(wanted, bare, n=1, cutoff=0.6)
    if close:
        return bare[close[0]]
    containing = [name for short, name in bare.items() if len(wanted) > 2 and wanted in short]
    return containing[0] if len(containing) == 1 else None


def suggestion(word: str, known: Sequence[str]) -> str:
    """«did you mean …?», or all known names where none is near."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"


def _bare(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
