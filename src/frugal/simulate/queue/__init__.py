"""The plain queue on the event loop: measured beside other simulators, held against formulas."""
