import { Encoder } from '../../../../shared/model/encode';
import { Vocabulary } from '../../../../shared/model/wordpiece';
import { ModelArtifactError } from '../../../../shared/platform/errors';

// ids:                 0     1     2     3     4   5   6   7    8      9
const VOCAB = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[I]', '[S]', '[C]', 'sea', 'salt', '##s'].join('\n');
const CONTROL_TOKENS = ['[I]', '[S]', '[C]'];

const encoder = (maxTokens = 64): Encoder => new Encoder(new Vocabulary(Buffer.from(VOCAB)), CONTROL_TOKENS, maxTokens);

describe('Encoder', () => {
  it("puts one control token a task right after the name's tokens", () => {
    const { inputIds, attentionMask, rows, width } = encoder().encodeBatch(['sea salts']);

    expect([rows, width]).toEqual([1, 8]);
    expect([...inputIds]).toEqual([2n, 7n, 8n, 9n, 4n, 5n, 6n, 3n]);
    expect([...attentionMask]).toEqual([1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n]);
  });

  it('pads shorter rows on the right with zeros that nobody attends to', () => {
    const { inputIds, attentionMask, rows, width } = encoder().encodeBatch(['salt', 'sea salts', 'sea salt']);

    expect([rows, width]).toEqual([3, 8]);
    // prettier-ignore
    expect([...inputIds]).toEqual([
      2n, 8n, 4n, 5n, 6n, 3n, 0n, 0n,
      2n, 7n, 8n, 9n, 4n, 5n, 6n, 3n,
      2n, 7n, 8n, 4n, 5n, 6n, 3n, 0n,
    ]);
    // prettier-ignore
    expect([...attentionMask]).toEqual([
      1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n,
      1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n,
      1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n,
    ]);
  });

  it('cuts a long name before the control tokens', () => {
    const ids = encoder(7).ids('salt salt sea sea');

    expect(ids).toEqual([2, 8, 8, 4, 5, 6, 3]);
  });

  it('leaves a name that just fits whole', () => {
    const ids = encoder(7).ids('sea salt');

    expect(ids).toEqual([2, 7, 8, 4, 5, 6, 3]);
  });

  it('takes typed control tokens as text', () => {
    const ids = encoder().ids('[s] salt');

    // "[", "s" and "]" have no id in this vocabulary
    expect(ids).toEqual([2, 1, 1, 1, 8, 4, 5, 6, 3]);
  });

  it('refuses an empty batch', () => {
    expect(() => encoder().encodeBatch([])).toThrow(RangeError);
  });

  it('refuses a vocabulary without a control token', () => {
    expect(() => new Encoder(new Vocabulary(Buffer.from(VOCAB)), ['[X]'], 64)).toThrow(ModelArtifactError);
  });
});
