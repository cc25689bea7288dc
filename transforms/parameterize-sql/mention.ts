/**
 * Files that may send SQL, told by their text: a method that takes queries, or `promisify`, and words that SQL puts together.
 * Words alone, such as `with`, `set` or `where`, are in the comments of nearly every file.
 */

import { queryMethods } from './query-methods.ts';

// Every part is bounded, and no two that repeat can match the same text, so that the time is linear in the file's length.
const gap = String.raw`(?:\s|\\[nrt]|--[^\n]{0,80}\n){1,80}`;
const name = String.raw`[\w.$"'\`[\]{}()]{1,80}`;

const methodNames = [...queryMethods].map((method) => method.replaceAll('$', String.raw`\$`)).join('|');
const methods = [String.raw`\.\s{0,80}(?:${methodNames})\b`, String.raw`\[\s{0,80}["'\`](?:${methodNames})["'\`]`, 'promisify'];

/** Words, and what stands beside them in SQL: `(?:…)` for each, in any case. */
const phrases = [
  String.raw`select\b[^;]{0,600}?\bfrom\b`,
  String.raw`select${gap}${name}\s{0,80}[(,*]`,
  String.raw`(?:insert|merge|replace)${gap}(?:\w{1,20}${gap}){0,2}into\b`,
  String.raw`update${gap}(?:${name}${gap}){1,3}set\b`,
  String.raw`delete${gap}from\b`,
  String.raw`call${gap}${name}\s{0,80}\(`,
  String.raw`(?:where|and|or|having|on|set)${gap}(?:not${gap})?${name}\s{0,80}(?:=|<|>|!=|(?:not\s{1,80})?(?:like|ilike|in|between|is)\b)`,
  String.raw`values\s{0,80}\(`,
  String.raw`(?:order|group)${gap}by\b`,
  String.raw`(?:limit|offset)${gap}(?:["'\`$\d?:@])`,
];

/**
 * A statement at the start of a literal, which is enough by itself: what was promisified in another file has any name,
 * and a misspelt statement is to be reported.
 */
const statement = String.raw`["'\`](?:[\s(]|\\[nrt]){0,80}(?:(?:select|update)${gap}\S|(?:insert|merge|replace)${gap}(?:\w{1,20}${gap}){0,2}into\b|delete${gap}from\b|with${gap}${name}${gap}as\b)`;

const includes = (any: readonly string[]): string => `(?=[^]*?(?:${any.join('|')}))`;

export const mention = new RegExp(`^(?:${includes([statement])}|${includes(methods)}${includes(phrases.map((one) => `\\b${one}`))})`, 'i');
