"""Designing: from the choice to everything there is to say about it."""
