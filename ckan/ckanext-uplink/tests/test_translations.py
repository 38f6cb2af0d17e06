"""Every text of the plugin's pages is there in each language of the web component."""
# Ukrainian has letters that look like Latin ones.
# ruff: noqa: RUF001

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent / "ckanext" / "uplink"
ROOT = PLUGIN.parents[3]
WORDS = ROOT / "packages" / "widget" / "src" / "words"
#: Texts that CKAN has too, in its words. A development environment has all words of CKAN.
WORDS_OF_CKAN = {
    "Actions": {"de": "Aktionen", "es": "Acciones"},
    "Cancel": {"de": "Abbrechen", "es": "Cancelar", "fr": "Annuler", "uk": "Скасувати"},
    "Dataset": {
        "de": "Datensatz",
        "es": "Conjunto de datos",
        "fr": "Jeu de données",
        "uk": "Набір даних",
    },
    "Date": {"de": "Datum"},
    "Name": {"de": "Name", "es": "Nombre", "fr": "Titre", "uk": "Назва"},
    "Organization": {
        "de": "Organisation",
        "es": "Organización",
        "fr": "Organisation",
        "uk": "Організація",
    },
    "Resource": {"de": "Ressource", "es": "Recurso", "fr": "Ressource", "uk": "Ресурс"},
    "State": {"de": "Status", "es": "Estado", "fr": "État", "uk": "Стан"},
    "User": {"de": "Benutzer", "es": "Usuario", "fr": "Utilisateur", "uk": "Користувач"},
}

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


def words_of_ckan(language: str) -> dict[str, set[str]]:
    """CKAN's own translations, by text. Versions of CKAN may differ."""
    words = {text: {said[language]} for text, said in WORDS_OF_CKAN.items() if language in said}
    own = f"lib/python*/site-packages/ckan/i18n/{language}/LC_MESSAGES/ckan.mo"
    for path in (ROOT / ".local" / "ckan" / "python").glob(f"*/{own}"):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        for text in set(texts()):
            translated = catalogue.gettext(text)
            if translated != text:
                words.setdefault(text, set()).add(translated)
    return words


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


@pytest.mark.parametrize("language", languages())
def test_no_text_changes_the_words_of_ckan(language: str) -> None:
    """A text that CKAN has too gets the plugin's translation on each page of CKAN."""
    ours = written(language)
    for text, theirs in words_of_ckan(language).items():
        assert ours.get(text) in {None, *theirs}, text
