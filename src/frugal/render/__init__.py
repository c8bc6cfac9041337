"""Rendering: printing a Design as Markdown, JSON and a terminal summary. No logic, no figures."""
