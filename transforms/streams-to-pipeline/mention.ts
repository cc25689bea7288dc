/** What the text of a file has that may have a site. */
export const mention = /\.\s*pipe\s*\(|['"`]data['"`]|\bpump|\bmississippi\b|\bmultipipe\b|\.\s*write\s*\(/;
