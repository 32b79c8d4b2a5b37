"""What a path of the store is for, and which paths only some file systems take for one of its."""

from __future__ import annotations

import pytest

from flaggit.core.layout import is_lookalike


@pytest.mark.parametrize(
    "path",
    [
        *(".Flags", ".FLAGS", ".fl\u200cags", "\ufeff.flags", ".flag\u017f", ".\ufb02ags"),  # macOS
        *(".flags.", ".flags ", ".flags . .", ".flags:x", ".flags::$INDEX_ALLOCATION", "FLAGS~1", "flags~2"),  # Windows
        *(".flags\\done", ".flags/Done/k7m2q0x.yaml", ".flags/done/k7m2q0x.yaml ", ".flags/done/k7m2q0x.YAML"),
        *(".flags/CATALO~1.YAM", ".flags/done/K7M2Q0~1.YAM", ".flags/config.yaml:x", ".flags/done\\k7m2q0x.yaml"),
    ],
)
def test_lookalikes(path: str) -> None:
    assert is_lookalike(path)


@pytest.mark.parametrize(
    "path",
    [
        *(".flags", "flags", ".flagsx", ".flagss.", "src", "~1", "a~1", ".", "..", ".flags/x.tmp", ".flags/notes.txt"),
        *(".flags/README.md", ".flags/done/k7m2q0x.yaml", ".flags/catalog.d/API.yaml", ".flags/.schema/x.json"),
    ],
)
def test_names_of_their_own(path: str) -> None:
    assert not is_lookalike(path)
