// The page of `nodelift --format html`. Everything that comes from the report is put into text nodes; nothing is ever parsed as HTML.
'use strict';

const started = performance.now();
const data = JSON.parse(document.getElementById('data').textContent);
const statusWords = { fixed: data.written ? 'fixed' : 'to fix', available: 'unsafe', refused: 'left alone' };
const filter = { text: '', transform: '', status: '', reason: '', path: '' };
let selected;

/** An element with attributes, and children that are elements or texts. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === 'on') for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined));
  return made;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Our own sentences: what stands in backquotes is code. */
function prose(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));
}

const count = (number, word) => `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;

// ---- which findings are shown

const searched = data.findings.map((finding) =>
  [finding.title, finding.path, finding.transform, finding.reason?.code, finding.reason?.message, ...finding.notes, ...finding.requires]
    .join('\n')
    .toLowerCase(),
);

function isShown(finding, index) {
  return (
    (filter.transform === '' || finding.transform === filter.transform) &&
    (filter.status === '' || finding.status === filter.status) &&
    (filter.reason === '' || finding.reason?.code === filter.reason) &&
    (filter.path === '' || finding.path === filter.path || (filter.path.endsWith('/') && finding.path.startsWith(filter.path))) &&
    (filter.text === '' || searched[index].includes(filter.text))
  );
}

// ---- charts

function bar(label, title, parts, most, key, value) {
  const total = parts.reduce((sum, [, number]) => sum + number, 0);
  let at = 0;
  const rects = parts.map(([kind, number]) => {
    const width = most === 0 ? 0 : (number / most) * 100;
    const rect = svg('rect', { x: at, y: 0, width, height: 10, class: `fill-${kind}` });
    at += width;
    return rect;
  });
  return element(
    'button',
    {
      class: 'bar',
      type: 'button',
      title,
      'aria-pressed': 'false',
      'data-key': key,
      'data-value': value,
      on: { click: () => toggle(key, value) },
    },
    element('span', {}, label),
    svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...rects),
    element('b', {}, total.toLocaleString('en')),
  );
}

function toggle(key, value) {
  filter[key] = filter[key] === value ? '' : value;
  refresh();
}

function chart(title, ...children) {
  return element('section', { class: 'chart', 'aria-label': title }, element('h2', {}, title), children);
}

function tally(key) {
  const counts = new Map();
  for (const finding of data.findings) {
    const value = key(finding);
    if (value === undefined) continue;
    const row = counts.get(value) ?? { fixed: 0, available: 0, refused: 0, all: 0 };
    row[finding.status] += 1;
    row.all += 1;
    counts.set(value, row);
  }
  return counts;
}

function charts() {
  const transforms = tally((finding) => finding.transform);
  const statuses = tally((finding) => finding.status);
  const reasonCounts = [...tally((finding) => finding.reason?.code)].sort(([, a], [, b]) => b.all - a.all);
  const most = (rows) => Math.max(0, ...rows.map((row) => row.all));
  const statusRow = { fixed: 0, available: 0, refused: 0, all: 0 };
  return element(
    'section',
    { class: 'charts', 'aria-label': 'Charts' },
    chart(
      'Sites by transform',
      element(
        'p',
        { class: 'legend' },
        Object.entries(statusWords).map(([status, words]) => element('span', {}, element('i', { class: `i-${status}` }), words)),
      ),
      data.transforms.map(({ name, summary }) => {
        const row = transforms.get(name) ?? statusRow;
        const parts = ['fixed', 'available', 'refused'].map((status) => [status, row[status]]);
        return bar(name, summary, parts, most([...transforms.values()]), 'transform', name);
      }),
    ),
    chart(
      'By safety',
      Object.keys(statusWords).map((status) => {
        const row = statuses.get(status) ?? statusRow;
        return bar(statusWords[status], '', [[status, row.all]], most([...statuses.values()]), 'status', status);
      }),
    ),
    chart(
      'By reason',
      reasonCounts.length === 0 ? element('p', { class: 'legend' }, 'Nothing was left alone.') : undefined,
      reasonCounts.map(([code, row]) =>
        bar(code, data.reasons[code] ?? '', [['reason', row.all]], most(reasonCounts.map(([, one]) => one)), 'reason', code),
      ),
    ),
  );
}

// ---- the tree of files

function tree() {
  const root = { folders: new Map(), files: [], count: 0 };
  const counts = new Map();
  for (const { path } of data.findings) counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const { path } of data.files) if (!counts.has(path)) counts.set(path, 0);
  for (const [path, number] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const folders = path.split('/').slice(0, -1);
    let folder = root;
    for (const name of folders) {
      folder.count += number;
      if (!folder.folders.has(name)) folder.folders.set(name, { folders: new Map(), files: [], count: 0 });
      folder = folder.folders.get(name);
    }
    folder.count += number;
    folder.files.push({ path, number });
  }
  return element('nav', { class: 'tree', 'aria-label': 'Files' }, branch(root, '', counts.size < 200));
}

function branch(folder, prefix, open) {
  return element(
    'ul',
    {},
    [...folder.folders].map(([name, child]) => {
      const summary = element('summary', {}, element('span', {}, `${name}/`), element('small', {}, String(child.count)));
      const details = element('details', {}, summary);
      const fill = () => {
        if (details.childElementCount === 1) details.append(branch(child, `${prefix}${name}/`, open));
      };
      details.addEventListener('toggle', fill);
      if (open) {
        details.open = true;
        fill();
      }
      return element('li', {}, details);
    }),
    folder.files.map(({ path, number }) =>
      element(
        'li',
        {},
        element(
          'button',
          { type: 'button', title: path, 'aria-pressed': 'false', 'data-path': path, on: { click: () => toggle('path', path) } },
          element('span', {}, path.slice(prefix.length)),
          element('small', {}, number === 0 ? '' : String(number)),
        ),
      ),
    ),
  );
}

// ---- the list

const options = data.findings.map((finding, index) =>
  element(
    'div',
    { role: 'option', id: `finding-${index}`, 'data-index': index, 'data-status': finding.status, 'aria-selected': 'false' },
    element('span', {}, prose(finding.title)),
    element('small', { class: 'mono' }, `${finding.path}:${finding.line}`),
    element('small', {}, [finding.transform, statusWords[finding.status], finding.reason?.code].filter(Boolean).join(' · ')),
  ),
);
const nothing = element('p', { class: 'empty' }, 'Nothing matches the filters.');
const list = element(
  'div',
  {
    class: 'list',
    role: 'listbox',
    tabindex: '0',
    'aria-label': 'Findings',
    on: {
      click: ({ target }) => {
        const option = target.closest('[role=option]');
        if (option) select(Number(option.dataset.index));
      },
    },
  },
  options,
  nothing,
);
let shown = [];

// ---- one finding

const detail = element('article', { class: 'detail', tabindex: '0', 'aria-live': 'polite', 'aria-label': 'The finding' });

function showFinding(finding) {
  const { title, transform, path, line, column, status, safety, weakness, reason, notes, requires, files, source } = finding;
  const safetyTag = status === 'refused' ? ['refused', 'left alone'] : [safety, safety === 'safe' ? 'safe' : 'may change behaviour'];
  const problems = element('div', { class: 'why' });
  if (reason) {
    problems.append(
      element('p', {}, element('b', {}, reason.code), ` (${data.reasons[reason.code] ?? ''})`),
      element('p', {}, prose(reason.message)),
      element('p', {}, element('b', {}, 'What you could do: '), prose(reason.help)),
    );
  }
  detail.replaceChildren(
    element('h2', {}, prose(title)),
    element(
      'p',
      { class: 'tags' },
      element('span', { class: `tag tag-${safetyTag[0]}` }, safetyTag[1]),
      element('span', { class: 'tag tag-plain' }, transform),
      weakness ? element('span', { class: 'tag tag-weakness' }, weakness) : undefined,
      element('span', { class: 'tag tag-plain mono' }, `${path}:${line}:${column}`),
    ),
    ...(reason ? [problems] : []),
    ...(reason && reason.chain.length > 0 ? [element('h3', {}, 'The way to the barrier'), chainGraph(finding)] : []),
    ...(notes.length > 0
      ? [
          element(
            'ul',
            {},
            notes.map((note) => element('li', {}, prose(note))),
          ),
        ]
      : []),
    ...(requires.length > 0 ? [element('p', {}, 'With it: ', prose(requires.join(', ')))] : []),
    ...(files ?? []).flatMap((index) => fileDiff(data.files[index], path, finding)),
    ...(source ? [element('h3', {}, path), sourceTable(source, finding)] : []),
  );
  detail.scrollTop = 0;
  const rows = detail.querySelectorAll('tr.site');
  if (rows.length > 0 && rows[0].offsetTop > detail.clientHeight) rows[0].scrollIntoView({ block: 'center' });
}

function chainGraph({ title, path, line, reason }) {
  const nodes = [{ name: title.replaceAll('`', ''), place: `${path}:${line}` }, ...reason.chain];
  const width = Math.min(900, 40 + 8.2 * Math.max(...nodes.map(({ name, place }) => Math.max(name.length, place.length))));
  const height = nodes.length * 64 - 16;
  const graph = svg('svg', { class: 'chain', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' });
  graph.append(svg('title', {}, `The calls that lead to the barrier: ${nodes.map(({ name }) => name).join(', called by ')}`));
  nodes.forEach(({ name, place }, index) => {
    const top = index * 64;
    const kind = index === 0 ? 'site' : index === nodes.length - 1 ? 'barrier' : 'call';
    if (index > 0) graph.append(svg('path', { d: `M 24 ${top - 16} V ${top - 2} m -4 -5 l 4 5 l 4 -5` }));
    graph.append(
      svg(
        'g',
        { class: kind },
        svg('rect', { x: 0.5, y: top + 0.5, width: width - 1, height: 47, rx: 6 }),
        svg('text', { x: 12, y: top + 20 }, name),
        svg('text', { x: 12, y: top + 38, class: 'place' }, place),
      ),
    );
  });
  return graph;
}

function fileDiff({ path, hunks }, own, finding) {
  const mine = ({ rows }) => path === own && rows.some(([old]) => old && isAt(old[0], finding));
  // The hunk of the site first; in other files all may belong to the fix.
  const ordered = [...hunks].sort((a, b) => Number(mine(b)) - Number(mine(a)));
  return [element('h3', {}, path), ...ordered.map((hunk) => hunkTable(hunk, path === own ? finding : undefined))];
}

const isAt = (line, finding) => line >= finding.line && line <= finding.endLine;

function hunkTable({ rows }, finding) {
  const body = element('tbody', {});
  for (const row of rows) {
    const same = row[1] === 0;
    const old = row[0];
    const fresh = same ? [row[2], old[1]] : row[1];
    const site = finding && old && isAt(old[0], finding);
    body.append(element('tr', site ? { class: 'site' } : {}, cells(old, same ? '' : 'went'), cells(fresh, same ? '' : 'came')));
  }
  return element('div', { class: 'diff' }, element('table', {}, columns(2), body));
}

function sourceTable(lines, finding) {
  const body = element(
    'tbody',
    {},
    lines.map((line) => element('tr', isAt(line[0], finding) ? { class: 'site' } : {}, cells(line, ''))),
  );
  return element('div', { class: 'diff' }, element('table', {}, columns(1), body));
}

function columns(sides) {
  return element(
    'colgroup',
    {},
    Array.from({ length: sides }, () => [element('col', { class: 'number' }), element('col', {})]),
  );
}

function cells(line, kind) {
  if (!line) return [element('td', { class: 'none' }), element('td', { class: 'none' })];
  const [number, pieces] = line;
  const parts = pieces.map(([text, token, changed]) => {
    const part = token === '' ? text : element('span', { class: token }, text);
    return changed === 1 ? element('mark', {}, part) : part;
  });
  return [element('td', { class: kind }, String(number)), element('td', { class: kind }, parts)];
}

// ---- choosing, filtering, keys

function select(index, { focus = false, keepHash = false } = {}) {
  if (selected !== undefined) options[selected].setAttribute('aria-selected', 'false');
  selected = index;
  options[index].setAttribute('aria-selected', 'true');
  list.setAttribute('aria-activedescendant', options[index].id);
  options[index].scrollIntoView({ block: 'nearest' });
  showFinding(data.findings[index]);
  if (!keepHash) history.replaceState(null, '', `#${encodeURIComponent(data.findings[index].id)}`);
  if (focus) list.focus();
}

function step(by) {
  const at = shown.indexOf(selected);
  const next = shown[at === -1 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
  if (next !== undefined) select(next);
}

const result = element('output', { 'aria-live': 'polite' });

function refresh() {
  shown = [];
  data.findings.forEach((finding, index) => {
    const visible = isShown(finding, index);
    options[index].hidden = !visible;
    if (visible) shown.push(index);
  });
  nothing.hidden = shown.length > 0;
  result.textContent =
    shown.length === data.findings.length
      ? count(shown.length, 'finding')
      : `${shown.length.toLocaleString('en')} of ${count(data.findings.length, 'finding')}`;
  for (const button of document.querySelectorAll('.bar'))
    button.setAttribute('aria-pressed', String(filter[button.dataset.key] === button.dataset.value));
  for (const button of document.querySelectorAll('.tree button'))
    button.setAttribute('aria-pressed', String(filter.path === button.dataset.path));
  for (const [key, control] of Object.entries(controls)) if (control.value !== filter[key]) control.value = filter[key];
}

function choice(key, label, values) {
  return element(
    'select',
    {
      'aria-label': label,
      on: {
        change: ({ target }) => {
          filter[key] = target.value;
          refresh();
        },
      },
    },
    element('option', { value: '' }, label),
    values.map(([value, words]) => element('option', { value }, words)),
  );
}

const codes = [...new Set(data.findings.flatMap(({ reason }) => (reason ? [reason.code] : [])))].sort();
const search = element('input', {
  type: 'search',
  placeholder: 'Search titles, files, reasons  ( / )',
  'aria-label': 'Search',
  on: {
    input: ({ target }) => {
      filter.text = target.value.toLowerCase();
      refresh();
    },
  },
});
const controls = {
  transform: choice(
    'transform',
    'All transforms',
    data.transforms.map(({ name }) => [name, name]),
  ),
  status: choice('status', 'Any state', Object.entries(statusWords)),
  reason: choice(
    'reason',
    'Any reason',
    codes.map((code) => [code, code]),
  ),
};

function reset() {
  Object.assign(filter, { text: '', transform: '', status: '', reason: '', path: '' });
  search.value = '';
  refresh();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

const keys = [
  ['j  ↓', 'the next finding'],
  ['k  ↑', 'the one before'],
  ['/', 'search'],
  ['Esc', 'all findings again'],
  ['t', 'light or dark'],
  ['?', 'this help'],
];
const help = element(
  'dialog',
  { 'aria-label': 'Keys' },
  element(
    'table',
    {},
    keys.map(([key, meaning]) => element('tr', {}, element('td', {}, element('kbd', {}, key)), element('td', {}, meaning))),
  ),
  element('form', { method: 'dialog' }, element('button', {}, 'Close')),
);

const actions = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  '/': () => search.focus(),
  Escape: () => {
    reset();
    list.focus();
  },
  t: () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
  '?': () => help.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target.matches('input, select, textarea');
  if (typing && event.key !== 'Escape') return;
  if (event.key.startsWith('Arrow') && event.target === detail) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function openLink() {
  const id = decodeURIComponent(location.hash.slice(1));
  const index = data.findings.findIndex((finding) => finding.id === id);
  if (index !== -1) select(index, { keepHash: true });
  return index !== -1;
}

// ---- the page

const dark = matchMedia('(prefers-color-scheme: dark)');
setTheme(dark.matches ? 'dark' : 'light');
dark.addEventListener('change', () => setTheme(dark.matches ? 'dark' : 'light'));

document.body.append(
  element(
    'header',
    {},
    element('h1', {}, `nodelift: ${data.name}`),
    element(
      'p',
      {},
      `${count(data.findings.length, 'site')}, ${count(data.files.length, 'file')} ${data.written ? 'changed' : 'would change'}, ${count(data.scanned, 'file')} read` +
        (data.problems.length > 0 ? `, ${count(data.problems.length, 'problem')}` : ''),
    ),
    element('span', { class: 'grow' }),
    element('button', { type: 'button', on: { click: actions.t } }, 'Light / dark'),
    element('button', { type: 'button', on: { click: actions['?'] } }, 'Keys'),
  ),
  charts(),
  element(
    'div',
    { class: 'tools' },
    search,
    Object.values(controls),
    element('button', { type: 'button', on: { click: reset } }, 'Reset'),
    result,
  ),
  element('main', {}, tree(), list, detail),
  help,
);
if (data.problems.length > 0) {
  detail.append(
    element('h2', {}, 'Problems'),
    element(
      'ul',
      {},
      data.problems.map((problem) => element('li', {}, problem)),
    ),
  );
} else {
  detail.append(
    element('p', { class: 'empty' }, data.findings.length === 0 ? 'Nothing was found.' : 'Choose a finding; press ? for the keys.'),
  );
}
refresh();
if (!openLink() && data.findings.length > 0 && data.problems.length === 0) select(0, { keepHash: true });
window.addEventListener('hashchange', openLink);
document.documentElement.dataset.ready = String(Math.round(performance.now() - started));
