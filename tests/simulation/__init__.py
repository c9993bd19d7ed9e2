"""Years of the desk in minutes: an invented company, its people, its faults, and a checker."""
