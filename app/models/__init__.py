"""What there is: one module per area. The factory imports them all."""
