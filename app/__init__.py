"""Jiahe 家和: the application package. Build an app with :func:`app.factory.create_app`."""
