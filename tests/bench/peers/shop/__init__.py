"""The same shop as a Django site: admin and a JSON interface, tuned as a good engineer would."""
