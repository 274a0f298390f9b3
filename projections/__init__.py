"""Pure functions from an incident's history to rows, documents and statistics."""
