"""Files that are drawn for people: workbooks, PDFs. Imported by no press."""
