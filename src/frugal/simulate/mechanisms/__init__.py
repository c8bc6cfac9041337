"""The simulated AWS: one mechanism for each kind of behaviour; which is which says ``table``."""
