"""PDF on reportlab's canvas, with line breaking and page breaking of our own.

reportlab's own layout cannot change the font within a word or order mixed directions, and would lay the whole
document out several times for the page numbers of the contents.
"""
