"""suspension."""
