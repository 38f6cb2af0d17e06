/** A word or clause that is hard to read, and advice on what to write in its place. */
export interface Rule {
  readonly pattern: RegExp
  readonly advice: string
  /** The words are fine at the beginning of a real question, such as the heading of a guide. */
  readonly isFineInQuestion?: true
}

const PLACED = 'comes?|came|stands?|stood|lies|lay|goes|went|waits|belongs|follows|remains|stays'
const AUXILIARY = 'is|are|was|were|has|have|had|can|could|may|might|must|should|would|cannot'

/** One rule per habit. Add a rule when a review finds a new one. */
export const RULES: readonly Rule[] = [
  {
    pattern: new RegExp(`\\bwhat\\s+(?:${AUXILIARY}|${PLACED}|nothing|nobody)\\b`, 'giu'),
    advice: 'name the thing: "the file", "the outcome", "objects that …"',
    isFineInQuestion: true,
  },
  { pattern: /\bwh(?:at|om?|ich)ever\b/giu, advice: 'write "users who …", "any …" or "every …"' },
  { pattern: /(?<=^|[.!?]\s+)who\s(?=[^?]*(?:[.!]|$))/giu, advice: 'begin with a noun: "Users who …"' },
  { pattern: /\b(?:nobody|no\s+one\s+but)\b/giu, advice: 'say who: "no user", "no client", "only CKAN …"' },
  { pattern: /\bthose\s+(?:that|who|which|whose)\b/giu, advice: 'repeat the noun: "files that …"' },
  { pattern: /\bones?\s+(?:that|who|which|whose)\b/giu, advice: 'repeat the noun: "the linker that …"' },
  { pattern: /\banew\b/giu, advice: 'write "again" or "new"' },
  { pattern: /\bmend(?:s|ed|ing)?\b/giu, advice: 'write "fix" or "repair"' },
  { pattern: /\b(?:told|tells?|telling)\s+of\b/giu, advice: 'write "report" or "notify … about …"' },
  { pattern: /\b(?:comes?|came|coming)\s+to\s+be\b/giu, advice: 'write "is created" or "appears"' },
  { pattern: /\b(?:has|have|had)(?:\s+not|n't)\s+got\b/giu, advice: 'write "does not have"' },
  { pattern: /\b(?:has|have|had)n't\s+(?:the|an?|any)\b/giu, advice: 'write "does not have"' },
  { pattern: /\blest\b/giu, advice: 'write "so that … cannot …"' },
  { pattern: /\bnothing\s+but\b/giu, advice: 'write "only"' },
  { pattern: /\bthat\s+which\b/giu, advice: 'name the thing' },
  { pattern: /\b(?:there|where|here)(?:of|in|upon|by|to)\b/giu, advice: 'write "of it", "in it" or a second sentence' },
]
