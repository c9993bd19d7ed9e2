"""Files that the company edits itself: guides in `guides/`, brands in `brands/` of the home."""
