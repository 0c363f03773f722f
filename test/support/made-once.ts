/**
 * Folders that several processes need and one makes.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

import { eventually } from './owned-process';

const TIMEOUT_MS = 240_000;

/** Makes `folder` where it is not there; a process that comes while another one makes it waits for that. */
export async function madeOnce(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const lock = `${folder}.lock`;
  await eventually(
    `${folder} (if nothing makes it any more, delete ${lock})`,
    async () => {
      if (await isThere(folder)) {
        return true;
      }
      return (await taken(lock)) ? makeBehind(lock, folder, make) : undefined;
    },
    TIMEOUT_MS,
  );
}

async function makeBehind(lock: string, folder: string, make: (folder: string) => Promise<void>): Promise<true> {
  const unfinished = `${folder}.unfinished`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await make(unfinished);
    await rename(unfinished, folder);
    return true;
  } finally {
    await rm(lock, { recursive: true });
  }
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}

async function taken(lock: string): Promise<boolean> {
  await mkdir(path.dirname(lock), { recursive: true });
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}
