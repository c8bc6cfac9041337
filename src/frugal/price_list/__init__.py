"""AWS's list prices: rows of files become a snapshot in which a meter finds its price, or an error.

| file | owns |
| --- | --- |
| ``product.py`` | what a price is: bands of use, exact cost, allowances |
| ``meter.py``, ``units.py`` | how a dimension is named in every Region; which units are the same |
| ``lookup.py``, ``shelf.py`` | finding: exact, or an error that names what stands in the way |
| ``container.py`` | the snapshot's file, read block by block |
| ``report.py`` | what is said of a whole snapshot: dates, rows, differences |

Building a snapshot; none of it is loaded when frugal answers a request:

| file | owns |
| --- | --- |
| ``intake.py`` | one call for whatever files a person has |
| ``bulk.py``, ``bulk_json.py``, ``bulk_csv.py`` | AWS's own files, streamed |
| ``spool.py``, ``overlay.py``, ``packing.py`` | laying them over a snapshot, on disk |
| ``rows.py``, ``merge.py``, ``layout.py``, ``importer.py`` | gathered files; which reading holds |
| ``store.py`` | the folder of snapshots, and which is current |
| ``update.py``, ``download.py``, ``fetch.py`` | AWS's public list, from a server that may fail |
"""
