"""A rehearsal: the user's own payouts for a year, under all the faults that a year brings."""
