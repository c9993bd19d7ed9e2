"""
Files that people hand the desk in its own chat, and what each of them proves (R18, R56, R134).

A file is kept once, under the checksum of what is in it, whoever hands it over how often. It is
never opened, run or shown by the desk: what it is called is text, and whoever needs it gets it
by a signed link. Then somebody says what it proves: a suspension case, a dispute, an exemption
from tax; the cards about that name it and lead to it.
"""
