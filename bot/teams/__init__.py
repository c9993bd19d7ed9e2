"""Microsoft Teams: the only package that imports the Bot Framework."""
