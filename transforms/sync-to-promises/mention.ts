/** What the text of a file has that may have a site. */
export const mention = /Sync\b|\bsync\b/;
