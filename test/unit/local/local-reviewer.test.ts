import { localReviewer } from '../../../local/local-reviewer';

const ask = (headers: Record<string, string>): Promise<string> => localReviewer({ header: (name) => headers[name] });

describe('localReviewer', () => {
  it.each([
    [{ host: 'localhost:8080' }],
    [{ host: '127.0.0.1:8080' }],
    [{ host: '[::1]:8080' }],
    [{ host: 'LOCALHOST' }],
    [{ host: 'localhost:8080', origin: 'http://localhost:8080' }],
  ])('takes %j as this machine', async (headers) => {
    expect(await ask(headers)).toBe('local');
  });

  it.each([
    ['no host', {}],
    ['a host of the web that was made to point here', { host: 'evil.example:8080' }],
    ['a host that begins like it', { host: 'localhost.evil.example' }],
    ['a host that ends like it', { host: 'evil-localhost:8080' }],
    ['another address', { host: '192.168.1.7:8080' }],
    ['a page of another origin', { host: 'localhost:8080', origin: 'https://evil.example' }],
    ['a page of another port', { host: 'localhost:8080', origin: 'http://localhost:3000' }],
    ['a page of another name', { host: 'localhost:8080', origin: 'http://127.0.0.1:8080' }],
    ['a page over TLS', { host: 'localhost:8080', origin: 'https://localhost:8080' }],
    ['a page of a file', { host: 'localhost:8080', origin: 'null' }],
  ])('forbids %s', async (_what, headers) => {
    await expect(ask(headers as Record<string, string>)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
