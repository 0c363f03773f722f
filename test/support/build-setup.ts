/**
 * Before the first test of a jest project: builds `dist/`, which the tests of commands run in processes of their own, and names the
 * run, so that its workers share what one of them makes.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export default function build(): void {
  process.env['JEST_RUN'] ??= String(process.pid);
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: path.resolve(__dirname, '../..'), stdio: 'inherit' });
}
