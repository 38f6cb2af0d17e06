"""Every text of the plugin's pages is there in each language of the web component."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent / "ckanext" / "uplink"
WORDS = PLUGIN.parents[3] / "packages" / "widget" / "src" / "words"

_IN_TEMPLATE = re.compile(r"\b_\('([^']*)'\)")
_FIELD = re.compile(r"\{\w*\}")


def texts() -> Iterator[str]:
    """The texts that CKAN translates: those in calls of `_`."""
    for template in PLUGIN.rglob("*.html"):
        source = template.read_text()
        found = _IN_TEMPLATE.findall(source)
        assert len(found) == len(re.findall(r"\b_\(", source)), template
        yield from found
    for module in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tk._":
                yield ast.literal_eval(node.args[0])


def languages() -> list[str]:
    """English is the language of the code."""
    files = [file.stem for file in WORDS.glob("*.ts")]
    return sorted(name for name in files if len(name) == 2 and name != "en")


def written(language: str) -> dict[str, str]:
    """The translations of a language as people write them."""
    entries: dict[str, str] = {}
    text = (folder(language) / "ckanext-uplink.po").read_text()
    for entry in text.split("\n\n")[1:]:
        said = re.fullmatch(r'msgid (".*")\nmsgstr (".*")\n?', entry)
        assert said, entry
        entries[ast.literal_eval(said[1])] = ast.literal_eval(said[2])
    return entries


def folder(language: str) -> Path:
    return PLUGIN / "i18n" / language / "LC_MESSAGES"


def test_the_web_component_speaks_four_languages_beside_english() -> None:
    assert languages() == ["de", "es", "fr", "uk"]


@pytest.mark.parametrize("language", languages())
def test_every_text_has_a_translation_and_no_other_text_has_one(language: str) -> None:
    assert sorted(written(language)) == sorted(set(texts()))
    for text, words in written(language).items():
        assert words, text
        assert sorted(_FIELD.findall(words)) == sorted(_FIELD.findall(text))


@pytest.mark.parametrize("language", languages())
def test_ckan_reads_what_is_written(language: str) -> None:
    """After a change: `pybabel compile -d ckanext/uplink/i18n -D ckanext-uplink`."""
    with (folder(language) / "ckanext-uplink.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, words in written(language).items():
        assert compiled.gettext(text) == words
