"""The look of the Word document: styles, numbering and page. Sizes are in points, colours hexadecimal."""

from __future__ import annotations

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from core.domain.library.questions import Difficulty

ACCENT = "1D4E68"
INK = "20242B"
QUIET = "667080"
HAIRLINE = "DDE1E7"
CODE_FILL = "F4F6F8"
LINK = "1A5FA8"
NOTE_BAR = "D9B44A"
PIN = "B07A00"
DIFFICULTY_COLOURS = {Difficulty.EASY: "3E8E5A", Difficulty.MEDIUM: "C98A1B", Difficulty.HARD: "B5483A"}

CODE_FONT = (
    '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Courier New" w:eastAsia="Microsoft YaHei"/>'
)
TEXT_FONT = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Arial" w:eastAsia="Microsoft YaHei"/>'
BULLETS = 900
NUMBERS = 901
LEVELS = 9
LIST_INDENT = 360  # twentieths of a point, as all indents
TEXT_WIDTH_CM = 16.6
TEXT_WIDTH = 9_400


def apply(document: Document) -> None:
    """Give a new document of python-docx's template our page, styles and kinds of lists."""
    _page(document)
    _defaults(document)
    _styles(document)
    _numbering(document)


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(2.1), Cm(2.3)
    section.footer_distance = Cm(1.1)
    section.different_first_page_header_footer = True


def _defaults(document: Document) -> None:
    properties = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for fonts in properties.findall(qn("w:rFonts")):
        properties.remove(fonts)
    properties.insert(0, parse_xml(TEXT_FONT.replace("<w:rFonts", f"<w:rFonts {nsdecls('w')}")))


def _styles(document: Document) -> None:
    normal = _style(document, "Normal", 10.5, INK, after=6)
    normal.paragraph_format.line_spacing = 1.15
    _style(document, "Title", 30, INK, bold=True, after=26)
    _style(document, "Eyebrow", 10, ACCENT, bold=True, before=150, after=4)
    fact = _style(document, "Fact", 11, INK, after=4)
    fact.paragraph_format.left_indent, fact.paragraph_format.first_line_indent = Cm(3.2), Cm(-3.2)
    fact.paragraph_format.tab_stops.add_tab_stop(Cm(3.2))
    _style(document, "Heading 1", 17, ACCENT, bold=True, before=22, after=4)
    question = _style(document, "Heading 2", 12, INK, bold=True, before=16, after=2)
    question.paragraph_format.left_indent, question.paragraph_format.first_line_indent = Cm(1), Cm(-1)
    question.paragraph_format.tab_stops.add_tab_stop(Cm(1))
    for level, size in enumerate((12.5, 11.5, 11, 10.5, 10.5, 10.5), start=1):
        _style(document, f"Answer Heading {level}", size, INK, bold=True, before=6, after=3)
    _style(document, "Contents Heading", 20, ACCENT, bold=True, after=8)
    for name, size, indent, before in (("TOC 1", 11, 0.0, 8), ("TOC 2", 10, 1.0, 0)):
        entry = _style(document, name, size, INK, bold=indent == 0, before=before, after=2)
        entry.paragraph_format.left_indent = Cm(indent)
        entry.paragraph_format.first_line_indent = Cm(-indent)
        if indent:
            entry.paragraph_format.tab_stops.add_tab_stop(Cm(indent))
        entry.paragraph_format.tab_stops.add_tab_stop(
            Cm(TEXT_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
        )
    _style(document, "Facts", 9, QUIET, after=6)
    footer = _style(document, "Page Footer", 9, QUIET)
    footer.paragraph_format.tab_stops.add_tab_stop(Cm(TEXT_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT)
    _style(document, "Gap", 3, INK)
    _style(document, "Cell", 9.5, INK, before=2, after=2)
    _style(document, "Code", 9, INK, after=6, fonts=CODE_FONT)
    _style(document, "Code Label", 7.5, QUIET, before=4, after=0, fonts=CODE_FONT)
    _style(document, "Notes Label", 8, QUIET, bold=True, before=6, after=2)


def _style(
    document: Document,
    name: str,
    size: float,
    colour: str,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    fonts: str = TEXT_FONT,
) -> ParagraphStyle:
    known = {style.name for style in document.styles}
    style = (
        document.styles[name] if name in known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    )
    assert isinstance(style, ParagraphStyle)
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    properties.insert(0, parse_xml(fonts.replace("<w:rFonts", f"<w:rFonts {nsdecls('w')}")))
    style.font.size, style.font.color.rgb, style.font.bold = Pt(size), RGBColor.from_string(colour), bold
    style.font.cs_bold = bold
    properties.append(parse_xml(f'<w:szCs {nsdecls("w")} w:val="{round(size * 2)}"/>'))
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
        border.getparent().remove(border)
    return style


def _numbering(document: Document) -> None:
    numbering = document.part.numbering_part.element
    for position, (number, is_ordered) in enumerate(((BULLETS, False), (NUMBERS, True))):
        levels = "".join(_level(level, is_ordered) for level in range(LEVELS))
        kind = "multilevel" if is_ordered else "hybridMultilevel"
        numbering.insert(
            position,
            parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">'
                f'<w:multiLevelType w:val="{kind}"/>{levels}</w:abstractNum>'
            ),
        )
    numbering.append(parse_xml(list_number(BULLETS, BULLETS).replace("<w:num", f"<w:num {nsdecls('w')}", 1)))


def _level(level: int, is_ordered: bool) -> str:
    text = f"%{level + 1}." if is_ordered else "•◦▪"[min(level, 2)]
    left = LIST_INDENT * (level + 1)
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/>'
        f'<w:numFmt w:val="{"decimal" if is_ordered else "bullet"}"/><w:lvlText w:val="{text}"/>'
        '<w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{left}" w:hanging="{LIST_INDENT - 40}"/></w:pPr></w:lvl>'
    )


def list_number(number: int, kind: int, level: int = 0, start: int | None = None) -> str:
    """A list of one kind; an ordered one begins with `start` at its level."""
    override = ""
    if start is not None:
        override = f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{kind}"/>{override}</w:num>'
