/**
 * Methods that take the text of the function which they are given, and run it in a browser, or in a database. They go by their names, for
 * what they are called on comes from an `await`, or from a callback, in nearly every program: Puppeteer, Playwright, WebdriverIO, Nightmare,
 * PhantomJS, Selenium, MongoDB.
 */

const anywhere = new Set([
  ...['evaluate', 'evaluateAsync', 'evaluateAsyncFunction', 'evaluateHandle', 'evaluateOnNewDocument', 'addInitScript'],
  ...['$eval', '$$eval', 'evalOnSelector', 'evalOnSelectorAll', 'waitForFunction'],
  ...['executeScript', 'executeAsyncScript', 'mapReduce'],
]);
/** Names that other things have too. */
const inBrowser = new Set(['execute', 'executeAsync']);
const browser = /^(?:browser|client|driver|page)$/;

/** @param receiver the name of what the method is called on */
export function runsTextOf(receiver: string, method: string): boolean {
  return anywhere.has(method) || (inBrowser.has(method) && browser.test(receiver));
}
