"""What there is to learn from: the project's pages in Markdown, and the documentation in its code."""

import pathlib
import re
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[3]

# What the sample embeds; training takes the other pages and the code's documentation too.
EMBEDDED = ('README.md', 'docs/**/*.md')
OTHERS = ('CHANGELOG.md', 'CONTRIBUTING.md', 'samples/**/*.md', 'bench/**/*.md')

SHORTEST = 40
GENERIC = {'notes', 'inputs', 'outputs', 'none', 'examples', 'description', 'synopsis', 'long description', 'short description', 'see also', 'related links'}


class Paragraph:
    """A paragraph of a page, with the headings that it is under."""

    def __init__(self, page, line, heading, text):
        self.page, self.line, self.heading, self.text = page, line, heading, text


def read_page(path):
    """A page's paragraphs: what is neither heading, block of code, table nor header, and has SHORTEST characters. samples/embed-docs.ps1
    takes the same."""
    page = path.relative_to(ROOT).as_posix()
    found, lines, start, heading, is_code, is_header = [], [], 0, '', False, False

    def end():
        text = ' '.join(lines)
        if len(text) >= SHORTEST:
            found.append(Paragraph(page, start, heading, text))
        lines.clear()

    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        is_indented = line.startswith('    ')
        line = line.strip()
        if line.startswith('---') and (number == 1 or is_header):
            is_header = number == 1
        elif line.startswith('```'):
            end()
            is_code = not is_code
        elif is_code or is_header:
            continue
        elif line.startswith('#'):
            end()
            heading = clean_heading(line)
        elif not line or is_indented or line.startswith(('|', '![', '<')):
            end()
        else:
            if line.startswith('- '):
                end()
                line = line[2:]
            if not lines:
                start = number
            lines.append(re.sub(r'\]\([^)]*\)', ']', line))
    end()
    return found


def clean_heading(line):
    """What a heading says, without marks and numbers; empty where it says nothing of its page."""
    text = re.sub(r'\(needs [^)]*\)$', '', line.lstrip('#').strip()).strip()
    text = re.sub(r'^Example \d+: ', '', text)
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', text)
    if text.startswith('-'):
        text = split_name(text[1:])
    return '' if text.lower() in GENERIC or re.fullmatch(r'[\w\[\]]+(\.[\w\[\]]+)+', text) else text


def split_name(name):
    """BatchSize is 'batch size'."""
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', ' ', name).lower()


def read_pages(patterns):
    """The paragraphs of all pages that the patterns name."""
    return [paragraph for pattern in patterns for path in sorted(ROOT.glob(pattern)) for paragraph in read_page(path)]


def read_code():
    """The summaries in the code's documentation, under the names of what they are of."""
    found = []
    for path in sorted(ROOT.glob('src/**/*.cs')):
        text = path.read_text(encoding='utf-8')
        for match in re.finditer(r'/// <summary>(.*?)</summary>(.*?)\n\s*(?!///|\[)(\w[^\n]*)', text, re.S):
            summary = re.sub(r'<\w+ (?:cref|name|langword)="([^"]*)"\s*/>', lambda m: split_name(m[1].split('.')[-1]), match[1])
            summary = ' '.join(re.sub(r'<[^>]+>|///', ' ', summary).split())
            declared = re.search(r'(\w+)\s*(?:[({;=]|=>|:|$)', match[3])
            if declared and len(summary) >= SHORTEST:
                found.append(Paragraph(path.relative_to(ROOT).as_posix(), 0, f'{split_name(path.stem)} {split_name(declared[1])}', summary))
    return found


def is_held_out(paragraph):
    """Whether a heading is kept for questions: every second one, by a checksum of its page and words."""
    return zlib.crc32(f'{paragraph.page}#{paragraph.heading}'.encode()) % 2 == 0


def questions(paragraphs):
    """The headings that training does not see, each with its page: of several words, and of one page only."""
    pages = {}
    for paragraph in paragraphs:
        pages.setdefault(paragraph.heading, set()).add(paragraph.page)
    held = {(p.heading, p.page) for p in paragraphs if p.heading and len(p.heading.split()) > 1 and len(pages[p.heading]) == 1 and is_held_out(p)}
    return sorted(held)
