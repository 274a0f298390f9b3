"""The commands `retold audit …`."""
