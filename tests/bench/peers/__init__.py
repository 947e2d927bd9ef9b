"""Pages side by side: ours, Django admin, plain Flask-AppBuilder and raw SQL, on the same rows. See docs/bench.md."""
