/** The end of the URL of a file in CKAN's own storage, after a language such as `de`, `pt_BR` or `sr@latin`. */
const FILE_IN_LANGUAGE = /(?<=[^/])\/[a-z]{2,3}([_@-]\w+)?(\/dataset\/[^/]+\/resource\/[^/]+\/download\/[^/]+)$/u

/**
 * Whether CKAN shows the same by both URLs. It puts the language of the request that indexed a dataset last into the
 * URLs of its own files: `https://ckan/dataset/…/download/a.csv` becomes `https://ckan/de/dataset/…/download/a.csv`.
 * A `ckan.root_path` with the language in its middle is not known. Any folder of two or three letters before `/dataset`
 * counts as a language.
 */
export function isSameUrl(one: string, other: string): boolean {
  return withoutLanguage(one) === withoutLanguage(other)
}

function withoutLanguage(url: string): string {
  return url.replace(FILE_IN_LANGUAGE, '$2')
}
