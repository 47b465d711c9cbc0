"""DOCX on python-docx, with the body written as XML: python-docx's paragraphs are slow."""
