"""The nouns of frugal: frozen values and the laws they keep. No I/O, no AWS service by name."""
