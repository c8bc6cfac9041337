"""The line that shows which trial is run: on a terminal only, and gone afterwards."""

from __future__ import annotations

import io

import pytest

from frugal.render.terminal import WIDTH, trying_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_is_told_nothing() -> None:
    """Where nobody sees a line change, none is written."""
    stream = io.StringIO()
    with trying_line(stream) as progress:
        assert progress is None
    assert not stream.getvalue()


def test_a_terminal_sees_one_line_that_changes() -> None:
    """Each trial replaces the one before, none is wider than the screen, nothing stays."""
    stream = Terminal()
    with trying_line(stream) as progress:
        assert progress is not None
        progress("Queue and function", "calm")
        progress("Queue and function", "x" * 500)
    *shown, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert shown[0] == "trying out: Queue and function: calm"
    assert len(shown[1]) == WIDTH - 1
    assert not last
    assert "\n" not in stream.getvalue()


def test_the_line_is_gone_when_it_goes_wrong() -> None:
    """An error message starts on an empty line."""
    stream = Terminal()

    def goes_wrong() -> None:
        with trying_line(stream) as progress:
            assert progress is not None
            progress("a", "b")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        goes_wrong()
    assert stream.getvalue().endswith("\r\x1b[K")
