"""Documents made of a session's questions: PDF with reportlab, DOCX with python-docx, and CSV."""
