"""Months as they may come: how a month is drawn, what it costs, and between which ends most lie."""
