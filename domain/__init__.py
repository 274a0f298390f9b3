"""The words, the events, the decisions and the effective history: pure, and all of it."""
