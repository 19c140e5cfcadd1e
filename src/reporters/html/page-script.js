/**
 * Sorts, searches and pages the table of files. It runs in the browser: the page holds its source text, so that it can
 * use nothing from outside of this function.
 */
export function pageScript() {
  const files = JSON.parse(document.getElementById('file-data').textContent);
  const table = document.getElementById('file-table');
  const [search, status, count, previous, next, page] = ['search', 'status', 'count', 'previous', 'next', 'page'].map(
    (id) => document.getElementById(id),
  );
  const perPage = Number(table.dataset.page);
  const STATUS = 2;
  const FIRST_NUMBER = 3;
  const SIZE = 6;
  const WHY = 7;
  const NOT_RECORDS = new Set([0, 1, STATUS, SIZE, WHY]);
  /** By row, made at the first search. */
  let texts;
  let shown = files;
  let sorting = { column: undefined, isDescending: false };
  let at = 0;

  const isNumber = (column) => column >= FIRST_NUMBER && column < WHY;
  const grouped = (number) => String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');

  function sizeOf(bytes) {
    if (bytes === null) return '';
    const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
    const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
    return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
  }

  function textOf(value, column) {
    if (column === SIZE) return sizeOf(value);
    return NOT_RECORDS.has(column) ? value : grouped(value);
  }

  /** Names of files are text, whatever they hold: nothing here is parsed as HTML. */
  function rowOf(file) {
    const row = document.createElement('tr');
    for (const [column, value] of file.entries()) {
      const cell = document.createElement(column === 0 ? 'th' : 'td');
      if (column === 0) cell.scope = 'row';
      if (isNumber(column)) cell.className = 'number';
      cell.textContent = textOf(value, column);
      row.append(cell);
    }
    return row;
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    at = Math.min(at, pages - 1);
    table.tBodies[0].replaceChildren(...shown.slice(at * perPage, (at + 1) * perPage).map(rowOf));
    page.textContent = `Page ${grouped(at + 1)} of ${grouped(pages)}`;
    // A disabled button would lose the focus of the keyboard.
    previous.setAttribute('aria-disabled', String(at === 0));
    next.setAttribute('aria-disabled', String(at === pages - 1));
    const all = grouped(files.length);
    count.textContent = shown.length === files.length ? `${all} files` : `${grouped(shown.length)} of ${all} files`;
  }

  function compare(one, other) {
    const [a, b] = [one[sorting.column] ?? -1, other[sorting.column] ?? -1];
    if (a === b) return 0;
    return a < b === sorting.isDescending ? 1 : -1;
  }

  function select() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length > 0) texts ??= files.map((file) => [file[0], file[1], file[WHY]].join('\n').toLowerCase());
    const matches = (file, index) =>
      (status.value === '' || file[STATUS] === status.value) && words.every((word) => texts[index].includes(word));
    shown = files.filter(matches);
    if (sorting.column !== undefined) shown.sort(compare);
    at = 0;
    draw();
  }

  function sortBy(column, headers) {
    const isAgain = sorting.column === column;
    sorting = { column, isDescending: isAgain ? !sorting.isDescending : isNumber(column) };
    const direction = sorting.isDescending ? 'descending' : 'ascending';
    for (const [index, header] of headers.entries())
      header.setAttribute('aria-sort', index === column ? direction : 'none');
    select();
  }

  function turn(pages) {
    at = Math.max(0, at + pages);
    draw();
  }

  const headers = [...table.tHead.rows[0].cells];
  for (const [column, header] of headers.entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = header.textContent;
    button.addEventListener('click', () => sortBy(column, headers));
    header.replaceChildren(button);
    header.setAttribute('aria-sort', 'none');
  }
  let waiting;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(select, 120);
  });
  search.form.addEventListener('submit', (event) => event.preventDefault());
  status.addEventListener('change', select);
  previous.addEventListener('click', () => turn(-1));
  next.addEventListener('click', () => turn(1));
  for (const hidden of document.querySelectorAll('#files [hidden]')) hidden.hidden = false;
  draw();
}
