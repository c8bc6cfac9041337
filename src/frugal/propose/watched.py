"""Values that note what was looked at, so that a question is only put again when it must be.

What would change the choice is found by changing one fact and choosing again, a dozen times over.
A pattern or a service that never looked at the changed fact answers as before, so its answer is
kept. Nobody has to declare what they look at, and nobody can forget to.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import msgspec

from frugal.patterns import Scene

#: Fields by their path, and what was found there; ``_PRESENT`` for a value with fields of its own.
LookedAt: TypeAlias = dict[tuple[str, ...], object]

_PRESENT = object()


class Watched:
    """Stands for a value of the model and reads like it; the first look at each field is noted."""

    def __init__(self, value: msgspec.Struct, path: tuple[str, ...], seen: LookedAt) -> None:
        self.__dict__.update(_value=value, _path=path, _seen=seen)

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not yet in __dict__: later looks cost what a plain field costs.
        own = self.__dict__
        found = getattr(own["_value"], name)
        path = (*own["_path"], name)
        if isinstance(found, msgspec.Struct):
            own["_seen"][path] = _PRESENT
            found = Watched(found, path, own["_seen"])
        else:
            own["_seen"][path] = found
        own[name] = found
        return found


def watched(scene: Scene, seen: LookedAt) -> Scene:
    """Return the scene as it is, noting in ``seen`` what is looked at."""
    return Scene(
        brief=cast(Any, Watched(scene.brief, ("brief",), seen)),
        stack=cast(Any, Watched(scene.stack, ("stack",), seen)),
        load=cast(Any, Watched(scene.load, ("load",), seen)),
    )


def still_true(seen: LookedAt, scene: Scene) -> bool:
    """Return whether everything that was looked at is the same in another scene."""
    for path, before in seen.items():
        found: Any = scene
        for name in path:
            if not isinstance(found, msgspec.Struct):
                return False  # the parent is gone
            found = getattr(found, name)
        if before is _PRESENT:
            if not isinstance(found, msgspec.Struct):
                return False
        elif found != before:
            return False
    return True
