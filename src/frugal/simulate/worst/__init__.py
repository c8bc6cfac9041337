"""The highest bill that something going wrong can cause, what lowers it, and an attacker."""
