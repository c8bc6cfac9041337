"""AWS's list prices: rows of files become a snapshot in which a meter finds its price, or an error.

| file | owns |
| --- | --- |
| ``product.py`` | what a price is: bands of use, exact cost, allowances |
| ``meter.py``, ``units.py`` | how a dimension is named in every Region; which units are the same |
| ``lookup.py``, ``shelf.py`` | finding: exact, or an error that names what stands in the way |
| ``rows.py``, ``merge.py``, ``importer.py`` | building the snapshot; not used when frugal runs |
| ``container.py`` | the snapshot's file, read block by block |
"""
