"""What is checked of a site: one table of rules, and the functions that check."""
