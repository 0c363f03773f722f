/**
 * `classifyIngredient` behind the start-up of functions/index.ts, with files in the place of Firestore, which can be as slow as a test
 * wants: STORE_FOLDER is where they are, SAVE_MS what a write takes, SAVE_AFTER_SIGNAL_MS what it takes from SIGTERM on, CLOSE_MS what
 * closing takes.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { setDependencies } from '../../functions/dependencies';
import { serve } from '../../functions/serve';
import { FileStore } from '../../local/file-store';

import '../../functions/classify';

const {
  STORE_FOLDER = '',
  SAVE_MS = '0',
  SAVE_AFTER_SIGNAL_MS,
  CLOSE_MS = '0',
} = process.env as Partial<Record<string, string>>;

async function openSlowly(): Promise<FileStore> {
  const store = await FileStore.open(STORE_FOLDER);
  const [save, close] = [store.saveSubmission.bind(store), store.close.bind(store)];
  store.saveSubmission = async (...submitted) => {
    if (SAVE_AFTER_SIGNAL_MS !== undefined) {
      await once(process, 'SIGTERM');
    }
    await delay(Number(SAVE_AFTER_SIGNAL_MS ?? SAVE_MS));
    return save(...submitted);
  };
  store.close = async () => {
    await delay(Number(CLOSE_MS));
    await close();
  };
  return store;
}

const { config, logger, closeStore } = setDependencies({ store: openSlowly });
serve('event', { logger, projectId: config.projectId, close: closeStore });
