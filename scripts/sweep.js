/**
 * Runs all transforms over the sources of published packages, pinned in `sweep-packages.json`, and reports a line for each:
 * `npm run build && node scripts/sweep.js [--safe] [folder] [name…]`. Packages are fetched into the folder once and kept there. Unsafe fixes are applied too, unless `--safe`.
 * For every package: no file fails, every output loads (the run verifies that), and a second run over the output fixes nothing.
 * Exit code 1 when one of these does not hold. The diffs are left beside the sources, as `<package>.patch`.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../dist/engine/run.js';
import { patchOf, patchText } from '../dist/cli/patch.js';
import { transforms } from '../dist/transforms/registry.js';
import { fetchPackage } from './fetch-package.js';

const words = process.argv.slice(2);
const unsafe = !words.includes('--safe');
const [folder = path.join(tmpdir(), 'nodelift-sweep'), ...names] = words.filter((word) => word !== '--safe');
mkdirSync(folder, { recursive: true });
/** @type {string[]} */
const pinned = JSON.parse(readFileSync(new URL('./sweep-packages.json', import.meta.url), 'utf8'));
const knownTransforms = transforms.map((transform) => transform.name);
let sound = true;

for (const name of pinned.filter((one) => names.length === 0 || names.some((wanted) => one.startsWith(wanted)))) {
  const source = fetchPackage(name, folder);
  const started = process.hrtime.bigint();
  const result = await run({ cwd: source, transforms, knownTransforms, unsafe });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const after = `${source}.after`;
  rmSync(after, { recursive: true, force: true });
  cpSync(source, after, { recursive: true });
  let patch = '';
  for (const file of result.files) {
    if (file.status !== 'changed') continue;
    writeFileSync(path.join(after, file.path), (file.bom ? '\uFEFF' : '') + file.after);
    patch += patchText(patchOf(file.path, file.before, file.after));
  }
  writeFileSync(`${source}.patch`, patch);
  const again = await run({ cwd: after, transforms, knownTransforms, unsafe });
  const count = (/** @type {string} */ status) => result.findings.filter((finding) => finding.status === status).length;
  const failed = result.files.filter((file) => file.status === 'failed');
  const faults = [
    ...failed.map((file) => `${file.path}: ${file.error}`),
    ...result.findings
      .filter((finding) => finding.reason?.code === 'verification-failed')
      .map((finding) => `${finding.id}: ${finding.reason.message}`),
    ...again.files.filter((file) => file.status === 'changed').map((file) => `${file.path} changes again in a second run`),
    ...result.warnings.map((warning) => `${warning.path ?? ''} ${warning.message}`),
  ];
  if (faults.length > 0) sound = false;
  console.log(
    `${name.padEnd(24)} ${String(result.scanned).padStart(5)} files ${String(count('fixed')).padStart(4)} fixed ${String(count('refused')).padStart(4)} refused ${seconds.toFixed(1).padStart(6)} s`,
  );
  for (const fault of faults) console.log(`    ${fault}`);
}
process.exitCode = sound ? 0 : 1;
