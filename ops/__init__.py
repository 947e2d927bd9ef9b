"""Running Jiahe on one machine: its own database and queue, and the processes around them, under one supervisor."""
