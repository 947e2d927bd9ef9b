"""The proof of rights: canaries in every cell, every role on every channel, judged by a reference of its own."""
