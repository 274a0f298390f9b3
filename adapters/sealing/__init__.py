"""Personal data under keys of its own: to destroy a key erases it from a log that never changes."""
