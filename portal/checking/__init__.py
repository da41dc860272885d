"""The checker: what runs in the throw-away process that looks into one file. It imports rules and data, and no more."""
