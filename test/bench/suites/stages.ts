/**
 * The stages of the project's history, and ours: from the spawn of a process to its first label, a label after that, memory.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { writeProgram } from '../../../local/package/bundles';
import { type Manifest, MODEL_FILE, sha256, VOCAB_FILE } from '../../../shared/model/artifacts';
import { Vocabulary } from '../../../shared/model/wordpiece';
import { MODEL_FOLDER, ROOT } from '../../support/fixtures';
import { installed } from '../../support/installed';
import { AS_DEPLOYED, type Context, NAME } from '../context';
import { interleaved, type Measurement, type Row, type Suite } from '../measure';
import { runRow } from '../processes';

const STAGES = path.join(ROOT, 'test/bench/rows/stages.py');
const PYTHON_STAGES = {
  'Python, three BERT-base': 'three',
  'Python, one BERT-base, three heads': 'one',
  'Python, DistilBERT int8': 'int8',
} as const;
// What Cloud Run offers.
const INSTANCES_MIB = [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768];

export async function stages(context: Context): Promise<Suite> {
  const rows: Record<string, () => Promise<Measurement>> = {};
  const missing: string[] = [];
  const { python } = context;
  // As the package holds its functions, in one file: so is Transformers.js.
  const own = path.join(context.folder, 'classify.cjs');
  await writeProgram(ROOT, 'test/bench/rows/classify.ts', own);
  if (python === undefined) {
    missing.push(
      `${Object.keys(PYTHON_STAGES).join('; ')}; Node, DistilBERT int8: they need training's Python environment (.venv)`,
    );
  } else {
    const folder = await preparePython(context, python);
    for (const [name, stage] of Object.entries(PYTHON_STAGES)) {
      rows[name] = () => runRow([python, STAGES, stage, folder]);
    }
    const distilled = path.join(folder, 'distilbert');
    rows['Node, DistilBERT int8'] = () => classify(own, distilled);
  }
  const transformers = await installed('test/bench/transformers-js');
  const model = await prepareTransformers(context);
  const program = path.join(ROOT, 'test/bench/rows/transformers-js.mjs');
  const theirs = [process.execPath, program, transformers, model, NAME];
  const ours = path.join(context.folder, 'model-artifacts');
  rows['Transformers.js, our model'] = () => runRow(theirs, { env: AS_DEPLOYED });
  rows['ours'] = () => classify(own, ours);
  // Without it, each takes as many threads as there are processors; a small instance has one.
  const pinned = ['taskset', '--cpu-list', '0'];
  if (await runs('taskset')) {
    rows['Transformers.js, our model, on one CPU'] = () => runRow([...pinned, ...theirs], { env: AS_DEPLOYED });
    rows['ours, on one CPU'] = () => classify(own, ours, pinned);
  } else {
    missing.push('rows on one CPU: they need the program taskset');
  }
  return {
    title: 'Stages',
    how: `Spawn of the process until its first label, then the median of an answer, and the largest memory; the name is “${NAME}”. Each takes the processors that there are, ours as \`npm run classify\` does; a deployed function takes one. The BERTs have random weights, which take as long as learned ones. The instance is the smallest that holds the peak and a fifth more.`,
    columns: [
      { key: 'firstMs', title: 'first label, ms' },
      { key: 'p50Ms', title: 'p50, ms' },
      { key: 'peakMb', title: 'peak memory, MB' },
      { key: 'instanceMib', title: 'instance, MiB' },
    ],
    rows: (await interleaved(rows, context.runs)).map(withInstance),
    plot: { kind: 'bars', y: 'firstMs', isLogarithmic: true },
    missing,
  };
}

/** Adds the smallest memory of an instance that holds the peak with a fifth to spare. */
function withInstance({ name, values }: Row): Row {
  const needed = (values['peakMb']! * 1.2 * 1e6) / 2 ** 20;
  return { name, values: { ...values, instanceMib: INSTANCES_MIB.find((size) => size >= needed) ?? null } };
}

async function classify(program: string, modelFolder: string, prefix: readonly string[] = []): Promise<Measurement> {
  return runRow([...prefix, process.execPath, program, NAME], { env: { ...AS_DEPLOYED, MODEL_DIR: modelFolder } });
}

async function runs(program: string): Promise<boolean> {
  return promisify(execFile)(program, ['--version']).then(
    () => true,
    () => false,
  );
}

/** The models of the Python stages, made once a machine. */
async function preparePython({ cache, manifest }: Context, python: string): Promise<string> {
  // What the models are made of, and by what.
  const made = [path.join(MODEL_FOLDER, VOCAB_FILE), STAGES, path.join(ROOT, 'training/ingredients/onnx_graph.py')];
  const version = sha256(Buffer.concat(await Promise.all(made.map((file) => readFile(file))))).slice(0, 12);
  const folder = path.join(cache, `python-${version}`);
  const distilled = path.join(folder, 'distilbert');
  const isThere = await stat(path.join(distilled, 'manifest.json')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await promisify(execFile)(python, [STAGES, 'prepare', folder]);
    await copyFile(path.join(MODEL_FOLDER, VOCAB_FILE), path.join(distilled, VOCAB_FILE));
    await writeFile(path.join(distilled, 'manifest.json'), JSON.stringify(await manifestOf(distilled, manifest)));
  }
  return folder;
}

async function manifestOf(folder: string, manifest: Manifest): Promise<Manifest> {
  const entries = [MODEL_FILE, VOCAB_FILE].map(async (file) => {
    const bytes = await readFile(path.join(folder, file));
    return [file, { sha256: sha256(bytes), bytes: bytes.length }] as const;
  });
  return { ...manifest, files: Object.fromEntries(await Promise.all(entries)) };
}

/** Our model and vocabulary in the files that Transformers.js reads. */
async function prepareTransformers({ cache, manifest }: Context): Promise<string> {
  const folder = path.join(cache, 'transformers-js');
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  await symlink(path.join(MODEL_FOLDER, MODEL_FILE), path.join(folder, 'onnx/model.onnx'));
  const bytes = await readFile(path.join(MODEL_FOLDER, VOCAB_FILE));
  const text = bytes.toString('utf8');
  const vocabulary = new Vocabulary(bytes);
  const { ingredient, source, categories } = manifest.tasks;
  const controls = ['[CLS]', ...[ingredient, source, categories].map(({ controlToken }) => controlToken), '[SEP]'];
  const tokens = text.split('\n').flatMap((token, id) => (token === '' ? [] : [[token, id] as const]));
  const files = {
    'config.json': { model_type: 'bert' },
    'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: true },
    'tokenizer.json': {
      version: '1.0',
      added_tokens: [],
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
        vocab: Object.fromEntries(tokens),
      },
    },
    'controls.json': { controls: controls.map((token) => vocabulary.require(token)) },
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(folder, name), JSON.stringify(content));
  }
  return folder;
}
