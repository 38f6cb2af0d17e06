/** Names that have broken some store, signature or event decoder before. */
export const ODD_NAMES = [
  'two words.csv',
  'plus+sign.csv',
  '100%.csv',
  'already%20encoded%2Fslash.csv',
  'hash#mark?query=1&more.csv',
  "quotes'and(parentheses)!*.csv",
  '日本語 データ (1)+final.csv',
  'été – naïve €.csv',
  '🙂 smile.csv',
  'semi;colon,comma=equals@at:colon~tilde.csv',
]
