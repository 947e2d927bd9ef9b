"""The screens: one module per area. The factory imports them all."""
