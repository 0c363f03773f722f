/**
 * A benchmark as a table, a JSON file and a plot.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Column, Row, Suite } from './measure';

const WIDTH = 760;
const BAR = 26;
const LABELS = 300;
const HEIGHT = 320;
const MARGIN = 80;
/** Between two marks of an axis. */
const ROOM_ACROSS = 50;
const ROOM_DOWN = 30;
const COLOURS = ['#1b6ca8', '#c4512d', '#2e7d4f', '#7a4fa3', '#8a6d1d', '#444'];

/** What a JSON file has of a benchmark. */
export type Report = Omit<Suite, 'plot'>;

/** A table in Markdown. */
export function table({ columns, rows }: Pick<Suite, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...columns.map(({ title }) => title)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row.name, ...columns.map(({ key }) => cell(row, key))])),
  ].join('\n');
}

function cell({ values }: Row, key: string): string {
  const value = values[key];
  return value === null || value === undefined ? '' : figure(value);
}

/** Three digits that count. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

/** Writes `name.json`, `name.svg` and, where no page has the table, `name.md` into a folder. */
export async function writeReport(folder: string, name: string, suite: Suite, isOnPage: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { title, how, columns, rows, missing } = suite;
  const json = { title, how, columns, rows, missing, ...whereAndWhen() };
  await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
  await writeFile(path.join(folder, `${name}.svg`), suite.plot.kind === 'bars' ? bars(suite) : lines(suite));
  if (!isOnPage) {
    await writeFile(path.join(folder, `${name}.md`), `${table(suite)}\n`);
  }
}

function whereAndWhen(): Readonly<Record<string, string>> {
  const machine = `${os.cpus()[0]?.model ?? 'unknown'}, ${os.availableParallelism()} processors`;
  return { node: process.version, machine, date: new Date().toISOString() };
}

/** The benchmarks of `names` that a folder has reports of, without their plots. */
export async function readReports(folder: string, names: readonly string[]): Promise<Record<string, Report>> {
  const reports: Record<string, Report> = {};
  for (const name of names) {
    const text = await readFile(path.join(folder, `${name}.json`), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      reports[name] = JSON.parse(text) as Report;
    }
  }
  return reports;
}

/** Where a page has the table of a benchmark; `goals` is one of them. */
export const blockOf = (name: string): RegExp => new RegExp(`(<!-- bench: ${name} -->\n)([^]*?)(<!-- /bench -->)`);

/**
 * Puts tables, by the name of their benchmark, into the places of a page that are marked for them.
 *
 * @throws {Error} where the page has no place for one.
 */
export async function publish(page: string, tables: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(page, 'utf8');
  for (const [name, content] of Object.entries(tables)) {
    if (!blockOf(name).test(text)) {
      throw new Error(
        `${page} has no place for ${name}: write <!-- bench: ${name} --> and <!-- /bench --> where its table goes.`,
      );
    }
    text = text.replace(blockOf(name), (_all, before: string, _old, after: string) => `${before}${content}\n${after}`);
  }
  await writeFile(page, text);
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function svg(height: number, title: string, body: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`;
  const background = `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`;
  return [head, background, `<text x="10" y="20" font-size="14">${escaped(title)}</text>`, ...body, '</svg>\n'].join(
    '\n',
  );
}

function columnTitle(columns: readonly Column[], key: string | undefined): string {
  return columns.find((column) => column.key === key)?.title ?? '';
}

/** A bar for each row that has the value. */
function bars({ title, columns, rows, plot }: Suite): string {
  const drawn = rows.filter(({ values }) => typeof values[plot.y] === 'number');
  const scale = scaleOf(
    drawn.map(({ values }) => values[plot.y]!),
    WIDTH - LABELS - 90,
    plot.isLogarithmic === true,
  );
  const body = drawn.flatMap(({ name, values }, index) => {
    const y = 40 + index * BAR;
    const length = scale(values[plot.y]!);
    return [
      `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 8}" fill="${COLOURS[0]}"/>`,
      `<text x="${(LABELS + length + 6).toFixed(1)}" y="${y + 14}">${figure(values[plot.y]!)}</text>`,
    ];
  });
  return svg(50 + drawn.length * BAR, `${title}: ${columnTitle(columns, plot.y)}`, body);
}

/** Lines over a logarithmic axis. */
function lines({ title, columns, rows, plot }: Suite): string {
  const points = rows.flatMap((row) => {
    const x = row.values[plot.x ?? ''];
    const y = row.values[plot.y];
    return typeof x === 'number' && typeof y === 'number' ? [{ x, y, series: plot.series?.(row) ?? '' }] : [];
  });
  const toX = scaleOf(
    points.map(({ x }) => x),
    WIDTH - 2 * MARGIN,
    true,
  );
  const toY = scaleOf(
    points.map(({ y }) => y),
    HEIGHT - 2 * MARGIN,
    plot.isLogarithmic === true,
  );
  const place = ({ x, y }: { x: number; y: number }): [number, number] => [MARGIN + toX(x), HEIGHT - MARGIN - toY(y)];
  const names = [...new Set(points.map(({ series }) => series))];
  const body = names.flatMap((name, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const own = points.filter(({ series }) => series === name).sort((a, b) => a.x - b.x);
    const path_ = own
      .map((point) =>
        place(point)
          .map((n) => n.toFixed(1))
          .join(','),
      )
      .join(' ');
    const marks = own.map((point) => {
      const [x, y] = place(point);
      const label = `${escaped(name)}: ${figure(point.x)}, ${figure(point.y)}`;
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"><title>${label}</title></circle>`;
    });
    const legend = `<text x="${MARGIN}" y="${HEIGHT + 18 * (index + 1)}" fill="${colour}">${escaped(name)}</text>`;
    return [`<polyline points="${path_}" fill="none" stroke="${colour}"/>`, ...marks, legend];
  });
  const ticks = apart(
    points.map(({ x }) => x),
    toX,
    ROOM_ACROSS,
  ).map((x) => `<text x="${(MARGIN + toX(x)).toFixed(1)}" y="${HEIGHT - 26}" text-anchor="middle">${figure(x)}</text>`);
  const marksOfY = apart(
    points.map(({ y }) => y),
    toY,
    ROOM_DOWN,
  ).map((y) => {
    const height = (HEIGHT - MARGIN - toY(y)).toFixed(1);
    const line = `<line x1="${MARGIN}" x2="${WIDTH - 10}" y1="${height}" y2="${height}" stroke="#ddd"/>`;
    return `${line}<text x="${MARGIN - 6}" y="${height}" text-anchor="end" dominant-baseline="middle">${figure(y)}</text>`;
  });
  const axis = `<text x="${MARGIN}" y="${HEIGHT - 8}">${escaped(columnTitle(columns, plot.x))}</text>`;
  const height = HEIGHT + 18 * (names.length + 1);
  return svg(height, `${title}: ${columnTitle(columns, plot.y)}`, [...marksOfY, ...body, ...ticks, axis]);
}

/** Of values, from the smallest on, those whose marks have room beside each other. */
function apart(values: readonly number[], place: (value: number) => number, room: number): number[] {
  const kept: number[] = [];
  for (const value of [...new Set(values)].sort((a, b) => a - b)) {
    if (kept.length === 0 || place(value) - place(kept.at(-1)!) >= room) {
      kept.push(value);
    }
  }
  return kept;
}

/** From values to lengths: the largest takes `room`. */
function scaleOf(values: readonly number[], room: number, isLogarithmic: boolean): (value: number) => number {
  const largest = Math.max(...values);
  if (!isLogarithmic) {
    return (value) => (value / largest) * room;
  }
  const floor = Math.min(...values) / 1.5;
  const span = Math.log(largest / floor);
  return (value) => (Math.log(value / floor) / span) * room;
}
