"""Pages that need nothing but themselves: one file, no network, nothing recorded that could run."""
