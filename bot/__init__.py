"""The AR desk: what it decides, what it remembers, and how it talks to Teams."""
