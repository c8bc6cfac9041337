"""YAML as a tree of text, each node with its file and line.

PyYAML's parser is used only as far as its events. Its usual loader would resolve ``22:22`` to the
number 1342 (YAML 1.1 counts in sixties), make floats of versions and amounts, forget the line
numbers and keep the last of two equal keys. Here a scalar stays the text that was written, and
whoever wants a number asks for one.

Building from events also bounds the work: depth, size and what aliases expand to are counted as
they arrive, so a file made to explode is refused long before it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from frugal.model.brief import Value
from frugal.model.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_MAX = 1_000_000
NODES_MAX = 50_000  #: counted with every alias expanded
DEPTH_MAX = 64

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_CORE = "tag:yaml.org,2002:"
_TAGS_READ = frozenset(
    [f"{_CORE}{kind}" for kind in ("bool", "float", "int", "map", "null", "seq", "str")]
    + ["!reset", "!override"]  # Compose's own, for layers
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")

# The parser's own message may quote the file (an alias's name, a line), so it is never repeated.
_PROBLEMS = (
    ("mapping values are not allowed", "a `:` stands where no mapping can start"),
    ("found character", "a tab or a reserved character stands where a value should start"),
    ("found unexpected end", "a quoted text or bracket is not closed"),
    ("could not find expected", "a key has no `:`"),
)


class Place(Value, frozen=True, kw_only=True):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Scalar(Value, frozen=True, kw_only=True):
    text: str
    plain: bool  #: written without quotes
    place: Place
    tag: str = ""

    @property
    def null(self) -> bool:
        return (self.plain or self.tag.startswith("!")) and self.text in _NULLS


class Sequence(Value, frozen=True, kw_only=True):
    items: tuple[Node, ...]
    place: Place
    tag: str = ""


class Mapping(Value, frozen=True, kw_only=True):
    """Keys in the order written; merge keys (``<<``) are already merged in."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place
    tag: str = ""

    def get(self, name: str) -> Node | None:
        """Return the value under ``name``; absent and null are both ``None``."""
        for key, value in self.entries:
            if key.text == name:
                return None if isinstance(value, Scalar) and value.null else value
        return None

    def names(self) -> tuple[str, ...]:
        return tuple(key.text for key, _ in self.entries)


Node: TypeAlias = Scalar | Sequence | Mapping


def parse(text: str, file: str, *, tags: frozenset[str] = frozenset()) -> Node:
    """Return the root of one YAML document; anything else is one clear ``BadRequest``.

    ``tags`` are short forms (``!Ref``) that the caller reads himself, off each node's ``tag``.
    """
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise BadRequest(
            "holds a control character, so it is not a text file",
            where=f"{file}:{line}",
            hint="Give a YAML file in UTF-8",
        )
    import yaml  # heavy, and only needed when a file was given

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(file, _TAGS_READ | tags)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n")  # the end of the text is reported one line further
        raise BadRequest(
            f"is not valid YAML: {_problem(str(error.problem))}",
            where=f"{file}:{min(mark.line, last) + 1}" if mark else file,
            hint="Check the indentation, quotes and brackets on this line and the one above",
        ) from None
    except yaml.YAMLError:
        raise BadRequest("is not valid YAML", where=file, hint="Save it as UTF-8 text") from None
    if builder.root is None:
        raise BadRequest("is empty", where=file, hint="Leave it out, or write the stack into it")
    return builder.root


def _problem(said: str) -> str:
    for start, ours in _PROBLEMS:
        if said.startswith(start):
            return ours
    return "the structure breaks off"


class _Open:
    """A sequence or mapping whose end has not arrived."""

    __slots__ = ("anchor", "children", "place", "tag", "weight")

    def __init__(self, place: Place, tag: str, anchor: str | None) -> None:
        self.place = place
        self.tag = tag
        self.anchor = anchor
        self.children: list[Node] = []
        self.weight = 1


class _Builder:
    """Make a tree from parser events, without recursion."""

    def __init__(self, file: str, tags: frozenset[str] = _TAGS_READ) -> None:
        self.root: Node | None = None
        self._tags = tags
        self._file = file
        self._documents = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}  # None: still open
        self._weight = 0

    def take(self, event: object) -> None:
        # Told apart by name: importing PyYAML's event classes up here would cost every cold start.
        kind = type(event).__name__
        mark = getattr(event, "start_mark", None)
        place = Place(file=self._file, line=mark.line + 1 if mark else 1)
        anchor: str | None = getattr(event, "anchor", None)
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise BadRequest(
                    "holds more than one YAML document",
                    where=str(place),
                    hint="Split it at `---` and name each file",
                )
        elif kind == "AliasEvent":
            self._alias(str(anchor), place)
        elif kind == "ScalarEvent":
            plain = bool(getattr(event, "implicit", (False,))[0])
            tag = self._tag(event, place)
            text = str(getattr(event, "value", ""))
            self._count(1, place)
            self._add(Scalar(text=text, plain=plain, place=place, tag=tag), 1, anchor)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            if len(self._open) >= DEPTH_MAX:
                raise BadRequest(
                    f"is nested deeper than {DEPTH_MAX} levels",
                    where=str(place),
                    hint="Flatten it",
                )
            if anchor is not None:
                self._anchors[anchor] = None
            self._open.append(_Open(place, self._tag(event, place), anchor))
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            done = self._open.pop()
            node: Node
            if kind == "SequenceEndEvent":
                node = Sequence(items=tuple(done.children), place=done.place, tag=done.tag)
            else:
                node = _mapping(done)
            self._count(1, place)
            self._add(node, done.weight, done.anchor)

    def _tag(self, event: object, place: Place) -> str:
        tag = str(getattr(event, "tag", None) or "")
        if tag and tag not in self._tags:
            raise BadRequest(
                "a YAML tag (`!...`) is not read",
                where=str(place),
                hint="Remove the tag; tags that make objects are refused",
            )
        return tag

    def _alias(self, name: str, place: Place) -> None:
        if name not in self._anchors:
            raise BadRequest(
                "a YAML alias (`*...`) has no anchor above it",
                where=str(place),
                hint="Quote the text if it only starts with `*`",
            )
        known = self._anchors[name]
        if known is None:
            raise BadRequest(
                "a YAML alias (`*...`) contains itself", where=str(place), hint="Break the cycle"
            )
        self._count(known[1], place)
        self._add(known[0], known[1], None)

    def _count(self, values: int, place: Place) -> None:
        """Count what arrived; an alias counts as all that it stands for."""
        self._weight += values
        if self._weight > NODES_MAX:
            raise BadRequest(
                f"comes to more than {NODES_MAX} values with its aliases expanded",
                where=str(place),
                hint="Give only the part that describes this stack",
            )

    def _add(self, node: Node, weight: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, weight)
        if self._open:
            self._open[-1].children.append(node)
            self._open[-1].weight += weight
        else:
            self.root = node


def _mapping(done: _Open) -> Mapping:
    own: list[tuple[Scalar, Node]] = []
    merged: list[Mapping] = []
    first: dict[str, Place] = {}
    for key, value in zip(done.children[::2], done.children[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise BadRequest(
                "a key is a list or a mapping",
                where=str(key.place),
                hint="Keys are plain text; quote one that starts with `[`, `{` or `?`",
            )
        if key.text in first:
            # The key itself is not repeated: in a broken file it may be a piece of a secret.
            raise BadRequest(
                f"a key is given twice (first in line {first[key.text].line})",
                where=str(key.place),
                hint="Keep one of the two",
            )
        first[key.text] = key.place
        if key.text == "<<" and key.plain:
            merged += _merged(value)
        else:
            own.append((key, value))
    names = {key.text for key, _ in own}
    for source in merged:  # own keys win, then the first mapping that has the key
        for key, value in source.entries:
            if key.text not in names:
                names.add(key.text)
                own.append((key, value))
    return Mapping(entries=tuple(own), place=done.place, tag=done.tag)


def _merged(value: Node) -> Iterator[Mapping]:
    for one in value.items if isinstance(value, Sequence) else (value,):
        if not isinstance(one, Mapping):
            raise BadRequest(
                "a merge key (`<<`) does not name a mapping",
                where=str(value.place),
                hint="Write `<<: *anchor` with the anchor on a mapping",
            )
        yield one
