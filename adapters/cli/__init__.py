"""The command line: `retold`."""
