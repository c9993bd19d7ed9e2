"""
How mail leaves: over SMTP, or as .eml files in a folder.

Which one says a URL; only that one is imported, so that a desk without SMTP never loads it.
"""
