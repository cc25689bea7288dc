/** Names that a call offers for its result, where the name that it had belongs to something else: better than a number at its end. */

import { ts } from 'ts-morph';
import { participles } from '../../catalog/participles.ts';
import type { CallbackSite } from './sites.ts';

/** `getOrders` gives `orders`; `readFile(userFile, …)` gives `userData` where `data` is taken. */
export function candidatesFor(site: CallbackSite, name: string): string[] {
  const noun = calleeNoun(site.call);
  const about = subjectOf(site.call);
  const candidates: string[] = [];
  if (site.target.kind === 'taker' && noun !== undefined && noun.toLowerCase() !== name.toLowerCase()) candidates.push(noun);
  if (about !== undefined && about !== name) candidates.push(...together(about, name));
  if (noun !== undefined && site.target.kind === 'taker' && noun.toLowerCase() !== name.toLowerCase()) candidates.push(joined(noun, name));
  const callee = methodName(site.call);
  // `appendFileErr`: what failed tells one error from another.
  if (/^err(?:or)?$/i.test(name)) return /^[a-z][A-Za-z]*$/.test(callee) ? [...candidates, joined(callee, name)] : candidates;
  return [...candidates, ...doneTo(site.call, name)];
}

/** Names that say of a value only that it is one. */
const plainSubjects = new Set(['file', 'filename', 'path', 'dir', 'folder', 'url', 'options', 'opts', 'args', 'params']);

/** The same for a call that gives a promise. */
export function candidatesFrom(call: ts.CallExpression, name: string): string[] {
  const noun = calleeNoun(call);
  const about = call.arguments.length > 1 ? subjectOf(call) : undefined;
  const isSame = noun?.toLowerCase() === name.toLowerCase();
  return [
    ...(noun === undefined || isSame ? [] : [noun, joined(noun, name)]),
    ...(about === undefined || about === name ? [] : [joined(about, name)]),
    ...doneTo(call, name),
  ];
}

/** `users` of `db.users.find(…)`, `user` of `User.findOne(…)`; `createdPayment` of `gateway.create(payment)`. */
function doneTo(call: ts.CallExpression, name: string): string[] {
  const records = recordsIn(call);
  const method = methodName(beginningOf(call));
  const [verb = ''] = /^[a-z]+/.exec(method) ?? [];
  const done = answers.has(name) ? method : (participles.get(verb) ?? '');
  return [...(records === undefined || records === name ? [] : [records]), ...(done === '' ? [] : together(done, name))];
}

/** Names of what a call answers, and of nothing that it works on: `editResponse`. */
const answers: ReadonlySet<string> = new Set(['info', 'output', 'reply', 'res', 'resp', 'response', 'result', 'results', 'ret', 'retval']);

/** What a collection or a model holds, as many of it as the method gives. */
function recordsIn(call: ts.CallExpression): string | undefined {
  const { expression: callee } = beginningOf(call);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { expression: object } = callee;
  const holder = ts.isPropertyAccessExpression(object) ? object.name.text : ts.isIdentifier(object) ? object.text : '';
  const isModel = /^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(holder);
  const isCollection = /^[a-z][A-Za-z]*[^s]s$/.test(holder);
  const many = /^(?:find|findAll|all|list|query|search|each)$/.test(callee.name.text);
  const one = /^(?:findOne|findById|get|load|create|insert|insertOne|save|update|findOneAndUpdate)$/.test(callee.name.text);
  if (!(isModel || isCollection) || !(many || one)) return undefined;
  const noun = holder.charAt(0).toLowerCase() + holder.slice(1);
  const single = isModel ? noun : noun.replace(/ies$/, 'y').replace(/s$/, '');
  return one ? single : isCollection ? noun : `${noun.replace(/([^aeiou])y$/, '$1ie')}s`;
}

/** `db.users.find({})` of `db.users.find({}).sort({ name: 1 }).toArray()`. */
function beginningOf(call: ts.CallExpression): ts.CallExpression {
  const { expression: callee } = call;
  const inner = ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
  return inner !== undefined && ts.isCallExpression(inner) ? beginningOf(inner) : call;
}

const verbs = /^(?:get|load|read|find|fetch|query|list|lookup|create|make|build|compute|calculate|select|search|retrieve)(?=[A-Z])/;

function methodName({ expression: callee }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : '';
}

function calleeNoun(call: ts.CallExpression): string | undefined {
  const name = methodName(call);
  const noun = name.replace(verbs, '').replace(/(?:By[A-Z]\w*|Async|Cb|Callback)$/, '');
  return noun === '' || noun === name ? undefined : noun.charAt(0).toLowerCase() + noun.slice(1);
}

/** What the first argument is about: `user` of `userPath`, `config` of `'config.json'`. */
function subjectOf(call: ts.CallExpression): string | undefined {
  const [first] = call.arguments;
  if (first === undefined || first === call.arguments.at(-1)) return undefined;
  const text = ts.isIdentifier(first)
    ? first.text
    : ts.isPropertyAccessExpression(first)
      ? first.name.text
      : ts.isTemplateExpression(first)
        ? nameIn(first.templateSpans.at(-1)?.literal.text ?? '')
        : ts.isStringLiteralLike(first)
          ? nameIn(first.text)
          : '';
  const subject = text.replace(/(?:Path|File|FileName|Filename|Name|Url|Id|Dir|Folder)$/, '');
  if (plainSubjects.has(subject)) return undefined;
  return /^[a-z][A-Za-z0-9]*$/.test(subject) && subject.length > 1 && subject.length <= 24 ? subject : undefined;
}

/** `config` of `/etc/config.json`. */
function nameIn(path: string): string {
  return /([A-Za-z][A-Za-z0-9]*)(?:\.[a-z0-9]+)?$/.exec(path)?.[1] ?? '';
}

const longestName = 24;

/** Both names in one, where that is no longer than a person would write it. */
function together(first: string, second: string): string[] {
  const name = joined(first, second);
  return name.length <= longestName ? [name] : [];
}

function joined(first: string, second: string): string {
  return first + second.charAt(0).toUpperCase() + second.slice(1);
}
