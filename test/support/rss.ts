/**
 * What a process holds in memory, as Linux counts it, in bytes.
 */
import { readFileSync } from 'node:fs';

export type Pid = number | 'self';

/** What it holds now. */
export function rssOf(pid: Pid = 'self'): number {
  return field(pid, 'VmRSS');
}

/** The most that it ever held. */
export function peakRssOf(pid: Pid = 'self'): number {
  return field(pid, 'VmHWM');
}

function field(pid: Pid, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
