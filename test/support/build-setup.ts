/**
 * Before the first test of a jest project: builds `dist/`, which the tests of commands run in processes of their own.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: path.resolve(__dirname, '../..'), stdio: 'inherit' });
}
