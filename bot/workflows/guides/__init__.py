"""
Short guides, one tap away: policy and wording for each outcome (R2, R113, R158-R159).

They come with the program, one file each, for every outcome of a call and for angry or complex
conversations. A company puts its own into the folder `guides` of the desk's home: a file of the
same name takes the place of ours, others are found by `guide NAME`.
"""
