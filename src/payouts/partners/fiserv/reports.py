"""What Fiserv reports apart from DDP's API: the disbursement report and batch summaries.

The report is read over HTTPS (``reporting``) or from a file it was saved to; a batch summary
(``batch_summary``) only ever comes as a file. A JSON array is the first, lines with bars the
second.
"""

from __future__ import annotations

from payouts.outcome import Merchant, Report
from payouts.partners.fiserv import batch_summary, reporting
from payouts.partners.fiserv.reporting import base_url, received_in, report_for, signed

__all__ = ["SOURCES", "base_url", "file_in", "received_in", "report_for", "signed"]

SOURCES = (reporting.SOURCE, batch_summary.SOURCE)


def file_in(name: str, content: bytes, day: str, merchant: Merchant) -> Report:
    """Read a file, told by how it begins."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return reporting.rows_in(content, day, merchant)
    return batch_summary.report_in(content, name, day)
