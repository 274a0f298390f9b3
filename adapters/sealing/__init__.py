"""Personal data under keys of their own, so that destroying a key erases it from an unchanged log."""
