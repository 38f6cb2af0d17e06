/** A piece of text that people read: a comment, a message, a paragraph. */
export interface Passage {
  readonly text: string
  /** The line of the file on which the text begins, counted from 1. */
  readonly line: number
}

/** The line of the file with the character at `index`. */
export function lineAt({ text, line }: Passage, index: number): number {
  return line + (text.slice(0, index).match(/\n/gu)?.length ?? 0)
}

/** The text without code: fenced blocks, inline code and the targets of links. Line breaks stay. */
export function withoutCode(text: string): string {
  return text
    .replace(/^[^\S\n]*(```|~~~)[\s\S]*?^[^\S\n]*\1[^\n]*$/gmu, keepLineBreaks)
    .replace(/(`+)[^`]+?\1/gu, (code) => `code${keepLineBreaks(code)}`)
    .replace(/(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+"[^"]*")?\)/gu, keepLineBreaks)
    .replace(/<?https?:\/\/[^\s>)]+>?/gu, 'URL')
}

/** The line breaks of a text that is left out, so that later lines keep their numbers. */
export function keepLineBreaks(text: string): string {
  return text.replace(/[^\n]/gu, '')
}
