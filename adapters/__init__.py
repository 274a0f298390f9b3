"""Everything that touches a disk, a socket, a clock or a terminal, and every outside form."""
