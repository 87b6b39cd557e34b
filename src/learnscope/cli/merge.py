"""`learnscope atlas merge`: parts of a sweep put together as one atlas."""

from __future__ import annotations

from pathlib import Path

from learnscope.cli.output import print_json, say
from learnscope.sweeps.merge import merge as merged


def merge(*folders: Path, out: Path = Path("atlases"), json: bool = False) -> int:
    """Put the members of parts of a sweep into one atlas.

    Args:
        folders: of the parts, as 'learnscope sweep --part 3/10' made them, or of whole atlases of
            the same sweep. They stay as they are.
        out: folder below which the atlas is, "atlases" where left out.
        json: print one JSON object.
    """
    found = merged(folders, out=out)
    path = found.atlas.path
    if json:
        print_json(
            {
                "path": str(path),
                "members": found.members,
                "new": found.new,
                "sources": found.sources,
            }
        )
        return 0
    say(f"{found.members:,} members in {path}, {found.new:,} of them new.")
    return 0
