/** What the text of a file has that may have a site: a method that takes a filter. */
export const mention =
  /\.\s{0,80}(?:find(?:One)?(?:And(?:Update|Delete|Remove|Replace|Modify))?|update(?:One|Many)?|replaceOne|remove|delete(?:One|Many)|count(?:Documents)?|distinct|exists|where)\s{0,80}\(/;
