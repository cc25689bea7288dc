/** A file that neither makes promises nor gets anything from other modules has none to drop. */
export const mention = /\b(?:async|await|Promise|then|require|import|fetch)\b/;
